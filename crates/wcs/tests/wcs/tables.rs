//! Lookup tables and IRAF's surfaces: what astropy's goldens cannot say.

use crate::support::{Header, apart};
use proptest::prelude::*;
use zemosaic_wcs::{Table, Wcs};

/// A table with nodes every 20 pixels over 200 x 100.
fn table(value: impl Fn(usize, usize) -> f64) -> Table {
    let size = [11, 6];
    let nodes = (0..size[1]).flat_map(|j| (0..size[0]).map(move |i| (i, j)));
    Table {
        size,
        values: nodes.map(|(i, j)| value(i, j) as f32).collect(),
        crpix: [1.0, 1.0],
        crval: [1.0, 1.0],
        cdelt: [20.0, 20.0],
    }
}

fn tan() -> Header {
    Header::tan([150.0, 20.0], 0.001)
}

fn prior(header: Header, axis: usize) -> Header {
    header
        .text(&format!("CPDIS{axis}"), "Lookup")
        .record(&format!("DP{axis}"), &format!("EXTVER: {axis}"))
        .record(&format!("DP{axis}"), "NAXES: 2")
        .record(&format!("DP{axis}"), "AXIS.1: 1")
        .record(&format!("DP{axis}"), "AXIS.2: 2")
}

/// Where the plain header sees the sky that this one sees at a pixel.
fn plain_pixel(wcs: &Wcs, pixel: [f64; 2]) -> [f64; 2] {
    let sky = wcs.pixel_to_direction(pixel[0], pixel[1]).unwrap();
    tan().wcs().direction_to_pixel(sky).unwrap()
}

#[test]
fn a_table_moves_pixels_by_what_it_holds() {
    let header =
        prior(tan(), 1).with_table("WCSDVARR,1", table(|i, j| 0.1 * i as f64 - 0.2 * j as f64));
    let wcs = header.wcs();
    assert_eq!(wcs.distortion(), Some("LOOKUP"));
    assert!(!wcs.is_writable());
    // Between nodes, on one, and beyond the table, where its border continues.
    for (pixel, moved) in [
        ([30.0, 50.0], 0.15 - 0.5),
        ([40.0, 20.0], 0.2 - 0.2),
        ([-10.0, 10.0], -0.1),
        ([210.0, 130.0], 1.0 - 1.0),
    ] {
        let there = plain_pixel(&wcs, pixel);
        assert!(
            apart(there, [pixel[0] + moved, pixel[1]]) < 1e-6,
            "{pixel:?} {there:?}"
        );
    }
    let crop = wcs.shifted(-30.0, -20.0);
    assert_eq!(
        crop.pixel_to_direction(11.0, 22.0),
        wcs.pixel_to_direction(41.0, 42.0)
    );
}

#[test]
fn a_table_may_lie_across_the_pixel_axes() {
    let value = |i: usize, j: usize| 0.3 * (i as f64).sin() + 0.1 * (j * j) as f64;
    let upright = prior(tan(), 2).with_table("WCSDVARR,2", table(value));
    let mut turned = table(value);
    turned.size = [6, 11];
    turned.values = (0..11)
        .flat_map(|j| (0..6).map(move |i| value(j, i) as f32))
        .collect();
    let across = tan()
        .text("CPDIS2", "LOOKUP")
        .record("DP2", "EXTVER: 7.0")
        .record("DP2", "AXIS.1: 2")
        .record("DP2", "AXIS.2: 1.0")
        .with_table("WCSDVARR,7", turned);
    for (x, y) in [(3.0, 4.0), (77.7, 31.2), (180.0, 99.0)] {
        let (a, b) = (
            plain_pixel(&upright.wcs(), [x, y]),
            plain_pixel(&across.wcs(), [x, y]),
        );
        assert!(apart(a, b) < 1e-9, "{a:?} {b:?}");
        assert!(apart(a, [x, y]) > 1e-3);
    }
}

#[test]
fn tables_that_cannot_be_used_are_refused_by_name() {
    let plain = || table(|_, _| 0.1);
    let mut holes = plain();
    holes.values[3] = f32::NAN;
    let mut flat = plain();
    flat.cdelt[1] = 0.0;
    let mut short = plain();
    short.values.pop();
    for (header, key, word) in [
        (prior(tan(), 1), "CPDIS1", "not at hand"),
        (
            prior(tan(), 1).with_table("WCSDVARR,2", plain()),
            "CPDIS1",
            "WCSDVARR,1",
        ),
        (
            prior(tan(), 1).with_table("WCSDVARR,1", holes),
            "CPDIS1",
            "finite",
        ),
        (
            prior(tan(), 1).with_table("WCSDVARR,1", flat),
            "CPDIS1",
            "CDELT",
        ),
        (
            prior(tan(), 1).with_table("WCSDVARR,1", short),
            "CPDIS1",
            "no nodes",
        ),
        (
            prior(tan(), 2).record("DP2", "OFFSET.1: 3"),
            "DP2",
            "OFFSET.1: 3",
        ),
        (prior(tan(), 2).record("DP2", "EXTVER"), "DP2", "EXTVER"),
        (
            tan().text("CPDIS2", "LOOKUP").record("DP2", "AXIS.1: 2"),
            "DP2",
            "AXIS.2",
        ),
        (
            tan().text("CPDIS2", "LOOKUP").record("DP2", "NAXES: 1"),
            "DP2",
            "NAXES: 1",
        ),
        (tan().text("D2IMDIS1", "TPD"), "D2IMDIS1", "TPD"),
        (tan().number("AXISCORR", 1.0), "AXISCORR", "1"),
    ] {
        let message = header.read().expect_err("must be refused").to_string();
        assert!(message.contains(key) && message.contains(word), "{message}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Kinks at the nodes, up to a few pixels: every pixel comes back.
    #[test]
    fn tables_invert(
        values in prop::collection::vec(-2.0..2.0, 66),
        more in prop::collection::vec(-2.0..2.0, 66),
        points in prop::collection::vec((-0.5..199.5, -0.5..99.5), 20),
    ) {
        let at = |values: &[f64]| table(|i, j| values[j * 11 + i]);
        let header = prior(prior(tan(), 1), 2).with_table("WCSDVARR,1", at(&values)).with_table("WCSDVARR,2", at(&more));
        let wcs = header.wcs();
        for (x, y) in points {
            let sky = wcs.pixel_to_direction(x, y).unwrap();
            let back = wcs.direction_to_pixel(sky);
            prop_assert!(back.is_some_and(|back| apart(back, [x, y]) < 1e-7), "{} {} {:?}", x, y, back);
        }
    }
}

fn tnx(correction: &str) -> Header {
    tan()
        .code("TNX")
        .text("WAT1_001", &format!("wtype=tnx axtype=ra {correction}"))
        .text("WAT2_001", "wtype=tnx axtype=dec")
}

#[test]
fn tnx_without_surfaces_is_tan() {
    for header in [tan().code("TNX"), tnx("")] {
        let wcs = header.wcs();
        assert_eq!((wcs.distortion(), wcs.projection_code()), (None, "TAN"));
        assert_eq!(
            wcs.pixel_to_direction(3.0, 4.0),
            tan().wcs().pixel_to_direction(3.0, 4.0)
        );
    }
    // One axis alone: 0.001 degree per pixel, 0.002 degree times η/0.1.
    let wcs = tnx("lngcor = \"1. 1. 2. 2. -0.1 0.1 -0.1 0.1 0.0 0.002\"").wcs();
    assert_eq!(wcs.distortion(), Some("TNX"));
    assert!(apart(plain_pixel(&wcs, [99.5, 99.5]), [98.5, 99.5]) < 1e-6);
}

#[test]
fn surfaces_that_cannot_be_used_are_refused_by_name() {
    for (numbers, word) in [
        ("1. 2. 2.", "eight numbers"),
        (
            "1. 2. 2. 2. -1 1 -1 1 0.0 0.0",
            "needs 3 coefficients and has 2",
        ),
        ("4. 1. 1. 2. -1 1 -1 1 0.0", "type 1, 2 or 3"),
        ("1. 1. 1. 3. -1 1 -1 1 0.0", "cross terms"),
        ("1. 1. 1. 2. 1 1 -1 1 0.0", "no area"),
        ("1. 1e9 1. 2. 0 1 -1 1 0.0", "more than 10"),
        ("1. 0. 1. 2. 0 1 -1 1 0.0", "more than 10"),
        ("1. 1. 1. 2. 0 1 -1 1 inf", "finite"),
        ("1. 1. 1. 2. 0 1 -1 x 0.0", "finite"),
    ] {
        let header = tnx(&format!("lngcor = \"{numbers}\""));
        let message = header.read().expect_err("must be refused").to_string();
        assert!(
            message.contains("WAT1_001") && message.contains(word),
            "{message}"
        );
    }
    let long = format!("lngcor = \"1. 6. 6. 1. -1 1 -1 1 {}\"", "0.0 ".repeat(36));
    let message = tnx(&long).read().expect_err("must be refused").to_string();
    assert!(message.contains("degree above 9"), "{message}");
    let zpx = tan().code("ZPX").read().expect_err("ZPX without projp");
    assert!(zpx.to_string().contains("projp"), "{zpx}");
}

/// A surface that folds the image: what lies beyond has no position, and nothing is seen twice.
#[test]
fn a_folding_surface_gives_no_position_twice() {
    let wcs = tnx("lngcor = \"3. 3. 1. 2. -1 1 -1 1 0.0 0.0 8.0\"").wcs();
    assert!(wcs.warnings().iter().any(|w| w.contains("folds")));
    let mut seen = 0;
    for x in 0..200 {
        let Some(sky) = wcs.pixel_to_direction(f64::from(x), 50.0) else {
            continue;
        };
        let Some(back) = wcs.direction_to_pixel(sky) else {
            continue;
        };
        seen += 1;
        // ξ + 8 ξ² turns at ξ = -1/16 degree, 62.5 pixels to the right of the reference.
        assert!(back[0] < 99.5 + 62.6, "{x} {back:?}");
    }
    assert!(seen > 150);
}

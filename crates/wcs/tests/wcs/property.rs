//! Properties of random WCSs.

use crate::grid::slack;
use crate::support::{Header, apart};
use proptest::prelude::*;
use zemosaic_wcs::{Grid, GridOptions, Rotation, Wcs};

/// Zenithal ones first.
const CODES: [&str; 28] = [
    "TAN", "SIN", "STG", "ARC", "ZPN", "ZEA", "AZP", "SZP", "AIR", "CAR", "CEA", "MER", "SFL",
    "MOL", "AIT", "CYP", "PAR", "COP", "COE", "COD", "COO", "BON", "PCO", "TSC", "CSC", "QSC",
    "HPX", "XPH",
];
const ZENITHAL: usize = 9;

/// A parameter that suits the code.
fn first_parameter(code: &str) -> f64 {
    match code {
        "SIN" => 0.2,
        "AZP" | "SZP" => 1.4,
        "AIR" | "COP" | "COE" | "COD" | "COO" | "BON" => 40.0,
        "HPX" => 4.0,
        _ => 0.9,
    }
}

/// Any projection, any place, any matrix that is far from singular, pixels from 0.01 to 2000 arcseconds.
fn header() -> impl Strategy<Value = Header> {
    let place = (
        0usize..CODES.len(),
        0.0..360.0,
        -90.0..=90.0,
        prop::option::of(-180.0..180.0),
        -90.0..90.0,
    );
    let matrix = (-5.5..-0.3, 0.0..360.0, 0.5..2.0, -0.5..0.5, any::<bool>());
    (place, matrix, 0usize..4).prop_map(
        |((code, lon, lat, lonpole, latpole), (log, angle, stretch, skew, mirror), extra)| {
            let scale = 10.0_f64.powf(log);
            let (s, c) = f64::to_radians(angle).sin_cos();
            let flip = if mirror { 1.0 } else { -1.0 };
            let header = Header::tan([lon, lat], scale)
                .code(CODES[code])
                .number("PV2_1", first_parameter(CODES[code]))
                .number("CD1_1", flip * scale * c * stretch)
                .number("CD1_2", scale * s)
                .number("CD2_1", scale * (s * stretch + skew * c) * -flip)
                .number("CD2_2", scale * (c + skew * s));
            let header = match lonpole {
                // Far poles have no solution for most oblique cylinders: those only get a LATPOLE.
                Some(lonpole) if code < ZENITHAL => header.number("LONPOLE", lonpole),
                _ => header.number("LATPOLE", latpole),
            };
            match extra {
                0 => header.text("RADESYS", "FK5").number("EQUINOX", 1950.0),
                1 => header.text("RADESYS", "ICRS"),
                2 => header.text("RADESYS", "FK4").number("EQUINOX", 1875.0),
                _ => header,
            }
        },
    )
}

fn points() -> impl Strategy<Value = Vec<(f64, f64)>> {
    prop::collection::vec((-100.0..300.0, -50.0..150.0), 20)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// A pixel on the sky is found again, unless it is where the projection itself has no room for pixels.
    #[test]
    fn pixels_come_back(header in header(), points in points()) {
        let Ok(wcs) = header.read() else { return Ok(()) };
        for (x, y) in points {
            let Some(sky) = wcs.pixel_to_direction(x, y) else { continue };
            let norm = sky.iter().map(|c| c * c).sum::<f64>();
            prop_assert!((norm - 1.0).abs() < 1e-12, "{}", norm);
            let Some(back) = wcs.direction_to_pixel(sky) else {
                // Only the very edge of a projection may be lost to rounding.
                prop_assert!(at_the_edge(&wcs, x, y), "{:?} lost {} {}", header, x, y);
                continue;
            };
            prop_assert!(apart(back, [x, y]) < 1e-6 || at_the_edge(&wcs, x, y), "{:?}: {} {} came back as {:?}", header, x, y, back);
        }
    }

    /// World coordinates and directions tell the same.
    #[test]
    fn world_and_direction_agree(header in header(), points in points()) {
        let Ok(wcs) = header.read() else { return Ok(()) };
        for (x, y) in points {
            prop_assert_eq!(wcs.pixel_to_direction(x, y).is_some(), wcs.pixel_to_world(x, y).is_some());
            let Some([lon, lat]) = wcs.pixel_to_world(x, y) else { continue };
            prop_assert!((0.0..360.0).contains(&lon) && lat.abs() <= 90.0);
            let Some(back) = wcs.world_to_pixel(lon, lat) else { continue };
            prop_assert!(apart(back, [x, y]) < 1e-5 || at_the_edge(&wcs, x, y), "{:?}: {} {} {:?}", header, x, y, back);
        }
    }

    /// SIP and TPV of up to a few pixels invert exactly.
    #[test]
    fn distortions_invert(
        (sip, a, b, c, d) in (any::<bool>(), -1e-4..1e-4, -1e-4..1e-4, -3e-7..3e-7, -3e-7..3e-7),
        (x, y) in (-0.5..199.5, -0.5..99.5),
    ) {
        let plain = Header::tan([33.0, -44.0], 1e-3);
        let header = if sip {
            let orders = plain.code("TAN-SIP").number("A_ORDER", 3.0).number("B_ORDER", 3.0);
            orders.number("A_2_0", a).number("B_1_1", b).number("A_1_2", c).number("B_0_3", d)
        } else {
            let linear = plain.code("TPV").number("PV1_1", 1.0).number("PV2_1", 1.0);
            linear.number("PV1_4", a * 1e3).number("PV2_5", b * 1e3).number("PV1_9", c * 1e6).number("PV2_11", d * 1e6)
        };
        let wcs = header.wcs();
        let sky = wcs.pixel_to_direction(x, y).unwrap();
        let back = wcs.direction_to_pixel(sky);
        prop_assert!(back.is_some_and(|p| apart(p, [x, y]) < 1e-9), "{:?}", back);
    }

    /// Whatever numbers a header holds, there is an answer or an error.
    #[test]
    fn hostile_headers_do_no_harm(
        code in 0usize..CODES.len(),
        values in prop::collection::vec(prop_oneof![any::<f64>(), -1e3..1e3, Just(0.0), Just(f64::NAN)], 24),
        (x, y) in (any::<f64>(), any::<f64>()),
    ) {
        const KEYS: [&str; 24] = [
            "CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2", "CD1_1", "CD1_2", "CD2_1", "CD2_2", "LONPOLE", "LATPOLE", "PV1_0", "PV1_1",
            "PV1_2", "PV2_0", "PV2_1", "PV2_2", "PV2_7", "EQUINOX", "A_ORDER", "B_ORDER", "A_2_0", "B_1_1", "WCSAXES", "CDELT1",
        ];
        let mut header = Header::tan([10.0, 20.0], 0.01).code(CODES[code]);
        // A third of the values at a time, so that some headers are good enough to be used.
        for (k, (key, value)) in KEYS.iter().zip(values).enumerate() {
            if (k + code).is_multiple_of(3) {
                header = header.number(key, value);
            }
        }
        if let Ok(wcs) = header.read() {
            for (x, y) in [(x, y), (10.0, 20.0)] {
                if let Some(sky) = wcs.pixel_to_direction(x, y) {
                    prop_assert!(sky.iter().all(|c| c.is_finite()));
                }
            }
            let tiles = [(&wcs, 200, 100)];
            if let Ok(grid) = Grid::auto(&tiles, &GridOptions::default()) {
                prop_assert!(grid.width > 0 && grid.height > 0);
            }
        }
    }

    /// Every tile's covered area lies within the grid.
    #[test]
    fn grids_hold_their_tiles(
        (lon, lat, log) in (0.0..360.0_f64, -90.0..=90.0_f64, -4.0..-1.5),
        tiles in prop::collection::vec((-3.0..3.0, -3.0..3.0, 0.0..360.0), 1..6),
        (auto, projection) in (any::<bool>(), prop::option::of(0usize..4)),
    ) {
        let scale = 10.0_f64.powf(log);
        let tiles: Vec<Wcs> = tiles
            .into_iter()
            .map(|(dx, dy, angle): (f64, f64, f64)| {
                let (s, c) = f64::to_radians(angle).sin_cos();
                let centre = [lon + dx * 100.0 * scale, (lat + dy * 100.0 * scale).clamp(-90.0, 90.0)];
                let header = Header::tan(centre, scale);
                let turned = header.number("CD1_1", -c * scale).number("CD1_2", s * scale).number("CD2_1", s * scale);
                turned.number("CD2_2", c * scale).wcs()
            })
            .collect();
        let options = GridOptions {
            projection: projection.map(|k| ["STG", "ARC", "ZEA", "SIN"][k].to_owned()),
            rotation: if auto { Rotation::Auto } else { Rotation::NorthUp },
            ..GridOptions::default()
        };
        let list: Vec<_> = tiles.iter().map(|wcs| (wcs, 200, 100)).collect();
        let grid = Grid::auto(&list, &options).unwrap();
        let (outside, margin) = slack(&grid, &tiles);
        prop_assert!(outside < 1e-6, "{} outside", outside);
        prop_assert!(margin < 3.0, "{} margin", margin);
    }
}

/// Whether a pixel lies within a thousandth of the map's radius of the projection's edge, or where its scale
/// vanishes: a small step either leaves the sky or hardly moves on it.
fn at_the_edge(wcs: &Wcs, x: f64, y: f64) -> bool {
    let step = 0.2 / (wcs.scale_arcsec() / 3600.0);
    let here = wcs.pixel_to_direction(x, y);
    [(step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step)]
        .into_iter()
        .any(|(dx, dy)| {
            let (Some(a), Some(b)) = (here, wcs.pixel_to_direction(x + dx, y + dy)) else {
                return true;
            };
            let moved = [0, 1, 2]
                .map(|k| (a[k] - b[k]) * (a[k] - b[k]))
                .iter()
                .sum::<f64>()
                .sqrt()
                .to_degrees();
            moved < 0.2 * 1e-2
        })
}

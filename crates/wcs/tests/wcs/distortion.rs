//! Distortions far from the image, and where they fold.

use crate::support::{Header, apart};
use zemosaic_wcs::Wcs;

/// Strong barrel distortion: u (1 - k u²) in each axis, which turns back at u = 1/sqrt(3 k).
fn folding(k: f64) -> Header {
    Header::tan([150.0, 20.0], 0.001)
        .code("TAN-SIP")
        .number("A_ORDER", 3.0)
        .number("B_ORDER", 3.0)
        .number("A_3_0", -k)
        .number("B_0_3", -k)
}

/// The places on the sky of a grid of pixels far beyond the image, each looked up again.
fn wrongly_placed(wcs: &Wcs, reach: f64) -> usize {
    let undistorted = Header::tan([150.0, 20.0], 0.001).wcs();
    let mut wrong = 0;
    for i in -60..=60 {
        for j in -60..=60 {
            let seen = [99.5 + reach * f64::from(i), 49.5 + reach * f64::from(j)];
            let direction = undistorted
                .pixel_to_direction(seen[0], seen[1])
                .expect("TAN near its centre");
            if let Some([x, y]) = wcs.direction_to_pixel(direction) {
                // Whatever is returned must be the one sheet of the polynomial that holds the image.
                let inside = (x - 99.5).abs() <= 200.0 + 8.0 && (y - 49.5).abs() <= 100.0 + 8.0;
                let back = wcs
                    .pixel_to_direction(x, y)
                    .expect("a pixel that was found");
                let error = [0, 1, 2]
                    .map(|k| back[k] - direction[k])
                    .iter()
                    .map(|e| e.abs())
                    .fold(0.0, f64::max);
                wrong += usize::from(!inside || error > 1e-12);
            }
        }
    }
    wrong
}

#[test]
fn a_fold_outside_the_image_never_places_the_sky_twice() {
    // Turns back at 150 pixels in x; the image ends at 100.
    let wcs = folding(1.0 / (3.0 * 150.0 * 150.0)).wcs();
    assert!(wcs.warnings().is_empty(), "{:?}", wcs.warnings());
    assert_eq!(wrongly_placed(&wcs, 5.0), 0);
    assert_eq!(wrongly_placed(&wcs, 100.0), 0);
    // Beyond the highest value the polynomial has on this sheet, 100 pixels, nothing is seen.
    let beyond = Header::tan([150.0, 20.0], 0.001)
        .wcs()
        .pixel_to_direction(99.5 + 101.0, 49.5)
        .unwrap();
    assert_eq!(wcs.direction_to_pixel(beyond), None);
    let within = Header::tan([150.0, 20.0], 0.001)
        .wcs()
        .pixel_to_direction(99.5 + 95.0, 49.5)
        .unwrap();
    assert!(wcs.direction_to_pixel(within).is_some());
}

#[test]
fn a_fold_inside_the_image_is_reported_and_its_far_side_left_out() {
    // Turns back at 60 pixels in x, within the image.
    let wcs = folding(1.0 / (3.0 * 60.0 * 60.0)).wcs();
    assert!(
        wcs.warnings().iter().any(|w| w.contains("folds")),
        "{:?}",
        wcs.warnings()
    );
    for (x, seen) in [(50.0, true), (70.0, false), (95.0, false)] {
        let sky = wcs.pixel_to_direction(99.5 + x, 49.5).unwrap();
        let found = wcs.direction_to_pixel(sky);
        assert_eq!(
            found.is_some_and(|p| apart(p, [99.5 + x, 49.5]) < 1e-6),
            seen,
            "{x}: {found:?}"
        );
        // A folded pixel's sky belongs to the near side.
        if let (false, Some(p)) = (seen, found) {
            assert!(p[0] < 99.5 + 60.0, "{p:?}");
        }
    }
}

/// The fold test must be able to fail: without the check every folded pixel would be found again.
#[test]
fn the_far_side_of_a_fold_does_exist_in_the_polynomial() {
    let k = 1.0 / (3.0 * 60.0 * 60.0);
    let f = |u: f64| u * (1.0 - k * u * u);
    assert!((f(70.0) - f(49.0)).abs() < 1.0 && f(95.0) < f(60.0));
}

#[test]
fn tpv_blowing_up_far_away_is_not_seen_there() {
    let header = Header::tan([150.0, 20.0], 0.001).code("TPV");
    let wcs = header
        .number("PV1_1", 1.0)
        .number("PV1_7", -30.0)
        .number("PV2_1", 1.0)
        .number("PV2_7", -30.0)
        .wcs();
    assert_eq!(wcs.distortion(), Some("TPV"));
    for reach in [1.0, 5.0, 100.0] {
        assert_eq!(wrongly_placed(&wcs, reach), 0, "{reach}");
    }
    for (x, y) in [(-0.5, -0.5), (199.5, 99.5), (120.0, 3.0)] {
        let sky = wcs.pixel_to_direction(x, y).unwrap();
        assert!(apart(wcs.direction_to_pixel(sky).unwrap(), [x, y]) < 1e-9);
    }
}

#[test]
fn sip_is_inverted_to_a_billionth_of_a_pixel() {
    let header = folding(1e-6).number("A_1_1", 3e-5).number("B_2_0", -2e-5);
    let wcs = header.wcs();
    let mut worst = 0.0_f64;
    for i in 0..=40 {
        for j in 0..=40 {
            let p = [f64::from(i) * 5.0 - 0.5, f64::from(j) * 2.5 - 0.5];
            let sky = wcs.pixel_to_direction(p[0], p[1]).unwrap();
            worst = worst.max(apart(wcs.direction_to_pixel(sky).unwrap(), p));
        }
    }
    assert!(worst < 1e-9, "{worst:e}");
}

#[test]
fn a_distortion_without_an_inverse_is_refused() {
    let header = Header::tan([150.0, 20.0], 0.001).code("TPV");
    let error = header
        .number("PV1_1", 0.0)
        .number("PV1_4", 0.0)
        .read()
        .expect_err("no inverse");
    assert_eq!(error.code(), "wcs_invalid_keyword");
}

#[test]
fn the_other_side_of_the_sky_is_never_on_a_distorted_image() {
    let wcs = folding(1e-6).wcs();
    let sky = wcs.pixel_to_direction(99.5, 49.5).unwrap();
    assert_eq!(wcs.direction_to_pixel(sky.map(|c| -c)), None);
    assert_eq!(wcs.direction_to_pixel([f64::NAN; 3]), None);
}

//! Projections of mosaics.

use crate::grid::{assert_snug, auto, slack, tan};
use crate::support::{Header, apart};
use zemosaic_wcs::GridOptions;

#[test]
fn every_projection_for_mosaics_is_north_up_and_snug() {
    let codes = [
        "TAN", "SIN", "STG", "ARC", "ZEA", "AZP", "SZP", "AIR", "CAR", "CEA", "MER", "CYP", "SFL",
        "PAR", "MOL", "AIT", "COP", "COE", "COD", "COO", "BON", "PCO", "HPX",
    ];
    for code in codes {
        for lat in [-47.0, 33.0] {
            let tiles = [tan(150.0, lat, 0.02), tan(152.0, lat + 0.7, 0.02)];
            let options = GridOptions {
                projection: Some(code.into()),
                ..Default::default()
            };
            let grid = auto(&tiles, &options).unwrap();
            assert_eq!(grid.wcs.projection_code(), code);
            assert_snug(&grid, &tiles);
            let angle = grid.wcs.rotation_deg();
            assert!(angle.abs() < 1e-4, "{code} {lat}: {angle}");
            let [x, y] = [
                0.5 * (grid.width as f64 - 1.0),
                0.5 * (grid.height as f64 - 1.0),
            ];
            let a = grid.wcs.pixel_to_direction(x, y - 0.5).unwrap();
            let b = grid.wcs.pixel_to_direction(x, y + 0.5).unwrap();
            let step = (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>().sqrt();
            // Equal-area maps stretch their middle: HPX by 3π/8.
            let stretch = 0.02 / step.to_degrees();
            let most = if ["PAR", "MOL", "HPX"].contains(&code) {
                0.2
            } else {
                0.01
            };
            assert!((stretch - 1.0).abs() < most, "{code} {stretch}");
            let again = Header::written(&grid.wcs).wcs();
            let back = again.direction_to_pixel(a).unwrap();
            assert!(
                apart(back, [x, y - 0.5]) < 1e-6,
                "{code}: written as {back:?}"
            );
        }
    }
}

/// The cut along longitude 180°, and the pole inside a tile, of maps whose middle is off the equator.
#[test]
fn conics_take_in_tiles_across_their_cut_and_over_the_pole() {
    for code in ["COP", "COE", "COD", "COO", "BON", "PCO"] {
        for (lon, lat) in [(180.0, 60.0), (0.0, 90.0), (120.0, 20.0)] {
            let tiles = [tan(0.0, 40.0, 0.1), tan(lon, lat, 0.1)];
            let options = GridOptions {
                projection: Some(code.into()),
                center: Some([0.0, 40.0]),
                scale_arcsec: Some(360.0),
                ..Default::default()
            };
            let grid = auto(&tiles, &options).unwrap();
            assert!(slack(&grid, &tiles).0 < 1e-6, "{code} {lon} {lat}");
            let (w, h) = (grid.width as f64, grid.height as f64);
            for wcs in &tiles {
                for i in 0..=40 {
                    for j in 0..=20 {
                        let [x, y] = [5.0 * f64::from(i) - 0.5, 5.0 * f64::from(j) - 0.5];
                        let d = wcs.pixel_to_direction(x, y).unwrap();
                        let [x, y] = grid.wcs.direction_to_pixel(d).unwrap();
                        let on = x >= -0.5 - 1e-4
                            && y >= -0.5 - 1e-4
                            && x <= w - 0.5 + 1e-4
                            && y <= h - 0.5 + 1e-4;
                        assert!(on, "{code} {lon} {lat}: {x} {y} of {w} {h}");
                    }
                }
            }
        }
    }
}

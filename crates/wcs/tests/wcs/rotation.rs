//! How the grid made for a set of tiles is turned.

use crate::grid::{assert_snug, auto};
use crate::support::Header;
use zemosaic_wcs::{GridOptions, Rotation, Wcs};

/// A tile at declination 30.
fn turned(angle: f64, lon: f64) -> Wcs {
    let (s, c) = angle.to_radians().sin_cos();
    let header = Header::tan([lon, 30.0], 0.01);
    header
        .number("CD1_1", -c * 0.01)
        .number("CD1_2", s * 0.01)
        .number("CD2_1", s * 0.01)
        .number("CD2_2", c * 0.01)
        .wcs()
}

#[test]
fn the_order_of_tiles_does_not_move_the_grid() {
    let options = GridOptions {
        rotation: Rotation::Auto,
        ..Default::default()
    };
    for angles in [
        [10.0, 190.0, 12.0, 191.0, 9.0, 189.5],
        [10.0, 90.0, 45.0, 135.0, 170.0, 60.0],
        [0.0, 90.0, 180.0, 270.0, 0.0, 90.0],
    ] {
        let place = |i: usize| turned(angles[i], 200.0 + 0.37 * i as f64);
        let mut tiles: Vec<_> = (0..angles.len()).map(place).collect();
        let described = |tiles: &[Wcs]| {
            let grid = auto(tiles, &options).unwrap();
            let corner = grid.wcs.pixel_to_world(0.0, 0.0).unwrap();
            let angle = grid.wcs.rotation_deg();
            (grid.width, grid.height, corner.map(f64::to_bits), angle)
        };
        let right = described(&tiles);
        for _ in 0..tiles.len() {
            tiles.rotate_left(1);
            assert_eq!(described(&tiles), right, "{angles:?}");
        }
        tiles.reverse();
        assert_eq!(described(&tiles), right, "{angles:?}");
    }
}

#[test]
fn rotation_auto_takes_the_median_and_forgives_a_meridian_flip() {
    let tiles = [
        turned(30.0, 200.0),
        turned(210.2, 201.0),
        turned(29.8, 199.5),
    ];
    let options = GridOptions {
        rotation: Rotation::Auto,
        ..Default::default()
    };
    let grid = auto(&tiles, &options).unwrap();
    assert!(
        (grid.wcs.rotation_deg() - 30.0).abs() < 0.5,
        "{}",
        grid.wcs.rotation_deg()
    );
    assert_snug(&grid, &tiles);
    assert!(
        auto(&tiles, &GridOptions::default())
            .unwrap()
            .wcs
            .rotation_deg()
            .abs()
            < 1e-6
    );
}

#[test]
fn a_tile_without_a_middle_has_no_angle() {
    // Its middle lies 98° from its reference point, beyond the horizon of the projection.
    let header = Header::tan([30.0, 20.0], 1.0).code("SIN");
    let tile = header.number("CRPIX1", 10.0).number("CRPIX2", 10.0).wcs();
    let options = GridOptions {
        rotation: Rotation::Auto,
        ..Default::default()
    };
    let grid = auto(&[tile], &options).expect("a part of it shows sky");
    assert!(grid.wcs.rotation_deg().abs() < 1e-6);
}

//! The grid made for a set of tiles.

use crate::support::{Header, apart};
use zemosaic_wcs::{Frame, Grid, GridError, GridOptions, Wcs, direction, lon_lat, outline};

const SIZE: (usize, usize) = (200, 100);

pub fn auto(tiles: &[Wcs], options: &GridOptions) -> Result<Grid, GridError> {
    let tiles: Vec<_> = tiles.iter().map(|wcs| (wcs, SIZE.0, SIZE.1)).collect();
    Grid::auto(&tiles, options)
}

pub fn tan(lon: f64, lat: f64, scale: f64) -> Wcs {
    Header::tan([lon, lat], scale).wcs()
}

/// How far the densely sampled border of the tiles reaches beyond the grid (negative: stays within), and how far
/// the grid reaches beyond it; pixels.
pub fn slack(grid: &Grid, tiles: &[Wcs]) -> (f64, f64) {
    let mut low = [f64::INFINITY; 2];
    let mut high = [f64::NEG_INFINITY; 2];
    for wcs in tiles {
        for [x, y] in outline(SIZE.0, SIZE.1, 0.1) {
            let Some(sky) = wcs.pixel_to_direction(x, y) else {
                continue;
            };
            let p = grid
                .wcs
                .direction_to_pixel(sky)
                .expect("a point of a tile is on the grid");
            for k in 0..2 {
                low[k] = low[k].min(p[k]);
                high[k] = high[k].max(p[k]);
            }
        }
    }
    let ends = [grid.width as f64 - 0.5, grid.height as f64 - 0.5];
    let gaps = [
        low[0] + 0.5,
        low[1] + 0.5,
        ends[0] - high[0],
        ends[1] - high[1],
    ];
    (
        -gaps.iter().copied().fold(f64::INFINITY, f64::min),
        gaps.iter().copied().fold(0.0, f64::max),
    )
}

pub fn assert_snug(grid: &Grid, tiles: &[Wcs]) {
    let (outside, margin) = slack(grid, tiles);
    assert!(outside < 1e-6, "{outside} pixels outside");
    assert!(margin < 1.5, "{margin} pixels of margin");
}

#[test]
fn one_tile_keeps_its_own_pixels() {
    let tile = tan(150.0, 20.0, 0.01);
    let grid = auto(std::slice::from_ref(&tile), &GridOptions::default()).unwrap();
    assert_eq!((grid.width, grid.height), SIZE);
    for (x, y) in [(0.0, 0.0), (199.0, 0.0), (0.0, 99.0), (73.0, 21.0)] {
        let p = grid
            .wcs
            .direction_to_pixel(tile.pixel_to_direction(x, y).unwrap())
            .unwrap();
        assert!(apart(p, [x, y]) < 1e-6, "{p:?}");
    }
}

#[test]
fn tiles_across_ra_zero_and_round_the_poles_stay_together() {
    let scale = 0.01;
    for tiles in [
        vec![tan(359.5, 0.0, scale), tan(0.5, 0.3, scale)],
        vec![
            tan(0.0, 89.5, scale),
            tan(120.0, 89.5, scale),
            tan(240.0, 89.5, scale),
        ],
        vec![tan(0.0, 90.0, scale), tan(77.0, 88.0, scale)],
        vec![tan(10.0, -90.0, scale), tan(200.0, -89.9, scale)],
    ] {
        let grid = auto(&tiles, &GridOptions::default()).unwrap();
        assert_eq!(grid.wcs.projection_code(), "TAN");
        assert!(
            grid.width < 700 && grid.height < 700,
            "{} x {}",
            grid.width,
            grid.height
        );
        assert_snug(&grid, &tiles);
    }
}

/// The check of the extents must be able to fail: a grid short of one column is noticed.
#[test]
fn a_grid_that_is_too_small_is_noticed() {
    let tiles = [tan(10.0, 5.0, 0.01), tan(12.0, 6.0, 0.01)];
    let mut grid = auto(&tiles, &GridOptions::default()).unwrap();
    assert_snug(&grid, &tiles);
    grid.width -= 1;
    assert!(slack(&grid, &tiles).0 > 0.0);
}

#[test]
fn the_projection_follows_the_radius() {
    let code = |span: f64| {
        let tiles = [tan(100.0, 0.0, 0.01), tan(100.0 + span, 0.0, 0.01)];
        let grid = auto(&tiles, &GridOptions::default()).unwrap();
        assert_snug(&grid, &tiles);
        grid.wcs.projection_code()
    };
    assert_eq!(code(30.0), "TAN");
    assert_eq!(code(45.0), "ZEA");
    assert_eq!(code(160.0), "ZEA");
    let around: Vec<_> = (0..8)
        .map(|k| tan(45.0 * f64::from(k), 0.0, 0.01))
        .collect();
    let grid = auto(&around, &GridOptions::default()).unwrap();
    assert_eq!(grid.wcs.projection_code(), "AIT");
    assert!(slack(&grid, &around).0 < 1e-6);
}

#[test]
fn options_are_obeyed() {
    let tiles = [tan(10.0, 5.0, 0.01), tan(12.0, 6.0, 0.02)];
    let options = |o: GridOptions| auto(&tiles, &o).unwrap();
    let grid = options(GridOptions::default());
    assert!(
        (grid.wcs.scale_arcsec() - 54.0).abs() < 1e-9,
        "the median of two is their mean"
    );
    let grid = options(GridOptions {
        scale_arcsec: Some(20.0),
        projection: Some("stg".into()),
        ..Default::default()
    });
    assert!((grid.wcs.scale_arcsec() - 20.0).abs() < 1e-9);
    assert_eq!(grid.wcs.projection_code(), "STG");
    assert_snug(&grid, &tiles);
    // With a centre, the middle of the image is there, and everything is still inside.
    let centre = GridOptions {
        center: Some([11.5, 5.5]),
        ..Default::default()
    };
    let grid = options(centre.clone());
    let middle = grid
        .wcs
        .pixel_to_world(
            0.5 * (grid.width as f64 - 1.0),
            0.5 * (grid.height as f64 - 1.0),
        )
        .unwrap();
    assert!(apart(middle, [11.5, 5.5]) < 1e-9);
    assert!(slack(&grid, &tiles).0 < 1e-6);
    let grid = options(GridOptions {
        size: Some([40, 30]),
        ..centre
    });
    assert_eq!((grid.width, grid.height), (40, 30));
    assert!(apart(grid.wcs.pixel_to_world(19.5, 14.5).unwrap(), [11.5, 5.5]) < 1e-9);
    let grid = options(GridOptions {
        size: Some([1000, 1001]),
        ..Default::default()
    });
    assert_eq!((grid.width, grid.height), (1000, 1001));
    assert!(slack(&grid, &tiles).0 < 0.0);
}

#[test]
fn the_frame_is_galactic_only_when_all_tiles_are() {
    let galactic = Header::tan([20.0, 1.0], 0.01)
        .text("CTYPE1", "GLON-CAR")
        .text("CTYPE2", "GLAT-CAR")
        .wcs();
    let other = {
        let centre = galactic
            .pixel_to_direction(99.5, 49.5)
            .map(lon_lat)
            .unwrap();
        tan(centre[0], centre[1], 0.01)
    };
    let all = [galactic.clone(), galactic.clone()];
    assert_eq!(
        auto(&all, &GridOptions::default()).unwrap().wcs.frame(),
        Frame::Galactic
    );
    let mixed = [galactic, other];
    let grid = auto(&mixed, &GridOptions::default()).unwrap();
    assert_eq!(grid.wcs.frame(), Frame::Icrs);
    assert_snug(&grid, &mixed);
    let centre = GridOptions {
        center: Some([266.0, -29.0]),
        size: Some([11, 11]),
        ..Default::default()
    };
    let grid = auto(&all, &centre).unwrap();
    let sky = grid.wcs.pixel_to_direction(5.0, 5.0).map(lon_lat).unwrap();
    assert!(
        apart(sky, [266.0, -29.0]) < 1e-9,
        "the centre is ICRS whatever the frame: {sky:?}"
    );
}

#[test]
fn maps_with_an_edge_take_in_tiles_across_it_and_over_the_pole() {
    let tile = |lon: f64, lat: f64| tan(lon, lat, 0.1);
    for (code, lon, lat) in [
        ("CAR", 180.0, 0.0),
        ("AIT", 180.0, 40.0),
        ("MOL", 181.0, 0.0),
        ("CAR", 0.0, 90.0),
        ("SFL", 0.0, 88.0),
    ] {
        let tiles = [tile(0.0, 0.0), tile(lon, lat)];
        let options = GridOptions {
            projection: Some(code.into()),
            center: Some([0.0, 0.0]),
            scale_arcsec: Some(360.0),
            ..Default::default()
        };
        let grid = auto(&tiles, &options).unwrap();
        assert!(slack(&grid, &tiles).0 < 1e-6, "{code} {lon} {lat}");
        let seen = |d| {
            let [x, y]: [f64; 2] = grid.wcs.direction_to_pixel(d).unwrap();
            let (w, h) = (grid.width as f64, grid.height as f64);
            x >= -0.5 - 1e-4 && y >= -0.5 - 1e-4 && x <= w - 0.5 + 1e-4 && y <= h - 0.5 + 1e-4
        };
        // Inside the tiles too, not only their borders.
        for wcs in &tiles {
            for i in 0..=100 {
                for j in 0..=50 {
                    let d = wcs
                        .pixel_to_direction(2.0 * f64::from(i) - 0.5, 2.0 * f64::from(j) - 0.5)
                        .unwrap();
                    assert!(seen(d), "{code} {lon} {lat}: {i} {j}");
                }
            }
        }
        assert!(
            grid.width <= 3602 && grid.height <= 1802,
            "{code}: {} x {}",
            grid.width,
            grid.height
        );
    }
}

#[test]
fn an_all_sky_tile_has_a_grid() {
    let tile = Header::tan([0.0, 0.0], 1.9).code("AIT").wcs();
    let grid = auto(std::slice::from_ref(&tile), &GridOptions::default()).unwrap();
    assert_eq!(grid.wcs.projection_code(), "AIT");
    assert!(
        grid.width.abs_diff(171) < 6 && grid.height.abs_diff(86) < 6,
        "{} x {}",
        grid.width,
        grid.height
    );
    for lon in 0..36 {
        for lat in -9..=9 {
            let [x, y] = grid
                .wcs
                .direction_to_pixel(direction(f64::from(lon) * 10.0, f64::from(lat) * 10.0))
                .unwrap();
            assert!(
                x >= -0.5
                    && y >= -0.5
                    && x <= grid.width as f64 - 0.5
                    && y <= grid.height as f64 - 0.5
            );
        }
    }
}

#[test]
fn tiles_that_cannot_be_shown_are_named() {
    let opposite = [tan(10.0, 0.0, 0.01), tan(190.0, 0.0, 0.01)];
    // Absurd, but no error: the caller refuses it by its size.
    let grid = auto(&opposite, &GridOptions::default()).unwrap();
    assert!(grid.width > 15_000);
    let forced = |projection: &str, center| GridOptions {
        projection: Some(projection.into()),
        center,
        ..Default::default()
    };
    let error = auto(&opposite, &forced("TAN", Some([10.0, 0.0]))).unwrap_err();
    assert_eq!(
        (error.code(), error.tile()),
        ("grid_tile_off_projection", Some(1))
    );
    let off = Header::tan([10.0, 0.0], 0.01)
        .code("SIN")
        .number("CRPIX1", 1e6)
        .wcs();
    let error = auto(&[opposite[0].clone(), off], &GridOptions::default()).unwrap_err();
    assert_eq!((error.code(), error.tile()), ("grid_tile_off_sky", Some(1)));
    let empty = Grid::auto(&[(&opposite[0], 0, 7)], &GridOptions::default()).unwrap_err();
    assert_eq!(empty.tile(), Some(0));
    assert_eq!(
        auto(&[], &GridOptions::default()).unwrap_err(),
        GridError::NoTiles
    );
    for options in [
        forced("XXX", None),
        forced("COE", Some([100.0, 0.3])),
        forced("BON", Some([100.0, -89.5])),
        forced("ZPN", None),
        forced("TSC", None),
        forced("XPH", None),
        GridOptions {
            scale_arcsec: Some(0.0),
            ..Default::default()
        },
        GridOptions {
            center: Some([0.0, 91.0]),
            ..Default::default()
        },
        GridOptions {
            size: Some([0, 3]),
            ..Default::default()
        },
    ] {
        assert_eq!(
            auto(&opposite, &options).unwrap_err().code(),
            "grid_invalid_option",
            "{options:?}"
        );
    }
}

#[test]
fn a_tile_that_reaches_the_horizon_of_a_forced_projection_makes_a_huge_grid_without_harm() {
    let tiles = [tan(0.0, 0.0, 0.01), tan(89.9, 0.0, 0.01)];
    let options = GridOptions {
        projection: Some("TAN".into()),
        center: Some([0.0, 0.0]),
        ..Default::default()
    };
    let grid = auto(&tiles, &options).unwrap();
    assert!(grid.width > 1_000_000);
}

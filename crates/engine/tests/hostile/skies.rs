//! Skies: headers of every projection and distortion with wild numbers, opened, laid on a grid and made a mosaic of.

mod header;

use proptest::prelude::*;
use zemosaic_coadd::{Combine, Kernel};
use zemosaic_engine::{PlaneSource, Tile, TileSpec, place_tiles};
use zemosaic_wcs::{Grid, GridOptions, Mapping, Rotation, Wcs};

use crate::build::OnDisk;
use crate::counted::peak_of;
use crate::files::{FIXED, one_line};
use crate::{corpus, mosaic};
use header::Sky;

/// Grids of more pixels are laid out, and no more.
const MOST_PIXELS: usize = 40_000;

#[derive(Debug, Clone)]
struct Case {
    sky: Sky,
    pixels: Vec<(f64, f64)>,
    projection: Option<&'static str>,
    size: Option<[usize; 2]>,
    auto: bool,
    exact: bool,
}

fn case() -> impl Strategy<Value = Case> {
    let number = prop_oneof![4 => -10.0..60.0_f64, 1 => any::<f64>()];
    let pixels = prop::collection::vec((number.clone(), number), 1..12);
    let codes = [
        "TAN", "SIN", "ZEA", "AIT", "CAR", "HPX", "TSC", "ZPN", "COP",
    ];
    let projection = prop::option::weighted(0.3, prop::sample::select(codes.to_vec()));
    let size = prop::option::of([1_usize..120, 1_usize..120]);
    (
        Sky::strategy(),
        pixels,
        projection,
        size,
        any::<bool>(),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(sky, pixels, projection, size, auto, exact)| Case {
            sky,
            pixels,
            projection,
            size,
            auto,
            exact,
        })
}

/// Whatever comes out is a direction, a position on the sky or a pixel.
fn transform(wcs: &Wcs, pixels: &[(f64, f64)]) {
    for (x, y) in pixels {
        let Some(direction) = wcs.pixel_to_direction(*x, *y) else {
            assert!(wcs.pixel_to_world(*x, *y).is_none());
            continue;
        };
        let norm = direction.iter().map(|c| c * c).sum::<f64>();
        assert!((norm - 1.0).abs() < 2e-6, "{direction:?}");
        let Some([lon, lat]) = wcs.pixel_to_world(*x, *y) else {
            panic!("a direction without a position");
        };
        assert!(
            (0.0..360.0).contains(&lon) && lat.abs() <= 90.0,
            "{lon} {lat}"
        );
        let back = [
            wcs.direction_to_pixel(direction),
            wcs.world_to_pixel(lon, lat),
        ];
        assert!(
            back.iter().flatten().flatten().all(|c| c.is_finite()),
            "{back:?}"
        );
    }
    assert!(wcs.scale_arcsec() > 0.0 && wcs.rotation_deg().is_finite());
    assert!(wcs.warnings().iter().all(|line| !line.contains('\n')));
}

/// A pixel well inside the tile is covered, one well outside is not.
///
/// If pixels of tiles span this much sky, or fold, the parts between two of their pixels belong to no pixel; neither does
/// a sliver of sky on a tile that has none elsewhere.
fn compare(case: &Case, grid: &Grid, tile: &Wcs, made: &mosaic::Mosaic) {
    if case.sky.step() > 20.0 || !case.sky.is_tame() {
        return;
    }
    let mapping = Mapping::new(&grid.wcs, tile);
    let [width, height] = [case.sky.width as f64, case.sky.height as f64];
    let pixels = case.sky.width * case.sky.height;
    let has_sky = |at: &usize| {
        let [x, y] = [at % case.sky.width, at / case.sky.width].map(|v| v as f64);
        mapping.inverse_at(x, y).is_some()
    };
    if (0..pixels).filter(has_sky).count() < pixels.div_ceil(8) {
        return;
    }
    for (at, coverage) in made.coverage.iter().enumerate() {
        let (x, y) = (at % grid.width, at / grid.width);
        let place = mapping.at(x as f64, y as f64);
        let within = |margin: f64| {
            let inside = |v: f64, n: f64| v > -0.5 + margin && v < n - 0.5 - margin;
            place.is_some_and(|[x, y]| inside(x, width) && inside(y, height))
        };
        if *coverage > 0.0 {
            assert!(within(-0.05), "{x}, {y} is covered, by {place:?}");
        } else {
            assert!(!within(0.05), "{x}, {y} is not covered, by {place:?}");
        }
    }
}

pub fn wild_skies() {
    let disk = OnDisk::new();
    corpus::run("skies", &case(), |case| {
        let bytes = case.sky.file();
        let spec = TileSpec::of(PlaneSource {
            path: disk.write("sky.fits", &bytes),
            hdu: 0,
        });
        let (tile, peak) = peak_of(|| Tile::open(&spec));
        assert!(
            peak <= 4 * bytes.len() + FIXED,
            "open took {peak} bytes for {}",
            bytes.len()
        );
        let tile = match tile {
            Ok(tile) => tile,
            Err(error) => return one_line(&error, error.code()),
        };
        transform(&tile.wcs, &case.pixels);
        let options = GridOptions {
            projection: case.projection.map(str::to_owned),
            size: case.size,
            rotation: if case.auto {
                Rotation::Auto
            } else {
                Rotation::NorthUp
            },
            ..GridOptions::default()
        };
        let tiles = [tile];
        let grid = match place_tiles(&tiles, &options) {
            Ok((grid, dropped)) => {
                assert!(dropped.is_empty() && grid.width > 0 && grid.height > 0);
                grid
            }
            Err(error) => return one_line(&error, error.code()),
        };
        transform(&grid.wcs, &case.pixels);
        if grid.width.saturating_mul(grid.height) > MOST_PIXELS {
            return;
        }
        let kernel = if case.exact {
            Kernel::Exact
        } else {
            Kernel::Nearest
        };
        let wcs = tiles[0].wcs.clone();
        match mosaic::mosaic(
            tiles.into(),
            &grid,
            kernel,
            Combine::Mean,
            &disk.path("out.fits"),
        ) {
            Ok(made) if kernel == Kernel::Nearest => compare(case, &grid, &wcs, &made),
            Ok(_) => {}
            Err(error) => one_line(&error, error.code()),
        }
    });
}

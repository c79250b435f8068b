//! Simulated skies, for `demo`, benchmarks and tests.

use std::path::{Path, PathBuf};

use napi::bindgen_prelude::{AsyncTask, Either};
use napi_derive::napi;
use zemosaic_fits::FitsFile;
use zemosaic_testkit::{
    Distortion, Image, Layout, Scenario, Sky, Storage, accuracy, simulate as write_tiles,
    warp_ceiling as measure_warp,
};

use crate::door::{Answer, Failure, Job, later};
use crate::grid::read_grid;

/// Columns and rows of equal tiles on a field of stars.
#[napi(object)]
pub struct SkyLayout {
    pub columns: u32,
    pub rows: u32,
    /// Tiles taken at each position.
    pub repeats: u32,
    /// Size of a tile, px.
    pub width: u32,
    pub height: u32,
    /// Fraction of its size that a tile shares with the next one; below 0 there are gaps.
    pub overlap: f64,
    /// Each tile is shifted by up to this, px.
    pub dither_px: f64,
    /// Each tile is rotated by up to this, degrees.
    pub turn_deg: f64,
    /// Every tile is rotated by this besides, degrees.
    pub angle_deg: f64,
    pub colour: bool,
    pub scale_arcsec: f64,
    /// none, sip or tpv
    pub distortion: String,
    /// Displacement by the distortion at the corner of a tile, px.
    pub corner_px: f64,
    pub noise: f64,
    pub stars_per_square_degree: f64,
    /// plain, alpha, rice or gzip
    pub storage: String,
}

/// Writes the tiles of a preset (demo, grid9) or of a layout into `dir`; returns their paths in order.
#[napi(ts_return_type = "Promise<Array<string>>")]
pub fn simulate(
    dir: String,
    sky: Either<String, SkyLayout>,
    seed: u32,
) -> AsyncTask<Job<Vec<String>>> {
    later(move || {
        let scenario = match sky {
            Either::A(preset) => named(&preset, u64::from(seed))?,
            Either::B(layout) => laid_out(layout)?
                .scenario(u64::from(seed))
                .map_err(|e| Failure::new("usage", e))?,
        };
        let paths = write_tiles(&PathBuf::from(&dir), &scenario).map_err(|e| {
            let reason = format!("cannot write the tiles: {e}");
            Failure::new("io", reason).of(Path::new(&dir), None)
        })?;
        Ok(paths
            .into_iter()
            .map(|p| p.to_string_lossy().into_owned())
            .collect())
    })
}

/// How a mosaic of simulated tiles differs from the sky that they show.
#[napi(object)]
pub struct AccuracyFacts {
    /// Pixels that have a value.
    pub covered: f64,
    /// Root mean square errors in counts: where no star adds light, and everywhere.
    pub background_rms: f64,
    pub rms: f64,
    /// Root mean square error of the light around bright stars, as a fraction of it.
    pub flux_rms: f64,
    /// Number of stars measured.
    pub stars: f64,
}

/// Compares the first plane of `mosaic`, which lies on `grid` (an image or a text header), with the sky of a layout.
#[napi(ts_return_type = "Promise<AccuracyFacts>")]
pub fn score_mosaic(
    mosaic: String,
    grid: String,
    sky: SkyLayout,
    seed: u32,
) -> AsyncTask<Job<AccuracyFacts>> {
    later(move || {
        let grid = read_grid(&PathBuf::from(grid))?;
        let values = plane_of(&mosaic, [grid.width, grid.height])?;
        let scenario = laid_out(sky)?
            .scenario(u64::from(seed))
            .map_err(|e| Failure::new("usage", e))?;
        let image = Image {
            width: grid.width,
            values: &values,
            direction: |x, y| grid.wcs.pixel_to_direction(x, y),
            pixel: |d| grid.wcs.direction_to_pixel(d),
        };
        let found = accuracy(&Sky::new(&scenario.scene), &image);
        Ok(AccuracyFacts {
            covered: found.covered as f64,
            background_rms: found.background_rms,
            rms: found.rms,
            flux_rms: found.flux_rms,
            stars: found.stars as f64,
        })
    })
}

/// The first plane of the first image of a file, which must have this size.
fn plane_of(path: &str, [width, height]: [usize; 2]) -> Answer<Vec<f32>> {
    let file = FitsFile::open(Path::new(path))?;
    let found = file
        .hdus()
        .iter()
        .find_map(|hdu| Some((hdu.index, hdu.image_shape().ok()?)));
    let Some((index, shape)) = found else {
        return Err(Failure::new("no_image", "holds no image").of(file.path(), None));
    };
    if [shape.width, shape.height] != [width, height] {
        let reason = format!(
            "has {} x {} pixels, but the grid has {width} x {height}",
            shape.width, shape.height
        );
        return Err(Failure::new("bad_size", reason).of(file.path(), Some(index)));
    }
    let mut values = vec![0.0; width * height];
    file.reader(index)?.read_rows(0, 0..height, &mut values)?;
    Ok(values)
}

/// Output pixels per second of the simplest bilinear warp with `threads` threads, best of five.
#[napi(ts_return_type = "Promise<number>")]
pub fn warp_ceiling(threads: u32) -> AsyncTask<Job<f64>> {
    later(move || Ok(measure_warp(threads as usize)))
}

fn named(preset: &str, seed: u64) -> Result<Scenario, Failure> {
    match preset {
        "demo" => Ok(Scenario::demo(seed)),
        "grid9" => Ok(Scenario::grid9_mono(seed)),
        other => Err(Failure::new("usage", format!("unknown preset {other}"))),
    }
}

fn laid_out(layout: SkyLayout) -> Result<Layout, Failure> {
    let corner_px = layout.corner_px;
    let distortion = match layout.distortion.as_str() {
        "none" => Distortion::None,
        "sip" => Distortion::Sip { corner_px },
        "tpv" => Distortion::Tpv { corner_px },
        other => {
            let message = format!("distortion {other} is not one of none, sip, tpv");
            return Err(Failure::new("usage", message));
        }
    };
    let storage = match layout.storage.as_str() {
        "plain" => Storage::Plain,
        "alpha" => Storage::Alpha,
        "rice" => Storage::Rice,
        "gzip" => Storage::Gzip,
        other => {
            let message = format!("storage {other} is not one of plain, alpha, rice, gzip");
            return Err(Failure::new("usage", message));
        }
    };
    if !corner_px.is_finite() || corner_px.abs() > 1000.0 {
        let message = format!("corner_px must be -1000 to 1000, not {corner_px}");
        return Err(Failure::new("usage", message));
    }
    Ok(Layout {
        columns: layout.columns,
        rows: layout.rows,
        repeats: layout.repeats,
        width: layout.width,
        height: layout.height,
        overlap: layout.overlap,
        dither_px: layout.dither_px,
        turn_deg: layout.turn_deg,
        angle_deg: layout.angle_deg,
        colour: layout.colour,
        scale_arcsec: layout.scale_arcsec,
        distortion,
        noise: layout.noise,
        stars_per_square_degree: layout.stars_per_square_degree,
        storage,
    })
}

//! Simulated skies, for `demo`, benches and trials.

use std::path::PathBuf;

use napi::bindgen_prelude::{AsyncTask, Either};
use napi_derive::napi;
use zemosaic_testkit::{Distortion, Layout, Scenario, simulate as write_tiles};

use crate::door::{Failure, Job, later};

/// Columns and rows of equal tiles on a field of stars.
#[napi(object)]
pub struct SkyLayout {
    pub columns: u32,
    pub rows: u32,
    /// Tiles taken at each place.
    pub repeats: u32,
    /// Size of a tile, px.
    pub width: u32,
    pub height: u32,
    /// Part of its size that a tile shares with the next one; below 0 there are gaps.
    pub overlap: f64,
    /// Each tile is off its place by up to this, px.
    pub dither_px: f64,
    /// Each tile is turned by up to this, degrees.
    pub turn_deg: f64,
    pub colour: bool,
    pub scale_arcsec: f64,
    /// none, sip or tpv
    pub distortion: String,
    /// Displacement that the distortion has at the corner of a tile, px.
    pub corner_px: f64,
    pub noise: f64,
    pub stars_per_square_degree: f64,
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
        let paths = write_tiles(&PathBuf::from(&dir), &scenario)
            .map_err(|e| Failure::new("io", format!("{dir}: cannot write the tiles: {e}")))?;
        Ok(paths
            .into_iter()
            .map(|p| p.to_string_lossy().into_owned())
            .collect())
    })
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
            let message = format!("distortion {other} is none of none, sip, tpv");
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
        colour: layout.colour,
        scale_arcsec: layout.scale_arcsec,
        distortion,
        noise: layout.noise,
        stars_per_square_degree: layout.stars_per_square_degree,
    })
}

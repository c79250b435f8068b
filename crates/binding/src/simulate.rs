//! A small simulated sky, for `demo` and trials.

use std::path::PathBuf;

use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use zemosaic_testkit::{Scenario, simulate as write_tiles};

use crate::door::{Failure, Job, later};

/// Writes the tiles of a preset (demo, grid9) into `dir`; returns their paths in order.
#[napi(ts_return_type = "Promise<Array<string>>")]
pub fn simulate(dir: String, preset: String, seed: u32) -> AsyncTask<Job<Vec<String>>> {
    later(move || {
        let scenario = match preset.as_str() {
            "demo" => Scenario::demo(u64::from(seed)),
            "grid9" => Scenario::grid9_mono(u64::from(seed)),
            other => return Err(Failure::new("usage", format!("unknown preset {other}"))),
        };
        let paths = write_tiles(&PathBuf::from(&dir), &scenario)
            .map_err(|e| Failure::new("io", format!("{dir}: cannot write the tiles: {e}")))?;
        Ok(paths
            .into_iter()
            .map(|p| p.to_string_lossy().into_owned())
            .collect())
    })
}

//! The result of a chunk, in TypeScript's terms.

use std::time::Duration;

use napi_derive::napi;
use zemosaic_coadd::backend::DeviceError;
use zemosaic_engine::{ChunkReport, TileDamage as EngineDamage};

use crate::door::Failure;

/// Milliseconds per stage; map, kernel and write are averaged over the threads.
#[napi(object)]
pub struct StageMs {
    pub map: f64,
    pub read: f64,
    pub upload: f64,
    pub kernel: f64,
    pub download: f64,
    pub write: f64,
    pub wait: f64,
}

/// Tile rows that could not be read.
#[napi(object)]
pub struct TileDamage {
    pub tile: u32,
    /// The problem of the tile's file, or of its weight map or opacity plane.
    pub problem: Failure,
}

/// The result of a chunk.
#[napi(object)]
pub struct ChunkOutcome {
    /// done, oom, `too_big_ever`, `device_lost` or failed
    pub kind: String,
    pub code: Option<String>,
    pub message: Option<String>,
    /// For an oom: bytes requested, free and total, and for which buffer.
    pub asked: Option<f64>,
    pub free: Option<f64>,
    pub total: Option<f64>,
    pub at: Option<String>,
    pub ms: StageMs,
    /// Bytes copied to and from the device.
    pub bytes_up: f64,
    pub bytes_down: f64,
    pub bytes_read: f64,
    pub bytes_written: f64,
    pub peak_bytes: f64,
    pub tiles: u32,
    pub covered: f64,
    pub dead_in_one_channel: f64,
    /// Some pixel has no value because a sum became too large.
    pub overflow: bool,
    pub map_error_px: f64,
    pub damaged: Vec<TileDamage>,
    /// Sums of the chunk's values, coverage and alpha, which later prove that it is in the file.
    pub sums: Vec<u32>,
}

/// CPU times in the report are sums over `threads`; the outcome has them per thread.
pub fn outcome(kind: &str, report: ChunkReport, threads: usize) -> ChunkOutcome {
    let ms = |d: Duration| d.as_secs_f64() * 1e3;
    let each = |d: Duration| ms(d) / threads as f64;
    let counters = report.counters;
    let common = counters.common;
    ChunkOutcome {
        kind: kind.into(),
        code: None,
        message: None,
        asked: None,
        free: None,
        total: None,
        at: None,
        ms: StageMs {
            map: each(common.map),
            read: ms(report.read),
            upload: ms(counters.upload),
            kernel: each(common.kernel),
            download: ms(counters.download),
            write: each(common.write),
            wait: ms(report.wait),
        },
        bytes_up: counters.bytes_up as f64,
        bytes_down: counters.bytes_down as f64,
        bytes_read: report.bytes_read as f64,
        bytes_written: report.bytes_written as f64,
        peak_bytes: report.peak_bytes as f64,
        tiles: report.tiles as u32,
        covered: common.covered as f64,
        dead_in_one_channel: common.dead_in_one_channel as f64,
        overflow: common.overflow,
        map_error_px: common.map_error,
        damaged: tile_damage(report.damaged),
        sums: report.sums.to_vec(),
    }
}

/// Damage in TypeScript's terms.
pub fn tile_damage(damaged: Vec<EngineDamage>) -> Vec<TileDamage> {
    let told = |d: EngineDamage| TileDamage {
        tile: d.tile as u32,
        problem: Failure::from(&*d.error),
    };
    damaged.into_iter().map(told).collect()
}

pub fn failed_outcome(error: DeviceError) -> ChunkOutcome {
    let message = Some(error.to_string());
    let kind = match error {
        DeviceError::OutOfMemory { .. } => "oom",
        DeviceError::TooBigEver { .. } => "too_big_ever",
        DeviceError::Lost(_) => "device_lost",
        DeviceError::Failed(_) => "failed",
    };
    let mut outcome = ChunkOutcome {
        message,
        ..outcome(kind, ChunkReport::default(), 1)
    };
    if let DeviceError::OutOfMemory {
        asked,
        free,
        total,
        at,
    } = error
    {
        outcome.asked = Some(asked as f64);
        outcome.free = free.map(|b| b as f64);
        outcome.total = total.map(|b| b as f64);
        outcome.at = Some(at.into());
    }
    outcome
}

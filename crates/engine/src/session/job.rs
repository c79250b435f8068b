//! A chunk as backends take it, and where it is run.

use zemosaic_coadd::backend::{AllocatorOptions, Backend, DeviceCounters};
use zemosaic_coadd::cpu::CpuBackend;
use zemosaic_coadd::{ChunkJob, TileJob};
use zemosaic_wcs::lattice::{Lattice, Profile};

use super::{ChunkRequest, PixelOptions, Processor};
use crate::chunk_blocks::ChunkBlocks;
use crate::device::Device;
use crate::error::EngineError;
use crate::output::StripWriter;
use crate::tile::Tile;

/// Runs the job where the request wants it, on the current rayon pool; `apart`: each channel has tiles or maps of its own.
pub(super) fn make(
    request: &ChunkRequest,
    job: &ChunkJob,
    sink: &StripWriter,
    cpu: &CpuBackend,
    device: &mut Option<Device>,
    levers: AllocatorOptions,
    apart: bool,
) -> Result<DeviceCounters, EngineError> {
    let on_cpu = || {
        Ok(DeviceCounters {
            common: cpu.run_chunk(job, sink)?,
            ..DeviceCounters::default()
        })
    };
    if job.tiles.is_empty() {
        // Where channels are apart, the coverage of earlier channels stays.
        if apart && sink.joins() {
            return on_cpu();
        }
        sink.write_empty(request.rows.clone())?;
        return Ok(DeviceCounters::default());
    }
    match (request.on, device) {
        (Processor::Cpu, _) => on_cpu(),
        (Processor::Device { max_bytes }, Some(device)) => {
            let grant = levers.grant.map_or(max_bytes, |g| g.min(max_bytes));
            device.ledger().options = AllocatorOptions {
                grant: Some(grant),
                ..levers
            };
            let made = device.run_chunk(job, sink);
            device.ledger().options = levers;
            Ok(made?)
        }
        (Processor::Device { .. }, None) => Err(EngineError::Order("this run has no device")),
    }
}

/// The tiles of a session, and what is known of each.
pub(super) struct Laid<'a> {
    pub tiles: &'a [Tile],
    pub lattices: &'a [Lattice],
    pub profiles: &'a [Profile],
    pub weights: &'a [f32],
}

/// The chunk in the form that backends take.
pub(super) fn job<'a>(
    request: &ChunkRequest,
    width: u32,
    options: PixelOptions,
    laid: &Laid<'a>,
    rows: &'a ChunkBlocks,
) -> ChunkJob<'a> {
    let jobs = rows.tiles.iter().enumerate().filter_map(|(i, held)| {
        Some(TileJob {
            lattice: &laid.lattices[i],
            profile: &laid.profiles[i],
            rows: held.as_ref()?.rows(&laid.tiles[i]),
            weight: laid.weights[i],
        })
    });
    ChunkJob {
        rows: request.rows.clone(),
        width,
        channels: request.channels.len(),
        tiles: jobs.collect(),
        kernel: options.kernel,
        combine: options.combine,
    }
}

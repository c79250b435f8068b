//! The way of a piece of a part's lattice to the device.

// The driver has a C interface.
#![allow(unsafe_code)]

use cudarc::driver::{CudaStream, result};
use zemosaic_coadd::backend::DeviceError;
use zemosaic_coadd::device::{BlockRuns, Piece};
use zemosaic_coadd::lattice::Run;

use crate::buffer::DeviceBuffer;
use crate::error::outcome;
use crate::layout::GpuTile;
use crate::pinned::Pinned;
use crate::plan::ChunkPlan;

/// Writes a piece's runs, owners and index to pinned memory. Returns the number of runs.
pub(super) fn fill(
    plan: &ChunkPlan,
    staged: &mut Pinned,
    blocks: &[BlockRuns],
    piece: &Piece,
) -> usize {
    let lattice = &plan.lattice;
    let index = staged.view_mut::<u32>(lattice.index_at as usize, piece.index_len());
    let count = piece.index(blocks, index);
    let mut to = 0;
    let runs = staged.view_mut::<Run>(0, count);
    for (block, at) in piece.stretches(blocks) {
        runs[to..to + at.len()].copy_from_slice(&block.runs[at.clone()]);
        to += at.len();
    }
    to = 0;
    let owners = staged.view_mut::<u32>(lattice.owners_at as usize, count);
    for (block, at) in piece.stretches(blocks) {
        owners[to..to + at.len()].copy_from_slice(&block.owners[at.clone()]);
        to += at.len();
    }
    count
}

/// Queues the copies of what `fill` and the tiles wrote. Returns the bytes.
pub(super) fn send_lattice(
    plan: &ChunkPlan,
    staged: &Pinned,
    to: &DeviceBuffer,
    tiles: usize,
    runs: usize,
    piece: &Piece,
    stream: &CudaStream,
) -> Result<u64, DeviceError> {
    let lattice = &plan.lattice;
    let parts = [
        (0, runs * size_of::<Run>()),
        (lattice.owners_at, runs * 4),
        (lattice.index_at, piece.index_len() * 4),
        (lattice.tiles_at, tiles * size_of::<GpuTile>()),
    ];
    let mut bytes = 0;
    for (at, count) in parts.into_iter().filter(|p| p.1 > 0) {
        let from = staged.view::<u8>(at as usize, count);
        // SAFETY: both sides hold the plan's bytes; the pinned side is not touched until the copy's event.
        unsafe { result::memcpy_htod_async(to.address(at), from, stream.cu_stream()) }
            .map_err(|e| outcome(e, "the copy of a lattice"))?;
        bytes += count as u64;
    }
    Ok(bytes)
}

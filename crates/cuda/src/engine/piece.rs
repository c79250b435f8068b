//! A piece of a part's lattice on its way to the device.

// The driver's interface is C.
#![allow(unsafe_code)]

use std::ops::Range;

use cudarc::driver::{CudaStream, result};
use zemosaic_coadd::STRIP_ROWS;
use zemosaic_coadd::backend::DeviceError;
use zemosaic_coadd::device::{BLOCK_CELLS, BlockRuns, Piece, Rect};
use zemosaic_coadd::lattice::Run;

use crate::buffer::DeviceBuffer;
use crate::error::outcome;
use crate::layout::GpuTile;
use crate::pinned::Pinned;
use crate::plan::ChunkPlan;

/// Writes a piece's runs, owners and index to pinned memory; returns how many runs.
pub(super) fn fill(
    plan: &ChunkPlan,
    staged: &mut Pinned,
    blocks: &[BlockRuns],
    piece: &Piece,
) -> usize {
    let blocks = &blocks[piece.first as usize..(piece.first + piece.count) as usize];
    let rect = piece.rect.clone().unwrap_or(Rect::WHOLE);
    let total = blocks
        .iter()
        .map(|b| b.runs.len())
        .sum::<usize>()
        .min(plan.lattice.runs);
    let mut ranges: Vec<(usize, Range<usize>)> = Vec::new();
    let index = staged.view_mut::<u32>(
        plan.lattice.index_at as usize,
        blocks.len() * BLOCK_CELLS + 1,
    );
    let mut at = 0u32;
    for (b, block) in blocks.iter().enumerate() {
        let to = &mut index[b * BLOCK_CELLS..];
        if piece.rect.is_none() {
            for (to, from) in to.iter_mut().zip(&block.index) {
                *to = at + from;
            }
            ranges.push((b, 0..block.runs.len()));
            at += block.runs.len() as u32;
            continue;
        }
        let cells = BLOCK_CELLS / STRIP_ROWS as usize;
        for (i, to) in to.iter_mut().enumerate().take(BLOCK_CELLS) {
            *to = at;
            if rect.rows.contains(&(i / cells)) && rect.cells.contains(&(i % cells)) {
                at += block.index[i + 1] - block.index[i];
            }
        }
        ranges.extend(rect.rows.clone().map(|row| (b, block.row(&rect, row))));
    }
    index[blocks.len() * BLOCK_CELLS] = at;
    let runs = staged.view_mut::<Run>(0, total);
    let mut to = 0;
    for (b, range) in &ranges {
        runs[to..to + range.len()].copy_from_slice(&blocks[*b].runs[range.clone()]);
        to += range.len();
    }
    let owners = staged.view_mut::<u32>(plan.lattice.owners_at as usize, total);
    to = 0;
    for (b, range) in &ranges {
        owners[to..to + range.len()].copy_from_slice(&blocks[*b].owners[range.clone()]);
        to += range.len();
    }
    to
}

/// Queues the copies of what `fill` and the tiles wrote; returns the bytes.
pub(super) fn send_lattice(
    plan: &ChunkPlan,
    staged: &Pinned,
    to: &DeviceBuffer,
    runs: usize,
    piece: &Piece,
    stream: &CudaStream,
) -> Result<u64, DeviceError> {
    let lattice = &plan.lattice;
    let parts = [
        (0, runs * size_of::<Run>()),
        (lattice.owners_at, runs * 4),
        (
            lattice.index_at,
            (piece.count as usize * BLOCK_CELLS + 1) * 4,
        ),
        (lattice.tiles_at, plan.windows.len() * size_of::<GpuTile>()),
    ];
    let mut bytes = 0;
    for (at, count) in parts.into_iter().filter(|p| p.1 > 0) {
        let from = staged.view::<u8>(at as usize, count);
        // SAFETY: both sides hold the plan's bytes; the pinned side is left alone until the copy's event.
        unsafe { result::memcpy_htod_async(to.address(at), from, stream.cu_stream()) }
            .map_err(|e| outcome(e, "the copy of a lattice"))?;
        bytes += count as u64;
    }
    Ok(bytes)
}

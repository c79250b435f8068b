//! A part's lattice cut into launches that fit the lattice buffers.

// The driver's interface is C.
#![allow(unsafe_code)]

use std::ops::Range;

use cudarc::driver::{CudaStream, result};
use zemosaic_coadd::STRIP_ROWS;
use zemosaic_coadd::backend::DeviceError;
use zemosaic_coadd::lattice::Run;

use crate::block::{BlockRuns, Rect};
use crate::buffer::DeviceBuffer;
use crate::error::outcome;
use crate::layout::{BLOCK_CELLS, GpuTile};
use crate::pinned::Pinned;
use crate::plan::ChunkPlan;

/// Consecutive blocks of a part, or a rectangle of one, that go into one launch.
pub(super) struct Piece {
    pub first: u32,
    pub count: u32,
    pub rect: Option<Rect>,
}

/// Cuts a part's blocks into launches of at most `capacity` runs.
pub(super) fn pieces(blocks: &[BlockRuns], capacity: usize) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    let mut held = usize::MAX;
    for (i, block) in blocks.iter().enumerate() {
        let count = block.runs.len();
        if count > capacity {
            let mut rects = Vec::new();
            block.cut(Rect::WHOLE, capacity, &mut rects);
            out.extend(rects.into_iter().map(|rect| Piece {
                first: i as u32,
                count: 1,
                rect: Some(rect),
            }));
            held = usize::MAX;
            continue;
        }
        match out.last_mut() {
            Some(piece) if held.saturating_add(count) <= capacity => {
                piece.count += 1;
                held += count;
            }
            _ => {
                out.push(Piece {
                    first: i as u32,
                    count: 1,
                    rect: None,
                });
                held = count;
            }
        }
    }
    out
}

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

//! One strip of output rows: lattice, samples, sums, result, block by block.

use std::ops::Range;
use std::time::Instant;

use zemosaic_wcs::lattice::{LatticeRows, MAX_RUN};

use super::simd;
use crate::accumulate::{Block, BlockShape, Method, block_columns};
use crate::job::{ChunkJob, Counters, TileJob};
use crate::output::{Sink, StripRoom};

/// Buffers of one worker, reused from strip to strip.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    block: Block,
    lattice: LatticeRows,
    room: StripRoom,
}

/// Makes `rows` of the job and hands them to the sink.
pub(super) fn make<K: Method, S: Sink>(
    job: &ChunkJob,
    rows: Range<u32>,
    scratch: &mut Scratch,
    sink: &S,
) -> Result<Counters, S::Error> {
    let mut counters = Counters::default();
    let copied = scratch.block.copied();
    let width = job.width as usize;
    let with_alpha = job.tiles.iter().any(|t| t.rows.has_alphas());
    let mut strip = scratch.room.lend(&rows, width, job.channels);

    // The tiles that meet these rows, with the columns where they do.
    let tiles: Vec<(&TileJob, [u32; 2])> = job
        .tiles
        .iter()
        .map(|t| (t, t.profile.need([rows.start, rows.end]).out_x))
        .filter(|(_, x)| x[0] < x[1])
        .collect();
    let step = block_columns(job.combine, tiles.len(), job.channels);
    for x in (0..job.width).step_by(step as usize) {
        let columns = x..(x + step).min(job.width);
        scratch.block.reset(BlockShape {
            width: columns.len(),
            rows: rows.len(),
            channels: job.channels,
            with_alpha,
            combine: job.combine,
        });
        for (tile, needed) in &tiles {
            let start = columns.start.max(needed[0]) / MAX_RUN as u32 * MAX_RUN as u32;
            let end = needed[1].next_multiple_of(MAX_RUN as u32).min(columns.end);
            if start >= end {
                continue;
            }
            let began = Instant::now();
            let more = K::PLACES_MORE;
            tile.lattice.emit(
                rows.start..rows.end + more,
                start..end + more,
                &mut scratch.lattice,
            );
            let mapped = Instant::now();
            counters.map += mapped - began;
            let origin = [columns.start, rows.start];
            simd::add_tile::<K>(&mut scratch.block, &scratch.lattice, origin, tile);
            counters.kernel += mapped.elapsed();
        }
        let began = Instant::now();
        let counts = simd::finish(&mut scratch.block, x as usize, width, &mut strip);
        counters.covered += counts.covered;
        counters.dead_in_one_channel += counts.dead_in_one_channel;
        counters.overflow |= counts.overflow;
        counters.kernel += began.elapsed();
    }
    counters.map_error = scratch.lattice.worst_error();
    counters.copied = scratch.block.copied() - copied;
    let began = Instant::now();
    sink.take(&mut strip)?;
    counters.write = began.elapsed();
    Ok(counters)
}

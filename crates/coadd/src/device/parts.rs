//! A chunk is cut into parts of whole strips, so that a device works on one part while the host prepares the next.

use std::ops::Range;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use zemosaic_wcs::lattice::LatticeRows;

use super::{BLOCK_CELLS, BLOCK_COLUMNS, BlockRuns, CELL_COLUMNS, Need};
use crate::{ChunkJob, Counters, STRIP_ROWS};

/// Blocks of a part if memory allows: 1 Mpix.
const PART_BLOCKS: u32 = 32;
/// Runs that a lattice buffer holds. A part with more takes more launches, so this affects only speed.
/// Tiles without distortion have one run per cell.
const LEAST_RUNS: u64 = 4096;
const MOST_RUNS: u64 = 262_144;

/// How a chunk is cut into parts.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Blocks across the output.
    pub across: u32,
    /// Strips (absolute row / 32) of the chunk, and how many of them form a part.
    strips: Range<u32>,
    part_strips: u32,
    rows: Range<u32>,
    width: u32,
}

/// Consecutive strips of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which of two buffers its rows return through; parts alternate.
    pub slot: usize,
    /// Strips (absolute row / 32).
    pub strips: Range<u32>,
    /// Output rows.
    pub rows: Range<u32>,
    /// Output pixels.
    pub pixels: u32,
}

impl Parts {
    /// Parts of output rows of `width` pixels, each of at most `most_strips` strips, but at least one.
    pub fn new(rows: Range<u32>, width: u32, most_strips: u32) -> Self {
        let strips = rows.start / STRIP_ROWS..rows.end.div_ceil(STRIP_ROWS);
        let across = width.div_ceil(BLOCK_COLUMNS).max(1);
        Self {
            across,
            part_strips: (PART_BLOCKS / across)
                .min(most_strips)
                .clamp(1, (strips.len() as u32).max(1)),
            strips,
            rows,
            width,
        }
    }

    /// Output buffers that the parts need in order to alternate.
    pub fn slots(&self) -> u64 {
        (self.strips.len() as u64)
            .div_ceil(u64::from(self.part_strips))
            .min(2)
    }

    /// Pixels of the largest part.
    pub fn most_pixels(&self) -> u64 {
        let rows = (self.rows.len() as u64).min(u64::from(STRIP_ROWS * self.part_strips));
        rows * u64::from(self.width)
    }

    /// Blocks of a part.
    pub fn blocks(&self, part: &Part) -> u32 {
        part.strips.len() as u32 * self.across
    }

    /// Blocks of the largest part.
    pub fn most_blocks(&self) -> u64 {
        u64::from(self.part_strips) * u64::from(self.across)
    }

    /// Entries of the largest part's index.
    pub fn index_entries(&self) -> u64 {
        self.most_blocks() * BLOCK_CELLS as u64 + 1
    }

    /// Runs that a lattice buffer for these parts should hold. Can decrease with more rows, where a strip begins.
    pub fn run_capacity(&self, need: &Need) -> u64 {
        let cells = self.rows.len() as u64 * need.cells;
        let least = LEAST_RUNS.max(u64::from(CELL_COLUMNS) * need.tiles);
        (cells * u64::from(self.part_strips))
            .div_ceil((self.strips.len() as u64).max(1))
            .clamp(least, MOST_RUNS.max(least))
    }

    /// The parts, ordered by row.
    pub fn iter(&self) -> impl Iterator<Item = Part> + use<> {
        let Self {
            strips: chunk,
            part_strips,
            rows,
            width,
            ..
        } = self.clone();
        let starts = chunk.clone().step_by(part_strips as usize).enumerate();
        starts.map(move |(i, start)| {
            let strips = start..(start + part_strips).min(chunk.end);
            let rows = (strips.start * STRIP_ROWS).max(rows.start)
                ..(strips.end * STRIP_ROWS).min(rows.end);
            Part {
                slot: i % 2,
                pixels: rows.len() as u32 * width,
                strips,
                rows,
            }
        })
    }

    /// The runs of the job's tiles `tiles` in the blocks of a part, made on all threads. Lattice errors and times
    /// are added to `counters`.
    pub fn emit(
        &self,
        job: &ChunkJob,
        tiles: &Range<usize>,
        part: &Part,
        counters: &mut Counters,
    ) -> Vec<BlockRuns> {
        self.emit_blocks(job, tiles, part, 0..self.blocks(part), counters)
    }

    /// The same for only some of the part's blocks.
    pub fn emit_blocks(
        &self,
        job: &ChunkJob,
        tiles: &Range<usize>,
        part: &Part,
        blocks: Range<u32>,
        counters: &mut Counters,
    ) -> Vec<BlockRuns> {
        let (across, strips) = (self.across, &part.strips);
        let made: Vec<(BlockRuns, f64, Duration)> = blocks
            .into_par_iter()
            .map_init(LatticeRows::default, |scratch, block| {
                let began = Instant::now();
                let strip = strips.start + block / across;
                let runs = BlockRuns::emit(job, tiles.clone(), strip, block % across, scratch);
                (runs, scratch.worst_error(), began.elapsed())
            })
            .collect();
        let mut blocks = Vec::with_capacity(made.len());
        for (runs, error, spent) in made {
            counters.map_error = counters.map_error.max(error);
            counters.map += spent;
            blocks.push(runs);
        }
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn property_parts_hold_every_row_once_in_order() {
        for (rows, width, most) in [
            (0..1, 10, u32::MAX),
            (5..5000, 100, u32::MAX),
            (31..65, 3000, 1),
            (64..4100, 70_000, u32::MAX),
            (7..3000, 2000, 3),
        ] {
            let parts = Parts::new(rows.clone(), width, most);
            let (mut next, mut count) = (rows.start, 0);
            for part in parts.iter() {
                assert_eq!((part.rows.start, part.slot), (next, count % 2));
                assert_eq!(part.pixels, part.rows.len() as u32 * width);
                assert!(u64::from(part.pixels) <= parts.most_pixels());
                assert!(part.strips.len() as u32 <= most);
                assert_eq!(part.rows.start / STRIP_ROWS, part.strips.start);
                assert_eq!(part.rows.end.div_ceil(STRIP_ROWS), part.strips.end);
                (next, count) = (part.rows.end, count + 1);
            }
            assert_eq!(next, rows.end);
            assert_eq!(parts.slots(), count.min(2) as u64);
        }
    }

    #[test]
    fn no_rows_make_no_pixels() {
        let empty = Parts::new(40..40, 100, u32::MAX);
        assert_eq!(empty.most_pixels(), 0);
        assert!(empty.iter().all(|part| part.pixels == 0));
    }
}

//! A chunk cut into parts of whole strips, so that a device works on one while the host makes the next.

use std::ops::Range;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use zemosaic_wcs::lattice::{BLOCK_ROWS, LatticeRows};

use super::{BLOCK_CELLS, BLOCK_COLUMNS, BlockRuns, CELL_COLUMNS};
use crate::{ChunkJob, Counters, STRIP_ROWS};

/// Blocks that a part holds when it can: 1 Mpix.
const PART_BLOCKS: u32 = 32;
/// Runs that a lattice buffer holds. A part with more takes more launches, so this is about speed only:
/// one run per cell is what tiles without distortion have.
const LEAST_RUNS: u64 = 4096;
const MOST_RUNS: u64 = 262_144;

/// How a chunk is cut.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Blocks across the output.
    pub across: u32,
    /// Strips (absolute row / 32) of the chunk, and how many of them make a part.
    strips: Range<u32>,
    part_strips: u32,
    rows: Range<u32>,
    width: u32,
}

/// Consecutive strips of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which of two buffers its rows come back through: parts take turns.
    pub slot: usize,
    /// Strips (absolute row / 32).
    pub strips: Range<u32>,
    /// Output rows.
    pub rows: Range<u32>,
    /// Output pixels.
    pub pixels: u32,
}

impl Parts {
    /// Parts of `job`, each of at most `most_strips` strips (one at least).
    pub fn new(job: &ChunkJob, most_strips: u32) -> Self {
        let strips = job.rows.start / STRIP_ROWS..job.rows.end.div_ceil(STRIP_ROWS);
        let across = job.width.div_ceil(BLOCK_COLUMNS).max(1);
        Self {
            across,
            part_strips: (PART_BLOCKS / across)
                .min(most_strips)
                .clamp(1, (strips.len() as u32).max(1)),
            strips,
            rows: job.rows.clone(),
            width: job.width,
        }
    }

    /// Output buffers that the parts need to take turns.
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

    /// Runs that a lattice buffer for these parts of `job` should hold.
    pub fn run_capacity(&self, job: &ChunkJob) -> u64 {
        let cells = |tile: &crate::TileJob| {
            let x = tile.profile.need([job.rows.start, job.rows.end]).out_x;
            u64::from(x[1].div_ceil(CELL_COLUMNS) - x[0] / CELL_COLUMNS)
        };
        let cells = self.rows.len() as u64 * job.tiles.iter().map(cells).sum::<u64>();
        let least = LEAST_RUNS.max(u64::from(CELL_COLUMNS) * job.tiles.len() as u64);
        (cells * u64::from(self.part_strips))
            .div_ceil((self.strips.len() as u64).max(1))
            .clamp(least, MOST_RUNS.max(least))
    }

    /// Most tiles that meet one block of `job`, and so the most samples of one pixel.
    pub fn depth(&self, job: &ChunkJob) -> u32 {
        let blocks = self.rows.start / BLOCK_ROWS..self.rows.end.div_ceil(BLOCK_ROWS);
        let across = self.across as usize;
        let mut met = vec![0u32; blocks.len() * across];
        for profile in job.tiles.iter().map(|t| t.profile) {
            for (block, need) in (profile.first_block..).zip(&profile.blocks) {
                if need.is_empty() || !blocks.contains(&block) {
                    continue;
                }
                let columns = need.out_x[0] / BLOCK_COLUMNS..need.out_x[1].div_ceil(BLOCK_COLUMNS);
                let first = (block - blocks.start) as usize * across;
                for met in met[first..first + across]
                    .iter_mut()
                    .take(columns.end as usize)
                    .skip(columns.start as usize)
                {
                    *met += 1;
                }
            }
        }
        met.into_iter().max().unwrap_or(0)
    }

    /// The parts, in order of rows.
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

    /// The runs that the job's tiles number `tiles` have in the blocks of a part, on all threads; their
    /// errors and times go to `counters`.
    pub fn emit(
        &self,
        job: &ChunkJob,
        tiles: &Range<usize>,
        part: &Part,
        counters: &mut Counters,
    ) -> Vec<BlockRuns> {
        self.emit_blocks(job, tiles, part, 0..self.blocks(part), counters)
    }

    /// The same of some of the part's blocks alone.
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
    use crate::{Combine, Kernel};

    fn parts(rows: Range<u32>, width: u32, most_strips: u32) -> Parts {
        let job = ChunkJob {
            rows,
            width,
            channels: 1,
            tiles: vec![],
            kernel: Kernel::Nearest,
            combine: Combine::Mean,
        };
        Parts::new(&job, most_strips)
    }

    #[test]
    fn property_parts_hold_every_row_once_in_order() {
        for (rows, width, most) in [
            (0..1, 10, u32::MAX),
            (5..5000, 100, u32::MAX),
            (31..65, 3000, 1),
            (64..4100, 70_000, u32::MAX),
            (7..3000, 2000, 3),
        ] {
            let parts = parts(rows.clone(), width, most);
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
        let empty = parts(40..40, 100, u32::MAX);
        assert_eq!(empty.most_pixels(), 0);
        assert!(empty.iter().all(|part| part.pixels == 0));
    }
}

//! The lattice of one block of output pixels, sorted so that a pixel finds its runs directly.

use std::ops::Range;

use zemosaic_room::{filled, push};
use zemosaic_wcs::lattice::{LatticeRows, Run};

use super::{BLOCK_CELLS, BLOCK_COLUMNS, CELL_COLUMNS, CELLS};
use crate::{ChunkJob, STRIP_ROWS};

/// What the memory is for, in errors.
const PURPOSE: &str = "the lattice";

/// Runs of one block, ordered by (row, cell) and then by tile.
#[derive(Clone, Debug)]
pub struct BlockRuns {
    /// The runs.
    pub runs: Vec<Run>,
    /// Tile of each run.
    pub owners: Vec<u32>,
    /// First run of each (row, cell), and one more entry at the end.
    pub index: Vec<u32>,
}

/// A rectangle of (row, cell)s of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rect {
    /// Rows of the block.
    pub rows: Range<usize>,
    /// Cells of each row.
    pub cells: Range<usize>,
}

impl Rect {
    /// The whole block.
    pub const WHOLE: Self = Self {
        rows: 0..STRIP_ROWS as usize,
        cells: 0..CELLS,
    };

    fn halves(&self) -> Option<[Self; 2]> {
        let cut = |r: &Range<usize>| {
            let middle = r.start + r.len() / 2;
            (r.start..middle, middle..r.end)
        };
        if self.rows.len() > 1 {
            let (a, b) = cut(&self.rows);
            Some([a, b].map(|rows| Self {
                rows,
                ..self.clone()
            }))
        } else if self.cells.len() > 1 {
            let (a, b) = cut(&self.cells);
            Some([a, b].map(|cells| Self {
                cells,
                ..self.clone()
            }))
        } else {
            None
        }
    }
}

impl BlockRuns {
    /// Runs of the job's tiles `tiles` in the block of strip `strip` (absolute row / 32) and block
    /// column `column`: exactly the runs that the CPU samples.
    pub fn emit(
        job: &ChunkJob,
        tiles: Range<usize>,
        strip: u32,
        column: u32,
        scratch: &mut LatticeRows,
    ) -> Self {
        let origin = strip * STRIP_ROWS;
        let rows = origin.max(job.rows.start)..(origin + STRIP_ROWS).min(job.rows.end);
        let columns = column * BLOCK_COLUMNS..((column + 1) * BLOCK_COLUMNS).min(job.width);
        let mut found: Vec<(u32, u32, Run)> = Vec::new();
        for owner in tiles {
            let tile = &job.tiles[owner];
            let need = tile.profile.need([rows.start, rows.end]).out_x;
            let start = columns.start.max(need[0] / CELL_COLUMNS * CELL_COLUMNS);
            let end = need[1].next_multiple_of(CELL_COLUMNS).min(columns.end);
            if start >= end {
                continue;
            }
            tile.lattice.emit(rows.clone(), start..end, scratch);
            for row in rows.clone() {
                for run in scratch.row((row - rows.start) as usize) {
                    let cell = (run.x - columns.start) / CELL_COLUMNS;
                    let key = (row - origin) * CELLS as u32 + cell;
                    push(&mut found, (key, owner as u32, *run), PURPOSE);
                }
            }
        }
        Self::sorted(&found)
    }

    /// A counting sort by key, which preserves the order of tiles.
    fn sorted(found: &[(u32, u32, Run)]) -> Self {
        let mut index = vec![0u32; BLOCK_CELLS + 1];
        for (key, ..) in found {
            index[*key as usize + 1] += 1;
        }
        for i in 0..BLOCK_CELLS {
            index[i + 1] += index[i];
        }
        let mut next = index.clone();
        let nothing = Run {
            x: 0,
            len: 0,
            base: [0; 2],
            p: [0; 2],
            d: [0; 2],
            e: [0; 2],
        };
        let mut runs = filled(found.len(), nothing, PURPOSE);
        let mut owners = filled(found.len(), 0, PURPOSE);
        for (key, owner, run) in found {
            let at = next[*key as usize] as usize;
            next[*key as usize] += 1;
            (runs[at], owners[at]) = (*run, *owner);
        }
        Self {
            runs,
            owners,
            index,
        }
    }

    /// Runs of one row of the rectangle, which are consecutive in the arrays.
    pub fn row(&self, rect: &Rect, row: usize) -> Range<usize> {
        let at = |cell: usize| self.index[row * CELLS + cell] as usize;
        at(rect.cells.start)..at(rect.cells.end)
    }

    fn count(&self, rect: &Rect) -> usize {
        rect.rows.clone().map(|row| self.row(rect, row).len()).sum()
    }

    /// Cuts the block into rectangles of at most `capacity` runs and `cells` (row, cell)s, as few as
    /// halving gives.
    pub fn cut(&self, rect: Rect, capacity: usize, cells: usize, out: &mut Vec<Rect>) {
        let too_much = rect.area() > cells || self.count(&rect) > capacity;
        match rect.halves().filter(|_| too_much) {
            Some(halves) => halves
                .into_iter()
                .for_each(|h| self.cut(h, capacity, cells, out)),
            None => out.push(rect),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(runs: &[(usize, usize, u32)]) -> BlockRuns {
        let found: Vec<_> = runs
            .iter()
            .enumerate()
            .map(|(i, &(row, cell, owner))| {
                let run = Run {
                    x: i as u32,
                    len: 1,
                    base: [0; 2],
                    p: [0; 2],
                    d: [0; 2],
                    e: [0; 2],
                };
                ((row * CELLS + cell) as u32, owner, run)
            })
            .collect();
        BlockRuns::sorted(&found)
    }

    #[test]
    fn runs_of_a_pixel_stay_in_the_order_of_tiles() {
        let sorted = block(&[(3, 5, 0), (0, 1, 0), (3, 5, 1), (0, 1, 1), (3, 5, 2)]);
        assert_eq!(sorted.owners, [0, 1, 0, 1, 2]);
        let at = 3 * CELLS + 5;
        assert_eq!(sorted.index[at]..sorted.index[at + 1], 2..5);
        assert_eq!(sorted.index[BLOCK_CELLS], 5);
    }

    #[test]
    fn property_a_cut_block_keeps_every_run_once() {
        let runs: Vec<_> = (0..3000u32)
            .map(|i| ((i * 7 % 32) as usize, (i * 13 % 29) as usize, i / 900))
            .collect();
        let block = block(&runs);
        for capacity in [8, 50, 999, 3000] {
            let mut rects = Vec::new();
            block.cut(Rect::WHOLE, capacity, usize::MAX, &mut rects);
            let mut seen = vec![0; runs.len()];
            for rect in &rects {
                let single = rect.rows.len() == 1 && rect.cells.len() == 1;
                assert!(block.count(rect) <= capacity || single);
                for row in rect.rows.clone() {
                    block.row(rect, row).for_each(|i| seen[i] += 1);
                }
            }
            assert!(seen.iter().all(|n| *n == 1), "capacity {capacity}");
            let pixels: usize = rects.iter().map(|r| r.rows.len() * r.cells.len()).sum();
            assert_eq!(pixels, BLOCK_CELLS, "capacity {capacity}");
        }
    }
}

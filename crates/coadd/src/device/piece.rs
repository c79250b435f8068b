//! Cuts blocks into launches that fit a device's lattice buffer.

use std::ops::Range;

use super::{BLOCK_CELLS, BLOCK_COLUMNS, BlockRuns, CELL_COLUMNS, CELLS, Rect};
use crate::STRIP_ROWS;

/// Consecutive blocks, or a rectangle of one block, that are made by one launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// First block.
    pub first: u32,
    /// How many blocks.
    pub count: u32,
    /// The part of the block, if it was cut.
    pub rect: Option<Rect>,
}

/// Cuts blocks into launches of at most `capacity` runs; a single (row, cell) is never cut.
pub fn pieces(blocks: &[BlockRuns], capacity: usize) -> Vec<Piece> {
    pieces_within(blocks, capacity, usize::MAX)
}

/// Like [`pieces`], and of at most `cells` (row, cell)s, whether they have runs or not.
pub fn pieces_within(blocks: &[BlockRuns], capacity: usize, cells: usize) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    let mut held = usize::MAX;
    for (i, block) in blocks.iter().enumerate() {
        let count = block.runs.len();
        if count > capacity || BLOCK_CELLS > cells {
            let mut rects = Vec::new();
            block.cut(Rect::WHOLE, capacity, cells, &mut rects);
            out.extend(rects.into_iter().map(|rect| Piece {
                first: i as u32,
                count: 1,
                rect: Some(rect),
            }));
            held = usize::MAX;
            continue;
        }
        match out.last_mut() {
            Some(piece)
                if held.saturating_add(count) <= capacity
                    && (piece.count as usize + 1) * BLOCK_CELLS <= cells =>
            {
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

impl Piece {
    fn blocks<'a>(&self, blocks: &'a [BlockRuns]) -> &'a [BlockRuns] {
        &blocks[self.first as usize..(self.first + self.count) as usize]
    }

    /// Entries of the piece's index.
    pub fn index_len(&self) -> usize {
        self.count as usize * BLOCK_CELLS + 1
    }

    /// Writes the first run of each (block, row, cell) of the piece, and one more entry at the end, into [`Self::index_len`]
    /// entries; (row, cell)s outside the rectangle have no runs. Returns the number of runs.
    pub fn index(&self, blocks: &[BlockRuns], out: &mut [u32]) -> usize {
        let mut at = 0u32;
        for (block, out) in self.blocks(blocks).iter().zip(out.chunks_mut(BLOCK_CELLS)) {
            let Some(rect) = &self.rect else {
                for (out, first) in out.iter_mut().zip(&block.index) {
                    *out = at + first;
                }
                at += block.runs.len() as u32;
                continue;
            };
            for (i, (out, pair)) in out.iter_mut().zip(block.index.windows(2)).enumerate() {
                *out = at;
                if rect.holds(i) {
                    at += pair[1] - pair[0];
                }
            }
        }
        out[self.count as usize * BLOCK_CELLS] = at;
        at as usize
    }

    /// Where the runs that [`Self::index`] counts lie in the arrays of their blocks.
    pub fn stretches<'a>(
        &'a self,
        blocks: &'a [BlockRuns],
    ) -> impl Iterator<Item = (&'a BlockRuns, Range<usize>)> + 'a {
        self.blocks(blocks).iter().flat_map(move |block| {
            let rect = self.rect.as_ref();
            let rows = rect.map_or(0..1, |r| r.rows.clone());
            rows.map(move |row| {
                let stretch = rect.map_or(0..block.runs.len(), |r| block.row(r, row));
                (block, stretch)
            })
        })
    }

    /// Output columns and rows of the piece, within `width` and `rows`; `first_strip` is that of block 0,
    /// and `across` how many blocks there are across the output.
    pub fn pixels(
        &self,
        first_strip: u32,
        across: u32,
        width: u32,
        rows: &Range<u32>,
    ) -> [Range<u32>; 2] {
        let Some(rect) = &self.rect else {
            return [0..width, rows.clone()];
        };
        let column = self.first % across * BLOCK_COLUMNS;
        let top = (first_strip + self.first / across) * STRIP_ROWS;
        let cell = |i: usize| (column + i as u32 * CELL_COLUMNS).min(width);
        let row = |i: usize| (top + i as u32).clamp(rows.start, rows.end);
        [
            cell(rect.cells.start)..cell(rect.cells.end),
            row(rect.rows.start)..row(rect.rows.end),
        ]
    }
}

impl Rect {
    /// The number of (row, cell)s in it.
    pub fn area(&self) -> usize {
        self.rows.len() * self.cells.len()
    }

    /// True when entry `i` of a block's index is in it.
    fn holds(&self, i: usize) -> bool {
        self.rows.contains(&(i / CELLS)) && self.cells.contains(&(i % CELLS))
    }
}

#[cfg(test)]
mod tests {
    use zemosaic_wcs::lattice::Run;

    use super::*;

    fn block(counts: &[(usize, usize)]) -> BlockRuns {
        let mut index = Vec::new();
        let mut x = 0;
        let mut runs = Vec::new();
        for i in 0..BLOCK_CELLS {
            index.push(runs.len() as u32);
            let count = counts.iter().find(|c| c.0 == i).map_or(0, |c| c.1);
            for _ in 0..count {
                x += 1;
                runs.push(Run {
                    x,
                    len: 1,
                    base: [0; 2],
                    p: [0; 2],
                    d: [0; 2],
                    e: [0; 2],
                });
            }
        }
        index.push(runs.len() as u32);
        BlockRuns {
            owners: vec![3; runs.len()],
            runs,
            index,
        }
    }

    #[test]
    fn property_pieces_hold_every_run_once_within_the_capacity() {
        let blocks = [
            block(&[(0, 5), (40, 7)]),
            block(&[]),
            block(&[(1, 10), (2, 10), (900, 10), (1023, 2)]),
            block(&[(512, 3)]),
        ];
        for capacity in [10, 12, 20, 1000] {
            let pieces = pieces(&blocks, capacity);
            let (mut seen, mut index) = (0, Vec::new());
            for piece in &pieces {
                index.resize(piece.index_len(), 0);
                let count = piece.index(&blocks, &mut index);
                let stretches = piece.stretches(&blocks);
                let runs: Vec<_> = stretches
                    .flat_map(|(block, at)| at.map(|i| (block.owners[i], &block.runs[i])))
                    .collect();
                assert_eq!(runs.len(), count);
                assert!(runs.len() <= capacity);
                assert_eq!(index.len(), piece.count as usize * BLOCK_CELLS + 1);
                assert_eq!(*index.last().expect("an end") as usize, runs.len());
                assert!(index.is_sorted() && runs.iter().all(|r| r.0 == 3));
                assert!(
                    runs.is_sorted_by_key(|r| r.1.x) || piece.count > 1 || piece.rect.is_some()
                );
                seen += runs.len();
            }
            assert_eq!(seen, 47, "capacity {capacity}");
        }
        assert_eq!(pieces(&blocks, 1000).len(), 1);
    }

    #[test]
    fn property_pieces_hold_every_cell_once_within_their_bound() {
        let blocks = [block(&[(0, 5), (40, 7)]), block(&[]), block(&[(900, 9)])];
        for cells in [1, 31, 32, 100, 1024, 2048, 3000, usize::MAX] {
            let pieces = pieces_within(&blocks, 12, cells);
            let area = |piece: &Piece| match &piece.rect {
                Some(rect) => rect.area(),
                None => piece.count as usize * BLOCK_CELLS,
            };
            assert!(pieces.iter().all(|p| area(p) <= cells), "{cells} cells");
            assert_eq!(pieces.iter().map(area).sum::<usize>(), 3 * BLOCK_CELLS);
            assert!(pieces.is_sorted_by_key(|p| p.first));
        }
    }

    #[test]
    fn a_cut_piece_knows_its_pixels() {
        let piece = Piece {
            first: 3,
            count: 1,
            rect: Some(Rect {
                rows: 16..32,
                cells: 2..32,
            }),
        };
        // Block 3 of two across: strip 10 + 1, second column of blocks.
        let [x, y] = piece.pixels(10, 2, 1500, &(330..375));
        assert_eq!((x, y), (1088..1500, 368..375));
    }
}

//! The rows of a tile in memory: blocks of whole rows, each of them made once, however many chunks need it.

use std::ops::Range;

use crate::accumulate::Reached;
use crate::job::Window;

/// Rows of a block if a tile has so many: few enough that little is held which a chunk does not need, and so many that few
/// samples need pixels of two blocks.
const ROWS: u32 = 64;

/// How the rows that the output ever needs of a tile are cut into blocks of the same height, of which the last may lack some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowBlocks {
    /// Tile row of the first block.
    pub first: u32,
    /// The row behind the last block.
    pub end: u32,
    /// Rows of a block, at least 1.
    pub each: u32,
}

impl RowBlocks {
    /// Cuts rows `needed` (half-open) of a tile of `height` rows, of which `at_once` are as easily read as one: blocks never
    /// share such rows.
    pub fn new(needed: [u32; 2], height: u32, at_once: u32) -> Self {
        let unit = at_once.clamp(1, height.max(1));
        let first = needed[0] / unit * unit;
        let end = needed[1].next_multiple_of(unit).min(height).max(first);
        let units = (end - first).div_ceil(unit).max(1);
        // As many as are needed of blocks of about 64 rows, and these of one height.
        let count = units.div_ceil((ROWS / unit).max(1));
        Self {
            first,
            end,
            each: units.div_ceil(count) * unit,
        }
    }

    /// Numbers of the blocks that hold rows `rows` (half-open).
    pub fn meeting(&self, rows: [u32; 2]) -> Range<u32> {
        let (start, end) = (rows[0].max(self.first), rows[1].min(self.end));
        if start >= end {
            return 0..0;
        }
        (start - self.first) / self.each..(end - self.first).div_ceil(self.each)
    }

    /// Tile rows of block `number`.
    pub fn rows(&self, number: u32) -> Range<u32> {
        let start = self.first + number * self.each;
        start..start.saturating_add(self.each).min(self.end)
    }

    /// The rows for which there is room in the blocks that hold `rows`: all blocks take the same.
    pub fn room(&self, rows: [u32; 2]) -> u64 {
        self.meeting(rows).len() as u64 * u64::from(self.each)
    }
}

/// What a chunk needs of a tile: consecutive blocks of its rows.
#[derive(Clone, Debug)]
pub struct TileRows<'a> {
    /// Tile width and height, px.
    pub size: [u32; 2],
    /// How its rows are cut.
    pub cut: RowBlocks,
    /// Number of the first block held.
    pub first: u32,
    /// The blocks held, at least one, all with the same planes.
    pub blocks: Vec<Window<'a>>,
}

impl<'a> TileRows<'a> {
    /// Rows that are all in one block.
    pub fn of(window: Window<'a>) -> Self {
        Self {
            size: window.tile(),
            cut: RowBlocks {
                first: window.first_row,
                end: window.first_row + window.rows,
                each: window.rows.max(1),
            },
            first: 0,
            blocks: vec![window],
        }
    }

    /// Tile rows held.
    pub fn held(&self) -> Range<u32> {
        let first = self.blocks.first().map_or(0, |b| b.first_row);
        let end = self.blocks.last().map_or(0, |b| b.first_row + b.rows);
        first..end
    }

    /// Whether pixels have weights of their own.
    pub fn has_variances(&self) -> bool {
        self.blocks.first().is_some_and(|b| b.variances.is_some())
    }

    /// Whether pixels have opacities.
    pub fn has_alphas(&self) -> bool {
        self.blocks.first().is_some_and(|b| b.alphas.is_some())
    }

    /// Planes of its blocks: the channels, the variances, the opacities.
    pub fn planes(&self) -> usize {
        self.blocks.first().map_or(0, |b| b.planes().count())
    }

    /// The block that holds tile row `row`.
    ///
    /// # Panics
    /// If the row is not held: then the plan is wrong, and stopping is better than a silent hole.
    #[inline]
    pub fn block(&self, row: u32) -> &Window<'a> {
        let number = row.wrapping_sub(self.cut.first) / self.cut.each;
        let block = self.blocks.get(number.wrapping_sub(self.first) as usize);
        let held = block.filter(|b| row.wrapping_sub(b.first_row) < b.rows);
        held.unwrap_or_else(|| missing(row))
    }

    /// The block that holds all of these pixels, if one does.
    #[inline]
    pub(crate) fn whole(&self, reached: Reached) -> Option<&Window<'a>> {
        let block = self.block(reached.rows[0] as u32);
        reached.is_in(block).then_some(block)
    }

    /// Row `row` of the tile, of plane `plane` as [`Window::planes`] counts them.
    ///
    /// # Panics
    /// If the row is not held.
    pub fn row(&self, plane: usize, row: u32) -> &'a [f32] {
        let block = self.block(row);
        let width = self.size[0] as usize;
        let from = (row - block.first_row) as usize * width;
        block
            .planes()
            .nth(plane)
            .map_or(&[], |plane| &plane[from..from + width])
    }
}

/// Ends the work.
#[cold]
pub(crate) fn missing(row: u32) -> ! {
    panic!("tile row {row} is missing from its window")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn property_blocks_hold_every_needed_row_once_and_are_even() {
        for (needed, height, at_once) in [
            ([0, 4000], 4000, 1),
            ([17, 146], 4000, 1),
            ([0, 1], 1, 1),
            ([5, 70], 300, 1),
            ([30, 290], 300, 16),
            ([30, 290], 300, 100),
            ([30, 290], 300, 4000),
            ([0, 0], 300, 1),
        ] {
            let cut = RowBlocks::new(needed, height, at_once);
            let unit = at_once.min(height);
            let all = cut.meeting([0, height]);
            let mut next = cut.first;
            for number in all.clone() {
                let rows = cut.rows(number);
                assert_eq!((rows.start, rows.start % unit), (next, 0), "{cut:?}");
                assert!(!rows.is_empty() && rows.len() as u32 <= cut.each, "{cut:?}");
                assert_eq!(cut.meeting([rows.start, rows.end]), number..number + 1);
                next = rows.end;
            }
            assert!(
                cut.first <= needed[0] && next >= needed[1].min(height),
                "{cut:?}"
            );
            assert!(next <= height && cut.each >= 1);
            let room = cut.room([0, height]);
            assert!(
                room < u64::from(next - cut.first + (all.len().max(1) as u32) * unit),
                "{cut:?}"
            );
            assert!(cut.each <= ROWS.max(unit), "{cut:?}");
        }
    }
}

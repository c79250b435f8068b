//! How tiles are cut into blocks of pixels.

use std::ops::Range;

use zemosaic_wcs::lattice::{BlockNeed, Profile};

/// Rows of a block if a tile has so many: few enough that little is held which a chunk does not need, and so many that few
/// samples need pixels of two blocks.
const ROWS: u32 = 64;
/// Columns of a block where rows are cut: few system calls read it, and it holds little that a narrow band does not need.
pub(crate) const COLUMNS: u32 = 512;
/// A turned tile is cut by columns if a block of output rows then needs at most one in so many of its pixels.
const WORTH: u64 = 2;

/// How the rows that the output ever needs of a tile, or its columns, are cut into parts of the same size, of which the last
/// may lack some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// First row of the first part.
    pub first: u32,
    /// The row behind the last part.
    pub end: u32,
    /// Rows of a part, at least 1.
    pub each: u32,
}

impl Cut {
    /// Cuts rows `needed` (half-open) of `all`, of which `at_once` are as easily read as one, into parts of about `about`
    /// rows: parts never share rows that are read at once.
    pub fn new(needed: [u32; 2], all: u32, at_once: u32, about: u32) -> Self {
        let unit = at_once.clamp(1, all.max(1));
        let first = needed[0] / unit * unit;
        let end = needed[1].next_multiple_of(unit).min(all).max(first);
        let units = (end - first).div_ceil(unit).max(1);
        // As many as are needed, and these of one size.
        let count = units.div_ceil((about / unit).max(1));
        Self {
            first,
            end,
            each: units.div_ceil(count) * unit,
        }
    }

    /// All in one part.
    pub fn whole(all: u32) -> Self {
        Self {
            first: 0,
            end: all,
            each: all.max(1),
        }
    }

    /// Numbers of the parts that hold rows `rows` (half-open).
    pub fn meeting(&self, rows: [u32; 2]) -> Range<u32> {
        let (start, end) = (rows[0].max(self.first), rows[1].min(self.end));
        if start >= end {
            return 0..0;
        }
        (start - self.first) / self.each..(end - self.first).div_ceil(self.each)
    }

    /// Rows of part `number`.
    pub fn rows(&self, number: u32) -> Range<u32> {
        let start = self.first + number * self.each;
        start..start.saturating_add(self.each).min(self.end)
    }

    /// The number of the part that holds a row, counted from part `first` on; any number where none does.
    #[inline]
    pub(crate) fn number(&self, row: u32, first: u32) -> u32 {
        (row.wrapping_sub(self.first) / self.each).wrapping_sub(first)
    }
}

/// How a tile is cut into blocks of pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TileCut {
    /// Its columns: in one part, or in several where the output needs a band across its rows.
    pub columns: Cut,
    /// Its rows.
    pub rows: Cut,
}

impl TileCut {
    /// Cuts a tile of `size` (width, height) px, of which the output needs what `profile` says. `at_once` of its rows are as
    /// easily read as one; `in_parts`: so are parts of rows.
    pub fn new(profile: &Profile, size: [u32; 2], at_once: u32, in_parts: bool) -> Self {
        let whole = Self {
            columns: Cut::whole(size[0]),
            rows: Cut::new(profile.tile_rows(), size[1], at_once, ROWS),
        };
        let parts = Self {
            columns: Cut::new([0, size[0]], size[0], 1, COLUMNS),
            ..whole
        };
        let most = |cut: &Self| profile.blocks.iter().map(|need| cut.room(need)).max();
        if in_parts && most(&parts).map(|room| WORTH * room) <= most(&whole) {
            parts
        } else {
            whole
        }
    }

    /// The blocks that hold what is needed: the number of each row of blocks that has some, and their columns' numbers.
    pub fn meeting(&self, need: &BlockNeed) -> impl Iterator<Item = (u32, Range<u32>)> + use<> {
        let (cut, need) = (*self, *need);
        let rows = cut.rows.meeting(need.tile_y);
        rows.filter_map(move |number| {
            let Range { start, end } = cut.rows.rows(number);
            let columns = cut.columns.meeting(need.columns([start, end]));
            (!columns.is_empty()).then_some((number, columns))
        })
    }

    /// The pixels for which there is room in the blocks that hold what is needed: all blocks take the same.
    pub fn room(&self, need: &BlockNeed) -> u64 {
        let blocks = if self.is_in_parts() {
            self.meeting(need).map(|(_, columns)| columns.len()).sum()
        } else {
            self.rows.meeting(need.tile_y).len()
        };
        blocks as u64 * self.block()
    }

    /// Pixels of a block.
    pub fn block(&self) -> u64 {
        u64::from(self.columns.each) * u64::from(self.rows.each)
    }

    /// Whether blocks hold parts of rows.
    pub fn is_in_parts(&self) -> bool {
        self.columns.each < self.columns.end
    }
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
            let cut = Cut::new(needed, height, at_once, ROWS);
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
            let room = all.len() as u32 * cut.each;
            assert!(
                room < next - cut.first + (all.len().max(1) as u32) * unit,
                "{cut:?}"
            );
            assert!(cut.each <= ROWS.max(unit), "{cut:?}");
        }
    }
}

//! Where a tile's data end, when that is before the edge of its file: registration leaves borders of one value, of NaN or
//! of weight 0 around a turned frame.
//!
//! Found once per tile before the run, from the whole tile, so that windows of any rows agree about it.

pub(crate) mod bits;
mod depth;
mod distances;
mod judge;
mod lines;
mod perimeter;
mod scan;

use std::sync::Arc;

use zemosaic_fits::FitsError;
use zemosaic_room::filled;

use crate::tile::{Part, Tile};
use bits::Bits;
use scan::{PixelRows, scan};

pub(crate) use depth::{Depths, side};
pub(crate) use lines::Lines;

/// What memory is for here.
const BORDERS: &str = "the borders of tiles";

/// Bits per pixel that finding a border takes at its peak.
pub(crate) const SCAN_BITS: u64 = 8;

/// Which pixels have no data although their value is a number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Blank {
    /// None.
    #[default]
    None,
    /// Those of this value, in every plane of the tile.
    Value(f32),
    /// Those of one value, whichever it is, in a region joined to the edge that looks like a border.
    Border,
}

/// A border that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundBorder {
    /// Index of the tile.
    pub tile: usize,
    /// The value of its pixels, plane by plane, as the file has it.
    pub value: Vec<f32>,
    /// Number of pixels.
    pub pixels: u64,
}

/// What a tile's pixels say about where its data end.
#[derive(Debug, Default)]
pub(crate) struct Border {
    /// The value and the number of the pixels that have no data by their value.
    pub(crate) blank: Option<(Vec<f32>, u64)>,
    /// Bytes that were read for it.
    pub(crate) bytes_read: u64,
    /// Why some rows could not be read, which count as empty.
    pub(crate) damage: Option<Arc<FitsError>>,
    /// Bytes that finding the border takes, where that is more than was allowed; nothing was found then.
    pub(crate) too_much: Option<u64>,
    /// Rows of pixels that have no data: by their value, or because they were trimmed.
    none: Option<Lines>,
    /// Columns of the region without data that is joined to the tile's edge.
    outside: Option<Lines>,
}

impl Border {
    /// Reads what is needed of the tile: a few rows, and all of it where these show a border and `most` bytes are enough.
    pub(crate) fn find(tile: &Tile, most: u64) -> Self {
        let soft = tile.trim > 0.0 || tile.is_feathered();
        if tile.blank != Blank::Border && !soft {
            return Self::default();
        }
        let mut rows = PixelRows::new(tile);
        let mut seen = perimeter::look(&mut rows);
        if tile.blank != Blank::Border {
            seen.values.clear();
        }
        let takes = rows.scan_bytes();
        if takes > most && (!seen.values.is_empty() || (soft && seen.lacking)) {
            return Self {
                too_much: Some(takes),
                ..Self::default()
            };
        }
        let mut blank = None;
        let mut nothing = None;
        for value in seen.values {
            let marks = scan(&mut rows, Some(&value));
            nothing = Some(marks.nothing);
            let found = judge::border(nothing.as_ref(), marks.constant, &value, &mut rows);
            if let Some(region) = found {
                blank = Some((value, region));
                break;
            }
        }
        if nothing.is_none() && soft && seen.lacking {
            nothing = Some(scan(&mut rows, None).nothing);
        }
        Self {
            bytes_read: rows.bytes_read,
            damage: rows.damage.map(Arc::new),
            ..Self::of(tile, nothing.filter(|_| soft), blank)
        }
    }

    fn of(tile: &Tile, nothing: Option<Bits>, blank: Option<(Vec<f32>, Bits)>) -> Self {
        let size = [tile.shape.width, tile.shape.height];
        let outside = nothing.and_then(|nothing| outside(nothing, blank.as_ref().map(|b| &b.1)));
        let none = match &outside {
            Some(columns) if tile.trim > 0.0 => Some(trimmed(size, columns, tile.trim)),
            _ => blank.as_ref().map(|(_, region)| Lines::rows(region)),
        };
        Self {
            blank: blank.map(|(value, region)| (value, region.count())),
            bytes_read: 0,
            damage: None,
            too_much: None,
            none,
            outside,
        }
    }

    /// Makes the pixels of a part that have no data NaN.
    pub(crate) fn clear(&self, part: &Part, values: &mut [f32]) {
        let Some(none) = &self.none else { return };
        let rows = values.chunks_mut(part.columns.len().max(1));
        for (y, row) in part.rows.clone().zip(rows) {
            for run in none.runs(y) {
                row[part.meet(run)].fill(f32::NAN);
            }
        }
    }

    /// The region outside the data, by columns.
    pub(crate) fn outside(&self) -> Option<&Lines> {
        self.outside.as_ref()
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> u64 {
        let lines = self.none.iter().chain(&self.outside);
        lines.map(Lines::bytes).sum()
    }
}

/// The region without data that is joined to the edge: pixels without values, as far as they are more than lines, and the
/// border of one value.
fn outside(mut nothing: Bits, blank: Option<&Bits>) -> Option<Lines> {
    if let Some(region) = blank {
        nothing.merge(region);
    }
    let opened = nothing.open(judge::FINE);
    drop(nothing);
    let seed = judge::seeds(&opened, judge::long_run);
    let mut region = opened.joined(&seed);
    drop(opened);
    if let Some(blank) = blank {
        region.merge(blank);
    }
    (region.count() > 0).then(|| Lines::columns(&region))
}

/// Rows of the pixels that lie less than `trim` px inside the data.
fn trimmed(size: [usize; 2], outside: &Lines, trim: f32) -> Lines {
    let mut depths = Depths::new(size, Some(outside), trim);
    let mut rows = Lines::with_rows(size[1]);
    let mut turns: Vec<usize> = filled(size[0] + 1, 0, BORDERS);
    for y in 0..size[1] {
        turns.clear();
        let mut inside = true;
        for (x, depth) in depths.row(y).iter().enumerate() {
            if (*depth >= trim) != inside {
                inside = !inside;
                turns.push(x);
            }
        }
        if !inside {
            turns.push(size[0]);
        }
        rows.push_line(turns.iter().copied());
    }
    rows.shrink();
    rows
}

//! What the edge of a tile shows of a border, from a few of its rows.

use std::ops::Range;

use zemosaic_room::push;

use super::BORDERS;
use super::judge::{SHORT_RUN, long_run};
use super::scan::{PixelRows, same};
use crate::tile::Part;

/// A tile of at most so many values is read whole, in less time than single rows take.
const SMALL: usize = 1 << 16;
/// Parts of a tile's height: its sides are looked at where two meet, and at both ends.
const PARTS: usize = 8;
/// Of rows that are longer, at most so many pixels are held.
const PIECE: usize = 1 << 20;
/// So many of those places, one after the other, must be equal.
const EQUAL: usize = 5;
/// The most values that are told apart.
const VALUES: usize = 64;
/// A value other than 0 must take at least this part of the perimeter.
pub(super) const SHARE: usize = 8;

/// What was seen.
pub(super) struct Perimeter {
    /// Values that may be those of a border, the most probable first; at most two.
    pub(super) values: Vec<Vec<f32>>,
    /// Whether pixels lack values.
    pub(super) lacking: bool,
}

/// Looks at the first and last row, and at both ends of some rows between them.
pub(super) fn look(rows: &mut PixelRows) -> Perimeter {
    let (width, height) = (rows.width, rows.height);
    let mut tally = Tally::default();
    let whole = width * height <= SMALL || rows.at_once() * EQUAL >= height;
    let step = if whole { 1 } else { height.div_ceil(PARTS) };
    let batch = if whole { rows.batch() } else { 1 };
    let in_pieces = width > PIECE && rows.reads_parts();
    let mut ends = [Vec::new(), Vec::new()];
    let mut looked: Vec<usize> = (0..height).step_by(step).collect();
    if looked.last() != Some(&(height - 1)) {
        looked.push(height - 1);
    }
    let mut held = 0..0;
    for y in looked {
        let side = y == 0 || y == height - 1;
        if in_pieces {
            if side {
                along_pieces(rows, y, &mut tally);
            }
            for (right, end) in ends.iter_mut().enumerate() {
                let first = right * (width - SHORT_RUN);
                rows.read_part(&Part {
                    rows: y..y + 1,
                    columns: first..first + SHORT_RUN,
                });
                inwards(rows, 0..SHORT_RUN, right == 1, step, end, &mut tally);
            }
            continue;
        }
        if !held.contains(&y) {
            held = y..(y + batch).min(height);
            rows.read(held.clone());
        }
        let first = (y - held.start) * width;
        let row = first..first + width;
        if side {
            let mut along = Along::new(width);
            along.go_on(rows, row.clone(), &mut tally);
            along.end(&mut tally);
        }
        for (right, end) in ends.iter_mut().enumerate() {
            inwards(rows, row.clone(), right == 1, step, end, &mut tally);
        }
    }
    let needed = if whole { SHORT_RUN.min(height) } else { EQUAL };
    for end in &ends {
        upwards(end, rows.planes(), needed, step, &mut tally);
    }
    tally.answer(2 * (width + height))
}

/// Looks at one end of a row that was read: whether its pixels are equal for a while, and the value of the outermost.
fn inwards(
    rows: &PixelRows,
    row: Range<usize>,
    right: bool,
    step: usize,
    end: &mut Vec<f32>,
    tally: &mut Tally,
) {
    let at = |i: usize| {
        if right {
            row.end - 1 - i
        } else {
            row.start + i
        }
    };
    if (1..row.len().min(SHORT_RUN)).all(|i| rows.same(at(0), at(i))) {
        tally.add(rows.pixel(at(0)), step);
    }
    for value in rows.pixel(at(0)) {
        push(end, value, BORDERS);
    }
}

/// Counts long runs of equal pixels along a row that is read piece by piece.
fn along_pieces(rows: &mut PixelRows, y: usize, tally: &mut Tally) {
    let mut along = Along::new(rows.width);
    for first in (0..rows.width).step_by(PIECE) {
        let columns = first..(first + PIECE).min(rows.width);
        let pixels = 0..columns.len();
        rows.read_part(&Part {
            rows: y..y + 1,
            columns,
        });
        along.go_on(rows, pixels, tally);
    }
    along.end(tally);
}

/// A run of equal pixels along a row.
struct Along {
    /// Shorter ones do not count.
    needed: usize,
    value: Vec<f32>,
    length: usize,
}

impl Along {
    fn new(width: usize) -> Self {
        Self {
            needed: long_run(width),
            value: Vec::new(),
            length: 0,
        }
    }

    /// Goes on along the pixels that were read.
    fn go_on(&mut self, rows: &PixelRows, pixels: Range<usize>, tally: &mut Tally) {
        for at in pixels {
            if self.length > 0 && rows.is(at, &self.value) {
                self.length += 1;
                continue;
            }
            self.end(tally);
            self.value.clear();
            self.value.extend(rows.pixel(at));
            self.length = 1;
        }
    }

    /// The row, or the run, ends here.
    fn end(&mut self, tally: &mut Tally) {
        if self.length > 0 && self.length >= self.needed {
            tally.add(self.value.iter().copied(), self.length);
        }
        self.length = 0;
    }
}

/// Counts long runs of equal pixels along a side, of which every `step`-th pixel is known.
fn upwards(end: &[f32], planes: usize, needed: usize, step: usize, tally: &mut Tally) {
    let pixel = |i: usize| &end[i * planes..(i + 1) * planes];
    let count = end.len() / planes.max(1);
    let mut start = 0;
    for at in 1..=count {
        let equal = |(a, b): (&f32, &f32)| same(*a, *b);
        if at < count && pixel(start).iter().zip(pixel(at)).all(equal) {
            continue;
        }
        if at - start >= needed {
            tally.add(pixel(start).iter().copied(), (at - start) * step);
        }
        start = at;
    }
}

/// Values with the pixels of the perimeter that have them.
#[derive(Default)]
struct Tally(Vec<(Vec<f32>, usize)>);

impl Tally {
    fn add(&mut self, pixel: impl Iterator<Item = f32>, pixels: usize) {
        let value: Vec<f32> = pixel.collect();
        let equal = |known: &[f32]| known.iter().zip(&value).all(|(a, b)| same(*a, *b));
        if let Some(found) = self.0.iter_mut().find(|(known, _)| equal(known)) {
            found.1 += pixels;
        } else if self.0.len() < VALUES {
            self.0.push((value, pixels));
        }
    }

    fn answer(mut self, perimeter: usize) -> Perimeter {
        let nothing = |value: &[f32]| value.iter().all(|v| !v.is_finite());
        let lacking = self.0.iter().any(|(value, _)| nothing(value));
        self.0.retain(|(value, _)| !nothing(value));
        let zero = |value: &[f32]| value.iter().all(|v| *v == 0.0);
        let zeros = self.0.iter().position(|(value, _)| zero(value));
        let mut values: Vec<_> = zeros
            .map(|at| self.0.swap_remove(at).0)
            .into_iter()
            .collect();
        let other = self.0.into_iter().max_by_key(|(_, pixels)| *pixels);
        values.extend(
            other
                .filter(|(_, pixels)| pixels * SHARE >= perimeter)
                .map(|(value, _)| value),
        );
        Perimeter { values, lacking }
    }
}

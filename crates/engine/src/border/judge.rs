//! Whether a region of one value at the edge of a tile is a border, or a part of the sky.

use zemosaic_fits::FitsError;
use zemosaic_room::{filled, push};

use super::BORDERS;
use super::bits::{Bits, Side, has};
use super::lines::ones;
use super::perimeter::SHARE;
use super::scan::PixelRows;

/// A border has at least so many pixels in a row on some side, or this part of the side if that is more.
pub(super) const SHORT_RUN: usize = 8;
const LONG_RUN: usize = 50;
/// At least this part of the tile has data.
const LEAST_DATA: u64 = 50;
/// The square of the outline of data is at most so many times their area: that of a square is 16, while stars on a black
/// sky, each on its own, exceed any number.
const COMPACT: u64 = 400;
/// Beside a border, data differ from its value by at least this part of what data differ in general: registration cuts
/// frames off, while a simulated star fades into its sky. A frame with a rim of small values must pass.
const STEP: f32 = 0.002;
/// The same where all pixels beside the border are equal, as in a ramp without noise.
const EVEN_STEP: f32 = 0.5;
/// Rows of the two kinds that are read for that: with the most pixels beside the border, and evenly spaced.
const ROWS: usize = 32;

/// The length of a run of pixels that shows a border on a side of `length` pixels.
pub(super) fn long_run(length: usize) -> usize {
    (length / LONG_RUN).max(SHORT_RUN).min(length)
}

/// Runs on the sides that are long enough.
pub(super) fn seeds(marks: &Bits, needed: impl Fn(usize) -> usize) -> Bits {
    let size = [marks.width, marks.height];
    let mut seed = Bits::new(marks.width, marks.height);
    for (side, run) in marks.runs_on_sides() {
        if run.len() >= needed(side.lengths(size)[0]) {
            seed.mark(side, run);
        }
    }
    seed
}

/// The border of this value, if the pixels of the value (`constant`), and those without any, form one.
pub(super) fn border(
    nothing: Option<&Bits>,
    mut constant: Bits,
    value: &[f32],
    rows: &mut PixelRows,
) -> Result<Option<Bits>, FitsError> {
    let size = [constant.width, constant.height];
    if let Some(nothing) = nothing {
        constant.merge(nothing);
    }
    let opened = constant.open();
    drop(constant);
    let length_of = |side: Side| side.lengths(size)[0];
    let runs = opened.runs_on_sides();
    if !runs
        .iter()
        .any(|(s, run)| run.len() >= long_run(length_of(*s)))
    {
        return Ok(None);
    }
    let region = opened.joined(&seeds(&opened, |length| SHORT_RUN.min(length)));
    drop(opened);
    let pixels = (size[0] * size[1]) as u64;
    let data = pixels - region.count();
    let outline = region.outline();
    if data.saturating_mul(LEAST_DATA) < pixels
        || outline.saturating_mul(outline) > data.saturating_mul(COMPACT)
    {
        return Ok(None);
    }
    let zero = value.iter().all(|v| *v == 0.0);
    if !zero && !surrounds(&region) {
        return Ok(None);
    }
    Ok(stands_out(&region, value, zero, rows)?.then_some(region))
}

/// Whether a region takes two corners and a good part of the perimeter, which no saturated star does.
fn surrounds(region: &Bits) -> bool {
    let (right, last) = (region.width - 1, region.height - 1);
    let corners = [(0, 0), (right, 0), (0, last), (right, last)];
    let taken = corners.iter().filter(|(x, y)| region.has(*x, *y)).count();
    let on_sides: usize = region
        .runs_on_sides()
        .iter()
        .map(|(_, run)| run.len())
        .sum();
    taken >= 2 && on_sides * SHARE >= 2 * (region.width + region.height)
}

/// Whether the data step away from the value, as they do where a frame ends.
fn stands_out(
    region: &Bits,
    value: &[f32],
    zero: bool,
    rows: &mut PixelRows,
) -> Result<bool, FitsError> {
    let (width, mut held) = (region.width, 0..0);
    let mut beside = Differences::default();
    let mut all = Differences::default();
    for y in telling_rows(region) {
        if !held.contains(&y) {
            let first = y / rows.at_once() * rows.at_once();
            held = first..(first + rows.at_once()).min(region.height);
            rows.read(held.clone())?;
        }
        let first = (y - held.start) * width;
        let edge = region.beside(y);
        for x in (0..width).filter(|x| !has(region.row(y), *x)) {
            all.add(rows, first + x, value);
            if has(&edge, x) {
                beside.add(rows, first + x, value);
            }
        }
    }
    if beside.sizes.is_empty() || (all.are_one() && !zero) {
        return Ok(false);
    }
    let step = if beside.are_one() { EVEN_STEP } else { STEP };
    Ok(beside.median() >= step * all.median())
}

fn telling_rows(region: &Bits) -> Vec<usize> {
    let height = region.height;
    let mut counts: Vec<(u32, usize)> = filled(height, (0, 0), BORDERS);
    for (y, count) in counts.iter_mut().enumerate() {
        *count = (ones(&region.beside(y)).count() as u32, y);
    }
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let mut rows: Vec<usize> = counts.iter().take(ROWS).map(|(_, y)| *y).collect();
    rows.extend((0..height).step_by(height.div_ceil(ROWS)));
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// How much pixels differ from a value.
#[derive(Default)]
struct Differences {
    sizes: Vec<f32>,
    first: Vec<f32>,
    differ: bool,
}

impl Differences {
    /// Pixels of the value itself, or without one, tell nothing.
    fn add(&mut self, rows: &PixelRows, i: usize, value: &[f32]) {
        if rows.is(i, value) || rows.is_nothing(i) {
            return;
        }
        let apart = rows.pixel(i).zip(value).map(|(a, b)| (a - b).abs());
        push(&mut self.sizes, apart.fold(0.0, f32::max), BORDERS);
        if self.first.is_empty() {
            self.first = rows.pixel(i).collect();
        }
        self.differ |= !rows.is(i, &self.first);
    }

    /// Whether all are of one value.
    fn are_one(&self) -> bool {
        !self.differ
    }

    fn median(&mut self) -> f32 {
        let middle = self.sizes.len() / 2;
        *self.sizes.select_nth_unstable_by(middle, f32::total_cmp).1
    }
}

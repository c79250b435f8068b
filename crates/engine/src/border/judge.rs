//! Whether a region of one value at the edge of a tile is a border, or a part of the sky.

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
/// Half the side, less a half, of the squares that a border is made of: thin lines are none. Where the sky has the
/// border's value too, as a black sky or one of few photons has, larger squares tell one from the other.
pub(super) const FINE: usize = 1;
const COARSE: usize = 4;
const COARSEST: usize = 48;
/// The sky of one image in so many has such a square anywhere.
const IMAGES: f64 = 1000.0;
/// Squares that stand in the border and reach into the sky: less than this part of those that reach as deep as the rim
/// that is left out have its value only.
const REACHING: f64 = 0.01;
/// Of the pixels beside a border, less than one in so many has its value; else the sky has it too.
const STRAY: u64 = 10;
/// More single pixels than this within a border are those of a sky of few photons.
const LONE: u64 = 10;
/// This far inside a border, px, where no interpolation reaches, data differ from its value by at least this part of what
/// data differ in general: registration cuts frames off, while stars and vignettes fade into a black sky.
const RIM: usize = 4;
const STEP: f32 = 0.1;
/// The same where all pixels there are equal, as in a ramp without noise.
const EVEN_STEP: f32 = 0.9;
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
) -> Option<Bits> {
    if let Some(nothing) = nothing {
        constant.merge(nothing);
    }
    let mut region = joined_to_edge(&constant, FINE)?;
    if lone(&region) > LONE || strays(&constant, &region) {
        drop(region);
        region = beside_alike(&constant)?;
    }
    drop(constant);
    let pixels = (region.width * region.height) as u64;
    let data = pixels - region.count();
    let outline = region.outline();
    if data.saturating_mul(LEAST_DATA) < pixels
        || outline.saturating_mul(outline) > data.saturating_mul(COMPACT)
    {
        return None;
    }
    let zero = value.iter().all(|v| *v == 0.0);
    if !zero && !surrounds(&region) {
        return None;
    }
    stands_out(&region, value, zero, rows).then_some(region)
}

/// The part of the marks, made of squares, that is joined to the edge; `None` if no side shows much of it.
fn joined_to_edge(marks: &Bits, radius: usize) -> Option<Bits> {
    let size = [marks.width, marks.height];
    let opened = marks.open(radius);
    let shown =
        |(side, run): &(Side, std::ops::Range<usize>)| run.len() >= long_run(side.lengths(size)[0]);
    let seed = || seeds(&opened, |length| SHORT_RUN.min(length));
    let any = opened.runs_on_sides().iter().any(shown);
    any.then(|| opened.joined(&seed()))
}

/// Whether many pixels beside the region have its value, although they are not part of it.
fn strays(marks: &Bits, region: &Bits) -> bool {
    let (mut beside, mut stray) = (0, 0);
    for y in 0..region.height {
        for (edge, marks) in region.beside(y).iter().zip(marks.row(y)) {
            beside += u64::from(edge.count_ones());
            stray += u64::from((edge & marks).count_ones());
        }
    }
    stray * STRAY > beside
}

/// Pixels outside a region all of whose neighbours, eight within the image, are part of it.
fn lone(region: &Bits) -> u64 {
    let mut lone = 0;
    for y in 0..region.height {
        let nearby = |x: usize| {
            let columns = x.saturating_sub(1)..=(x + 1).min(region.width - 1);
            let rows = y.saturating_sub(1)..=(y + 1).min(region.height - 1);
            rows.flat_map(move |y| columns.clone().map(move |x| (x, y)))
        };
        let beside = region.beside(y);
        let single = ones(&beside).filter(|x| {
            let others = nearby(*x).filter(|(a, b)| !region.has(*a, *b));
            others.take(2).count() == 1
        });
        lone += single.count() as u64;
    }
    lone
}

/// The border where the sky has its value, too: squares that are too large for the sky, and what is joined to them.
fn beside_alike(marks: &Bits) -> Option<Bits> {
    let (shorter, pixels) = (marks.width.min(marks.height), marks.width * marks.height);
    let largest = COARSEST.min(shorter / 8).max(COARSE);
    let mut share = share_beside(marks, &marks.open_within(largest), largest);
    let (mut region, mut rim) = (None, 0);
    // The first border is too small, where squares are too large for its corners; the sky beside it tells what is enough.
    for _ in 0..2 {
        let rarity = -share.clamp(f64::MIN_POSITIVE, 1.0).ln();
        let side = ((IMAGES * pixels as f64).ln() / rarity).sqrt();
        let radius = (side / 2.0).ceil().max(COARSE as f64);
        if radius > largest as f64 {
            return None;
        }
        let (radius, side) = (radius as usize, 2.0 * radius + 1.0);
        let opened = marks.open(radius);
        let core = opened.joined(&marks.open_within(radius));
        let found = core.joined(&seeds(&core, long_run));
        rim = (-REACHING.ln() / (side * rarity)) as usize;
        share = share_beside(marks, &found, rim);
        region = Some(found);
    }
    let mut region = region.filter(|region| region.count() > 0)?;
    // All of the rim goes, whatever its values, so that those that stay are neither too many nor too few.
    for _ in 0..rim {
        region.grow();
    }
    Some(region)
}

/// How often the pixel behind a marked one is marked as well, further than `margin` from a region: among independent pixels the
/// share of the marked ones, but sources do not count.
fn share_beside(marks: &Bits, region: &Bits, margin: usize) -> f64 {
    let mut near = region.clone();
    for _ in 0..margin {
        near.grow();
    }
    let (mut all, mut both) = (0, 0);
    for y in 0..marks.height {
        let far = |i: usize| near.row(y).get(i).map_or(0, |word| !word);
        let own = |i: usize| marks.row(y).get(i).copied().unwrap_or(0) & far(i);
        let behind =
            |of: &dyn Fn(usize) -> u64, i: usize| of(i) >> 1 | of(i + 1) << (u64::BITS - 1);
        for i in 0..marks.row(y).len() {
            all += u64::from((own(i) & behind(&far, i)).count_ones());
            both += u64::from((own(i) & behind(&own, i)).count_ones());
        }
    }
    both as f64 / all.max(1) as f64
}

/// Whether a region takes two corners and a good part of the perimeter, which no saturated star does, and is more than a
/// line.
fn surrounds(region: &Bits) -> bool {
    let (right, last) = (region.width - 1, region.height - 1);
    let corners = [(0, 0), (right, 0), (0, last), (right, last)];
    let taken = corners.iter().filter(|(x, y)| region.has(*x, *y)).count();
    let on_sides: usize = region
        .runs_on_sides()
        .iter()
        .map(|(_, run)| run.len())
        .sum();
    let share = on_sides * SHARE >= 2 * (region.width + region.height);
    taken >= 2 && share && region.count() >= 2 * on_sides as u64
}

/// Whether the data step away from the value, as they do where a frame ends.
fn stands_out(region: &Bits, value: &[f32], zero: bool, rows: &mut PixelRows) -> bool {
    let (width, mut held) = (region.width, 0..0);
    let mut rim = region.clone();
    for _ in 1..RIM {
        rim.grow();
    }
    let mut beside = Differences::default();
    let mut all = Differences::default();
    for y in telling_rows(&rim) {
        if !held.contains(&y) {
            let first = y / rows.at_once() * rows.at_once();
            held = first..(first + rows.at_once()).min(region.height);
            rows.read(held.clone());
        }
        let first = (y - held.start) * width;
        let edge = rim.beside(y);
        for x in (0..width).filter(|x| !has(region.row(y), *x)) {
            all.add(rows, first + x, value);
            if has(&edge, x) {
                beside.add(rows, first + x, value);
            }
        }
    }
    if beside.sizes.is_empty() || (all.are_one() && !zero) {
        return false;
    }
    let step = if beside.are_one() { EVEN_STEP } else { STEP };
    let usual = if beside.are_one() {
        all.mean()
    } else {
        all.median()
    };
    beside.median() >= step * usual
}

fn telling_rows(rim: &Bits) -> Vec<usize> {
    let height = rim.height;
    let mut counts: Vec<(u32, usize)> = filled(height, (0, 0), BORDERS);
    for (y, count) in counts.iter_mut().enumerate() {
        *count = (ones(&rim.beside(y)).count() as u32, y);
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

    fn mean(&self) -> f32 {
        let sum: f64 = self.sizes.iter().map(|size| f64::from(*size)).sum();
        (sum / self.sizes.len() as f64) as f32
    }

    fn median(&mut self) -> f32 {
        let middle = self.sizes.len() / 2;
        *self.sizes.select_nth_unstable_by(middle, f32::total_cmp).1
    }
}

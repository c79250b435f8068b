//! Images of one bit per pixel, and the steps that turn marks into a region.

use std::ops::Range;

use zemosaic_room::{filled, push};

use super::BORDERS;

/// Bits of a word.
const WORD: usize = u64::BITS as usize;

/// A mark per pixel, row by row; the bits beyond the width are 0.
#[derive(Clone)]
pub(crate) struct Bits {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Words per row.
    words: usize,
    marks: Vec<u64>,
}

impl Bits {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let words = width.div_ceil(WORD);
        Self {
            width,
            height,
            words,
            marks: filled(words * height, 0, BORDERS),
        }
    }

    pub(crate) fn row(&self, y: usize) -> &[u64] {
        &self.marks[y * self.words..(y + 1) * self.words]
    }

    pub(crate) fn row_mut(&mut self, y: usize) -> &mut [u64] {
        &mut self.marks[y * self.words..(y + 1) * self.words]
    }

    pub(crate) fn has(&self, x: usize, y: usize) -> bool {
        has(self.row(y), x)
    }

    /// Number of marks.
    pub(crate) fn count(&self) -> u64 {
        self.marks.iter().map(|w| u64::from(w.count_ones())).sum()
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (word, more) in self.marks.iter_mut().zip(&other.marks) {
            *word |= more;
        }
    }

    /// Keeps what lies in a fully marked square of `2 radius + 1` pixels a side, where everything outside the image
    /// counts as marked: so thin lines and the ragged edges of noise go, while half planes and their corners stay whole.
    pub(crate) fn open(&self, radius: usize) -> Self {
        self.opened(radius, true)
    }

    /// The same by squares that lie within the image.
    pub(crate) fn open_within(&self, radius: usize) -> Self {
        self.opened(radius, false)
    }

    fn opened(&self, radius: usize, outside: bool) -> Self {
        // What is wiped out by growing what is not marked grows back by as much. Squares reach out of the image.
        let mut opened = self.framed(radius, outside);
        for _ in 0..2 {
            opened.invert();
            for _ in 0..radius {
                opened.grow();
            }
        }
        opened.cropped(radius)
    }

    /// Marks the eight neighbours of each marked pixel.
    pub(crate) fn grow(&mut self) {
        let mut above: Vec<u64> = filled(self.words, 0, BORDERS);
        let mut here = above.clone();
        for y in 0..self.height {
            // Three rows, before this one is changed.
            here.copy_from_slice(self.row(y));
            for (i, word) in here.iter().enumerate() {
                let below = if y + 1 < self.height {
                    self.row(y + 1)[i]
                } else {
                    0
                };
                self.marks[y * self.words + i] = above[i] | word | below;
            }
            std::mem::swap(&mut above, &mut here);
            let width = self.width;
            let row = self.row_mut(y);
            let mut before = 0;
            for i in 0..row.len() {
                let word = row[i];
                let after = row.get(i + 1).copied().unwrap_or(0);
                row[i] |=
                    (word << 1) | (before >> (WORD - 1)) | (word >> 1) | (after << (WORD - 1));
                before = word;
            }
            clip(row, width);
        }
    }

    fn invert(&mut self) {
        for y in 0..self.height {
            let width = self.width;
            let row = self.row_mut(y);
            for word in row.iter_mut() {
                *word = !*word;
            }
            clip(row, width);
        }
    }

    /// With a frame of `margin` pixels around it, `marked` or not.
    fn framed(&self, margin: usize, marked: bool) -> Self {
        let mut framed = Self::new(self.width + 2 * margin, self.height + 2 * margin);
        framed.marks.fill(if marked { u64::MAX } else { 0 });
        for y in 0..framed.height {
            let width = framed.width;
            let inside = y.checked_sub(margin).filter(|y| *y < self.height);
            let row = framed.row_mut(y);
            clip(row, width);
            let Some(y) = inside else { continue };
            // Nothing but the frame, then the marks.
            let mut frame: Vec<u64> = filled(row.len(), 0, BORDERS);
            for x in (0..margin).chain(width - margin..width).filter(|_| marked) {
                set(&mut frame, x);
            }
            let mut before = 0;
            for (i, word) in row.iter_mut().enumerate() {
                let marks = self.row(y).get(i).copied().unwrap_or(0);
                *word = frame[i] | (marks << margin) | (before >> (WORD - margin));
                before = marks;
            }
        }
        framed
    }

    /// Without a frame of `margin` pixels.
    fn cropped(&self, margin: usize) -> Self {
        let mut cropped = Self::new(self.width - 2 * margin, self.height - 2 * margin);
        for y in 0..cropped.height {
            let width = cropped.width;
            let from = self.row(y + margin);
            let row = cropped.row_mut(y);
            for (i, word) in row.iter_mut().enumerate() {
                let after = from.get(i + 1).copied().unwrap_or(0);
                *word = (from[i] >> margin) | (after << (WORD - margin));
            }
            clip(row, width);
        }
        cropped
    }

    /// The part of the marks that is joined, side by side, to a `seed`.
    pub(crate) fn joined(&self, seed: &Self) -> Self {
        let mut region = Self::new(self.width, self.height);
        for y in 0..self.height {
            fill(self.row(y), seed.row(y), region.row_mut(y));
        }
        // Down and up again, until nothing is added.
        let mut changed = true;
        let mut down = true;
        let mut sweeps = 0;
        while changed || sweeps < 2 {
            changed = false;
            for i in 1..self.height {
                let (from, to) = if down {
                    (i - 1, i)
                } else {
                    (self.height - i, self.height - 1 - i)
                };
                let (low, high) = region.marks.split_at_mut(from.max(to) * self.words);
                let low = &mut low[from.min(to) * self.words..][..self.words];
                let high = &mut high[..self.words];
                let (source, target) = if down { (low, high) } else { (high, low) };
                changed |= fill(self.row(to), source, target);
            }
            down = !down;
            sweeps += 1;
        }
        region
    }

    /// Runs of marks along the sides of the image: whether the side is a row or a column, where, and which pixels.
    pub(crate) fn runs_on_sides(&self) -> Vec<(Side, Range<usize>)> {
        let mut found = Vec::new();
        for side in Side::ALL {
            let [length, _] = side.lengths([self.width, self.height]);
            let mut start = None;
            for at in 0..=length {
                let marked = at < length && {
                    let [x, y] = side.pixel(at, [self.width, self.height]);
                    self.has(x, y)
                };
                match (marked, start) {
                    (true, None) => start = Some(at),
                    (false, Some(first)) => {
                        push(&mut found, (side, first..at), BORDERS);
                        start = None;
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// Marks the pixels of a run.
    pub(crate) fn mark(&mut self, side: Side, run: Range<usize>) {
        let size = [self.width, self.height];
        for at in run {
            let [x, y] = side.pixel(at, size);
            set(self.row_mut(y), x);
        }
    }

    /// Unmarked pixels of a row beside a marked one; the result has a bit per pixel of the row.
    pub(crate) fn beside(&self, y: usize) -> Vec<u64> {
        let row = self.row(y);
        let mut near: Vec<u64> = vec![0; row.len()];
        for (i, word) in near.iter_mut().enumerate() {
            let before = if i > 0 { row[i - 1] } else { 0 };
            let after = row.get(i + 1).copied().unwrap_or(0);
            *word = (row[i] << 1) | (before >> (WORD - 1));
            *word |= (row[i] >> 1) | (after << (WORD - 1));
            let mut vertical = 0;
            if y > 0 {
                vertical |= self.row(y - 1)[i];
            }
            if y + 1 < self.height {
                vertical |= self.row(y + 1)[i];
            }
            *word = (*word | vertical) & !row[i];
        }
        clip(&mut near, self.width);
        near
    }

    /// Pairs of neighbours, side by side, of which one is marked: the length of the region's outline inside the image.
    pub(crate) fn outline(&self) -> u64 {
        let mut edges = 0;
        for y in 0..self.height {
            edges += turns(self.row(y), self.width).count() as u64;
            // The ends of the row are no edges.
            edges -= u64::from(self.has(0, y)) + u64::from(self.has(self.width - 1, y));
            if y > 0 {
                let rows = self.row(y).iter().zip(self.row(y - 1));
                edges += rows
                    .map(|(a, b)| u64::from((a ^ b).count_ones()))
                    .sum::<u64>();
            }
        }
        edges
    }
}

/// A side of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    First,
    Last,
    Left,
    Right,
}

impl Side {
    pub(crate) const ALL: [Self; 4] = [Self::First, Self::Last, Self::Left, Self::Right];

    /// Pixels along the side, and across.
    pub(crate) fn lengths(self, [width, height]: [usize; 2]) -> [usize; 2] {
        match self {
            Self::First | Self::Last => [width, height],
            Self::Left | Self::Right => [height, width],
        }
    }

    fn pixel(self, at: usize, [width, height]: [usize; 2]) -> [usize; 2] {
        match self {
            Self::First => [at, 0],
            Self::Last => [at, height - 1],
            Self::Left => [0, at],
            Self::Right => [width - 1, at],
        }
    }
}

/// Whether bit `x` is set.
pub(crate) fn has(row: &[u64], x: usize) -> bool {
    row[x / WORD] >> (x % WORD) & 1 == 1
}

/// Sets bit `x`.
pub(crate) fn set(row: &mut [u64], x: usize) {
    row[x / WORD] |= 1 << (x % WORD);
}

/// Where a row changes between unmarked and marked: the first pixel of a run, the first beyond it, and so on.
pub(crate) fn turns(row: &[u64], width: usize) -> impl Iterator<Item = usize> + '_ {
    let mut before = 0;
    let changes = row.iter().enumerate().flat_map(move |(i, &word)| {
        let mut changed = word ^ ((word << 1) | before);
        before = word >> (WORD - 1);
        std::iter::from_fn(move || {
            let x = changed.trailing_zeros() as usize;
            (x < WORD).then(|| {
                changed &= changed - 1;
                i * WORD + x
            })
        })
    });
    // A run up to the end of the last word has no change after it.
    let open = width > 0 && width.is_multiple_of(WORD) && has(row, width - 1);
    changes.chain(open.then_some(width))
}

/// Clears the bits beyond the width.
fn clip(row: &mut [u64], width: usize) {
    let rest = width % WORD;
    if rest > 0
        && let Some(last) = row.last_mut()
    {
        *last &= (1 << rest) - 1;
    }
}

/// Adds to `region` the runs of `marks` that contain a pixel of `seed` or of `region`. Returns whether anything was
/// added.
fn fill(marks: &[u64], seed: &[u64], region: &mut [u64]) -> bool {
    let mut changed = false;
    let mut add = |i: usize, start: u64, region: &mut [u64]| {
        let more = whole_runs(marks[i], (start | region[i]) & marks[i]);
        changed |= more != region[i];
        region[i] = more;
    };
    let last = marks.len().saturating_sub(1);
    for i in 0..marks.len() {
        let carried = if i > 0 {
            region[i - 1] >> (WORD - 1)
        } else {
            0
        };
        add(i, seed[i] | carried, region);
    }
    for i in (0..last).rev() {
        let carried = region[i + 1] << (WORD - 1);
        add(i, carried, region);
    }
    changed
}

/// The runs of `mark` that contain a bit of `start`, whose bits are all in `mark`.
fn whole_runs(mark: u64, start: u64) -> u64 {
    // Adding a bit to a run clears the run from there upwards.
    let up = |mark: u64, start: u64| (mark & !mark.wrapping_add(start)) | start;
    let down = up(mark.reverse_bits(), start.reverse_bits()).reverse_bits();
    up(mark, start) | down
}

#[cfg(test)]
mod tests;

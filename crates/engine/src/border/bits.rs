//! Images of one bit per pixel, and the steps that turn marks into a region.

use std::ops::Range;

use zemosaic_room::{filled, push};

use super::BORDERS;

/// Bits of a word.
const WORD: usize = u64::BITS as usize;
/// Pixels on either side of a padded row: squares are centred up to one pixel outside, and reach one further.
const PAD: usize = 2;

/// A mark per pixel, row by row; the bits beyond the width are 0.
pub(crate) struct Bits {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Words per row.
    words: usize,
    bits: Vec<u64>,
}

impl Bits {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let words = width.div_ceil(WORD);
        Self {
            width,
            height,
            words,
            bits: filled(words * height, 0, BORDERS),
        }
    }

    pub(crate) fn row(&self, y: usize) -> &[u64] {
        &self.bits[y * self.words..(y + 1) * self.words]
    }

    pub(crate) fn row_mut(&mut self, y: usize) -> &mut [u64] {
        &mut self.bits[y * self.words..(y + 1) * self.words]
    }

    pub(crate) fn has(&self, x: usize, y: usize) -> bool {
        has(self.row(y), x)
    }

    /// Number of marks.
    pub(crate) fn count(&self) -> u64 {
        self.bits.iter().map(|w| u64::from(w.count_ones())).sum()
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (word, more) in self.bits.iter_mut().zip(&other.bits) {
            *word |= more;
        }
    }

    /// Keeps what lies in a fully marked square of 3 x 3 pixels, where everything outside the image counts as marked: so
    /// thin lines and the ragged edges of noise go, while half planes and their corners stay whole.
    pub(crate) fn open(&self) -> Self {
        let mut opened = Self::new(self.width, self.height);
        let row_of = |y: isize| usize::try_from(y).ok().filter(|y| *y < self.height);
        // The marks of three rows whose left and right neighbours are marked too, and the centres of full squares.
        let mut thin = [-2, -1, 0].map(|y| self.thin(row_of(y)));
        let mut centres: [Vec<u64>; 3] = std::array::from_fn(|_| filled(thin[0].len(), 0, BORDERS));
        for y in -1..=self.height as isize {
            centres.rotate_left(1);
            for (i, word) in centres[2].iter_mut().enumerate() {
                *word = thin[0][i] & thin[1][i] & thin[2][i];
            }
            if let Some(above) = row_of(y - 1) {
                let square = |i: usize| match centres[0].get(i) {
                    Some(first) => first | centres[1][i] | centres[2][i],
                    None => 0,
                };
                let row = opened.row_mut(above);
                for (i, word) in row.iter_mut().enumerate() {
                    // Pixel x is x + PAD in a padded row.
                    let shifted = |by: usize| (square(i) >> by) | (square(i + 1) << (WORD - by));
                    *word = shifted(PAD - 1) | shifted(PAD) | shifted(PAD + 1);
                }
                clip(row, self.width);
            }
            thin.rotate_left(1);
            thin[2] = self.thin(row_of(y + 2));
        }
        opened
    }

    /// Pixels of a row that are marked with their left and right neighbours, as a row with `PAD` more pixels at each end.
    fn thin(&self, y: Option<usize>) -> Vec<u64> {
        let mut line = filled((self.width + 2 * PAD).div_ceil(WORD), u64::MAX, BORDERS);
        let Some(y) = y else { return line };
        let last = line.len() - 1;
        let row = self.row(y);
        let at = |i: usize| row.get(i).copied().unwrap_or(0);
        let mut before = 0;
        for (i, word) in line.iter_mut().enumerate() {
            *word = (at(i) << PAD) | (before >> (WORD - PAD));
            before = at(i);
        }
        line[0] |= (1 << PAD) - 1;
        for x in self.width + PAD..self.width + 2 * PAD {
            set(&mut line, x);
        }
        let mut before = 0;
        for i in 0..=last {
            let word = line[i];
            let after = line.get(i + 1).copied().unwrap_or(0);
            line[i] &=
                ((word << 1) | (before >> (WORD - 1))) & ((word >> 1) | (after << (WORD - 1)));
            before = word;
        }
        line
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
                let (low, high) = region.bits.split_at_mut(from.max(to) * self.words);
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
    let open = width > 0 && width % WORD == 0 && has(row, width - 1);
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

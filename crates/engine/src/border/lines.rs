//! A region as the places where it begins and ends along each row, or along each column.

use zemosaic_room::{filled, push, reserve};

use super::BORDERS;
use super::bits::{Bits, turns};

/// Per line the first position of each run and the first beyond it. A tile's border takes a few numbers per line, far
/// less than a bit per pixel.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// Where the numbers of each line begin, and the end of the last.
    starts: Vec<u64>,
    turns: Vec<u32>,
}

impl Lines {
    /// An image without rows yet, for `push_row`.
    pub(crate) fn with_rows(rows: usize) -> Self {
        let mut starts = Vec::new();
        reserve(&mut starts, rows + 1, BORDERS);
        starts.push(0);
        Self {
            starts,
            turns: Vec::new(),
        }
    }

    /// Adds the next line.
    pub(crate) fn push_line(&mut self, turns: impl Iterator<Item = usize>) {
        for turn in turns {
            push(&mut self.turns, turn as u32, BORDERS);
        }
        self.starts.push(self.turns.len() as u64);
    }

    /// The rows of a region.
    pub(crate) fn rows(region: &Bits) -> Self {
        let mut rows = Self::with_rows(region.height);
        for y in 0..region.height {
            rows.push_line(turns(region.row(y), region.width));
        }
        rows
    }

    /// The columns of a region.
    pub(crate) fn columns(region: &Bits) -> Self {
        let nothing = filled(region.row(0).len(), 0, BORDERS);
        let mut starts: Vec<u64> = filled(region.width + 1, 0, BORDERS);
        let mut changed = nothing.clone();
        let mut each_turn = |visit: &mut dyn FnMut(usize, usize)| {
            for y in 0..=region.height {
                let above = if y > 0 { region.row(y - 1) } else { &nothing };
                let here = if y < region.height {
                    region.row(y)
                } else {
                    &nothing
                };
                for (i, word) in changed.iter_mut().enumerate() {
                    *word = above[i] ^ here[i];
                }
                for x in ones(&changed) {
                    visit(x, y);
                }
            }
        };
        each_turn(&mut |x, _| starts[x + 1] += 1);
        for x in 0..region.width {
            starts[x + 1] += starts[x];
        }
        let mut next = starts.clone();
        let mut all: Vec<u32> = filled(starts[region.width] as usize, 0, BORDERS);
        each_turn(&mut |x, y| {
            all[next[x] as usize] = y as u32;
            next[x] += 1;
        });
        Self { starts, turns: all }
    }

    /// The turns of a line.
    pub(crate) fn line(&self, at: usize) -> &[u32] {
        &self.turns[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// The runs of a line.
    pub(crate) fn runs(&self, at: usize) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        let pairs = self.line(at).as_chunks::<2>().0;
        pairs.iter().map(|&[a, b]| a as usize..b as usize)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> u64 {
        (size_of_val(self.starts.as_slice()) + size_of_val(self.turns.as_slice())) as u64
    }

    /// Gives back memory that was reserved for more.
    pub(crate) fn shrink(&mut self) {
        self.turns.shrink_to_fit();
    }
}

/// Positions of the bits that are set.
pub(crate) fn ones(words: &[u64]) -> impl Iterator<Item = usize> + '_ {
    words.iter().enumerate().flat_map(|(i, &word)| {
        let mut left = word;
        std::iter::from_fn(move || {
            let x = left.trailing_zeros();
            (x < u64::BITS).then(|| {
                left &= left - 1;
                i * u64::BITS as usize + x as usize
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::bits::set;
    use super::*;

    fn drawn(text: &[&str]) -> Bits {
        let mut bits = Bits::new(text[0].len(), text.len());
        for (y, row) in text.iter().enumerate() {
            for (x, _) in row.bytes().enumerate().filter(|(_, c)| *c == b'#') {
                set(bits.row_mut(y), x);
            }
        }
        bits
    }

    #[test]
    fn lines_begin_and_end_where_the_region_does() {
        let bits = drawn(&["##..#", "#....", "#...#"]);
        let rows = Lines::rows(&bits);
        let columns = Lines::columns(&bits);
        let lines = |lines: &Lines, n: usize| -> Vec<Vec<u32>> {
            (0..n).map(|i| lines.line(i).to_vec()).collect()
        };
        assert_eq!(
            lines(&rows, 3),
            [vec![0, 2, 4, 5], vec![0, 1], vec![0, 1, 4, 5]]
        );
        assert_eq!(
            lines(&columns, 5),
            [vec![0, 3], vec![0, 1], vec![], vec![], vec![0, 1, 2, 3]]
        );
        assert_eq!(rows.runs(0).collect::<Vec<_>>(), [0..2, 4..5]);
    }

    #[test]
    fn long_rows_cross_words() {
        for width in [63, 64, 65, 128, 130, 200] {
            let text: String = (0..width)
                .map(|x| if x % 70 < 64 { '#' } else { '.' })
                .collect();
            let bits = drawn(&[&text]);
            let runs: Vec<_> = Lines::rows(&bits).runs(0).collect();
            let expected: Vec<_> = (0..width)
                .step_by(70)
                .map(|x| x..(x + 64).min(width))
                .collect();
            assert_eq!(runs, expected, "{width}");
        }
    }
}

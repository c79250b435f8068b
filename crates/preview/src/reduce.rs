//! Averages rows of any width down to a small plane, each of its rows by itself, so that any number can be made at once.
//! The rows of the mosaic are added up first, whole rows at a time, and only their sum is divided among the columns.

use rayon::prelude::*;
use std::ops::Range;

/// Bytes of rows that a thread reads at a time.
const BATCH: usize = 1 << 20;
/// Bytes that all threads together may hold; beyond that one thread makes all rows.
const MOST: usize = 256 << 20;
/// Rows of the picture that are made in one go: neighbours share a row of the mosaic.
const BAND: usize = 64;

/// How the pixels of one axis are distributed over the fewer pixels of the picture.
#[derive(Clone, Copy)]
pub(crate) struct Axis {
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// The share of one source pixel that falls into `first`; the rest falls into the next pixel.
#[derive(Clone, Copy)]
struct Share {
    first: usize,
    fraction: f64,
}

impl Axis {
    fn share(self, index: usize) -> Share {
        // Integers up to the last division, so that a pixel that ends on a border never spills over it.
        let (from, to) = (self.from as u128, self.to as u128);
        let start = index as u128 * to;
        let first = start / from;
        let inside = ((first + 1) * from - start).min(to);
        Share {
            first: first as usize,
            fraction: inside as f64 / to as f64,
        }
    }

    /// The source pixels of each pixel of the picture.
    fn runs(self) -> Vec<Run> {
        let mut runs = vec![Run::default(); self.to];
        for index in 0..self.from {
            let Share { first, fraction } = self.share(index);
            let run = &mut runs[first];
            if run.count == 0 {
                run.start = index;
            }
            run.count += 1;
            run.last = fraction;
        }
        for at in 1..runs.len() {
            runs[at].before = runs[at - 1].last;
        }
        runs
    }
}

/// Source pixels that begin in one pixel of the picture. All but the last of them lie in it wholly.
#[derive(Clone, Copy)]
struct Run {
    start: usize,
    count: usize,
    /// Fraction of its last pixel.
    last: f64,
    /// Fraction of the pixel before `start` that lies in the pixel before; the rest lies in this one.
    before: f64,
}

impl Default for Run {
    fn default() -> Run {
        Run {
            start: 0,
            count: 0,
            last: 1.0,
            before: 1.0,
        }
    }
}

/// A reduced plane: area-weighted means of the finite pixels, NaN where there are none.
pub(crate) struct Reduced {
    pub(crate) values: Vec<f32>,
    /// Fraction of the area of each reduced pixel that is covered, 0..1.
    pub(crate) cover: Vec<f32>,
}

/// Reduces one plane. `read(rows, values)` fills `values` with whole rows; a row between two bands is read twice.
///
/// Errors: that of the first rows that could not be read.
pub(crate) fn reduce<E: Send>(
    columns: Axis,
    rows: Axis,
    read: impl Fn(Range<usize>, &mut [f32]) -> Result<(), E> + Sync,
) -> Result<Reduced, E> {
    let across = Columns::new(columns);
    let down = rows.runs();
    let area = (columns.from as f64 / columns.to as f64) * (rows.from as f64 / rows.to as f64);
    // A row and its two sums.
    let row = columns.from * (size_of::<f32>() + 2 * size_of::<f64>());
    let threads = rayon::current_num_threads();
    let alone = row.max(BATCH).saturating_mul(threads) > MOST;
    let band = if alone {
        rows.to
    } else {
        rows.to.div_ceil(8 * threads).min(BAND)
    };
    let mut done = Reduced {
        values: vec![f32::NAN; columns.to * rows.to],
        cover: vec![0.0; columns.to * rows.to],
    };
    let bands = (
        down.par_chunks(band),
        done.values.par_chunks_mut(band * columns.to),
        done.cover.par_chunks_mut(band * columns.to),
    );
    let results: Vec<Result<(), E>> = bands
        .into_par_iter()
        .map(|(runs, values, cover)| {
            let mut source = Source::new(columns.from, runs, &read);
            let mut sums = Sums::new(columns.from);
            let out = values
                .chunks_mut(columns.to)
                .zip(cover.chunks_mut(columns.to));
            for (run, (values, cover)) in runs.iter().zip(out) {
                sums.clear();
                // In the order of the mosaic, as sums depend on it.
                if run.before < 1.0 {
                    let row = source.row(run.start - 1)?;
                    sums.add(row, 1.0 - run.before);
                }
                for at in 0..run.count {
                    let part = if at + 1 == run.count { run.last } else { 1.0 };
                    sums.add(source.row(run.start + at)?, part);
                }
                across.divide(&sums, area, values, cover);
            }
            Ok(())
        })
        .collect();
    results.into_iter().collect::<Result<(), E>>()?;
    Ok(done)
}

/// Rows that are asked for in order, read several at a time.
struct Source<'a, R> {
    width: usize,
    /// One past the last row that is asked for.
    end: usize,
    read: &'a R,
    held: Range<usize>,
    values: Vec<f32>,
}

impl<'a, R> Source<'a, R> {
    fn new(width: usize, runs: &[Run], read: &'a R) -> Self {
        Source {
            width,
            end: runs.last().map_or(0, |run| run.start + run.count),
            read,
            held: 0..0,
            values: Vec::new(),
        }
    }

    fn row<E>(&mut self, row: usize) -> Result<&[f32], E>
    where
        R: Fn(Range<usize>, &mut [f32]) -> Result<(), E>,
    {
        if !self.held.contains(&row) {
            let rows = (BATCH / size_of::<f32>() / self.width).clamp(1, self.end - row);
            self.values.resize(rows * self.width, f32::NAN);
            self.held = row..row + rows;
            (self.read)(self.held.clone(), &mut self.values)?;
        }
        let at = (row - self.held.start) * self.width;
        Ok(&self.values[at..at + self.width])
    }
}

/// Pixels that are looked at together: mostly all are finite, or none.
const BLOCK: usize = 64;

/// Rows of the mosaic that become one of the picture: per pixel the sum of finite values and of their weights.
struct Sums {
    values: Vec<f64>,
    weights: Vec<f64>,
}

impl Sums {
    fn new(columns: usize) -> Sums {
        Sums {
            values: vec![0.0; columns],
            weights: vec![0.0; columns],
        }
    }

    fn clear(&mut self) {
        self.values.fill(0.0);
        self.weights.fill(0.0);
    }

    /// Adds a row of which `part` lies in that of the picture.
    fn add(&mut self, row: &[f32], part: f64) {
        let sums = self.values.chunks_mut(BLOCK);
        let sums = sums.zip(self.weights.chunks_mut(BLOCK));
        for (values, (sums, weights)) in row.chunks(BLOCK).zip(sums) {
            let finite = values.iter().map(|v| u32::from(v.is_finite())).sum::<u32>() as usize;
            if finite == 0 {
                continue;
            }
            let pixels = values.iter().zip(sums.iter_mut().zip(weights));
            if finite == values.len() {
                for (value, (sum, weight)) in pixels {
                    *sum += part * f64::from(*value);
                    *weight += part;
                }
                continue;
            }
            for (value, (sum, weight)) in pixels {
                let (value, part) = if value.is_finite() {
                    (f64::from(*value), part)
                } else {
                    (0.0, 0.0)
                };
                *sum += part * value;
                *weight += part;
            }
        }
    }
}

/// How a row is divided among the columns of the picture. Every column takes the same number of pixels, so that the loop
/// has no branches: those that it does not need weigh 0, which changes no sum.
struct Columns {
    starts: Vec<usize>,
    /// Of the pixel before, the fraction of it that lies in the column.
    before: Vec<f64>,
    /// Pixels that lie in any column wholly.
    whole: usize,
    /// Fractions of the pixels after them, so many for each column.
    after: usize,
    fractions: Vec<f64>,
}

impl Columns {
    fn new(axis: Axis) -> Columns {
        let runs = axis.runs();
        let whole = runs.iter().map(|run| run.count - 1).min().unwrap_or(0);
        let after = runs.iter().map(|run| run.count - whole).max().unwrap_or(0);
        let fractions = runs.iter().flat_map(|run| {
            (whole..whole + after).map(|at| match (at + 1).cmp(&run.count) {
                std::cmp::Ordering::Less => 1.0,
                std::cmp::Ordering::Equal => run.last,
                std::cmp::Ordering::Greater => 0.0,
            })
        });
        Columns {
            fractions: fractions.collect(),
            starts: runs.iter().map(|run| run.start).collect(),
            before: runs.iter().map(|run| 1.0 - run.before).collect(),
            whole,
            after,
        }
    }

    /// Makes a row of the picture; the usual numbers of pixels have loops of their own, which the compiler unrolls.
    fn divide(&self, row: &Sums, area: f64, values: &mut [f32], cover: &mut [f32]) {
        let make = match (self.whole, self.after) {
            (0, 1) => Self::divide_by::<0, 1>,
            (0, 2) => Self::divide_by::<0, 2>,
            (1, 1) => Self::divide_by::<1, 1>,
            (1, 2) => Self::divide_by::<1, 2>,
            (2, 1) => Self::divide_by::<2, 1>,
            (2, 2) => Self::divide_by::<2, 2>,
            (3, 2) => Self::divide_by::<3, 2>,
            (4, 2) => Self::divide_by::<4, 2>,
            _ => Self::divide_any,
        };
        make(self, row, area, values, cover);
    }

    fn divide_by<const WHOLE: usize, const AFTER: usize>(
        &self,
        row: &Sums,
        area: f64,
        values: &mut [f32],
        cover: &mut [f32],
    ) {
        let fractions = self.fractions.as_chunks::<AFTER>().0;
        for (column, (value, cover)) in values.iter_mut().zip(cover).enumerate() {
            let (start, before) = (self.starts[column], self.before[column]);
            let share = |of: &[f64]| {
                // Not at the edges of the row.
                let (first, rest) = of.get(start.checked_sub(1)?..)?.split_first()?;
                let (whole, rest) = rest.split_first_chunk::<WHOLE>()?;
                let after = rest.first_chunk::<AFTER>()?.iter().zip(&fractions[column]);
                let sum = whole.iter().fold(first * before, |sum, value| sum + value);
                Some(after.fold(sum, |sum, (value, fraction)| sum + value * fraction))
            };
            let sums = [&row.values, &row.weights]
                .map(|of| share(of).unwrap_or_else(|| self.share(of, column)));
            (*value, *cover) = mean(sums, area);
        }
    }

    fn divide_any(&self, row: &Sums, area: f64, values: &mut [f32], cover: &mut [f32]) {
        for (column, (value, cover)) in values.iter_mut().zip(cover).enumerate() {
            let sums = [&row.values, &row.weights].map(|of| self.share(of, column));
            (*value, *cover) = mean(sums, area);
        }
    }

    /// The sum of the pixels of a row by their shares of a column.
    fn share(&self, of: &[f64], column: usize) -> f64 {
        let start = self.starts[column];
        let mut sum = of[start.saturating_sub(1)] * self.before[column];
        for value in &of[start..start + self.whole] {
            sum += value;
        }
        let fractions = &self.fractions[column * self.after..][..self.after];
        for (at, fraction) in fractions.iter().enumerate() {
            sum += of[(start + self.whole + at).min(of.len() - 1)] * fraction;
        }
        sum
    }
}

/// Value and cover of a pixel of the picture from its sum and weight.
fn mean([sum, weight]: [f64; 2], area: f64) -> (f32, f32) {
    let value = if weight > 0.0 {
        (sum / weight) as f32
    } else {
        f32::NAN
    };
    (value, (weight / area).min(1.0) as f32)
}

#[cfg(test)]
mod tests;

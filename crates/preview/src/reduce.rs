//! Averages rows of any width down to a small plane, each of its rows by itself, so that any number can be made at once.

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
    let row = columns.from * size_of::<f32>();
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
            let mut sums = Sums::new(columns.to);
            let out = values
                .chunks_mut(columns.to)
                .zip(cover.chunks_mut(columns.to));
            for (run, (values, cover)) in runs.iter().zip(out) {
                sums.clear();
                // In the order of the mosaic, as sums depend on it.
                if run.before < 1.0 {
                    let row = source.row(run.start - 1)?;
                    across.add(row, 1.0 - run.before, &mut sums);
                }
                for at in 0..run.count {
                    let part = if at + 1 == run.count { run.last } else { 1.0 };
                    across.add(source.row(run.start + at)?, part, &mut sums);
                }
                sums.finish(area, values, cover);
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

/// How a row becomes one of the picture. Every column takes the same number of pixels, so that the loop has no branches:
/// those that it does not need weigh 0, which changes no sum.
struct Columns {
    starts: Vec<usize>,
    /// Of the pixel before, by the fraction of it that lies in the column before.
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
            before: runs.iter().map(|run| run.before).collect(),
            whole,
            after,
        }
    }

    /// Adds a row of which `part` lies in that of the picture.
    fn add(&self, row: &[f32], part: f64, sums: &mut Sums) {
        for first in (0..self.starts.len()).step_by(BLOCK) {
            let columns = first..(first + BLOCK).min(self.starts.len());
            let from = self.starts[columns.start].saturating_sub(1);
            let to = self.starts[columns.end - 1] + self.whole + self.after;
            let values = &row[from..to.min(row.len())];
            let finite = values.iter().map(|v| u32::from(v.is_finite())).sum::<u32>() as usize;
            if finite == values.len() {
                self.add_some::<true>(columns, row, part, sums);
            } else if finite > 0 {
                self.add_some::<false>(columns, row, part, sums);
            }
        }
    }

    /// The usual numbers of pixels have loops of their own, which the compiler unrolls.
    fn add_some<const FINITE: bool>(
        &self,
        columns: Range<usize>,
        row: &[f32],
        part: f64,
        sums: &mut Sums,
    ) {
        match (self.whole, self.after) {
            (0, 1) => self.add_columns::<FINITE, 0, 1>(columns, row, part, sums),
            (0, 2) => self.add_columns::<FINITE, 0, 2>(columns, row, part, sums),
            (1, 1) => self.add_columns::<FINITE, 1, 1>(columns, row, part, sums),
            (1, 2) => self.add_columns::<FINITE, 1, 2>(columns, row, part, sums),
            (2, 1) => self.add_columns::<FINITE, 2, 1>(columns, row, part, sums),
            (2, 2) => self.add_columns::<FINITE, 2, 2>(columns, row, part, sums),
            (3, 2) => self.add_columns::<FINITE, 3, 2>(columns, row, part, sums),
            (4, 2) => self.add_columns::<FINITE, 4, 2>(columns, row, part, sums),
            _ => {
                for column in columns {
                    self.add_column::<FINITE>(column, row, part, sums);
                }
            }
        }
    }

    fn add_columns<const FINITE: bool, const WHOLE: usize, const AFTER: usize>(
        &self,
        columns: Range<usize>,
        row: &[f32],
        part: f64,
        sums: &mut Sums,
    ) {
        let fractions = self.fractions.as_chunks::<AFTER>().0;
        for column in columns {
            let start = self.starts[column];
            // Not at the edges of the row.
            let window = start.checked_sub(1).and_then(|from| row.get(from..));
            let Some((before, rest)) = window.and_then(|window| window.split_first()) else {
                self.add_column::<FINITE>(column, row, part, sums);
                continue;
            };
            let taken = rest
                .split_first_chunk::<WHOLE>()
                .and_then(|(whole, rest)| Some((whole, rest.first_chunk::<AFTER>()?)));
            let Some((whole, after)) = taken else {
                self.add_column::<FINITE>(column, row, part, sums);
                continue;
            };
            let mut tap = sums.tap::<FINITE>(column);
            tap.add(*before, part - part * self.before[column]);
            for value in whole {
                tap.add(*value, part);
            }
            for (value, fraction) in after.iter().zip(&fractions[column]) {
                tap.add(*value, part * fraction);
            }
            sums.set(column, &tap);
        }
    }

    fn add_column<const FINITE: bool>(
        &self,
        column: usize,
        row: &[f32],
        part: f64,
        sums: &mut Sums,
    ) {
        let start = self.starts[column];
        let mut tap = sums.tap::<FINITE>(column);
        tap.add(
            row[start.saturating_sub(1)],
            part - part * self.before[column],
        );
        for value in &row[start..start + self.whole] {
            tap.add(*value, part);
        }
        let fractions = &self.fractions[column * self.after..][..self.after];
        for (at, fraction) in fractions.iter().enumerate() {
            let at = (start + self.whole + at).min(row.len() - 1);
            tap.add(row[at], part * fraction);
        }
        sums.set(column, &tap);
    }
}

/// Columns whose pixels are looked at together: mostly all are finite, or none.
const BLOCK: usize = 64;

/// Sum and weight of a pixel of the picture; `FINITE`: all values are.
struct Tap<const FINITE: bool> {
    sum: f64,
    weight: f64,
}

impl<const FINITE: bool> Tap<FINITE> {
    #[inline]
    fn add(&mut self, value: f32, weight: f64) {
        let (value, weight) = if FINITE || value.is_finite() {
            (f64::from(value), weight)
        } else {
            (0.0, 0.0)
        };
        self.sum += weight * value;
        self.weight += weight;
    }
}

/// Sums and weights of one row of the picture.
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

    #[inline]
    fn tap<const FINITE: bool>(&self, column: usize) -> Tap<FINITE> {
        Tap {
            sum: self.values[column],
            weight: self.weights[column],
        }
    }

    #[inline]
    fn set<const FINITE: bool>(&mut self, column: usize, tap: &Tap<FINITE>) {
        self.values[column] = tap.sum;
        self.weights[column] = tap.weight;
    }

    fn clear(&mut self) {
        self.values.fill(0.0);
        self.weights.fill(0.0);
    }

    fn finish(&self, area: f64, values: &mut [f32], cover: &mut [f32]) {
        let sums = self.values.iter().zip(&self.weights);
        for ((&sum, &weight), (value, cover)) in sums.zip(values.iter_mut().zip(cover)) {
            *value = if weight > 0.0 {
                (sum / weight) as f32
            } else {
                f32::NAN
            };
            *cover = (weight / area).min(1.0) as f32;
        }
    }
}

#[cfg(test)]
mod tests;

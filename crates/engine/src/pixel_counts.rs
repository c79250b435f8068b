//! Statistics of an image's pixels.

#![allow(clippy::inline_always)] // Loops that are inlined to be vectorized.

use std::ops::Range;

use zemosaic_fits::{FitsError, ImageReader, vectorized};
use zemosaic_room::filled;

/// Counts over every plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelCounts {
    /// Pixels with a value.
    pub finite: u64,
    /// Pixels without a value.
    pub nan: u64,
    /// Smallest value; +infinity when there is none.
    pub min: f32,
    /// Largest value; -infinity when there is none.
    pub max: f32,
}

/// What memory is for here.
const PURPOSE: &str = "the statistics of an image";
/// Pixels read at a time.
const BATCH: usize = 1 << 20;

/// Reads the whole image once, a batch of rows at a time.
pub fn count_pixels(reader: &ImageReader) -> Result<PixelCounts, FitsError> {
    if let Some(known) = reader.extremes()? {
        let [min, max] = known.ends.unwrap_or([f32::INFINITY, f32::NEG_INFINITY]);
        return Ok(PixelCounts {
            finite: known.values,
            nan: known.blanks,
            min,
            max,
        });
    }
    let mut seen = Seen::default();
    for plane in 0..reader.shape().planes {
        let rows = 0..reader.shape().height;
        each_batch(reader, plane, rows, |values| {
            vectorized(
                #[inline(always)]
                || seen.see(values),
            );
        })?;
    }
    Ok(seen.counts())
}

/// Pixels that are counted at once, each lane for itself.
const LANES: usize = 16;

/// What was seen so far, lane by lane.
struct Seen {
    finite: [u32; LANES],
    min: [f32; LANES],
    max: [f32; LANES],
    /// Of earlier batches.
    before: [u64; 2],
}

impl Default for Seen {
    fn default() -> Seen {
        Seen {
            finite: [0; LANES],
            min: [f32::INFINITY; LANES],
            max: [f32::NEG_INFINITY; LANES],
            before: [0; 2],
        }
    }
}

impl Seen {
    #[inline(always)]
    fn see(&mut self, values: &[f32]) {
        let (whole, rest) = values.as_chunks::<LANES>();
        self.finite = [0; LANES];
        let Seen {
            finite, min, max, ..
        } = self;
        let mut lane = |at: usize, value: f32| {
            let counts = value.is_finite();
            finite[at] += u32::from(counts);
            min[at] = if counts && value < min[at] {
                value
            } else {
                min[at]
            };
            max[at] = if counts && value > max[at] {
                value
            } else {
                max[at]
            };
        };
        for values in whole {
            for (at, value) in values.iter().enumerate() {
                lane(at, *value);
            }
        }
        for (at, value) in rest.iter().enumerate() {
            lane(at, *value);
        }
        let finite: u64 = self.finite.iter().map(|n| u64::from(*n)).sum();
        self.before[0] += finite;
        self.before[1] += values.len() as u64 - finite;
    }

    fn counts(&self) -> PixelCounts {
        let [finite, nan] = self.before;
        PixelCounts {
            finite,
            nan,
            min: self.min.iter().copied().fold(f32::INFINITY, f32::min),
            max: self.max.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        }
    }
}

/// Whether a plane holds opacities: from 0 to 1 (or to the most that its whole numbers hold), and at one of the two in
/// most pixels. `most`: the value of a pixel that hides all.
pub fn is_opacity(reader: &ImageReader, plane: usize, most: f32) -> Result<bool, FitsError> {
    let (mut clear, mut opaque, mut between, mut pixels) = (0_u64, 0_u64, 0_u64, 0_u64);
    let rows = 0..reader.shape().height;
    each_batch(reader, plane, rows, |values| {
        let counts = vectorized(
            #[inline(always)]
            || {
                let mut counts = [0_u32; 3];
                for value in values {
                    counts[0] += u32::from(*value == 0.0);
                    counts[1] += u32::from(*value == most);
                    counts[2] += u32::from(*value > 0.0) & u32::from(*value < most);
                }
                counts.map(u64::from)
            },
        );
        clear += counts[0];
        opaque += counts[1];
        between += counts[2];
        pixels += values.len() as u64;
    })?;
    let beyond = pixels - clear - opaque - between;
    Ok(beyond == 0 && opaque > 0 && clear + opaque >= between)
}

/// Parts of a mask, evenly spread, that are read to learn how much of it is flagged, and rows of each.
const PARTS: [usize; 2] = [8, 4];
/// A share that is far from any that is told of; above it the whole mask is read.
const LITTLE: f64 = 0.2;

/// The flagged share of these planes of a mask: from some of the rows where that is little, else of all of them.
pub fn flagged_share(mask: &ImageReader, planes: Range<usize>) -> Result<f64, FitsError> {
    let count = planes.len().max(1) as f64;
    let shares: Result<Vec<f64>, _> = planes.map(|plane| share_of(mask, plane)).collect();
    Ok(shares?.iter().sum::<f64>() / count)
}

fn share_of(mask: &ImageReader, plane: usize) -> Result<f64, FitsError> {
    let height = mask.shape().height;
    let [parts, rows] = PARTS;
    if height > 2 * parts * rows {
        let first = |part| part * (height - rows) / (parts - 1);
        let some = (0..parts).map(|part| first(part)..first(part) + rows);
        let share = share_of_rows(mask, plane, some)?;
        if share < LITTLE {
            return Ok(share);
        }
    }
    share_of_rows(mask, plane, std::iter::once(0..height))
}

fn share_of_rows(
    mask: &ImageReader,
    plane: usize,
    parts: impl Iterator<Item = Range<usize>>,
) -> Result<f64, FitsError> {
    let (mut bad, mut all) = (0_u64, 0_u64);
    for rows in parts {
        each_value(mask, plane, rows, |flag| {
            bad += u64::from(flag != 0.0);
            all += 1;
        })?;
    }
    Ok(bad as f64 / all.max(1) as f64)
}

fn each_value(
    reader: &ImageReader,
    plane: usize,
    rows: Range<usize>,
    mut take: impl FnMut(f32),
) -> Result<(), FitsError> {
    each_batch(reader, plane, rows, |values| {
        for value in values {
            take(*value);
        }
    })
}

/// Reads rows of a plane, some at a time; of rows that are longer than a batch, a part at a time.
fn each_batch(
    reader: &ImageReader,
    plane: usize,
    rows: Range<usize>,
    mut take: impl FnMut(&[f32]),
) -> Result<(), FitsError> {
    let width = reader.shape().width;
    // A part of a compressed row costs all of it.
    let columns = if reader.reads_parts() {
        width.min(BATCH)
    } else {
        width
    };
    let step = (BATCH / columns.max(1)).clamp(1, rows.len().max(1));
    let mut buffer = filled(step * columns, 0.0, PURPOSE);
    for row in rows.clone().step_by(step) {
        let some = row..(row + step).min(rows.end);
        for column in (0..width).step_by(columns.max(1)) {
            let part = column..(column + columns).min(width);
            let values = &mut buffer[..some.len() * part.len()];
            reader.read_box(plane, some.clone(), part, values)?;
            take(values);
        }
    }
    Ok(())
}

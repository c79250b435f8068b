//! Samples values of one tile at points of the sky, reading a few rows at a time.

use zemosaic_fits::FitsError;
use zemosaic_room::{filled, push, resize};

use super::overlap::SAMPLES;
use crate::tile::{Tile, read_by_row};

/// Rows and columns that a point takes: bilinear, averaged over 3 x 3 pixels.
const TAPS: usize = 4;
/// Fraction of the taps that must be valid.
const ENOUGH: f64 = 0.5;
/// Gaps of at most this many rows are read too, because one read is cheaper than two.
const SKIP: usize = 16;

/// Points wanted from a tile for one pair: lattice positions and their step, output px.
pub(super) type Wanted<'a> = (&'a [[u32; 2]], u32);

/// At least one value in this many must be 0 before zeros mean anything.
const LEAST_ZEROS: u64 = 50;
/// Fraction of the typical value below which other values count as near 0.
const NEAR_ZERO: f64 = 0.1;

/// The samples of a tile.
pub(super) struct Sampled {
    /// Per pair, plane after plane, a value per point; NaN where there is none.
    pub(super) values: Vec<Vec<f32>>,
    pub(super) bytes_read: u64,
    /// Why some rows could not be read.
    pub(super) damage: Option<FitsError>,
}

impl Sampled {
    /// Whether a part of the tile is exactly 0 while its other values are far from 0, as registration leaves pixels
    /// outside a frame.
    pub(super) fn has_zero_border(&self) -> bool {
        let values = || self.values.iter().flatten().filter(|v| v.is_finite());
        let (mut count, mut zeros, mut sum) = (0u64, 0u64, 0.0);
        for value in values() {
            count += 1;
            zeros += u64::from(*value == 0.0);
            sum += f64::from(value.abs());
        }
        if zeros * LEAST_ZEROS <= count {
            return false;
        }
        let typical = sum / (count - zeros).max(1) as f64;
        let near = |v: &&f32| **v != 0.0 && f64::from(v.abs()) < NEAR_ZERO * typical;
        values().filter(near).count() as u64 * 10 < zeros
    }
}

/// A point on the tile: its first tap, and its position between taps.
struct Spot {
    row: u32,
    col: u32,
    rest: [f32; 2],
    pair: u32,
    point: u32,
}

/// Samples every plane of `tile` at the points of all `wanted`, holding at most about `buffer_bytes` of its rows. `place`
/// gives the tile pixel of an output pixel.
pub(super) fn sample(
    tile: &Tile,
    place: impl Fn(f64, f64) -> Option<[f64; 2]>,
    wanted: &[Wanted],
    buffer_bytes: u64,
) -> Sampled {
    let planes = tile.shape.planes;
    let mut sampled = Sampled {
        values: wanted
            .iter()
            .map(|(points, _)| filled(points.len() * planes, f32::NAN, SAMPLES))
            .collect(),
        bytes_read: 0,
        damage: None,
    };
    let mut spots = spots(tile, place, wanted);
    spots.sort_unstable_by_key(|s| s.row);
    let row_bytes = 4 * tile.shape.width as u64 * (1 + u64::from(tile.has_maps()));
    let most_rows = ((buffer_bytes / row_bytes) as usize).max(2 * TAPS);
    let (mut values, mut valid) = (Vec::new(), Vec::new());
    let mut rest = spots.as_slice();
    while let Some(first) = rest.first() {
        let start = first.row as usize;
        let (batch, end) = batch(rest, start, most_rows);
        rest = &rest[batch.len()..];
        let rows = start..end;
        let width = tile.shape.width;
        let mut keep = |(bytes, damage): (u64, Option<FitsError>)| {
            sampled.bytes_read += bytes;
            sampled.damage = sampled.damage.take().or(damage);
        };
        if tile.has_maps() {
            resize(&mut valid, rows.len() * width, 0.0, "weights");
            keep(read_by_row(
                rows.clone(),
                width,
                &mut valid,
                &mut |rows, out| tile.read_valid(rows, out),
            ));
        }
        for plane in 0..planes {
            resize(&mut values, rows.len() * width, 0.0, "tile rows");
            keep(read_by_row(
                rows.clone(),
                width,
                &mut values,
                &mut |rows, out| tile.read_values(plane, rows, out),
            ));
            for spot in batch {
                let points = wanted[spot.pair as usize].0.len();
                let value = value(spot, start, width, &values, &valid);
                sampled.values[spot.pair as usize][plane * points + spot.point as usize] = value;
            }
        }
    }
    sampled
}

/// Points that have all their taps on the tile.
fn spots(
    tile: &Tile,
    place: impl Fn(f64, f64) -> Option<[f64; 2]>,
    wanted: &[Wanted],
) -> Vec<Spot> {
    let [width, height] = tile.size().map(f64::from);
    let mut spots = Vec::new();
    for (pair, (points, step)) in wanted.iter().enumerate() {
        for (point, at) in points.iter().enumerate() {
            let Some([x, y]) = place(f64::from(at[0] * step), f64::from(at[1] * step)) else {
                continue;
            };
            if x >= 1.0 && x < width - 2.0 && y >= 1.0 && y < height - 2.0 {
                // The values are above 0, so truncation is the floor.
                let (col, row) = (x as u32, y as u32);
                let spot = Spot {
                    row: row - 1,
                    col: col - 1,
                    rest: [(x - f64::from(col)) as f32, (y - f64::from(row)) as f32],
                    pair: pair as u32,
                    point: point as u32,
                };
                push(&mut spots, spot, SAMPLES);
            }
        }
    }
    spots
}

/// The next spots, starting at row `start`, that one read without long gaps serves, and the end of its rows.
fn batch(spots: &[Spot], start: usize, most_rows: usize) -> (&[Spot], usize) {
    let mut end = start + TAPS;
    let mut count = 0;
    for spot in spots {
        let row = spot.row as usize;
        if row + TAPS > start + most_rows || row > end + SKIP {
            break;
        }
        end = row + TAPS;
        count += 1;
    }
    // The first spot always belongs to the batch, which has room for its taps.
    (&spots[..count], end)
}

fn value(spot: &Spot, first_row: usize, width: usize, values: &[f32], valid: &[f32]) -> f32 {
    let [u, v] = spot.rest.map(f64::from);
    let along = |t: f64| [1.0 - t, 1.0, 1.0, t];
    let (mut sum, mut total) = (0.0, 0.0);
    for (j, wy) in along(v).into_iter().enumerate() {
        let from = (spot.row as usize - first_row + j) * width + spot.col as usize;
        for (i, wx) in along(u).into_iter().enumerate() {
            let value = values[from + i];
            let counts = value.is_finite() && valid.get(from + i).is_none_or(|map| *map > 0.0);
            if counts {
                sum += wx * wy * f64::from(value);
                total += wx * wy;
            }
        }
    }
    // The weights of all taps add up to 9.
    if total >= 9.0 * ENOUGH {
        (sum / total) as f32
    } else {
        f32::NAN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(row: u32) -> Spot {
        Spot {
            row,
            col: 0,
            rest: [0.25, 0.75],
            pair: 0,
            point: 0,
        }
    }

    #[test]
    fn a_ramp_is_read_exactly_and_a_hole_is_filled_or_refused() {
        let mut values: Vec<f32> = (0..16)
            .map(|i| (i % 4) as f32 + 10.0 * (i / 4) as f32)
            .collect();
        // Taps 0..3 with the point between 1 and 2.
        assert_eq!(value(&spot(7), 7, 4, &values, &[]), 1.25 + 17.5);
        values[0] = f32::NAN;
        assert!((value(&spot(7), 7, 4, &values, &[]) - 18.75).abs() < 2.0);
        let mut weights = [1.0; 16];
        weights[4..].fill(0.0);
        assert!(value(&spot(7), 7, 4, &values, &weights).is_nan());
    }

    #[test]
    fn batches_end_at_gaps_and_at_the_most_rows() {
        let spots: Vec<Spot> = [0, 3, 10, 60, 61, 90].map(spot).into();
        let (first, end) = batch(&spots, 0, 100);
        assert_eq!((first.len(), end), (3, 14));
        let (second, end) = batch(&spots[3..], 60, 100);
        assert_eq!((second.len(), end), (2, 65));
        let (short, end) = batch(&spots, 0, 8);
        assert_eq!((short.len(), end), (2, 7));
    }
}

//! Samples values of one tile at points of the sky, reading a few rows at a time.

use zemosaic_fits::FitsError;
use zemosaic_room::{collected, filled, push, reserve, resize};

use super::overlap::SAMPLES;
use crate::tile::{Part, Tile, read_by_row};

/// Rows and columns that a point takes: bilinear, averaged over 3 x 3 pixels.
const TAPS: usize = 4;
/// Fraction of the taps that must be valid.
const ENOUGH: f64 = 0.5;
/// Strips of columns have at least so many.
const LEAST_STRIP: usize = 1 << 16;
/// Gaps of at most this many rows are read too, because one read is cheaper than two.
const SKIP: usize = 16;

/// Points wanted from a tile for one pair: lattice positions and their step, output px.
pub(super) type Wanted = (Vec<[u32; 2]>, u32);

/// At least one value in this many must be 0 before zeros mean anything.
const LEAST_ZEROS: u64 = 50;
/// Fraction of the typical value below which other values count as near 0.
const NEAR_ZERO: f64 = 0.1;

/// The samples of a tile for one pair, without the points that have none.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Half {
    /// Numbers of the wanted points, ascending.
    pub(super) points: Vec<u32>,
    /// A value per plane, point after point; NaN where there is none.
    pub(super) values: Vec<f32>,
}

/// The samples of a tile.
pub(super) struct Sampled {
    /// Per pair.
    pub(super) halves: Vec<Half>,
    pub(super) bytes_read: u64,
    /// Why some rows could not be read.
    pub(super) damage: Option<FitsError>,
}

impl Sampled {
    /// Whether a part of the tile is exactly 0 while its other values are far from 0, as registration leaves pixels
    /// outside a frame.
    pub(super) fn has_zero_border(&self) -> bool {
        let all = || self.halves.iter().flat_map(|half| &half.values);
        let values = || all().filter(|v| v.is_finite());
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
/// gives the tile pixel of an output pixel. Each row is read once.
pub(super) fn sample(
    tile: &Tile,
    place: impl Fn(f64, f64) -> Option<[f64; 2]>,
    wanted: impl ExactSizeIterator<Item = Wanted>,
    buffer_bytes: u64,
) -> Sampled {
    let planes = tile.shape.planes;
    let pairs = wanted.len();
    let spots = spots(tile, place, wanted);
    let mut values = filled(spots.len() * planes, f32::NAN, SAMPLES);
    let mut by_row = collected(0..spots.len() as u32, SAMPLES);
    by_row.sort_unstable_by_key(|&at| (spots[at as usize].row, at));
    let pixel_bytes = 4 * (1 + u64::from(tile.has_maps()));
    let strip = strip(tile, buffer_bytes / pixel_bytes);
    let most_rows = (buffer_bytes / pixel_bytes / strip.max(1) as u64) as usize;
    let most_rows = most_rows.max(2 * TAPS);
    by_row.sort_by_key(|&at| spots[at as usize].col as usize / strip.max(1));
    let (mut bytes_read, mut damage) = (0, None);
    let (mut pixels, mut valid) = (Vec::new(), Vec::new());
    let mut rest = by_row.as_slice();
    while let Some(&first) = rest.first() {
        let Spot { row, col, .. } = spots[first as usize];
        let (start, column) = (row as usize, col as usize / strip * strip);
        let of_strip = (rest.iter().map(|&at| &spots[at as usize]))
            .take_while(|spot| spot.col as usize / strip * strip == column);
        let (count, end) = batch(of_strip, start, most_rows);
        let (batch, later) = rest.split_at(count);
        rest = later;
        let part = Part {
            rows: start..end,
            columns: column..(column + strip + TAPS - 1).min(tile.shape.width),
        };
        let mut keep = |(bytes, error): (u64, Option<FitsError>)| {
            bytes_read += bytes;
            damage = damage.take().or(error);
        };
        for plane in 0..planes {
            if tile.has_maps() && (plane == 0 || tile.has_map_for_each_plane()) {
                resize(&mut valid, part.pixels(), 0.0, "weights");
                keep(read_by_row(&part, &mut valid, &mut |part, out| {
                    tile.read_valid(plane, &part, out)
                }));
            }
            resize(&mut pixels, part.pixels(), 0.0, "tile rows");
            keep(read_by_row(&part, &mut pixels, &mut |part, out| {
                tile.read_values(plane, &part, out)
            }));
            for &at in batch {
                let at = at as usize;
                values[at * planes + plane] = value(&spots[at], &part, &pixels, &valid);
            }
        }
    }
    Sampled {
        halves: halves(&spots, &values, pairs, planes),
        bytes_read,
        damage,
    }
}

/// Columns that are read together: all of them, but for rows of which a few do not fit into so many pixels.
fn strip(tile: &Tile, most_pixels: u64) -> usize {
    let width = tile.shape.width;
    let fits = (most_pixels as usize / (2 * TAPS)).max(LEAST_STRIP);
    if width <= fits || !tile.reads_parts() {
        return width.max(1);
    }
    fits
}

/// The values of spots, pair by pair.
fn halves(spots: &[Spot], values: &[f32], pairs: usize, planes: usize) -> Vec<Half> {
    let mut halves = Vec::with_capacity(pairs);
    halves.resize_with(pairs, Half::default);
    for group in spots.chunk_by(|a, b| a.pair == b.pair) {
        reserve(
            &mut halves[group[0].pair as usize].points,
            group.len(),
            SAMPLES,
        );
        reserve(
            &mut halves[group[0].pair as usize].values,
            group.len() * planes,
            SAMPLES,
        );
    }
    for (spot, values) in spots.iter().zip(values.chunks_exact(planes.max(1))) {
        if values.iter().any(|value| value.is_finite()) {
            let half = &mut halves[spot.pair as usize];
            half.points.push(spot.point);
            half.values.extend(values);
        }
    }
    halves
}

/// Points that have all their taps on the tile, pair by pair.
fn spots(
    tile: &Tile,
    place: impl Fn(f64, f64) -> Option<[f64; 2]>,
    wanted: impl Iterator<Item = Wanted>,
) -> Vec<Spot> {
    let [width, height] = tile.size().map(f64::from);
    let mut spots = Vec::new();
    for (pair, (points, step)) in wanted.enumerate() {
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

/// How many of the next spots, starting at row `start`, one read without long gaps serves, and the end of its rows.
fn batch<'a>(
    spots: impl Iterator<Item = &'a Spot>,
    start: usize,
    most_rows: usize,
) -> (usize, usize) {
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
    (count, end)
}

fn value(spot: &Spot, part: &Part, values: &[f32], valid: &[f32]) -> f32 {
    let width = part.columns.len();
    let [u, v] = spot.rest.map(f64::from);
    let along = |t: f64| [1.0 - t, 1.0, 1.0, t];
    let (mut sum, mut total) = (0.0, 0.0);
    for (j, wy) in along(v).into_iter().enumerate() {
        let row = spot.row as usize - part.rows.start + j;
        let from = row * width + spot.col as usize - part.columns.start;
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
        let part = Part {
            rows: 7..11,
            columns: 0..4,
        };
        // Taps 0..3 with the point between 1 and 2.
        assert_eq!(value(&spot(7), &part, &values, &[]), 1.25 + 17.5);
        values[0] = f32::NAN;
        assert!((value(&spot(7), &part, &values, &[]) - 18.75).abs() < 2.0);
        let mut weights = [1.0; 16];
        weights[4..].fill(0.0);
        assert!(value(&spot(7), &part, &values, &weights).is_nan());
    }

    #[test]
    fn batches_end_at_gaps_and_at_the_most_rows() {
        let spots: Vec<Spot> = [0, 3, 10, 60, 61, 90].map(spot).into();
        assert_eq!(batch(spots.iter(), 0, 100), (3, 14));
        assert_eq!(batch(spots[3..].iter(), 60, 100), (2, 65));
        assert_eq!(batch(spots.iter(), 0, 8), (2, 7));
    }

    #[test]
    fn points_without_a_value_are_left_out_unless_a_plane_has_one() {
        let at = |pair, point| Spot {
            pair,
            point,
            ..spot(0)
        };
        let spots = [at(0, 4), at(0, 9), at(2, 1), at(2, 2)];
        let nan = f32::NAN;
        let found = halves(&spots, &[1.0, 2.0, nan, nan, nan, 6.0, 7.0, 8.0], 3, 2);
        let points: Vec<&[u32]> = found.iter().map(|half| &*half.points).collect();
        assert_eq!(points, [&[4_u32][..], &[], &[1, 2]]);
        assert_eq!(found[2].values[1..], [6.0, 7.0, 8.0]);
    }
}

//! Everything that an output pixel covers, each tile pixel by the area they share.
//!
//! The corners of output pixels come from a lattice of their own, so that neighbours share them to the
//! bit: what one pixel loses of a tile pixel the next one gains. Areas are exact for the quadrilateral
//! between the corners, by Green's theorem, in f64.

use zemosaic_wcs::lattice::{LatticeRows, Run};

use super::{LEAST_VALID, Method, Sample, tap};
use crate::accumulate::Block;
use crate::job::{TileJob, Window};

/// Areas below this (px², or share of a smaller pixel) are the rounding of positions, not contact.
const LEAST_AREA: f64 = 1.0 / (1u32 << 22) as f64;
/// What may be missing of a pixel that is whole, as share.
const LEAST_LOST: f64 = 1.0 / (1u32 << 20) as f64;

/// The exact kernel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exact;

/// Buffers, reused from tile to tile.
#[derive(Debug, Default)]
pub(crate) struct Areas {
    below: CornerRow,
    above: CornerRow,
    /// One per channel.
    sums: Vec<Sums>,
}

/// Corners of one output row in tile pixels shifted by half a pixel, so that pixel i is [i, i + 1].
#[derive(Debug, Default)]
struct CornerRow {
    /// NaN where there is none.
    at: Vec<[f64; 2]>,
    /// Corners that the mapping gave one by one: only there can it be torn.
    alone: Vec<bool>,
    /// Block columns with corners, half-open.
    columns: [usize; 2],
}

/// Sums over the taps of one pixel and channel.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    /// Area x weight x value, area x weight, area, area x opacity.
    value: f64,
    weight: f64,
    valid: f64,
    opacity: f64,
    /// Area without data.
    lost: f64,
}

/// One edge inside one row of tile pixels.
#[derive(Clone, Copy, Debug, Default)]
struct Segment {
    low: f64,
    high: f64,
    /// Height that it runs through, downwards negative.
    rise: f64,
}

impl Method for Exact {
    const PLACES_MORE: u32 = 1;

    fn add_tile(block: &mut Block, lattice: &LatticeRows, origin: [u32; 2], tile: &TileJob) {
        block.begin_tile();
        let [width, rows] = block.size();
        let mut areas = std::mem::take(&mut block.areas);
        areas.sums.resize(tile.window.values.len(), Sums::default());
        areas.below.lay(lattice.row(0), origin[0], width + 1);
        for row in 0..rows {
            areas.above.lay(lattice.row(row + 1), origin[0], width + 1);
            let first = areas.below.columns[0].min(areas.above.columns[0]);
            let last = areas.below.columns[1].max(areas.above.columns[1]);
            for column in first.saturating_sub(1)..last.min(width) {
                let at = [origin[0] + column as u32, origin[1] + row as u32];
                let Some(corners) = corners(&areas, column, at, tile) else {
                    continue;
                };
                let Some(total) = add_up(&corners, &tile.window, &mut areas.sums) else {
                    continue;
                };
                for (channel, sums) in areas.sums.iter().enumerate() {
                    if let Some(sample) = sums.sample(total) {
                        block.put_sample(channel, row * width + column, sample, tile.weight);
                    }
                }
            }
            std::mem::swap(&mut areas.below, &mut areas.above);
        }
        block.areas = areas;
    }
}

impl CornerRow {
    /// Takes the corners of `count` columns from output column `x` on.
    fn lay(&mut self, runs: &[Run], x: u32, count: usize) {
        self.at.clear();
        self.at.resize(count, [f64::NAN; 2]);
        self.alone.clear();
        self.alone.resize(count, false);
        self.columns = [count, 0];
        for run in runs {
            let first = (run.x - x) as usize;
            let end = (first + run.len as usize).min(count);
            for column in first..end {
                self.at[column] = run.position((column - first) as u32).map(|v| v + 0.5);
                self.alone[column] = run.d == [0; 2];
            }
            if first < end {
                self.columns = [self.columns[0].min(first), self.columns[1].max(end)];
            }
        }
    }
}

/// Corners of the pixel in a block column, counter-clockwise from the lower left one; `None` when it
/// is nowhere.
fn corners(areas: &Areas, column: usize, at: [u32; 2], tile: &TileJob) -> Option<[[f64; 2]; 4]> {
    let (below, above) = (&areas.below, &areas.above);
    let next = column + 1;
    let corners = [
        below.at[column],
        below.at[next],
        above.at[next],
        above.at[column],
    ];
    let known = corners.iter().filter(|c| !c[0].is_nan()).count();
    if known == 0 {
        return None;
    }
    let alone = [
        below.alone[column],
        below.alone[next],
        above.alone[next],
        above.alone[column],
    ];
    if known == 4 && !alone.contains(&true) {
        return Some(corners);
    }
    let moved = |by: f64| move |c: [f64; 2]| c.map(|v| v + by);
    let mended = tile
        .lattice
        .mended(at[0], at[1], corners.map(moved(-0.5)))?;
    Some(mended.map(moved(0.5)))
}

/// Sums over the tile pixels that the quadrilateral meets; its area, or `None` when that is none.
fn add_up(corners: &[[f64; 2]; 4], window: &Window, sums: &mut [Sums]) -> Option<f64> {
    let [width, height] = window.tile();
    let span = |axis: usize| {
        let values = corners.map(|c| c[axis]);
        let low = values.iter().fold(f64::MAX, |low, v| low.min(*v));
        let high = values.iter().fold(f64::MIN, |high, v| high.max(*v));
        (low, high)
    };
    let (low, high) = span(1);
    let (left, right) = span(0);
    // Written so that NaN fails too.
    let meets = low < f64::from(height) && high > 0.0 && left < f64::from(width) && right > 0.0;
    let signed = signed_area(corners);
    let total = signed.abs();
    if !(meets && total > 0.0 && total.is_finite()) {
        return None;
    }
    let least = LEAST_AREA * total.min(1.0);
    sums.fill(Sums::default());
    let mut inside = 0.0;
    for row in cells(low, high, height) {
        let (segments, count) = cut(corners, f64::from(row));
        let segments = &segments[..count];
        let left = segments.iter().fold(f64::MAX, |x, s| x.min(s.low));
        let right = segments.iter().fold(f64::MIN, |x, s| x.max(s.high));
        if !(left < f64::from(width) && right > 0.0) {
            continue;
        }
        let columns = cells(left, right, width);
        let mut beyond = area_beyond(segments, f64::from(columns.start));
        for column in columns {
            let next = area_beyond(segments, f64::from(column + 1));
            let area = (beyond - next) * signed.signum();
            beyond = next;
            if area < least {
                inside += area.max(0.0);
                continue;
            }
            inside += area;
            for (sums, plane) in sums.iter_mut().zip(&window.values) {
                match tap(window, plane, column as i32, row as i32) {
                    Some([value, weight, alpha]) => {
                        let weighed = area * f64::from(weight);
                        sums.value += weighed * f64::from(value);
                        sums.weight += weighed;
                        sums.valid += area;
                        sums.opacity += area * f64::from(alpha);
                    }
                    None => sums.lost += area,
                }
            }
        }
    }
    if total - inside > LEAST_LOST * total {
        for sums in sums.iter_mut() {
            sums.lost += total - inside;
        }
    }
    Some(total)
}

impl Sums {
    /// The sample of a pixel that covers `total` px²; `None` where too little of it has data.
    fn sample(&self, total: f64) -> Option<Sample> {
        let whole = self.lost == 0.0;
        // What contact leaves out of a whole pixel is rounding.
        let weight = (self.weight / if whole { self.valid } else { total }) as f32;
        (self.valid >= f64::from(LEAST_VALID) * total && weight > 0.0).then(|| Sample {
            value: (self.value / self.weight) as f32,
            weight,
            alpha: (self.opacity / self.valid) as f32,
            whole,
        })
    }
}

/// Area of the quadrilateral, positive when its corners run counter-clockwise.
fn signed_area([a, b, c, d]: &[[f64; 2]; 4]) -> f64 {
    // Half the cross product of the diagonals.
    0.5 * ((c[0] - a[0]) * (d[1] - b[1]) - (d[0] - b[0]) * (c[1] - a[1]))
}

/// Whole pixels of 0..n that low..high meets.
fn cells(low: f64, high: f64, n: u32) -> std::ops::Range<u32> {
    low.max(0.0) as u32..(high.max(0.0) as u32).saturating_add(1).min(n)
}

/// The edges inside the row of pixels [row, row + 1].
fn cut(corners: &[[f64; 2]; 4], row: f64) -> ([Segment; 4], usize) {
    let mut segments = [Segment::default(); 4];
    let mut count = 0;
    for i in 0..4 {
        let (a, b) = (corners[i], corners[(i + 1) % 4]);
        let [y0, y1] = [a[1], b[1]].map(|y| y.clamp(row, row + 1.0));
        if y0 == y1 {
            continue;
        }
        let slope = (b[0] - a[0]) / (b[1] - a[1]);
        // The corner itself where it lies inside, so that an upright edge stays upright.
        let x = |y: f64| {
            if y == b[1] {
                b[0]
            } else {
                a[0] + (y - a[1]) * slope
            }
        };
        let (x0, x1) = (x(y0), x(y1));
        segments[count] = Segment {
            low: x0.min(x1),
            high: x0.max(x1),
            rise: y1 - y0,
        };
        count += 1;
    }
    (segments, count)
}

/// Area of the row's part of the quadrilateral that lies beyond column edge `x`: the edges' distance
/// from it, integrated over their rise.
fn area_beyond(segments: &[Segment], x: f64) -> f64 {
    let mut area = 0.0;
    for Segment { low, high, rise } in segments {
        let mean = if x <= *low {
            0.5 * (low + high) - x
        } else if x >= *high {
            0.0
        } else {
            (high - x) * (high - x) / (2.0 * (high - low))
        };
        area += rise * mean;
    }
    area
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Area of the polygon inside [x, x + 1] x [y, y + 1], by cutting it with one edge after another
    /// (Sutherland and Hodgman 1974, CACM 17, 32).
    fn clipped(corners: &[[f64; 2]; 4], x: f64, y: f64) -> f64 {
        let mut shape = corners.to_vec();
        for (axis, limit, sign) in [
            (0, x, 1.0),
            (0, x + 1.0, -1.0),
            (1, y, 1.0),
            (1, y + 1.0, -1.0),
        ] {
            let depth = |p: &[f64; 2]| sign * (p[axis] - limit);
            let mut out = Vec::new();
            for (i, b) in shape.iter().enumerate() {
                let a = &shape[(i + shape.len() - 1) % shape.len()];
                let (da, db) = (depth(a), depth(b));
                if (da >= 0.0) != (db >= 0.0) {
                    let t = da / (da - db);
                    out.push([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]);
                }
                if db >= 0.0 {
                    out.push(*b);
                }
            }
            shape = out;
        }
        let turns = (0..shape.len()).map(|i| {
            let (a, b) = (shape[i], shape[(i + 1) % shape.len()]);
            0.5 * (a[0] * b[1] - b[0] * a[1])
        });
        turns.sum()
    }

    fn window(values: &[f32]) -> Window<'_> {
        Window {
            first_row: 0,
            rows: 12,
            width: 12,
            height: 12,
            values: vec![values],
            weights: None,
            alphas: None,
        }
    }

    /// A quadrilateral of about `size` px that looks random.
    fn quad(seed: u32, size: f64) -> [[f64; 2]; 4] {
        let noise = |i: u32| {
            let v = (seed * 8 + i).wrapping_mul(2_654_435_761) >> 8;
            f64::from(v) / f64::from(1u32 << 24)
        };
        let place = [0, 1].map(|i| 14.0 * noise(i) - 1.0);
        let turn = noise(7) * std::f64::consts::TAU;
        let mut corners = [0.8, 2.3, 3.9, 5.5];
        for (i, angle) in corners.iter_mut().enumerate() {
            *angle += turn + 0.6 * noise(2 + i as u32);
        }
        corners.map(|a| [place[0] + size * a.cos(), place[1] + size * a.sin()])
    }

    #[test]
    fn property_areas_are_those_of_clipping() {
        let mut met = 0;
        for seed in 0..3000 {
            let corners = quad(seed, [0.05, 0.7, 1.4, 5.0][seed as usize % 4]);
            for mirrored in [false, true] {
                let mut turned = corners;
                if mirrored {
                    turned.reverse();
                }
                for pixel in [[3u32, 4u32], [0, 0], [11, 6]] {
                    let mut values = vec![0.0; 144];
                    values[(pixel[1] * 12 + pixel[0]) as usize] = 1.0;
                    let mut sums = [Sums::default()];
                    let total = add_up(&turned, &window(&values), &mut sums).unwrap_or(0.0);
                    let expected =
                        clipped(&corners, f64::from(pixel[0]), f64::from(pixel[1])).abs();
                    let got = sums[0].value;
                    assert!(
                        (got - expected).abs() < 3e-7,
                        "{got}, not {expected}: {seed}"
                    );
                    if expected > 1e-3 {
                        met += 1;
                        assert!((total - signed_area(&corners).abs()).abs() < 1e-12);
                    }
                }
            }
        }
        assert!(met > 500, "only {met} overlaps");
    }

    #[test]
    fn the_part_outside_the_tile_is_lost() {
        let square = |x: f64, y: f64| [[x, y], [x + 2.0, y], [x + 2.0, y + 2.0], [x, y + 2.0]];
        let values = vec![5.0; 144];
        let sample = |corners| {
            let mut sums = [Sums::default()];
            let total = add_up(&corners, &window(&values), &mut sums)?;
            sums[0].sample(total)
        };
        let whole = sample(square(3.5, 10.0)).expect("inside");
        assert_eq!((whole.value, whole.weight, whole.whole), (5.0, 1.0, true));
        let half = sample(square(-1.0, 4.0)).expect("half of it inside");
        assert_eq!((half.value, half.weight, half.whole), (5.0, 0.5, false));
        assert_eq!(sample(square(-1.9985, 4.0)), None, "less than a thousandth");
        assert_eq!(sample(square(40.0, 4.0)), None);
        assert_eq!(sample([[3.0, 3.0]; 4]), None, "a point covers nothing");
        assert_eq!(sample([[f64::NAN; 2]; 4]), None);
        // Rounding of positions is no contact with the world outside.
        let nearly = sample(square(-1e-8, 10.0 + 1e-8)).expect("inside");
        assert!(nearly.whole);
    }
}

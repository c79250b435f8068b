//! All tile pixels that an output pixel covers, weighted by the shared area.
//!
//! The corners of output pixels come from their own lattice, and neighbours share them bit for bit:
//! what one pixel loses of a tile pixel, the next one gains. Areas are exact for the quadrilateral
//! between the corners: of small ones in f32, eight at once ([`super::quad`]), of large ones in f64 ([`super::area`]).

mod taps;

use zemosaic_wcs::lattice::{LatticeRows, Run};

use super::area::{Shared, share};
use super::quad::{MOST_SPAN, Quads};
use super::{GROUP, LEAST_VALID, Maps, Sample, all_finite, each, tap_at};
use crate::accumulate::Astride;
use crate::constants::FRACTION_STEP;
use crate::job::{TileJob, Window};
use taps::{Taps, inside, reached};

/// The share that a large pixel lacks because of rounding.
const LEAST_LOST: f64 = 1.0 / (1u32 << 20) as f64;
/// The share that a whole pixel may lack.
const MOST_LOST: f32 = 0.1;

/// Buffers, reused from tile to tile.
#[derive(Debug, Default)]
pub(crate) struct Areas {
    below: CornerRow,
    above: CornerRow,
    /// Areas that a group of pixels shares with the pixels it meets, row by row.
    shared: Vec<[f32; GROUP]>,
    astride: Astride,
}

/// Takes the samples of a tile: of each channel those of some pixels from number `at` on.
pub(crate) trait Receive {
    /// Whole samples, with their weights and opacities; the values are finite.
    fn group(
        &mut self,
        channel: usize,
        at: usize,
        values: &[f32; GROUP],
        weights: &[f32; GROUP],
        alphas: &[f32; GROUP],
    );
    /// One sample.
    fn one(&mut self, channel: usize, at: usize, sample: Sample);
}

/// Corners of one output row in tile pixels shifted by half a pixel, so that pixel i is [i, i + 1].
#[derive(Debug, Default)]
struct CornerRow {
    /// Columns, rows; NaN where there is no corner.
    at: [Vec<f64>; 2],
    /// Corners that were mapped one by one, or not at all: only there can a pixel be torn by a seam.
    alone: Vec<bool>,
    /// Block columns with corners, half-open.
    columns: [usize; 2],
}

/// Output pixels: the first one's column and row, and how many of each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pixels {
    pub origin: [u32; 2],
    pub size: [usize; 2],
}

impl Areas {
    /// Bytes of tile pixels that were brought together so far.
    pub fn copied(&self) -> u64 {
        self.astride.copied
    }

    /// Hands every sample of the tile to `out`, with its channel and the number of its pixel. The lattice holds
    /// corners: one row and one column more than there are pixels.
    #[inline(always)]
    pub fn sample_tile(
        &mut self,
        lattice: &LatticeRows,
        Pixels { origin, size }: Pixels,
        tile: &TileJob,
        out: &mut impl Receive,
    ) {
        let [width, rows] = size;
        self.below.lay(lattice.row(0), origin[0], width + 1);
        for row in 0..rows {
            self.above.lay(lattice.row(row + 1), origin[0], width + 1);
            let first = self.below.columns[0].min(self.above.columns[0]);
            let last = self.below.columns[1].max(self.above.columns[1]);
            let columns = first.saturating_sub(1)..last.min(width);
            for column in columns.clone().step_by(GROUP) {
                let at = row * width + column;
                if column + GROUP <= columns.end && self.sample_group(column, at, tile, out) {
                    continue;
                }
                for column in column..(column + GROUP).min(columns.end) {
                    let pixel = [origin[0] + column as u32, origin[1] + row as u32];
                    self.sample_pixel(column, pixel, row * width + column, tile, out);
                }
            }
            std::mem::swap(&mut self.below, &mut self.above);
        }
    }

    /// Samples a group of pixels whose corners are known, and which lie inside the tile and are not large; else returns
    /// false.
    #[inline(always)]
    fn sample_group(
        &mut self,
        column: usize,
        at: usize,
        tile: &TileJob,
        out: &mut impl Receive,
    ) -> bool {
        let (below, above) = (&self.below, &self.above);
        if below.is_alone(column) || above.is_alone(column) {
            return false;
        }
        let [here, next] = [column, column + 1];
        let corners = [
            below.group(here),
            below.group(next),
            above.group(next),
            above.group(here),
        ];
        let quads = Quads::new(&corners);
        let most = |of: &[i32; GROUP]| of.iter().fold(0, |most, n| *n.max(&most)) as usize;
        let span = [most(&quads.span[0]), most(&quads.span[1])];
        let areas = quads.signed_areas();
        let totals: [f32; GROUP] = each(|k| areas[k].abs());
        let small = span.iter().all(|n| *n <= MOST_SPAN);
        if !(small && totals.iter().all(|t| *t > 0.0)) {
            return false;
        }
        let Some(reached) = inside(&quads.base, span, &tile.rows) else {
            return false;
        };
        let brought;
        let window = if let Some(window) = tile.rows.whole(reached) {
            window
        } else {
            brought = self.astride.bring_box(&tile.rows, reached);
            &brought
        };
        self.shared.resize(MOST_SPAN * MOST_SPAN, [0.0; GROUP]);
        let shared = &mut self.shared[..span[0] * span[1]];
        quads.share(span, shared);
        let mut valid = [0.0; GROUP];
        for areas in &*shared {
            valid = each(|k| valid[k] + areas[k]);
        }
        let taps = Taps::new(&quads, span, window);
        let mut maps = [[1.0; GROUP]; 2];
        for (map, plane) in maps.iter_mut().zip([window.variances, window.alphas]) {
            if let Some(plane) = plane {
                *map = taps.mean(plane, shared, &valid);
            }
        }
        let [variances, alphas] = maps;
        let weights: [f32; GROUP] = each(|k| {
            let (variance, alpha) = (variances[k], alphas[k]);
            Maps { variance, alpha }.weight()
        });
        for (channel, plane) in window.values.iter().enumerate() {
            let values = taps.mean(plane, shared, &valid);
            if all_finite(&values) {
                out.group(channel, at, &values, &weights, &alphas);
                continue;
            }
            for k in 0..GROUP {
                let whole = Sample {
                    value: values[k],
                    weight: weights[k],
                    alpha: alphas[k],
                    whole: true,
                };
                let sample = if values[k].is_finite() {
                    Some(whole)
                } else {
                    careful(&quads.one(k), window, plane)
                };
                if let Some(sample) = sample {
                    out.one(channel, at + k, sample);
                }
            }
        }
        true
    }

    /// Samples one pixel by the full rules.
    fn sample_pixel(
        &mut self,
        column: usize,
        pixel: [u32; 2],
        at: usize,
        tile: &TileJob,
        out: &mut impl Receive,
    ) {
        let Some(corners) = self.corners(column, pixel, tile) else {
            return;
        };
        let Some(reached) = reached(&corners, &tile.rows) else {
            return;
        };
        let brought;
        let window = if let Some(window) = tile.rows.whole(reached) {
            window
        } else {
            brought = self.astride.bring_box(&tile.rows, reached);
            &brought
        };
        let quad = Quads::of(&corners);
        for (channel, plane) in window.values.iter().enumerate() {
            let sample = match &quad {
                Some(quad) => careful(quad, window, plane),
                None => large(&corners, window, plane),
            };
            if let Some(sample) = sample {
                out.one(channel, at, sample);
            }
        }
    }

    /// Corners of the pixel in a block column, counter-clockwise from the lower left one; `None` when it
    /// has no place on the tile.
    fn corners(&self, column: usize, pixel: [u32; 2], tile: &TileJob) -> Option<[[f64; 2]; 4]> {
        let (below, above) = (&self.below, &self.above);
        let next = column + 1;
        let corners = [
            below.corner(column),
            below.corner(next),
            above.corner(next),
            above.corner(column),
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
            .mended(pixel[0], pixel[1], corners.map(moved(-0.5)))?;
        Some(mended.map(moved(0.5)))
    }
}

impl CornerRow {
    /// Takes the corners of `count` columns from output column `x` on.
    #[inline(always)]
    fn lay(&mut self, runs: &[Run], x: u32, count: usize) {
        for axis in &mut self.at {
            axis.clear();
            axis.resize(count, f64::NAN);
        }
        self.alone.clear();
        self.alone.resize(count, true);
        self.columns = [count, 0];
        for run in runs {
            let first = (run.x - x) as usize;
            let end = (first + run.len as usize).min(count);
            if first >= end {
                continue;
            }
            for (axis, at) in self.at.iter_mut().enumerate() {
                let base = f64::from(run.base[axis]) + 0.5;
                for (k, at) in (0..).zip(&mut at[first..end]) {
                    *at = base + f64::from(run.offset(axis, k)) * f64::from(FRACTION_STEP);
                }
            }
            self.alone[first..end].fill(run.d == [0; 2]);
            self.columns = [self.columns[0].min(first), self.columns[1].max(end)];
        }
    }

    fn corner(&self, column: usize) -> [f64; 2] {
        [self.at[0][column], self.at[1][column]]
    }

    /// Whether some corners of a group of pixels were mapped one by one, or not at all.
    #[inline(always)]
    fn is_alone(&self, column: usize) -> bool {
        let of_group = &self.alone[column..=column + GROUP];
        of_group.contains(&true)
    }

    /// The corners of a group of columns.
    #[inline(always)]
    fn group(&self, column: usize) -> [[f64; GROUP]; 2] {
        let of = |axis: usize| {
            let at = &self.at[axis][column..column + GROUP];
            each(|k| at[k])
        };
        [of(0), of(1)]
    }
}

/// One small pixel by the full rules; `None` where too little of it has data.
fn careful(quad: &Quads<1>, window: &Window, plane: &[f32]) -> Option<Sample> {
    let span = quad.span.map(|of| of[0] as usize);
    let mut shared = [[0.0; 1]; MOST_SPAN * MOST_SPAN];
    let shared = &mut shared[..span[0] * span[1]];
    quad.share(span, shared);
    let tap =
        |[x, y]: [i32; 2]| tap_inside(window, plane, [quad.base[0][0] + x, quad.base[1][0] + y]);
    // The areas that it shares, and with which taps.
    let parts = || {
        let met = shared.iter().enumerate().filter(|(_, area)| area[0] > 0.0);
        met.map(|(i, area)| (area[0], tap([i % span[0], i / span[0]].map(|n| n as i32))))
    };
    let middle = tap(quad.middles().map(|of| of[0]));
    let first = middle.or_else(|| parts().find_map(|(_, tap)| tap))?;
    let (mut valid, mut lost) = (0.0, 0.0);
    for (area, tap) in parts() {
        *(if tap.is_some() { &mut valid } else { &mut lost }) += area;
    }
    let mean = |of: &[f32]| {
        let mut sum = 0.0;
        for (area, tap) in parts() {
            sum += tap.map_or(0.0, |at| area * (of[at] - of[first]));
        }
        of[first] + sum / valid
    };
    let maps = [window.variances, window.alphas].map(|map| map.map_or(1.0, mean));
    sample(
        mean(plane),
        maps,
        [valid, lost, quad.signed_areas()[0].abs()],
    )
}

/// One large pixel by the full rules; `None` where too little of it has data.
fn large(corners: &[[f64; 2]; 4], window: &Window, plane: &[f32]) -> Option<Sample> {
    let (mut value, mut variance, mut opacity) = (0.0, 0.0, 0.0);
    let (mut valid, mut lost) = (0.0, 0.0);
    let Shared { total, inside } =
        share(corners, window.tile(), |[column, row], area| {
            match tap_at(window, plane, column as i32, row as i32) {
                Some(at) => {
                    let of = |map: Option<&[f32]>| map.map_or(1.0, |map| f64::from(map[at]));
                    value += area * f64::from(plane[at]);
                    variance += area * of(window.variances);
                    opacity += area * of(window.alphas);
                    valid += area;
                }
                None => lost += area,
            }
        })?;
    if total - inside > LEAST_LOST * total {
        lost += total - inside;
    }
    let [value, variance, opacity] = [value, variance, opacity].map(|sum| (sum / valid) as f32);
    sample(
        value,
        [variance, opacity],
        [valid, lost, total].map(|area| area as f32),
    )
}

/// The sample of a pixel from means over its valid part, and the areas of this part, of what lacks data, and of all.
fn sample(
    value: f32,
    [variance, alpha]: [f32; 2],
    [valid, lost, total]: [f32; 3],
) -> Option<Sample> {
    let share = if lost == 0.0 { 1.0 } else { valid / total };
    // False where areas are not numbers, too.
    (total > 0.0 && valid >= LEAST_VALID * total).then(|| Sample {
        value,
        weight: Maps { variance, alpha }.weight() * share,
        alpha,
        whole: lost <= MOST_LOST * total,
    })
}

/// Index in its window of a tap with a value; `None` where it has none, or lies outside the tile.
fn tap_inside(window: &Window, plane: &[f32], at: [i32; 2]) -> Option<usize> {
    let [width, height] = window.tile().map(|n| n as i32);
    let inside = (0..width).contains(&at[0]) && (0..height).contains(&at[1]);
    inside
        .then(|| tap_at(window, plane, at[0], at[1]))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_outside_the_tile_is_lost() {
        let square = |x: f64, y: f64| [[x, y], [x + 2.0, y], [x + 2.0, y + 2.0], [x, y + 2.0]];
        let values = vec![5.0; 144];
        let sample = |corners| {
            let window = Window {
                first_row: 0,
                rows: 12,
                stride: 12,
                first_column: 0,
                width: 12,
                height: 12,
                values: vec![&values],
                variances: None,
                alphas: None,
            };
            let small = careful(&Quads::of(&corners)?, &window, &values);
            let large = large(&corners, &window, &values);
            assert_eq!(small, large, "{corners:?}");
            small
        };
        let whole = sample(square(3.5, 10.0)).expect("inside");
        assert_eq!((whole.value, whole.weight, whole.whole), (5.0, 1.0, true));
        let half = sample(square(-1.0, 4.0)).expect("half of it inside");
        assert_eq!((half.value, half.weight, half.whole), (5.0, 0.5, false));
        assert_eq!(sample(square(-1.9985, 4.0)), None, "less than a thousandth");
        assert_eq!(sample(square(40.0, 4.0)), None);
        assert_eq!(sample([[3.0, 3.0]; 4]), None, "a point covers nothing");
        // A contact that comes only from the rounding of positions does not count.
        let nearly = sample(square(-1e-8, 10.0 + 1e-8)).expect("inside");
        assert!(nearly.whole);
        assert!(Quads::of(&[[f64::NAN; 2]; 4]).is_none());
        assert!(Quads::of(&square(-3e9, 4.0)).is_none());
        assert!(Quads::of(&[[0.0, 0.0], [9.0, 0.0], [9.0, 1.0], [0.0, 1.0]]).is_none());
    }
}

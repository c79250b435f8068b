//! All tile pixels that an output pixel covers, weighted by the shared area.
//!
//! The corners of output pixels come from their own lattice, and neighbours share them bit for bit:
//! what one pixel loses of a tile pixel, the next one gains. Areas are exact for the quadrilateral
//! between the corners: of small ones in f32, eight at once ([`super::quad`]), of large ones in f64 ([`super::area`]).

mod careful;
mod taps;

use zemosaic_wcs::lattice::{LatticeRows, Run};

use super::quad::{MOST_SPAN, Quads};
use super::{GROUP, Maps, Sample, all_finite, each};
use crate::accumulate::{Astride, Reached};
use crate::constants::FRACTION_STEP;
use crate::job::{TileJob, Window};
use crate::rows::TileRows;
use careful::{careful, large};
use taps::{Taps, inside, reached};

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
        let mut brought = None;
        let window = window(&mut self.astride, &tile.rows, reached, &mut brought);
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
        let mut brought = None;
        let window = window(&mut self.astride, &tile.rows, reached, &mut brought);
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

/// The window that holds these pixels of a tile: the block of its rows that has them all, or `brought`, into which they are
/// brought together.
#[inline(always)]
fn window<'a>(
    astride: &'a mut Astride,
    rows: &'a TileRows<'a>,
    reached: Reached,
    brought: &'a mut Option<Window<'a>>,
) -> &'a Window<'a> {
    match rows.whole(reached) {
        Some(whole) => whole,
        None => brought.insert(astride.bring_box(rows, reached)),
    }
}

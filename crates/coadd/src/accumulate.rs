//! Sums of weighted samples, in tile order, over a block of output pixels that fits in cache.

// Inlined into a function per instruction set (see cpu::simd): left as calls they would stay portable.
#![allow(clippy::inline_always)]

use zemosaic_wcs::lattice::{LatticeRows, MAX_RUN, Run};

use crate::job::{Strip, TileJob, Window};
use crate::sample::{LEAST_VALID, Lanes, Sampler, WeightedLanes, is_inside};

/// Output columns per block: 32 rows of two f32 planes stay in a 512 KiB cache.
pub(crate) const BLOCK_COLUMNS: u32 = 1024;

/// Accumulators of `rows x width` output pixels.
#[derive(Debug, Default)]
pub(crate) struct Block {
    width: usize,
    rows: usize,
    /// Per channel: sum of weight x value.
    sums: Vec<Vec<f32>>,
    /// Per channel: sum of weights, negative where only partial samples fell.
    weights: Vec<Vec<f32>>,
    /// Largest opacity of the samples; empty when no tile has an opacity of its own.
    alphas: Vec<f32>,
}

/// What the finished block held.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BlockCounts {
    pub covered: u64,
    pub dead_in_one_channel: u64,
}

impl Block {
    /// Clears the block to the given shape.
    pub fn reset(&mut self, width: usize, rows: usize, channels: usize, with_alpha: bool) {
        (self.width, self.rows) = (width, rows);
        self.sums.resize_with(channels, Vec::new);
        self.weights.resize_with(channels, Vec::new);
        for plane in self.sums.iter_mut().chain(&mut self.weights) {
            plane.clear();
            plane.resize(width * rows, 0.0);
        }
        self.alphas.clear();
        self.alphas
            .resize(if with_alpha { width * rows } else { 0 }, 0.0);
    }

    /// Adds a tile's samples; the block's first column is output column `x`.
    #[inline(always)]
    pub fn add_tile<S: Sampler>(&mut self, lattice: &LatticeRows, x: u32, tile: &TileJob) {
        for row in 0..self.rows {
            for run in lattice.row(row) {
                let at = row * self.width + (run.x - x) as usize;
                self.add::<S>(at, run, &tile.window, tile.weight);
            }
        }
    }

    /// Adds the samples of one run; `at` is the index of its first pixel in the block.
    #[inline(always)]
    fn add<S: Sampler>(&mut self, at: usize, run: &Run, window: &Window, tile_weight: f32) {
        let inside = is_inside(run, S::REACH, window.tile());
        let weights = match (inside, window.weights, window.alphas) {
            (true, None, _) => return self.add_plain::<S>(at, run, window, tile_weight),
            (true, Some(weights), None) => weights,
            // The edge of a tile, or an opacity to keep: rare enough for the long way.
            _ => {
                for channel in 0..self.sums.len() {
                    self.add_careful_run::<S>(channel, at, run, window, tile_weight);
                }
                return;
            }
        };
        let len = run.len as usize;
        let taps = S::taps(run, window);
        let mut lanes = WeightedLanes::ZERO;
        for channel in 0..self.sums.len() {
            let plane = window.values[channel];
            S::weighted(
                &taps,
                len,
                window.width as usize,
                plane,
                weights,
                &mut lanes,
            );
            let gaps = S::NEGATIVE && lanes.lost[..len].iter().any(|lost| *lost > 0.0);
            if gaps || !all_finite(&lanes.value) {
                self.add_careful_run::<S>(channel, at, run, window, tile_weight);
                lanes = WeightedLanes::ZERO;
                continue;
            }
            let sums = &mut self.sums[channel][at..at + len];
            let totals = &mut self.weights[channel][at..at + len];
            for (k, (sum, total)) in sums.iter_mut().zip(totals).enumerate() {
                let counts = lanes.valid[k] >= LEAST_VALID && lanes.weight[k] > 0.0;
                let weight = if counts {
                    tile_weight * lanes.weight[k]
                } else {
                    0.0
                };
                let part = if counts {
                    weight * (lanes.value[k] / lanes.weight[k])
                } else {
                    0.0
                };
                if lanes.lost[k] == 0.0 {
                    add_whole(sum, total, part, weight);
                } else {
                    add_partial(sum, total, part, weight);
                }
                if let (true, Some(alpha)) = (counts, self.alphas.get_mut(at + k)) {
                    *alpha = 1.0;
                }
            }
        }
    }

    /// A run inside a tile without maps.
    #[inline(always)]
    fn add_plain<S: Sampler>(&mut self, at: usize, run: &Run, window: &Window, tile_weight: f32) {
        let len = run.len as usize;
        let taps = S::taps(run, window);
        let mut lanes = [0.0; MAX_RUN];
        for channel in 0..self.sums.len() {
            let plane = window.values[channel];
            S::plain(&taps, len, window.width as usize, plane, &mut lanes);
            if !all_finite(&lanes) {
                self.add_careful_run::<S>(channel, at, run, window, tile_weight);
                lanes = [0.0; MAX_RUN];
                continue;
            }
            let sums = &mut self.sums[channel][at..at + len];
            let totals = &mut self.weights[channel][at..at + len];
            for ((sum, total), value) in sums.iter_mut().zip(totals).zip(&lanes) {
                add_whole(sum, total, tile_weight * value, tile_weight);
            }
            if !self.alphas.is_empty() {
                self.alphas[at..at + len].fill(1.0);
            }
        }
    }

    /// A run pixel by pixel, by the full rules.
    fn add_careful_run<S: Sampler>(
        &mut self,
        channel: usize,
        at: usize,
        run: &Run,
        window: &Window,
        tile_weight: f32,
    ) {
        for k in 0..run.len {
            let Some(sample) = S::careful(run, k, window, window.values[channel]) else {
                continue;
            };
            let at = at + k as usize;
            let weight = tile_weight * sample.weight;
            let (sum, total) = (&mut self.sums[channel][at], &mut self.weights[channel][at]);
            let part = weight * sample.value;
            if sample.whole {
                add_whole(sum, total, part, weight);
            } else {
                add_partial(sum, total, part, weight);
            }
            if let Some(alpha) = self.alphas.get_mut(at) {
                *alpha = alpha.max(sample.alpha);
            }
        }
    }

    /// Weighted means, coverage and opacity into the strip, from column `x` on.
    #[inline(always)]
    pub fn finish(&self, x: usize, strip_width: usize, strip: &mut Strip) -> BlockCounts {
        let mut counts = BlockCounts::default();
        for row in 0..self.rows {
            let block = row * self.width..(row + 1) * self.width;
            let out = row * strip_width + x..row * strip_width + x + self.width;
            let coverage = &mut strip.coverage[out.clone()];
            for channel in 0..self.sums.len() {
                let sums = &self.sums[channel][block.clone()];
                let weights = &self.weights[channel][block.clone()];
                let values = &mut strip.values[channel][out.clone()];
                for (((value, coverage), sum), weight) in values
                    .iter_mut()
                    .zip(coverage.iter_mut())
                    .zip(sums)
                    .zip(weights)
                {
                    let weight = weight.abs();
                    let mean = sum / weight;
                    // 0/0 where nothing fell; overflow must not pass for data either.
                    let valid = mean.is_finite() && weight > 0.0 && weight.is_finite();
                    *value = if valid { mean } else { f32::NAN };
                    let weight = if valid { weight } else { 0.0 };
                    *coverage = if channel == 0 {
                        weight
                    } else {
                        coverage.max(weight)
                    };
                }
            }
            let alphas = self.alphas.get(block).unwrap_or_default();
            let out_alpha = &mut strip.alpha[out.clone()];
            let mut covered = 0u32;
            for (i, (out, coverage)) in out_alpha.iter_mut().zip(coverage.iter()).enumerate() {
                let opaque = alphas.get(i).copied().unwrap_or(1.0);
                *out = if *coverage > 0.0 { to_alpha(opaque) } else { 0 };
                covered += u32::from(*coverage > 0.0);
            }
            counts.covered += u64::from(covered);
            if self.sums.len() > 1 {
                counts.dead_in_one_channel += dead_pixels(strip, &out);
            }
        }
        counts
    }
}

/// Covered pixels of `range` that are NaN in at least one channel.
fn dead_pixels(strip: &Strip, range: &std::ops::Range<usize>) -> u64 {
    let dead =
        |i: &usize| strip.coverage[*i] > 0.0 && strip.values.iter().any(|plane| plane[*i].is_nan());
    range.clone().filter(dead).count() as u64
}

/// Opacity byte of a covered pixel: never 0.
fn to_alpha(opacity: f32) -> u8 {
    (opacity.min(1.0) * 255.0).round().max(1.0) as u8
}

/// Adds a sample whose taps are all valid; it replaces what partial ones left.
#[inline(always)]
fn add_whole(sum: &mut f32, total: &mut f32, part: f32, weight: f32) {
    let kept = if *total < 0.0 { 0.0 } else { *sum };
    *sum = kept + part;
    *total = total.max(0.0) + weight;
}

/// Adds a sample that lacks taps: it counts only where no whole one does. A negative total marks
/// such a pixel.
#[inline(always)]
fn add_partial(sum: &mut f32, total: &mut f32, part: f32, weight: f32) {
    let alone = *total <= 0.0;
    *sum += if alone { part } else { 0.0 };
    *total -= if alone { weight } else { 0.0 };
}

#[inline(always)]
fn all_finite(lanes: &Lanes) -> bool {
    lanes
        .iter()
        .fold(true, |all, v| all & (v.abs() < f32::INFINITY))
}

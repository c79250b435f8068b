//! Sums of weighted samples, in tile order, over a block of output pixels that fits in cache.

// Everything here is inlined into one function per instruction set (see cpu::simd); as calls it would stay portable code.
#![allow(clippy::inline_always)]

mod add;
mod astride;
mod method;
mod nothing;
mod planes;

use std::ops::Range;

use zemosaic_wcs::lattice::MAX_RUN;

use crate::STRIP_ROWS;
use crate::combine::Combine;
use crate::constants::LEAST_WEIGHT;
use crate::fold::{Held, Weighed};
use crate::output::Strip;
use crate::sample::Sample;
use crate::sample::exact::Areas;
use crate::stack::{LANES, Lanes, Stack};
pub(crate) use astride::{Astride, Reached};
pub(crate) use method::{Exact, Method};
use planes::Planes;
use zemosaic_room::resize;

/// Output columns per block: 32 rows of three f32 planes stay in a 512 KiB cache.
const BLOCK_COLUMNS: u32 = 640;
/// Most bytes of samples that a block keeps for a rule that needs all of them.
const STACK_BYTES: usize = 4 << 20;

/// Output columns per block when up to `tiles` tiles of `channels` channels meet it.
pub(crate) fn block_columns(combine: Combine, tiles: usize, channels: usize) -> u32 {
    if !combine.needs_stack() {
        return BLOCK_COLUMNS;
    }
    let column = STRIP_ROWS as usize * tiles.max(1) * channels * 8;
    let columns = (STACK_BYTES / column) / MAX_RUN * MAX_RUN;
    (columns as u32).clamp(MAX_RUN as u32, BLOCK_COLUMNS)
}

/// Accumulators of `rows x width` output pixels.
#[derive(Debug, Default)]
pub(crate) struct Block {
    width: usize,
    rows: usize,
    /// One per channel.
    pub(super) held: Vec<Planes>,
    /// A sample was too large to be ranked.
    overflow: bool,
    /// Largest opacity of the samples; empty when no tile has an opacity plane.
    pub(super) alphas: Vec<f32>,
    pub(super) combine: Combine,
    /// For rules that need all samples: one layer per tile that has been added.
    layers: Vec<Layer>,
    layers_used: usize,
    stack: Stack,
    /// Buffers of the exact kernel.
    areas: Areas,
    /// Buffers for runs that need two blocks of rows.
    astride: Astride,
}

/// Samples of one tile: per channel a value and a weight, which is 0 without a sample and negative for a partial one.
#[derive(Debug, Default)]
struct Layer {
    values: Vec<Vec<f32>>,
    weights: Vec<Vec<f32>>,
}

/// What a block must hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockShape {
    pub width: usize,
    pub rows: usize,
    pub channels: usize,
    pub with_alpha: bool,
    pub combine: Combine,
}

/// Counts of a finished block.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BlockCounts {
    pub covered: u64,
    pub dead_in_one_channel: u64,
    pub overflow: bool,
}

impl Block {
    /// Bytes of tile pixels that were brought together so far.
    pub fn copied(&self) -> u64 {
        self.astride.copied + self.areas.copied()
    }

    /// Whether samples of the tile are left to be added, because they need two blocks of its rows.
    pub fn is_astride(&self) -> bool {
        !self.astride.is_empty()
    }

    /// Columns and rows.
    fn size(&self) -> [usize; 2] {
        [self.width, self.rows]
    }

    /// Clears the block to the given shape.
    pub fn reset(&mut self, shape: BlockShape) {
        let pixels = shape.width * shape.rows;
        (self.width, self.rows) = (shape.width, shape.rows);
        self.combine = shape.combine;
        self.layers_used = 0;
        self.overflow = false;
        self.held.resize_with(shape.channels, Planes::default);
        for planes in &mut self.held {
            planes.reset(pixels, shape.combine);
        }
        self.alphas.clear();
        let alphas = if shape.with_alpha { pixels } else { 0 };
        resize(&mut self.alphas, alphas, 0.0, "sums");
    }

    /// Adds a layer for the next tile if the rule needs layers.
    fn begin_tile(&mut self) {
        if !self.combine.needs_stack() {
            return;
        }
        if self.layers.len() == self.layers_used {
            self.layers.push(Layer::default());
        }
        let layer = &mut self.layers[self.layers_used];
        let pixels = self.width * self.rows;
        layer.values.resize_with(self.held.len(), Vec::new);
        for plane in &mut layer.values {
            resize(plane, pixels, 0.0, "samples");
        }
        layer.weights.resize_with(self.held.len(), Vec::new);
        for plane in &mut layer.weights {
            plane.clear();
            resize(plane, pixels, 0.0, "samples");
        }
        self.layers_used += 1;
    }

    /// Adds one sample of the current tile, with its opacity.
    fn put_sample(&mut self, channel: usize, at: usize, sample: Sample, tile_weight: f32) {
        let weighed = Weighed {
            value: sample.value,
            weight: (tile_weight * sample.weight).max(LEAST_WEIGHT),
        };
        self.put(channel, at, weighed, sample.whole);
        if let Some(alpha) = self.alphas.get_mut(at) {
            *alpha = alpha.max(sample.alpha);
        }
    }

    /// Adds one sample of the current tile.
    #[inline(always)]
    pub(super) fn put(&mut self, channel: usize, at: usize, sample: Weighed, whole: bool) {
        if self.combine.needs_stack() {
            // A sample that overflowed cannot be ranked among the others.
            if !sample.value.is_finite() {
                self.overflow = true;
                return;
            }
            let layer = &mut self.layers[self.layers_used - 1];
            layer.values[channel][at] = sample.value;
            let sign = if whole { 1.0 } else { -1.0 };
            layer.weights[channel][at] = sign * sample.weight;
        } else {
            let planes = &mut self.held[channel];
            let held = planes.held(at);
            planes.hold(at, self.combine.fold(held, sample, whole));
        }
    }

    /// Adds whole, finite samples from pixel `at` on, for a rule that needs all of them.
    #[inline(always)]
    pub(super) fn put_run(&mut self, channel: usize, at: usize, values: &[f32], weights: &[f32]) {
        let layer = &mut self.layers[self.layers_used - 1];
        let run = at..at + values.len();
        layer.values[channel][run.clone()].copy_from_slice(values);
        layer.weights[channel][run].copy_from_slice(weights);
    }

    /// Reduces the layers to one value and weight per pixel.
    #[inline(always)]
    fn reduce_layers(&mut self) {
        let layers = &self.layers[..self.layers_used];
        for (channel, planes) in self.held.iter_mut().enumerate() {
            let sums = planes.sums.chunks_mut(LANES);
            let weights = planes.totals.chunks_mut(LANES);
            for (group, (sums, weights)) in sums.zip(weights).enumerate() {
                let at = group * LANES..group * LANES + sums.len();
                self.stack.begin(layers.len());
                for layer in layers {
                    self.stack.push(
                        &lanes(&layer.values[channel][at.clone()]),
                        &lanes(&layer.weights[channel][at.clone()]),
                    );
                }
                let [values, coverage] = self.stack.reduce(self.combine);
                sums.copy_from_slice(&values[..sums.len()]);
                weights.copy_from_slice(&coverage[..weights.len()]);
            }
        }
    }

    /// Writes values, coverage and opacity into the strip, from column `x` on.
    #[inline(always)]
    pub fn finish(&mut self, x: usize, strip_width: usize, strip: &mut Strip) -> BlockCounts {
        if self.combine.needs_stack() {
            self.reduce_layers();
        }
        let mut counts = BlockCounts {
            overflow: self.overflow,
            ..BlockCounts::default()
        };
        for row in 0..self.rows {
            let block = row * self.width..(row + 1) * self.width;
            let out = row * strip_width + x..row * strip_width + x + self.width;
            let coverage = &mut strip.coverage[out.clone()];
            for (channel, planes) in self.held.iter().enumerate() {
                let held = [&planes.sums, &planes.totals].map(|of| &of[block.clone()]);
                let asides = planes.asides.get(block.clone()).unwrap_or_default();
                let values = &mut strip.values[channel][out.clone()];
                let overflow = match self.combine {
                    Combine::Mean => settle(Combine::Mean, held, asides, values),
                    Combine::Sum => settle(Combine::Sum, held, asides, values),
                    other => settle(other, held, held[0], values),
                };
                counts.overflow |= overflow;
                for ((coverage, weight), value) in coverage.iter_mut().zip(held[1]).zip(&*values) {
                    let weight = if value.is_nan() { 0.0 } else { weight.abs() };
                    *coverage = if channel == 0 {
                        weight
                    } else {
                        coverage.max(weight)
                    };
                }
            }
            let coverage = &strip.coverage[out.clone()];
            let alphas = self.alphas.get(block).unwrap_or_default();
            to_alphas(coverage, alphas, &mut strip.alpha[out.clone()]);
            let covered: u32 = coverage.iter().map(|c| u32::from(*c > 0.0)).sum();
            counts.covered += u64::from(covered);
            if self.held.len() > 1 {
                counts.dead_in_one_channel += dead_pixels(strip, out);
            }
        }
        counts
    }
}

/// Values of pixels from what they hold; NaN where there is no sample. True if one is too large for a number: it must not
/// count as data either.
#[inline(always)]
fn settle(
    combine: Combine,
    [sums, totals]: [&[f32]; 2],
    asides: &[f32],
    values: &mut [f32],
) -> bool {
    let mut overflow = 0;
    for (((value, sum), total), aside) in values.iter_mut().zip(sums).zip(totals).zip(asides) {
        let (sum, total, aside) = (*sum, total.abs(), *aside);
        // Adding 0 removes the sign of zeros, which may come from a tap with a share of 0.
        let result = combine.value_of(Held { sum, total, aside }) + 0.0;
        let valid = result.is_finite() && total > 0.0 && total.is_finite();
        // Bit operations, because branches would become masked stores, which are slow on many CPUs.
        let kept = u32::from(valid).wrapping_neg();
        overflow |= u32::from(total != 0.0) & !kept;
        *value = f32::from_bits(result.to_bits() & kept | f32::NAN.to_bits() & !kept);
    }
    overflow != 0
}

/// One neighbouring pixel per lane; 0 beyond the last.
#[inline(always)]
fn lanes(of: &[f32]) -> Lanes {
    of.try_into().unwrap_or_else(|_| {
        let mut lanes = [0.0; LANES];
        lanes[..of.len()].copy_from_slice(of);
        lanes
    })
}

/// Covered pixels of `range` that are NaN in at least one channel.
#[inline(always)]
pub(crate) fn dead_pixels(strip: &Strip, range: Range<usize>) -> u64 {
    let mut dead = 0;
    for first in range.clone().step_by(MAX_RUN) {
        let part = first..(first + MAX_RUN).min(range.end);
        // Words and no branches, or it is done pixel by pixel.
        let mut without = [0; MAX_RUN];
        for plane in &strip.values {
            for (without, value) in without.iter_mut().zip(&plane[part.clone()]) {
                *without |= u32::from(value.is_nan());
            }
        }
        let covered = strip.coverage[part].iter().map(|c| u32::from(*c > 0.0));
        let of_part: u32 = covered.zip(without).map(|(a, b)| a & b).sum();
        dead += u64::from(of_part);
    }
    dead
}

/// Opacity bytes: 0 where nothing covers a pixel, and nowhere else. Without `opacities` all is opaque.
#[inline(always)]
fn to_alphas(coverage: &[f32], opacities: &[f32], alphas: &mut [u8]) {
    let covered = coverage.iter().map(|c| u8::from(*c > 0.0).wrapping_neg());
    if opacities.is_empty() {
        for (alpha, covered) in alphas.iter_mut().zip(covered) {
            *alpha = covered;
        }
        return;
    }
    for ((alpha, covered), opacity) in alphas.iter_mut().zip(covered).zip(opacities) {
        *alpha = to_alpha(*opacity) & covered;
    }
}

/// Opacity byte of a covered pixel: never 0.
#[inline(always)]
fn to_alpha(opacity: f32) -> u8 {
    /// Of numbers from here on the last bit is worth 1, so that adding it rounds, halves to even ones.
    const WHOLE: f32 = 8_388_608.0;
    // Halves away from 0, without a call or a cast, which are made pixel by pixel.
    let of_255 = (opacity.min(1.0) * 255.0).max(1.0);
    let sum = of_255 + WHOLE;
    let half_more = u32::from(of_255 - (sum - WHOLE) >= 0.5);
    (sum.to_bits() + half_more) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers next to which an opacity byte changes, and one in 61 of all others.
    #[test]
    fn opacity_bytes_are_rounded() {
        let rounded = |opacity: f32| (opacity.min(1.0) * 255.0).round().max(1.0) as u8;
        let near = (0..=255).flat_map(|n| {
            let bits = ((n as f32 + 0.5) / 255.0).to_bits();
            bits - 64..bits + 64
        });
        let all = (0..=1.5f32.to_bits()).step_by(61);
        for opacity in near.chain(all).map(f32::from_bits) {
            assert_eq!(to_alpha(opacity), rounded(opacity), "{opacity}");
        }
        assert_eq!([to_alpha(f32::NAN), to_alpha(0.0)], [255, 1]);
    }

    #[test]
    fn dead_pixels_are_covered_and_lack_a_channel() {
        let width = 3 * MAX_RUN + 5;
        let mut room = crate::StripRoom::default();
        let mut strip = room.lend(&(0..1), width, 3);
        strip.coverage.fill(1.0);
        strip.values.iter_mut().for_each(|plane| plane.fill(1.0));
        for (plane, at) in [(0, 1), (2, 1), (1, MAX_RUN), (2, width - 1), (0, 7)] {
            strip.values[plane][at] = f32::NAN;
        }
        strip.coverage[7] = 0.0;
        assert_eq!(dead_pixels(&strip, 0..width), 3);
        assert_eq!(dead_pixels(&strip, 2..width - 1), 1);
    }
}

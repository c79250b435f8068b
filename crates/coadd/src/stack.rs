//! All samples of an output pixel at once, for rules that reject some of them; neighbouring pixels side by side.
//!
//! `reduce` defines the rules. Rejection leaves an interval of values, so samples are sorted once: those that
//! remain are a stretch of them. The kernels of devices take the same steps under the same names (`stack`, `halves` and
//! `reduce` in `cuda/kernel` and `wgpu/kernel`).

// Everything here is inlined into one function per instruction set (see cpu::simd); as calls it would stay portable
// code. Loops over lanes have no branches.
#![allow(
    clippy::inline_always,
    clippy::needless_range_loop,
    clippy::needless_bitwise_bool
)]

mod distances;
mod halves;
mod lanes;
mod ranked;
#[cfg(test)]
mod tests;

use zemosaic_room::reserve;

use crate::combine::Combine;
use crate::constants::{
    CONVERGED, FEW, KAPPA, MAD_TO_SIGMA, MOST_ROUNDS, ROUNDING, WINSOR_AT, WINSOR_TO_SIGMA,
};
use crate::reduce::Scale;
use distances::Distances;
use halves::split;
use lanes::{Bits, Places, Stretch, any, bits, clipped, either, halfway, larger, masked};
pub(crate) use lanes::{LANES, Lanes};
use ranked::Ranked;

/// What the memory is for, in errors.
const PURPOSE: &str = "samples";

/// The samples of [`LANES`] pixels, in buffers that are reused for the next pixels.
#[derive(Debug, Default)]
pub(crate) struct Stack {
    /// In tile order, with their weights: 0 without a sample, negative for a partial one.
    values: Vec<Lanes>,
    weights: Vec<Lanes>,
    ranked: Ranked,
    distances: Distances,
    /// All bits set where a sample is not rejected, none elsewhere.
    held: Vec<Bits>,
}

impl Stack {
    /// Begins the next pixels, with room for `tiles` samples each.
    #[inline(always)]
    pub fn begin(&mut self, tiles: usize) {
        for plane in [&mut self.values, &mut self.weights] {
            plane.clear();
            reserve(plane, tiles, PURPOSE);
        }
        self.held.clear();
        reserve(&mut self.held, tiles, PURPOSE);
    }

    /// The samples of the next tile: weights are 0 without a sample, negative for a partial one.
    #[inline(always)]
    pub fn push(&mut self, values: &Lanes, weights: &Lanes) {
        if weights.iter().any(|weight| *weight != 0.0) {
            self.values.push(*values);
            self.weights.push(*weights);
        }
    }

    /// Value and coverage of each pixel; coverage is 0 where there are no samples.
    #[inline(always)]
    pub fn reduce(&mut self, combine: Combine) -> [Lanes; 2] {
        let count = self.choose();
        if count == [0; LANES] {
            return [[0.0; LANES]; 2];
        }
        let all = Stretch {
            first: [0; LANES],
            end: count,
        };
        self.ranked.begin(self.values.len());
        for (values, weights) in self.values.iter().zip(&self.weights) {
            let mut held = [0; LANES];
            for lane in 0..LANES {
                held[lane] = bits(weights[lane] > 0.0);
            }
            self.ranked.push(values, &held);
        }
        self.ranked.rank();
        if combine == Combine::Median {
            return [self.median(&all), self.total()];
        }
        let left = self.reject(combine, &all);
        let [mut value, mut weight] = self.mean(&left);
        let three = all.where_len(|len| len == FEW as i32);
        if any(&three) {
            let (middle, total) = (middle(&self.ranked, &all), self.total());
            for lane in 0..LANES {
                value[lane] = either(three[lane], middle[lane], value[lane]);
                weight[lane] = either(three[lane], total[lane], weight[lane]);
            }
        }
        [value, weight]
    }

    /// Drops partial samples where there are whole ones, and counts the rest.
    #[inline(always)]
    fn choose(&mut self) -> Places {
        let mut most = [0.0f32; LANES];
        for weights in &self.weights {
            for lane in 0..LANES {
                most[lane] = larger(weights[lane], most[lane]);
            }
        }
        let mut count = [0; LANES];
        for weights in &mut self.weights {
            for lane in 0..LANES {
                let weight = weights[lane];
                let whole = larger(weight, 0.0);
                let weight = if most[lane] > 0.0 { whole } else { -weight };
                count[lane] += i32::from(weight > 0.0);
                weights[lane] = weight;
            }
        }
        count
    }

    /// Medians of all samples. Any number between the two middle values is a median of an even number: if one half
    /// is spoiled, the one next to the other half.
    #[inline(always)]
    fn median(&self, all: &Stretch) -> Lanes {
        let mut value = middle(&self.ranked, all);
        let left = split(&self.ranked, all);
        if left.first != all.first || left.end != all.end {
            let [least, most] = self.ranked.ends(&left);
            for lane in 0..LANES {
                let upper = bits(left.first[lane] != all.first[lane]);
                let lower = bits(left.end[lane] != all.end[lane]);
                value[lane] = either(upper, least[lane], either(lower, most[lane], value[lane]));
            }
        }
        value
    }

    /// The ranked samples that remain after repeated rejection beyond 3 deviations. Three and fewer all remain; four have
    /// a rule of their own in kappa-sigma.
    #[inline(always)]
    fn reject(&mut self, combine: Combine, all: &Stretch) -> Stretch {
        let mut left = *all;
        let mut going = all.where_len(|len| len > FEW as i32);
        if combine == Combine::KappaSigma {
            let four = all.where_len(|len| len == 4);
            if any(&four) {
                left.take(&reject_of_four(&self.ranked), &four);
                going = all.where_len(|len| len > 4);
            }
        }
        let mut settled = [0; LANES];
        for _ in 0..MOST_ROUNDS {
            if !any(&going) {
                break;
            }
            let (median, mut limit) = if combine == Combine::Winsorized {
                self.winsorized_centre(&left, going)
            } else {
                self.centre(&left)
            };
            for lane in 0..LANES {
                limit[lane] *= KAPPA;
            }
            let next = self.ranked.within(&left, &median, &limit);
            for lane in 0..LANES {
                let same = bits(next.len(lane) == left.len(lane));
                settled[lane] |= going[lane] & same;
            }
            left.take(&next, &going);
            for lane in 0..LANES {
                going[lane] &= !settled[lane] & bits(left.len(lane) >= FEW as i32);
            }
        }
        left.take(&split(&self.ranked, &left), &settled);
        left
    }

    /// Median and deviation (1.4826 MAD) of the remaining samples.
    #[inline(always)]
    fn centre(&mut self, left: &Stretch) -> (Lanes, Lanes) {
        let median = middle(&self.ranked, left);
        let [below, above] = self.distances.middle(&self.ranked, left, &median);
        let median_distance = middle_of(left, &below, &above);
        let mut deviation = [0.0; LANES];
        for lane in 0..LANES {
            deviation[lane] = floored(MAD_TO_SIGMA * median_distance[lane], median[lane]);
        }
        (median, deviation)
    }

    /// Median and deviation of the remaining samples, after outliers have repeatedly been clipped.
    #[inline(always)]
    fn winsorized_centre(&mut self, left: &Stretch, mut going: Bits) -> (Lanes, Lanes) {
        let [below, above] = self.ranked.middle(left);
        self.hold(left);
        // Repeated clipping equals one clipping to bounds that are clipped themselves.
        let (mut low, mut high) = ([f32::MIN; LANES], [f32::MAX; LANES]);
        let mut median = middle_of(left, &below, &above);
        let mut deviation = self.standard_deviation(left, &low, &high);
        for _ in 0..MOST_ROUNDS {
            let (mut lower, mut upper) = ([0.0; LANES], [0.0; LANES]);
            for lane in 0..LANES {
                let least = median[lane] - WINSOR_AT * deviation[lane];
                let most = median[lane] + WINSOR_AT * deviation[lane];
                low[lane] = clipped(low[lane], least, most);
                high[lane] = clipped(high[lane], least, most);
                lower[lane] = clipped(below[lane], low[lane], high[lane]);
                upper[lane] = clipped(above[lane], low[lane], high[lane]);
            }
            let next_median = middle_of(left, &lower, &upper);
            let mut next = self.standard_deviation(left, &low, &high);
            for lane in 0..LANES {
                // A lane that has converged stays as it is.
                next[lane] = either(going[lane], WINSOR_TO_SIGMA * next[lane], deviation[lane]);
                median[lane] = either(going[lane], next_median[lane], median[lane]);
                let change = (next[lane] - deviation[lane]).abs();
                deviation[lane] = next[lane];
                going[lane] &= !bits(change <= CONVERGED * next[lane]);
            }
            if !any(&going) {
                break;
            }
        }
        for lane in 0..LANES {
            deviation[lane] = floored(deviation[lane], median[lane]);
        }
        (median, deviation)
    }

    /// Marks the remaining samples, in tile order.
    #[inline(always)]
    fn hold(&mut self, left: &Stretch) {
        let [least, most] = self.ranked.ends(left);
        self.held.clear();
        for (values, weights) in self.values.iter().zip(&self.weights) {
            let mut held = [0; LANES];
            for lane in 0..LANES {
                let (value, weight) = (values[lane], weights[lane]);
                let stays = (weight > 0.0) & (value >= least[lane]) & (value <= most[lane]);
                held[lane] = bits(stays);
            }
            self.held.push(held);
        }
    }

    /// Sample standard deviation of the held values, clipped, in two passes.
    #[inline(always)]
    fn standard_deviation(&self, left: &Stretch, low: &Lanes, high: &Lanes) -> Lanes {
        let [mut least, mut most] = self.ranked.ends(left);
        let (mut mean, mut squares) = ([0.0; LANES], [0.0; LANES]);
        for lane in 0..LANES {
            least[lane] = clipped(least[lane], low[lane], high[lane]);
            most[lane] = clipped(most[lane], low[lane], high[lane]);
        }
        let scale: [Scale; LANES] = std::array::from_fn(|lane| Scale::of(least[lane], most[lane]));
        for (values, held) in self.values.iter().zip(&self.held) {
            for lane in 0..LANES {
                let value = clipped(values[lane], low[lane], high[lane]);
                mean[lane] += masked(scale[lane].down(value, least[lane]), held[lane]);
            }
        }
        for lane in 0..LANES {
            mean[lane] /= left.len(lane) as f32;
        }
        for (values, held) in self.values.iter().zip(&self.held) {
            for lane in 0..LANES {
                let value = clipped(values[lane], low[lane], high[lane]);
                let off = scale[lane].down(value, least[lane]) - mean[lane];
                squares[lane] += masked(off * off, held[lane]);
            }
        }
        for lane in 0..LANES {
            let degrees = left.len(lane) as f32 - 1.0;
            let deviation = (squares[lane] / larger(degrees, 1.0)).sqrt();
            squares[lane] = scale[lane].up(deviation);
        }
        squares
    }

    /// Weighted means of the remaining samples, in tile order, and their weights. Differences from the first one are
    /// summed, which stay exact at any level.
    #[inline(always)]
    fn mean(&mut self, left: &Stretch) -> [Lanes; 2] {
        self.hold(left);
        let (mut sum, mut total, mut first) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        let rows = self.values.iter().zip(&self.weights).zip(&self.held);
        for ((values, weights), held) in rows {
            for lane in 0..LANES {
                let begins = held[lane] & bits(total[lane] == 0.0);
                first[lane] = either(begins, values[lane], first[lane]);
                let part = weights[lane] * (values[lane] - first[lane]);
                sum[lane] += masked(part, held[lane]);
                total[lane] += masked(weights[lane], held[lane]);
            }
        }
        for lane in 0..LANES {
            let some = bits(left.len(lane) > 0);
            total[lane] = masked(total[lane], some);
            sum[lane] = masked(first[lane] + sum[lane] / total[lane], some);
        }
        [sum, total]
    }

    /// Weights of all samples.
    #[inline(always)]
    fn total(&self) -> Lanes {
        let mut total = [0.0; LANES];
        for weights in &self.weights {
            for lane in 0..LANES {
                total[lane] += larger(weights[lane], 0.0);
            }
        }
        total
    }
}

/// Medians of each stretch; for an even number the mean of the middle two.
#[inline(always)]
fn middle(ranked: &Ranked, stretch: &Stretch) -> Lanes {
    let [below, above] = ranked.middle(stretch);
    middle_of(stretch, &below, &above)
}

/// The mean of the two middle values, or the only one.
#[inline(always)]
fn middle_of(stretch: &Stretch, below: &Lanes, above: &Lanes) -> Lanes {
    let mut middle = *above;
    for lane in 0..LANES {
        let mean = halfway(below[lane], above[lane]);
        middle[lane] = if stretch.len(lane) % 2 == 1 {
            above[lane]
        } else {
            mean
        };
    }
    middle
}

/// The rest of four samples: all but the one that lies far outside the other three, if any does. Only the least or
/// the largest can. Three values have no useful MAD; if the fourth is the outlier, their standard deviation is sound.
#[inline(always)]
fn reject_of_four(ranked: &Ranked) -> Stretch {
    let mut left = Stretch {
        first: [0; LANES],
        end: [4; LANES],
    };
    let [a, b, c, d] = ranked.first_four();
    for lane in 0..LANES {
        let is_far = |odd: f32, others: [f32; 3]| {
            let off = (odd - others[1]).abs();
            off / floored(deviation_of_three(others), others[1]) > KAPPA
        };
        left.first[lane] += i32::from(is_far(a[lane], [b[lane], c[lane], d[lane]]));
        left.end[lane] -= i32::from(is_far(d[lane], [a[lane], b[lane], c[lane]]));
    }
    left
}

/// Of three values in ascending order.
#[inline(always)]
fn deviation_of_three([a, b, c]: [f32; 3]) -> f32 {
    let scale = Scale::of(a, c);
    let [a, b, c] = [a, b, c].map(|value| scale.down(value, a));
    let mean = (a + b + c) / 3.0;
    let squares = (a - mean) * (a - mean) + (b - mean) * (b - mean) + (c - mean) * (c - mean);
    scale.up((squares / 2.0).sqrt())
}

/// A deviation, but at least the rounding of the values.
#[inline(always)]
fn floored(deviation: f32, median: f32) -> f32 {
    larger(median.abs() * ROUNDING, deviation)
}

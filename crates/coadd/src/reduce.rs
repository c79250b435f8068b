//! The definition of each rule, for the samples of one output pixel, as plain as possible.
//!
//! Backends compute the same for many pixels at once or sample by sample; tests compare them with this.

#[cfg(test)]
mod tests;

use crate::combine::Combine;
use crate::constants::{
    CONVERGED, EXPONENT_BITS, KAPPA, LEAST_NORMAL_BITS, MAD_TO_SIGMA, MOST_ROUNDS, ROUNDING,
    SPLIT_AT, SPLIT_FROM, TWICE_ONE_BITS, WINSOR_AT, WINSOR_TO_SIGMA,
};
use crate::fold::two_sum;

/// One tile's sample of an output pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelSample {
    /// Its value; not NaN.
    pub value: f32,
    /// Weight of tile and map, > 0.
    pub weight: f32,
    /// Every tap of the kernel had data.
    pub whole: bool,
}

/// Value and coverage of a pixel with these samples, in the order of the tiles; NaN and 0 if they give no value.
///
/// Partial samples count only if there is no whole one. Rules that need all samples leave out those that overflowed.
#[must_use]
pub fn reduce(combine: Combine, samples: &[PixelSample]) -> [f32; 2] {
    let mut held: Vec<_> = samples.to_vec();
    held.retain(|s| s.value.is_finite() || !combine.needs_stack());
    let any_whole = held.iter().any(|s| s.whole);
    held.retain(|s| s.whole == any_whole);
    let Some(&first) = held.first() else {
        return [f32::NAN, 0.0];
    };
    let total = held.iter().map(|s| s.weight).sum();
    let of = |s: PixelSample| [s.value, s.weight];
    let better = |is_better: fn(f32, f32) -> bool| {
        let pick = |a: PixelSample, b: PixelSample| if is_better(b.value, a.value) { b } else { a };
        of(held.iter().copied().fold(first, pick))
    };
    let [value, coverage] = match combine {
        Combine::Mean => mean(&held),
        Combine::Sum => [sum(&held), total],
        Combine::Min => better(|new, old| new < old),
        Combine::Max => better(|new, old| new > old),
        Combine::First => of(first),
        Combine::Last => of(held[held.len() - 1]),
        Combine::Median => [median_beside_the_tight_half(&ascending(&held)), total],
        // With three samples at best two agree, so the middle one is safest.
        _ if held.len() == 3 => [median(&ascending(&held)), total],
        _ if held.len() < 3 => mean(&held),
        Combine::KappaSigma if held.len() == 4 => mean(&without_the_odd_one(held)),
        Combine::Winsorized | Combine::KappaSigma => mean(&clipped(combine, held)),
    };
    if value.is_finite() && coverage.is_finite() {
        // Zeros have no sign.
        [value + 0.0, coverage]
    } else {
        [f32::NAN, 0.0]
    }
}

/// Compensated for rounding.
fn sum(samples: &[PixelSample]) -> f32 {
    let add = |(sum, lost): (f32, f32), s: &PixelSample| {
        let (sum, rest) = two_sum(sum, s.value);
        (sum, lost + rest)
    };
    let (sum, lost) = samples.iter().fold((0.0, 0.0), add);
    sum + lost
}

/// Weighted mean, and the sum of the weights. Differences from the first sample are summed, which stay exact at any level.
fn mean(samples: &[PixelSample]) -> [f32; 2] {
    let Some(first) = samples.first() else {
        return [f32::NAN, 0.0];
    };
    let add = |[sum, total]: [f32; 2], s: &PixelSample| {
        [sum + s.weight * (s.value - first.value), total + s.weight]
    };
    let [sum, total] = samples.iter().fold([0.0; 2], add);
    [first.value + sum / total, total]
}

/// Rejects beyond 3 deviations until nothing more is rejected; of the rest a spoiled half may then be dropped.
fn clipped(combine: Combine, mut left: Vec<PixelSample>) -> Vec<PixelSample> {
    for _ in 0..MOST_ROUNDS {
        let [centre, deviation] = if combine == Combine::Winsorized {
            winsorized(left.iter().map(|s| s.value).collect())
        } else {
            centre_and_mad(&ascending(&left))
        };
        let before = left.len();
        left.retain(|s| (s.value - centre).abs() <= KAPPA * deviation);
        if left.len() == before {
            let all = ascending(&left);
            if let Some(tight) = tight_half(&all) {
                let (least, most) = (tight[0], tight[tight.len() - 1]);
                left.retain(|s| s.value >= least && s.value <= most);
            }
            break;
        }
        if left.len() < 3 {
            break;
        }
    }
    left
}

/// The median, and 1.4826 times the median distance from it.
fn centre_and_mad(values: &[f32]) -> [f32; 2] {
    let centre = median(values);
    let mut distances: Vec<_> = values.iter().map(|v| (v - centre).abs()).collect();
    distances.sort_by(f32::total_cmp);
    [centre, floored(MAD_TO_SIGMA * median(&distances), centre)]
}

/// Median and standard deviation after values beyond 1.5 deviations have repeatedly been clipped to that bound.
fn winsorized(mut values: Vec<f32>) -> [f32; 2] {
    let median_of = |values: &[f32]| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f32::total_cmp);
        median(&sorted)
    };
    let (mut centre, mut deviation) = (median_of(&values), standard_deviation(&values));
    for _ in 0..MOST_ROUNDS {
        let reach = WINSOR_AT * deviation;
        for value in &mut values {
            *value = value.max(centre - reach).min(centre + reach);
        }
        centre = median_of(&values);
        let next = WINSOR_TO_SIGMA * standard_deviation(&values);
        let change = (next - deviation).abs();
        deviation = next;
        if change <= CONVERGED * deviation {
            break;
        }
    }
    [centre, floored(deviation, centre)]
}

/// Of the differences from the least value, divided by the power of two below the largest, so that neither level nor unit
/// of the values matters and no square leaves the range of numbers.
fn standard_deviation(values: &[f32]) -> f32 {
    let n = values.len() as f32;
    let (least, most) = values
        .iter()
        .fold((f32::MAX, f32::MIN), |(least, most), v| {
            (least.min(*v), most.max(*v))
        });
    let scale = Scale::of(least, most);
    let offs: Vec<_> = values.iter().map(|v| scale.down(*v, least)).collect();
    let mean = offs.iter().sum::<f32>() / n;
    let squares: f32 = offs.iter().map(|off| (off - mean) * (off - mean)).sum();
    scale.up((squares / (n - 1.0).max(1.0)).sqrt())
}

/// The power of two by which values between two bounds are divided before they are squared, and a quarter of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    down: f32,
    up: f32,
}

// Inlined into one function per instruction set, like all of `stack`.
#[allow(clippy::inline_always)]
impl Scale {
    /// For values from `least` to `most`.
    #[inline(always)]
    pub fn of(least: f32, most: f32) -> Self {
        // A quarter, because the difference itself may be too large for a number.
        let exponent = (0.25 * most - 0.25 * least).to_bits() & EXPONENT_BITS;
        let exponent = exponent.max(LEAST_NORMAL_BITS);
        Self {
            // Vector lanes without samples may hold anything.
            down: f32::from_bits(TWICE_ONE_BITS.wrapping_sub(exponent)),
            up: f32::from_bits(exponent),
        }
    }

    /// A value's difference from the least one, below 2.
    #[inline(always)]
    pub fn down(self, value: f32, least: f32) -> f32 {
        (0.25 * value - 0.25 * least) * self.down
    }

    /// A deviation of such differences in the unit of the values.
    #[inline(always)]
    pub fn up(self, deviation: f32) -> f32 {
        deviation * self.up * 4.0
    }
}

/// Four samples without the one that lies beyond 3 deviations of the other three, if there is one.
fn without_the_odd_one(mut four: Vec<PixelSample>) -> Vec<PixelSample> {
    let v = ascending(&four);
    let odd = |value: f32, others: &[f32]| {
        let deviation = floored(standard_deviation(others), others[1]);
        (value - others[1]).abs() / deviation > KAPPA
    };
    let (least_goes, most_goes) = (odd(v[0], &v[1..]), odd(v[3], &v[..3]));
    four.retain(|s| !(least_goes && s.value == v[0] || most_goes && s.value == v[3]));
    four
}

/// The tight half of an even number of values, if the other half is far away and scattered.
fn tight_half(values: &[f32]) -> Option<&[f32]> {
    if values.len() < SPLIT_FROM as usize || values.len() % 2 == 1 {
        return None;
    }
    let (lower, upper) = values.split_at(values.len() / 2);
    let [below, above] = [lower, upper].map(|half| half[half.len() - 1] - half[0]);
    let gap = upper[0] - lower[lower.len() - 1];
    let tight = floored(below.min(above), median(values));
    let spoiled = gap.min(below.max(above)) > SPLIT_AT * tight;
    spoiled.then_some(if below < above { lower } else { upper })
}

/// Any number between the two middle values is a median of an even number. If one half is spoiled, this is the other's.
fn median_beside_the_tight_half(values: &[f32]) -> f32 {
    let half = values.len() / 2;
    match tight_half(values) {
        Some(tight) if tight[0] == values[0] => values[half - 1],
        Some(_) => values[half],
        None => median(values),
    }
}

/// The middle value; for an even number the mean of the middle two, which are halved first because their sum may overflow.
fn median(sorted: &[f32]) -> f32 {
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[half]
    } else {
        0.5 * sorted[half - 1] + 0.5 * sorted[half]
    }
}

/// A deviation is never taken as less than the rounding of the values.
fn floored(deviation: f32, centre: f32) -> f32 {
    let rounding = centre.abs() * ROUNDING;
    if rounding > deviation {
        rounding
    } else {
        deviation
    }
}

fn ascending(samples: &[PixelSample]) -> Vec<f32> {
    let mut values: Vec<_> = samples.iter().map(|s| s.value).collect();
    values.sort_by(f32::total_cmp);
    values
}

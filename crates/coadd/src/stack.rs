//! All samples of one output pixel at once, for the rules that reject some of them.
//!
//! Rejection leaves an interval of values, so samples are sorted once: what is left is a stretch of them. The kernels of
//! devices do the same, step by step (`cuda/kernel/stack.cuh`, `wgpu/kernel/reduce.wgsl`).

use std::ops::Range;

use crate::combine::{Combine, Weighed};

/// Rejection starts this many deviations from the centre.
const KAPPA: f32 = 3.0;
/// MAD of a normal distribution to its standard deviation.
const MAD_TO_SIGMA: f32 = 1.4826;
/// Winsorizing at 1.5 sigma shrinks the standard deviation of a normal distribution by this
/// (Huber 1981, Robust Statistics).
const WINSOR_AT: f32 = 1.5;
const WINSOR_TO_SIGMA: f32 = 1.134;
/// Change of sigma below which winsorizing has converged.
const CONVERGED: f32 = 5e-4;
/// A deviation is never taken for less than the rounding of the values.
const ROUNDING: f32 = 4.0 * f32::EPSILON;
/// Rounds after which neither clipping goes on; real data takes a handful.
const MOST_ROUNDS: usize = 50;
/// From so many samples on, one half of them may go.
const SPLIT_FROM: usize = 6;
/// How many times the spread of the tight half the other one must be off, and be spread itself: two levels that
/// noise alone spreads seldom differ so.
const SPLIT_AT: f32 = 8.0;

/// The samples of a pixel, and buffers reused from pixel to pixel.
#[derive(Debug, Default)]
pub(crate) struct Stack {
    /// In tile order.
    pub samples: Vec<Weighed>,
    /// Their values by size.
    ranked: Vec<f32>,
    /// The values not rejected, in tile order.
    kept: Vec<f32>,
}

impl Stack {
    /// Value and coverage of the samples; `None` without any.
    pub fn reduce(&mut self, combine: Combine) -> Option<Weighed> {
        let n = self.samples.len();
        match (n, combine) {
            (0, _) => return None,
            (_, Combine::Median) => {}
            (1 | 2, _) => return mean(self.samples.iter()),
            (4, Combine::KappaSigma) => return self.without_the_odd_one(),
            _ => {}
        }
        self.rank();
        if n == 3 || combine == Combine::Median {
            let weight = self.samples.iter().map(|s| s.weight).sum();
            let value = median(&self.ranked);
            return Some(Weighed { value, weight });
        }
        let stretch = self.rejected(combine);
        let (least, most) = (
            *self.ranked[stretch.clone()].first()?,
            *self.ranked[stretch].last()?,
        );
        mean(
            self.samples
                .iter()
                .filter(|s| s.value >= least && s.value <= most),
        )
    }

    fn rank(&mut self) {
        self.ranked.clear();
        self.ranked.extend(self.samples.iter().map(|s| s.value));
        self.ranked.sort_unstable_by(f32::total_cmp);
    }

    /// What is left of the ranked samples when rejecting beyond 3 deviations comes to an end.
    fn rejected(&mut self, combine: Combine) -> Range<usize> {
        let mut left = 0..self.ranked.len();
        for _ in 0..MOST_ROUNDS {
            let (median, deviation) = if combine == Combine::Winsorized {
                self.winsorized_centre(&left)
            } else {
                centre(&self.ranked[left.clone()])
            };
            let limit = KAPPA * deviation;
            let stays = |v: f32| (v - median).abs() <= limit;
            let before = left.len();
            while !left.is_empty() && !stays(self.ranked[left.start]) {
                left.start += 1;
            }
            while !left.is_empty() && !stays(self.ranked[left.end - 1]) {
                left.end -= 1;
            }
            if left.len() == before {
                return split(&self.ranked, left);
            }
            if left.len() < 3 {
                break;
            }
        }
        left
    }

    /// Median and deviation of what is left, once what lies far out has been drawn in, again and again.
    fn winsorized_centre(&mut self, left: &Range<usize>) -> (f32, f32) {
        let ranked = &self.ranked[left.clone()];
        let (least, most) = (ranked[0], ranked[ranked.len() - 1]);
        self.kept.clear();
        let inside = |s: &&Weighed| s.value >= least && s.value <= most;
        self.kept
            .extend(self.samples.iter().filter(inside).map(|s| s.value));
        // Clipping what was clipped is clipping once, to bounds that are clipped themselves.
        let (mut low, mut high) = (f32::MIN, f32::MAX);
        let mut median = middle(ranked);
        let mut deviation = standard_deviation(&self.kept, low, high);
        for _ in 0..MOST_ROUNDS {
            let bounds = [
                median - WINSOR_AT * deviation,
                median + WINSOR_AT * deviation,
            ];
            low = clipped(low, bounds[0], bounds[1]);
            high = clipped(high, bounds[0], bounds[1]);
            median = middle_by(ranked, |v| clipped(v, low, high));
            let next = WINSOR_TO_SIGMA * standard_deviation(&self.kept, low, high);
            let change = (next - deviation).abs();
            deviation = next;
            if change <= CONVERGED * deviation {
                break;
            }
        }
        (median, floored(deviation, median))
    }

    /// The mean of four samples without the one that lies farthest outside the other three, if any does. Three
    /// values have no useful MAD; if the fourth is the outlier, their standard deviation is sound.
    fn without_the_odd_one(&self) -> Option<Weighed> {
        let mut worst = None;
        for (i, sample) in self.samples.iter().enumerate() {
            let mut others = [0.0; 3];
            let rest = self.samples.iter().enumerate().filter(|(j, _)| *j != i);
            for (other, (_, s)) in others.iter_mut().zip(rest) {
                *other = s.value;
            }
            others.sort_unstable_by(f32::total_cmp);
            let deviation = standard_deviation(&others, f32::MIN, f32::MAX);
            let ratio = (sample.value - others[1]).abs() / floored(deviation, others[1]);
            if ratio > KAPPA && worst.is_none_or(|(_, most)| ratio > most) {
                worst = Some((i, ratio));
            }
        }
        let odd = worst.map(|(i, _)| i);
        let rest = self.samples.iter().enumerate();
        mean(rest.filter(|(i, _)| Some(*i) != odd).map(|(_, s)| s))
    }
}

/// Weighted, in the order given.
fn mean<'a>(samples: impl Iterator<Item = &'a Weighed>) -> Option<Weighed> {
    let (mut sum, mut weight) = (0.0, 0.0);
    for sample in samples {
        sum += sample.weight * sample.value;
        weight += sample.weight;
    }
    (weight > 0.0).then(|| Weighed {
        value: sum / weight,
        weight,
    })
}

/// Median and deviation (1.4826 MAD) of ranked values.
fn centre(ranked: &[f32]) -> (f32, f32) {
    let median = middle(ranked);
    (
        median,
        floored(MAD_TO_SIGMA * middle_distance(ranked, median), median),
    )
}

/// Of an even number of samples the tight half stays, where the other is far off and scattered.
///
/// Deviations say nothing there: they need a majority. A second level of the sky is no scatter, and stays.
fn split(ranked: &[f32], left: Range<usize>) -> Range<usize> {
    let n = left.len();
    if n < SPLIT_FROM || n % 2 == 1 {
        return left;
    }
    let middle_at = left.start + n / 2;
    let (low, high) = ranked[left.clone()].split_at(n / 2);
    let spread = |half: &[f32]| half[half.len() - 1] - half[0];
    let (below, above) = (spread(low), spread(high));
    let gap = high[0] - low[low.len() - 1];
    let tight = floored(below.min(above), middle(&ranked[left.clone()]));
    if !(gap.min(below.max(above)) > SPLIT_AT * tight) {
        left
    } else if below < above {
        left.start..middle_at
    } else {
        middle_at..left.end
    }
}

/// Median of at least one ranked value. All from one middle value to the other are medians of an even number: where
/// [`split`] finds a half that is spoiled, the one beside the tight half.
fn median(ranked: &[f32]) -> f32 {
    let left = split(ranked, 0..ranked.len());
    if left.len() == ranked.len() {
        middle(ranked)
    } else if left.start == 0 {
        ranked[left.end - 1]
    } else {
        ranked[left.start]
    }
}

/// A deviation, never below rounding.
fn floored(deviation: f32, median: f32) -> f32 {
    deviation.max(median.abs() * ROUNDING)
}

fn clipped(value: f32, low: f32, high: f32) -> f32 {
    if value < low {
        low
    } else if value > high {
        high
    } else {
        value
    }
}

/// Sample standard deviation of the clipped values, in two passes.
fn standard_deviation(values: &[f32], low: f32, high: f32) -> f32 {
    let n = values.len() as f32;
    let values = || values.iter().map(|v| clipped(*v, low, high));
    let mean = values().sum::<f32>() / n;
    let squares: f32 = values().map(|v| (v - mean) * (v - mean)).sum();
    (squares / (n - 1.0).max(1.0)).sqrt()
}

/// Median of at least one ranked value; of an even number the mean of the middle two.
fn middle(ranked: &[f32]) -> f32 {
    middle_by(ranked, |v| v)
}

/// The same of what `made` makes of the values, in the same order.
fn middle_by(ranked: &[f32], made: impl Fn(f32) -> f32) -> f32 {
    let half = ranked.len() / 2;
    let above = made(ranked[half]);
    if ranked.len() % 2 == 1 {
        above
    } else {
        // Halved first: their sum may overflow.
        0.5 * made(ranked[half - 1]) + 0.5 * above
    }
}

/// Median of the distances from `median`: the largest is at one end of the ranked values, time and again.
fn middle_distance(ranked: &[f32], median: f32) -> f32 {
    let (mut first, mut last) = (0, ranked.len() - 1);
    let distance = |at: usize| (ranked[at] - median).abs();
    let (mut below, mut above) = (distance(first), distance(last));
    let half = ranked.len() / 2;
    let mut before = 0.0;
    for _ in half..ranked.len() {
        before = below.max(above);
        if below > above {
            first += 1;
            below = distance(first);
        } else if last > 0 {
            last -= 1;
            above = distance(last);
        }
    }
    if ranked.len() % 2 == 1 {
        before
    } else {
        0.5 * below.max(above) + 0.5 * before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduce(combine: Combine, values: &[f32]) -> Weighed {
        let samples = values.iter().map(|v| Weighed {
            value: *v,
            weight: 2.0,
        });
        let mut stack = Stack {
            samples: samples.collect(),
            ..Stack::default()
        };
        stack.reduce(combine).expect("there are samples")
    }

    #[test]
    fn few_samples_follow_their_own_rules() {
        for combine in [Combine::KappaSigma, Combine::Winsorized] {
            assert_eq!(reduce(combine, &[7.0]).value, 7.0);
            assert_eq!(reduce(combine, &[7.0, 9.0]).value, 8.0);
            assert_eq!(reduce(combine, &[7.0, 9000.0, 8.0]).value, 8.0);
        }
        assert_eq!(
            reduce(Combine::Median, &[1.0, 2.0, 4.0, 9.0]),
            Weighed {
                value: 3.0,
                weight: 8.0
            }
        );
        let four = reduce(Combine::KappaSigma, &[10.0, 10.2, 9.9, 500.0]);
        assert!((four.value - 10.033).abs() < 1e-3 && four.weight == 6.0);
        assert_eq!(
            reduce(Combine::KappaSigma, &[10.0, 11.0, 9.0, 10.0]).weight,
            8.0
        );
        assert_eq!(Stack::default().reduce(Combine::Median), None);
    }

    #[test]
    fn outliers_go_and_good_samples_stay() {
        let mut values: Vec<f32> = (0..19)
            .map(|i| 100.0 + ((i * 7) % 19) as f32 * 0.5)
            .collect();
        let mean = values.iter().sum::<f32>() / 19.0;
        for combine in [Combine::KappaSigma, Combine::Winsorized] {
            assert_eq!(
                reduce(combine, &values).weight,
                38.0,
                "{combine:?} rejects nothing"
            );
        }
        values.push(60_000.0);
        values.push(-5000.0);
        for combine in [Combine::KappaSigma, Combine::Winsorized] {
            let out = reduce(combine, &values);
            assert_eq!(out.weight, 38.0, "{combine:?} rejects both");
            assert!((out.value - mean).abs() < 1e-3);
        }
    }

    #[test]
    fn of_two_halves_the_scattered_one_goes_and_two_levels_stay() {
        for combine in [Combine::KappaSigma, Combine::Winsorized] {
            let kept = |values: &[f32]| {
                let out = reduce(combine, values);
                (out.value, out.weight)
            };
            let trails = [798.0, -1.0, 2.0, 1935.0, 2.0, 1836.0];
            assert_eq!(kept(&trails), (1.0, 6.0), "{combine:?}");
            let below = trails.map(|v| -v);
            assert_eq!(kept(&below), (-1.0, 6.0), "{combine:?}");
            let levels = [100.0, 101.0, 102.0, 900.0, 902.0, 903.0];
            assert_eq!(kept(&levels).1, 12.0, "{combine:?}");
            let near = [0.0, 1.0, 2.0, 16.0, 20.0, 40.0];
            assert_eq!(kept(&near).1, 12.0, "{combine:?}");
            let loose = [100.0, 101.0, 102.0, 900.0, 902.0, 914.0];
            assert_eq!(kept(&loose).1, 12.0, "{combine:?}");
        }
    }

    #[test]
    fn a_median_is_the_middle_value_beside_the_sound_half() {
        let median = |values: &[f32]| reduce(Combine::Median, values);
        let trails = [798.0, -1.0, 3.0, 1935.0, 2.0, 1836.0];
        assert_eq!(median(&trails).value, 3.0);
        assert_eq!(median(&trails).weight, 12.0);
        assert_eq!(median(&trails.map(|v| -v)).value, -3.0);
        let levels = [100.0, 101.0, 102.0, 900.0, 902.0, 903.0];
        assert_eq!(median(&levels).value, 501.0);
        let seven = [798.0, -1.0, 3.0, 1935.0, 2.0, 1836.0, 40.0];
        assert_eq!(median(&seven).value, 40.0);
    }

    #[test]
    fn equal_samples_are_never_rejected() {
        for combine in [Combine::KappaSigma, Combine::Winsorized, Combine::Median] {
            assert_eq!(
                reduce(combine, &[1234.5; 9]),
                Weighed {
                    value: 1234.5,
                    weight: 18.0
                }
            );
        }
    }
}

//! How the samples of one output pixel become one value: one rule for every backend.

/// The combine rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Combine {
    /// Weighted mean.
    #[default]
    Mean,
    /// Sum of values.
    Sum,
    /// Smallest value.
    Min,
    /// Largest value.
    Max,
    /// The first tile's, in input order.
    First,
    /// The last tile's.
    Last,
    /// Median, unweighted.
    Median,
    /// Winsorized sigma clipping, then the weighted mean.
    Winsorized,
    /// Clipping at 3 sigma by median and MAD, then the weighted mean.
    KappaSigma,
}

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
/// How many times the spread of the tight half the other one must be off, and be scattered.
const SPLIT_AT: f32 = 8.0;

impl Combine {
    /// True when all samples of a pixel are needed at once.
    pub fn needs_stack(self) -> bool {
        matches!(self, Self::Median | Self::Winsorized | Self::KappaSigma)
    }

    /// The number that the kernels of devices know it by.
    pub fn number(self) -> u32 {
        match self {
            Self::Mean => 0,
            Self::Sum => 1,
            Self::Min => 2,
            Self::Max => 3,
            Self::First => 4,
            Self::Last => 5,
            Self::Median => 6,
            Self::Winsorized => 7,
            Self::KappaSigma => 8,
        }
    }

    /// Takes one sample into what the pixel holds; for rules without a stack.
    ///
    /// `total` is 0 before the first sample, and negative while only partial samples fell: a whole
    /// one replaces those, and a partial one counts only beside others of its kind.
    pub(crate) fn fold(self, held: &mut f32, total: &mut f32, sample: Weighed, whole: bool) {
        if !whole && *total > 0.0 {
            return;
        }
        let weight = if whole { sample.weight } else { -sample.weight };
        if *total == 0.0 || (whole && *total < 0.0) {
            let mean = self == Self::Mean;
            // Added to 0 as vectors of them are: a pixel of -0.0 becomes 0.0 either way.
            *held = if mean {
                0.0 + sample.weight * sample.value
            } else {
                sample.value
            };
            *total = weight;
            return;
        }
        let replaces = match self {
            Self::Mean => {
                *held += sample.weight * sample.value;
                *total += weight;
                false
            }
            Self::Sum => {
                *held += sample.value;
                *total += weight;
                false
            }
            Self::Min => sample.value < *held,
            Self::Max => sample.value > *held,
            Self::Last => true,
            _ => false,
        };
        if replaces {
            (*held, *total) = (sample.value, weight);
        }
    }
}

/// A sample with its weight, > 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Weighed {
    pub value: f32,
    pub weight: f32,
}

/// Buffers of [`Stack::reduce`], reused from pixel to pixel.
#[derive(Debug, Default)]
pub(crate) struct Stack {
    /// The pixel's samples, in tile order.
    pub samples: Vec<Weighed>,
    sorted: Vec<f32>,
    clipped: Vec<f32>,
}

impl Stack {
    /// Value and coverage of the samples; `None` without any.
    pub fn reduce(&mut self, combine: Combine) -> Option<Weighed> {
        let all: f32 = self.samples.iter().map(|s| s.weight).sum();
        match (self.samples.len(), combine) {
            (0, _) => None,
            (3, Combine::Winsorized | Combine::KappaSigma) | (_, Combine::Median) => {
                let value = self.median();
                Some(Weighed { value, weight: all })
            }
            (1 | 2, _) => self.mean(),
            (4, Combine::KappaSigma) => {
                self.leave_one_out();
                self.mean()
            }
            (_, Combine::Winsorized) => {
                self.winsorized();
                self.mean()
            }
            _ => {
                self.kappa_sigma();
                self.mean()
            }
        }
    }

    fn mean(&self) -> Option<Weighed> {
        let (mut sum, mut weight) = (0.0, 0.0);
        for sample in &self.samples {
            sum += sample.weight * sample.value;
            weight += sample.weight;
        }
        (weight > 0.0).then(|| Weighed {
            value: sum / weight,
            weight,
        })
    }

    fn median(&mut self) -> f32 {
        self.sorted.clear();
        self.sorted.extend(self.samples.iter().map(|s| s.value));
        middle(&mut self.sorted)
    }

    /// Median and deviation (1.4826 MAD, never below rounding).
    fn centre(&mut self) -> (f32, f32) {
        let median = self.median();
        for value in &mut self.sorted {
            *value = (*value - median).abs();
        }
        let deviation = MAD_TO_SIGMA * middle(&mut self.sorted);
        (median, deviation.max(median.abs() * ROUNDING))
    }

    fn kappa_sigma(&mut self) {
        for _ in 0..MOST_ROUNDS {
            let (median, deviation) = self.centre();
            let before = self.samples.len();
            let limit = KAPPA * deviation;
            self.samples.retain(|s| (s.value - median).abs() <= limit);
            if self.samples.len() == before {
                return self.split();
            }
            if self.samples.len() < 3 {
                return;
            }
        }
    }

    /// Of four samples the one that lies farthest outside the other three goes, if any does. Three
    /// values have no useful MAD; if the fourth is the outlier, their standard deviation is sound.
    fn leave_one_out(&mut self) {
        let mut worst = None;
        for i in 0..self.samples.len() {
            let others = self.samples.iter().enumerate().filter(|(j, _)| *j != i);
            self.sorted.clear();
            self.sorted.extend(others.map(|(_, s)| s.value));
            let median = middle(&mut self.sorted);
            let deviation = standard_deviation(&self.sorted).max(median.abs() * ROUNDING);
            let ratio = (self.samples[i].value - median).abs() / deviation;
            if ratio > KAPPA && worst.is_none_or(|(_, most)| ratio > most) {
                worst = Some((i, ratio));
            }
        }
        if let Some((i, _)) = worst {
            self.samples.remove(i);
        }
    }

    /// Of an even number of samples the tight half stays, where the other is far off and scattered.
    ///
    /// Deviations say nothing there: they need a majority. A second level of the sky is no scatter, and stays.
    fn split(&mut self) {
        let n = self.samples.len();
        if n < SPLIT_FROM || n % 2 == 1 {
            return;
        }
        let median = self.median();
        let (low, high) = self.sorted.split_at(n / 2);
        let spread = |half: &[f32]| half[half.len() - 1] - half[0];
        let (below, above) = (spread(low), spread(high));
        let gap = high[0] - low[low.len() - 1];
        let limit = SPLIT_AT * below.min(above).max(median.abs() * ROUNDING);
        if gap > limit && below.max(above) > limit {
            self.samples
                .retain(|s| (s.value < median) == (below < above));
        }
    }

    /// Rejects beyond 3 sigma of the winsorized samples, until nothing is.
    fn winsorized(&mut self) {
        for _ in 0..MOST_ROUNDS {
            let (median, deviation) = self.winsorized_centre();
            let before = self.samples.len();
            let limit = KAPPA * deviation;
            self.samples.retain(|s| (s.value - median).abs() <= limit);
            if self.samples.len() == before {
                return self.split();
            }
            if self.samples.len() < 3 {
                return;
            }
        }
    }

    fn winsorized_centre(&mut self) -> (f32, f32) {
        self.clipped.clear();
        self.clipped.extend(self.samples.iter().map(|s| s.value));
        let mut median = self.median();
        let mut deviation = standard_deviation(&self.clipped);
        for _ in 0..MOST_ROUNDS {
            let low = median - WINSOR_AT * deviation;
            let high = median + WINSOR_AT * deviation;
            for value in &mut self.clipped {
                *value = value.clamp(low, high);
            }
            self.sorted.clear();
            self.sorted.extend_from_slice(&self.clipped);
            median = middle(&mut self.sorted);
            let next = WINSOR_TO_SIGMA * standard_deviation(&self.clipped);
            let change = (next - deviation).abs();
            deviation = next;
            if change <= CONVERGED * deviation {
                break;
            }
        }
        (median, deviation.max(median.abs() * ROUNDING))
    }
}

/// Sample standard deviation, in two passes.
fn standard_deviation(values: &[f32]) -> f32 {
    let n = values.len() as f32;
    let mean = values.iter().sum::<f32>() / n;
    let squares: f32 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    (squares / (n - 1.0).max(1.0)).sqrt()
}

/// Median of at least one value; of an even number the mean of the middle two. Sorts.
fn middle(values: &mut [f32]) -> f32 {
    values.sort_unstable_by(f32::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 {
        values[half]
    } else {
        // Halved first: their sum may overflow.
        0.5 * values[half - 1] + 0.5 * values[half]
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
        }
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

    #[test]
    fn folds_keep_what_their_names_say() {
        let fold = |combine: Combine, samples: &[(f32, f32, bool)]| {
            let (mut held, mut total) = (0.0, 0.0);
            for (value, weight, whole) in samples {
                let sample = Weighed {
                    value: *value,
                    weight: *weight,
                };
                combine.fold(&mut held, &mut total, sample, *whole);
            }
            (held, total)
        };
        let three = [(5.0, 1.0, true), (3.0, 2.0, true), (4.0, 4.0, true)];
        assert_eq!(fold(Combine::Sum, &three), (12.0, 7.0));
        assert_eq!(fold(Combine::Min, &three), (3.0, 2.0));
        assert_eq!(fold(Combine::Max, &three), (5.0, 1.0));
        assert_eq!(fold(Combine::First, &three), (5.0, 1.0));
        assert_eq!(fold(Combine::Last, &three), (4.0, 4.0));
        assert_eq!(fold(Combine::Mean, &three), (27.0, 7.0));
        let partial = [(9.0, 0.5, false), (3.0, 1.0, true), (8.0, 0.5, false)];
        for combine in [
            Combine::Sum,
            Combine::Min,
            Combine::Max,
            Combine::First,
            Combine::Last,
        ] {
            assert_eq!(fold(combine, &partial), (3.0, 1.0), "{combine:?}");
        }
        assert_eq!(fold(Combine::Sum, &[partial[0], partial[2]]), (17.0, -1.0));
    }
}

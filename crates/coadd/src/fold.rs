//! The rules that take one sample after another: `cuda/kernel/fold.cuh`, `wgpu/kernel/fold.wgsl`.

// Inlined into one function per instruction set (see cpu::simd); as a call it would stay portable code.
#![allow(clippy::inline_always)]

use crate::combine::Combine;

/// A sample and its weight, > 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Weighed {
    pub value: f32,
    pub weight: f32,
}

/// What a pixel holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Held {
    /// A sum, or a sample.
    pub sum: f32,
    /// Its weight: 0 before the first sample, negative while there are only partial samples.
    pub total: f32,
    /// For a mean the first sample, from which the sum counts: differences stay exact at any level. For a sum what
    /// rounding took from it.
    pub aside: f32,
}

impl Combine {
    /// Adds one sample to what the pixel holds; for rules without a stack.
    ///
    /// A whole sample replaces partial ones; a partial one counts only if there is no whole one.
    #[inline(always)]
    pub(crate) fn fold(self, held: Held, sample: Weighed, whole: bool) -> Held {
        if !whole && held.total > 0.0 {
            return held;
        }
        let Weighed { value, weight } = sample;
        let weight = if whole { weight } else { -weight };
        let begins = held.total == 0.0 || (whole && held.total < 0.0);
        if self == Self::Mean {
            let Held { sum, total, aside } = if begins {
                Held {
                    aside: value,
                    ..Held::default()
                }
            } else {
                held
            };
            return Held {
                sum: sum + sample.weight * (value - aside),
                total: total + weight,
                aside,
            };
        }
        let replaces = match self {
            Self::Sum if !begins => {
                let (sum, rest) = two_sum(held.sum, value);
                return Held {
                    sum,
                    total: held.total + weight,
                    aside: held.aside + rest,
                };
            }
            Self::Min => value < held.sum,
            Self::Max => value > held.sum,
            Self::Last => true,
            _ => false,
        };
        if begins || replaces {
            return Held {
                sum: value,
                total: weight,
                aside: 0.0,
            };
        }
        held
    }

    /// The value of a pixel that holds this.
    #[inline(always)]
    pub(crate) fn value_of(self, Held { sum, total, aside }: Held) -> f32 {
        match self {
            Self::Mean => aside + sum / total.abs(),
            Self::Sum => sum + aside,
            _ => sum,
        }
    }

    /// Whether pixels keep a third number: [`Held::aside`].
    pub fn keeps_aside(self) -> bool {
        matches!(self, Self::Mean | Self::Sum)
    }
}

/// A sum and what rounding took from it (Knuth, The Art of Computer Programming 2, 4.2.2, theorem B).
pub(crate) fn two_sum(a: f32, b: f32) -> (f32, f32) {
    let sum = a + b;
    let of_b = sum - a;
    let of_a = sum - of_b;
    (sum, (a - of_a) + (b - of_b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_keep_what_their_names_say() {
        let fold = |combine: Combine, samples: &[(f32, f32, bool)]| {
            let mut held = Held::default();
            for (value, weight, whole) in samples {
                let sample = Weighed {
                    value: *value,
                    weight: *weight,
                };
                held = combine.fold(held, sample, *whole);
            }
            (held.sum, held.total)
        };
        let three = [(5.0, 1.0, true), (3.0, 2.0, true), (4.0, 4.0, true)];
        assert_eq!(fold(Combine::Sum, &three), (12.0, 7.0));
        assert_eq!(fold(Combine::Min, &three), (3.0, 2.0));
        assert_eq!(fold(Combine::Max, &three), (5.0, 1.0));
        assert_eq!(fold(Combine::First, &three), (5.0, 1.0));
        assert_eq!(fold(Combine::Last, &three), (4.0, 4.0));
        assert_eq!(fold(Combine::Mean, &three), (-8.0, 7.0), "from 5");
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

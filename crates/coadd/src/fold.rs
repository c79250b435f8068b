//! The rules that take one sample after another: `cuda/kernel/fold.cuh`, `wgpu/kernel/fold.wgsl`.

use crate::combine::Combine;

/// A sample and its weight, > 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Weighed {
    pub value: f32,
    pub weight: f32,
}

impl Combine {
    /// Adds one sample to what the pixel holds; for rules without a stack.
    ///
    /// `total` is 0 before the first sample, and negative while there are only partial samples. A whole
    /// sample replaces those; a partial one counts only if there is no whole one.
    pub(crate) fn fold(self, held: &mut f32, total: &mut f32, sample: Weighed, whole: bool) {
        if !whole && *total > 0.0 {
            return;
        }
        let weight = if whole { sample.weight } else { -sample.weight };
        if *total == 0.0 || (whole && *total < 0.0) {
            let mean = self == Self::Mean;
            // Added to 0, as the vector code does, so that a pixel of -0.0 becomes 0.0 in both.
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

#[cfg(test)]
mod tests {
    use super::*;

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

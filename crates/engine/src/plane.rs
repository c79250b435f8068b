//! The location of a plane of pixels.

use std::path::PathBuf;

use zemosaic_fits::Flags;

/// An image in a file.
#[derive(Clone, Debug)]
pub struct PlaneSource {
    /// The file.
    pub path: PathBuf,
    /// HDU index, 0 = primary.
    pub hdu: usize,
}

/// What the numbers of a weight map are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Weights: inverse variances, or what is proportional to them.
    #[default]
    Weight,
    /// Standard deviations.
    Sigma,
    /// Variances.
    Variance,
}

impl Depth {
    /// The weight that a number stands for.
    pub(crate) fn weight(self, value: f64) -> f64 {
        match self {
            Self::Weight => value,
            Self::Sigma => 1.0 / (value * value),
            Self::Variance => 1.0 / value,
        }
    }

    /// The factor on the numbers that multiplies the weights by `factor`.
    pub(crate) fn factor(self, factor: f64) -> f64 {
        match self {
            Self::Weight => factor,
            Self::Sigma => 1.0 / factor.sqrt(),
            Self::Variance => 1.0 / factor,
        }
    }

    /// Turns them into weights: 1/σ² and 1/σ²; what is no positive number has none.
    pub(crate) fn weigh(self, values: &mut [f32]) {
        let weight = |variance: f32| if variance > 0.0 { 1.0 / variance } else { 0.0 };
        match self {
            Self::Weight => {}
            Self::Sigma => {
                for value in values {
                    *value = if *value > 0.0 {
                        weight(*value * *value)
                    } else {
                        0.0
                    };
                }
            }
            Self::Variance => {
                for value in values {
                    *value = weight(*value);
                }
            }
        }
    }
}

/// A map of weights per pixel.
#[derive(Clone, Debug)]
pub struct WeightMap {
    /// Its pixels.
    pub plane: PlaneSource,
    /// What they are.
    pub holds: Depth,
}

/// A map of bad pixels.
#[derive(Clone, Debug)]
pub struct Mask {
    /// Its pixels.
    pub plane: PlaneSource,
    /// The bits of them that make a pixel bad.
    pub flags: Flags,
}

#[cfg(test)]
mod tests {
    use super::Depth;

    #[test]
    fn errors_become_weights() {
        let weights = |depth: Depth| {
            let mut values = [2.0, 0.5, 0.0, -1.0, f32::NAN];
            depth.weigh(&mut values);
            values
        };
        assert_eq!(weights(Depth::Sigma), [0.25, 4.0, 0.0, 0.0, 0.0]);
        assert_eq!(weights(Depth::Variance), [0.5, 2.0, 0.0, 0.0, 0.0]);
        assert_eq!(weights(Depth::Weight)[..4], [2.0, 0.5, 0.0, -1.0]);
    }
}

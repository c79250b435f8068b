//! The kernel functions and their tables of weights.

use std::f64::consts::PI;
use std::sync::OnceLock;

use crate::constants::{
    BICUBIC_TAPS, LANCZOS3_TAPS, LANCZOS4_TAPS, PHASE_BITS, STEP, STEP_BITS, STEP_MASK,
};
use crate::job::Kernel;

const PHASES: usize = 1 << PHASE_BITS;
/// Weights of `N` taps per phase; taps lie at -(N/2 - 1) ..= N/2 from the pixel below.
type Table<const N: usize> = Vec<[f32; N]>;

/// A kernel function with support of `N` pixels.
pub(crate) trait Shape<const N: usize>: Copy + Send + Sync {
    /// Value at distance `d`, px; need not be normalised.
    fn at(d: f64) -> f64;

    /// The table, which is computed once.
    fn table() -> &'static Table<N>;
}

/// Keys' cubic convolution with a = -1/2 (Keys 1981, IEEE ASSP 29, eq. 15), support 4.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cubic;

impl Shape<BICUBIC_TAPS> for Cubic {
    fn at(d: f64) -> f64 {
        let d = d.abs();
        if d < 1.0 {
            (1.5 * d - 2.5) * d * d + 1.0
        } else if d < 2.0 {
            ((-0.5 * d + 2.5) * d - 4.0) * d + 2.0
        } else {
            0.0
        }
    }

    fn table() -> &'static Table<BICUBIC_TAPS> {
        static TABLE: OnceLock<Table<BICUBIC_TAPS>> = OnceLock::new();
        TABLE.get_or_init(make_table::<BICUBIC_TAPS, Self>)
    }
}

/// sinc(d) sinc(d / 3), support 6 (Duchon 1979, J. Appl. Meteor. 18, eq. 5).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lanczos3;

impl Shape<LANCZOS3_TAPS> for Lanczos3 {
    fn at(d: f64) -> f64 {
        lanczos(d, 3.0)
    }

    fn table() -> &'static Table<LANCZOS3_TAPS> {
        static TABLE: OnceLock<Table<LANCZOS3_TAPS>> = OnceLock::new();
        TABLE.get_or_init(make_table::<LANCZOS3_TAPS, Self>)
    }
}

/// sinc(d) sinc(d / 4), support 8.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lanczos4;

impl Shape<LANCZOS4_TAPS> for Lanczos4 {
    fn at(d: f64) -> f64 {
        lanczos(d, 4.0)
    }

    fn table() -> &'static Table<LANCZOS4_TAPS> {
        static TABLE: OnceLock<Table<LANCZOS4_TAPS>> = OnceLock::new();
        TABLE.get_or_init(make_table::<LANCZOS4_TAPS, Self>)
    }
}

fn lanczos(d: f64, width: f64) -> f64 {
    let sinc = |x: f64| {
        if x == 0.0 {
            1.0
        } else {
            libm::sin(PI * x) / (PI * x)
        }
    };
    if d.abs() < width {
        sinc(d) * sinc(d / width)
    } else {
        0.0
    }
}

/// Weights at every phase, the last being the next pixel's first; each phase sums to 1.
fn make_table<const N: usize, S: Shape<N>>() -> Table<N> {
    (0..=PHASES)
        .map(|phase| {
            let fraction = phase as f64 / PHASES as f64;
            let distance = |tap: usize| fraction - (tap as f64 - (N / 2 - 1) as f64);
            let mut weights = [0.0; N];
            for (tap, weight) in weights.iter_mut().enumerate() {
                let d = distance(tap);
                // sin(pi n) is not quite 0 in floating point.
                *weight = if d == d.round() && d != 0.0 {
                    0.0
                } else {
                    S::at(d)
                };
            }
            let sum: f64 = weights.iter().sum();
            weights.map(|w| (w / sum) as f32)
        })
        .collect()
}

impl Kernel {
    /// The table of weights, for devices: 2^9 + 1 phases from one pixel to the next, each with a
    /// weight for every tap (`taps` f32, from -(taps/2 - 1) to taps/2 px). Empty for kernels that
    /// compute their weights.
    pub fn table(self) -> &'static [f32] {
        match self {
            Self::Bicubic => Cubic::table().as_flattened(),
            Self::Lanczos3 => Lanczos3::table().as_flattened(),
            Self::Lanczos4 => Lanczos4::table().as_flattened(),
            _ => &[],
        }
    }
}

/// Weights at a fraction in fixed point, between the two nearest phases.
#[inline(always)]
pub(super) fn tap_weights<const N: usize>(table: &[[f32; N]], fraction: i32) -> [f32; N] {
    let phase = (fraction >> STEP_BITS) as usize;
    let rest = (fraction & STEP_MASK) as f32 * STEP;
    let (low, high) = (&table[phase], &table[phase + 1]);
    let mut out = [0.0; N];
    for i in 0..N {
        out[i] = low[i] + rest * (high[i] - low[i]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constants::FRACTION_BITS;

    fn check<const N: usize, S: Shape<N>>() {
        let table = S::table();
        let mut unit = [0.0; N];
        unit[N / 2 - 1] = 1.0;
        assert_eq!(table[0], unit, "at a pixel only that pixel counts");
        for fraction in (0..1 << FRACTION_BITS).step_by(104_729) {
            let got = tap_weights(table, fraction);
            let sum: f32 = got.iter().sum();
            assert!((sum - 1.0).abs() < 1e-6, "{sum}");
            let exact: Vec<f64> = (0..N)
                .map(|i| {
                    let f = f64::from(fraction) / f64::from(1 << FRACTION_BITS);
                    S::at(f - (i as f64 - (N / 2 - 1) as f64))
                })
                .collect();
            let norm: f64 = exact.iter().sum();
            for (got, exact) in got.iter().zip(&exact) {
                assert!((f64::from(*got) - exact / norm).abs() < 5e-6);
            }
        }
    }

    #[test]
    fn tables_follow_their_functions() {
        check::<BICUBIC_TAPS, Cubic>();
        check::<LANCZOS3_TAPS, Lanczos3>();
        check::<LANCZOS4_TAPS, Lanczos4>();
    }
}

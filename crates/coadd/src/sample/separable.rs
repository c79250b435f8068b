//! Kernels that are a product of one function along columns and one along rows: bicubic, Lanczos.
//!
//! Their weights are read from a table of phases and interpolated between entries; at a whole
//! pixel they are exactly 1 for that pixel and 0 for all others. Lobes are negative, so beside the
//! common rules the nearest tap must be valid, and half of the kernel; else the pixel is bilinear.

use std::f64::consts::PI;
use std::sync::OnceLock;

use zemosaic_wcs::lattice::{FRACTION_BITS, MAX_RUN, Run};

use super::bilinear::Bilinear;
use super::{FRACTION_MASK, Lanes, Sample, Sampler, WeightedLanes, place, tap};
use crate::job::{Kernel, Window};

/// Phases of the table between two pixels, as a power of two.
const PHASE_BITS: u32 = 9;
const PHASES: usize = 1 << PHASE_BITS;
/// Least share of the kernel that must be valid.
const HALF_VALID: f32 = 0.5;

/// Weights of `N` taps per phase; taps lie at -(N/2 - 1) ..= N/2 from the pixel below.
type Table<const N: usize> = Vec<[f32; N]>;

/// A kernel function with support of `N` pixels.
pub(crate) trait Shape<const N: usize>: Copy + Send + Sync {
    /// Value at distance `d`, px; need not be normalised.
    fn at(d: f64) -> f64;

    /// Its table, made once.
    fn table() -> &'static Table<N>;
}

/// Keys' cubic convolution with a = -1/2 (Keys 1981, IEEE ASSP 29, eq. 15), support 4.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cubic;

impl Shape<4> for Cubic {
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

    fn table() -> &'static Table<4> {
        static TABLE: OnceLock<Table<4>> = OnceLock::new();
        TABLE.get_or_init(make_table::<4, Self>)
    }
}

/// sinc(d) sinc(d / 3), support 6 (Duchon 1979, J. Appl. Meteor. 18, eq. 5).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lanczos3;

impl Shape<6> for Lanczos3 {
    fn at(d: f64) -> f64 {
        lanczos(d, 3.0)
    }

    fn table() -> &'static Table<6> {
        static TABLE: OnceLock<Table<6>> = OnceLock::new();
        TABLE.get_or_init(make_table::<6, Self>)
    }
}

/// sinc(d) sinc(d / 4), support 8.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lanczos4;

impl Shape<8> for Lanczos4 {
    fn at(d: f64) -> f64 {
        lanczos(d, 4.0)
    }

    fn table() -> &'static Table<8> {
        static TABLE: OnceLock<Table<8>> = OnceLock::new();
        TABLE.get_or_init(make_table::<8, Self>)
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
    /// The weights that it interpolates, for devices: 513 phases from one pixel to the next, each with
    /// its weight for every tap (`taps` f32, from -(taps/2 - 1) to taps/2 px). Empty for kernels that
    /// reckon theirs.
    pub fn table(self) -> &'static [f32] {
        match self {
            Self::Bicubic => Cubic::table().as_flattened(),
            Self::Lanczos3 => Lanczos3::table().as_flattened(),
            Self::Lanczos4 => Lanczos4::table().as_flattened(),
            _ => &[],
        }
    }
}

/// The kernel of shape `S` over `N` x `N` pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Separable<const N: usize, S>(std::marker::PhantomData<S>);

/// Index of the lowest left tap in the window, and the weights along both axes.
pub(crate) struct Taps<const N: usize> {
    at: [u32; MAX_RUN],
    x: [[f32; N]; MAX_RUN],
    y: [[f32; N]; MAX_RUN],
}

/// Weights at a fraction in fixed point, between the two nearest phases.
#[inline(always)]
fn weights<const N: usize>(table: &[[f32; N]], fraction: i32) -> [f32; N] {
    const STEP_BITS: u32 = FRACTION_BITS - PHASE_BITS;
    let phase = (fraction >> STEP_BITS) as usize;
    let rest = (fraction & ((1 << STEP_BITS) - 1)) as f32 * (1.0 / (1u32 << STEP_BITS) as f32);
    let (low, high) = (&table[phase], &table[phase + 1]);
    let mut out = [0.0; N];
    for i in 0..N {
        out[i] = low[i] + rest * (high[i] - low[i]);
    }
    out
}

impl<const N: usize, S: Shape<N>> Sampler for Separable<N, S> {
    const REACH: [i32; 2] = [(N / 2 - 1) as i32, (N / 2) as i32];
    const NEGATIVE: bool = true;

    type Taps = Taps<N>;

    #[inline(always)]
    fn taps(run: &Run, window: &Window) -> Taps<N> {
        let table = S::table();
        let width = window.width as i32;
        let below = (N / 2 - 1) as i32;
        let origin = (run.base[1] - below - window.first_row as i32) * width + run.base[0] - below;
        let mut taps = Taps {
            at: [0; MAX_RUN],
            x: [[0.0; N]; MAX_RUN],
            y: [[0.0; N]; MAX_RUN],
        };
        for k in 0..run.len {
            let (column, row) = (run.offset(0, k), run.offset(1, k));
            let whole = (row >> FRACTION_BITS) * width + (column >> FRACTION_BITS);
            taps.at[k as usize] = (origin + whole) as u32;
            taps.x[k as usize] = weights(table, column & FRACTION_MASK);
            taps.y[k as usize] = weights(table, row & FRACTION_MASK);
        }
        taps
    }

    #[inline(always)]
    fn plain(taps: &Taps<N>, len: usize, width: usize, plane: &[f32], out: &mut Lanes) {
        for (k, out) in out.iter_mut().enumerate().take(len) {
            let (x, y) = (&taps.x[k], &taps.y[k]);
            let mut columns = [0.0; N];
            for (row, y) in y.iter().enumerate() {
                let at = taps.at[k] as usize + row * width;
                let Some(values) = plane[at..].first_chunk::<N>() else {
                    continue;
                };
                for (sum, value) in columns.iter_mut().zip(values) {
                    *sum += y * value;
                }
            }
            *out = dot(&columns, x);
        }
    }

    #[inline(always)]
    fn weighted(
        taps: &Taps<N>,
        len: usize,
        width: usize,
        plane: &[f32],
        weights: &[f32],
        out: &mut WeightedLanes,
    ) {
        for k in 0..len.min(MAX_RUN) {
            let (x, y) = (&taps.x[k], &taps.y[k]);
            let [mut value, mut weight, mut valid, mut lost] = [[0.0; N]; 4];
            for (row, y) in y.iter().enumerate() {
                let at = taps.at[k] as usize + row * width;
                let (values, maps) = (&plane[at..at + N], &weights[at..at + N]);
                for i in 0..N {
                    let map = y * maps[i];
                    weight[i] += map;
                    value[i] += map * values[i];
                    valid[i] += if maps[i] > 0.0 { *y } else { 0.0 };
                    lost[i] += if maps[i] > 0.0 { 0.0 } else { y.abs() };
                }
            }
            (out.value[k], out.weight[k]) = (dot(&value, x), dot(&weight, x));
            (out.valid[k], out.lost[k]) = (dot(&valid, x), dot(&lost, &x.map(f32::abs)));
        }
    }

    fn careful(run: &Run, k: u32, window: &Window, plane: &[f32]) -> Option<Sample> {
        separable::<N, S>(run, k, window, plane).or_else(|| {
            // What is left of the kernel would ring.
            let sample = Bilinear::careful(run, k, window, plane)?;
            Some(Sample {
                whole: false,
                ..sample
            })
        })
    }
}

/// The sample by the kernel itself; `None` when too little of it is valid.
fn separable<const N: usize, S: Shape<N>>(
    run: &Run,
    k: u32,
    window: &Window,
    plane: &[f32],
) -> Option<Sample> {
    let tile = window.tile();
    let ([column, row], fractions) = place(run, k, tile)?;
    let table = S::table();
    let [x, y] = [0, 1].map(|axis| weights(table, run.offset(axis, k) & FRACTION_MASK));
    let below = (N / 2 - 1) as i32;
    let get = |dx: i32, dy: i32| {
        let (x, y) = (column + dx, row + dy);
        let inside = x >= 0 && x < tile[0] as i32 && y >= 0 && y < tile[1] as i32;
        inside.then(|| tap(window, plane, x, y)).flatten()
    };
    let near = fractions.map(|f| i32::from(f >= 0.5));
    get(near[0], near[1])?;

    let mut whole = true;
    let [mut value, mut weight, mut valid, mut opacity] = [[0.0; N]; 4];
    for (j, y) in y.iter().enumerate() {
        for (i, x) in x.iter().enumerate() {
            if *x == 0.0 || *y == 0.0 {
                continue;
            }
            let Some([v, m, alpha]) = get(i as i32 - below, j as i32 - below) else {
                whole = false;
                continue;
            };
            let map = y * m;
            weight[i] += map;
            value[i] += map * v;
            valid[i] += y;
            opacity[i] += y * alpha;
        }
    }
    let [value, weight, valid, opacity] = [value, weight, valid, opacity].map(|c| dot(&c, &x));
    if whole && window.is_plain() {
        return Some(Sample {
            value,
            weight: 1.0,
            alpha: 1.0,
            whole,
        });
    }
    (valid >= HALF_VALID && weight > 0.0).then(|| Sample {
        value: value / weight,
        weight,
        alpha: opacity / valid,
        whole,
    })
}

/// Sum of products, first to last.
#[inline(always)]
fn dot<const N: usize>(a: &[f32; N], b: &[f32; N]) -> f32 {
    let mut sum = 0.0;
    for (a, b) in a.iter().zip(b) {
        sum += a * b;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<const N: usize, S: Shape<N>>() {
        let table = S::table();
        let mut unit = [0.0; N];
        unit[N / 2 - 1] = 1.0;
        assert_eq!(table[0], unit, "at a pixel only that pixel counts");
        for fraction in (0..1 << FRACTION_BITS).step_by(104_729) {
            let got = weights(table, fraction);
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
        check::<4, Cubic>();
        check::<6, Lanczos3>();
        check::<8, Lanczos4>();
    }
}

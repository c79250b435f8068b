//! Kernels that are a product of one function along columns and one along rows: bicubic, Lanczos.
//!
//! Their weights are interpolated between the entries of a table of phases; at a whole
//! pixel they are exactly 1 for that pixel and 0 for all others. Because lobes are negative, the nearest
//! tap and half of the kernel must also be valid; otherwise the pixel is bilinear.
//!
//! A sample is whole if the inner four taps are valid and at most half a row of the others is not: single bad
//! pixels, or the corner that a turned edge cuts off, where shares are small. A straight edge cuts whole rows.

mod group;
mod shape;

use zemosaic_wcs::lattice::{FRACTION_BITS, MAX_RUN, Run};

use super::bilinear::{Bilinear, Four};
use super::{FRACTION_MASK, GROUP, Lanes, Sample, Sampler, place, tap_at};
use crate::constants::HALF_VALID;
use crate::job::Window;
use group::Group;
pub(crate) use shape::{Cubic, Lanczos3, Lanczos4};
use shape::{Shape, tap_weights};

/// The kernel of shape `S` over `N` x `N` pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Separable<const N: usize, S>(std::marker::PhantomData<S>);

/// Index of the lowest left tap in the window, and the weights along both axes.
pub(crate) struct Taps<const N: usize> {
    at: [u32; MAX_RUN],
    x: [[f32; N]; MAX_RUN],
    y: [[f32; N]; MAX_RUN],
}

impl<const N: usize, S: Shape<N>> Sampler for Separable<N, S> {
    const REACH: [i32; 2] = [(N / 2 - 1) as i32, (N / 2) as i32];

    type Taps = Taps<N>;

    #[inline(always)]
    fn taps(run: &Run, window: &Window) -> Taps<N> {
        let table = S::table();
        let stride = window.stride as i32;
        let below = (N / 2 - 1) as i32;
        let origin = window.index(run.base[0] - below, run.base[1] - below);
        let mut taps = Taps {
            at: [0; MAX_RUN],
            x: [[0.0; N]; MAX_RUN],
            y: [[0.0; N]; MAX_RUN],
        };
        for k in 0..run.len {
            let (column, row) = (run.offset(0, k), run.offset(1, k));
            let whole = (row >> FRACTION_BITS) * stride + (column >> FRACTION_BITS);
            taps.at[k as usize] = (origin + whole) as u32;
            taps.x[k as usize] = tap_weights(table, column & FRACTION_MASK);
            taps.y[k as usize] = tap_weights(table, row & FRACTION_MASK);
        }
        taps
    }

    #[inline(always)]
    fn plain(taps: &Taps<N>, len: usize, width: usize, plane: &[f32], out: &mut Lanes) {
        for first in (0..len).step_by(GROUP) {
            if let Some(group) = Group::of(taps, first, len)
                && let Some(rows) = group.rows(width, plane)
            {
                out[first..first + GROUP].copy_from_slice(&group.plain(&rows));
                continue;
            }
            let lanes = first..(first + GROUP).min(len);
            for (k, out) in lanes.clone().zip(&mut out[lanes]) {
                let (x, y) = (&taps.x[k], &taps.y[k]);
                let mut columns = [0.0; N];
                for (row, y) in y.iter().enumerate() {
                    let at = taps.at[k] as usize + row * width;
                    for (sum, value) in columns.iter_mut().zip(&plane[at..at + N]) {
                        *sum += y * value;
                    }
                }
                *out = dot(&columns, x);
            }
        }
    }

    #[inline(always)]
    fn alphas(_taps: &Taps<N>, run: &Run, window: &Window, map: &[f32], out: &mut Lanes) {
        Bilinear::alphas(&Bilinear::taps(run, window), run, window, map, out);
    }

    fn careful(run: &Run, k: u32, window: &Window, plane: &[f32]) -> Option<Sample> {
        let four = Four::of(run, k, window, plane)?;
        match value::<N, S>(run, k, window, plane) {
            Some((value, lost)) => {
                let whole = four.is_whole() && lost <= N / 2;
                Some(four.weighing(window, value, whole))
            }
            // The rest of the kernel would ring.
            None => Some(Sample {
                whole: false,
                ..four.sample(window, plane)
            }),
        }
    }
}

/// The value of the kernel itself, renormalised over its valid taps, and how many are not; `None` when too little of it
/// is valid.
fn value<const N: usize, S: Shape<N>>(
    run: &Run,
    k: u32,
    window: &Window,
    plane: &[f32],
) -> Option<(f32, usize)> {
    let tile = window.tile();
    let ([column, row], fractions) = place(run, k, tile)?;
    let table = S::table();
    let [x, y] = [0, 1].map(|axis| tap_weights(table, run.offset(axis, k) & FRACTION_MASK));
    let below = (N / 2 - 1) as i32;
    let get = |dx: i32, dy: i32| {
        let (x, y) = (column + dx, row + dy);
        let inside = x >= 0 && x < tile[0] as i32 && y >= 0 && y < tile[1] as i32;
        inside.then(|| tap_at(window, plane, x, y)).flatten()
    };
    let near = fractions.map(|f| i32::from(f >= 0.5));
    get(near[0], near[1])?;

    let mut lost = 0;
    let [mut value, mut valid] = [[0.0; N]; 2];
    for (j, y) in y.iter().enumerate() {
        for (i, x) in x.iter().enumerate() {
            if *x == 0.0 || *y == 0.0 {
                continue;
            }
            let Some(at) = get(i as i32 - below, j as i32 - below) else {
                lost += 1;
                continue;
            };
            value[i] += y * plane[at];
            valid[i] += y;
        }
    }
    let value = dot(&value, &x);
    if lost == 0 {
        return Some((value, 0));
    }
    let valid = dot(&valid, &x);
    (valid >= HALF_VALID).then_some((value / valid, lost))
}

/// Sum of products, in order.
#[inline(always)]
fn dot<const N: usize>(a: &[f32; N], b: &[f32; N]) -> f32 {
    let mut sum = 0.0;
    for (a, b) in a.iter().zip(b) {
        sum += a * b;
    }
    sum
}

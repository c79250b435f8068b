//! Linear interpolation over 2x2 pixels.

use zemosaic_wcs::lattice::{FRACTION_BITS, MAX_RUN, Run};

use super::{
    FRACTION_MASK, FRACTION_STEP, LEAST_VALID, Lanes, Sample, Sampler, WeightedLanes, place, tap,
};
use crate::job::Window;

/// Bilinear kernel; its weights sum to 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bilinear;

/// Index of the lower left tap in the window, and fractions to the next column and row.
pub(crate) struct Taps {
    at: [u32; MAX_RUN],
    x: Lanes,
    y: Lanes,
}

impl Sampler for Bilinear {
    const REACH: [i32; 2] = [0, 1];

    type Taps = Taps;

    #[inline(always)]
    fn taps(run: &Run, window: &Window) -> Taps {
        let origin = (run.base[1] - window.first_row as i32) * window.width as i32 + run.base[0];
        let mut taps = Taps {
            at: [0; MAX_RUN],
            x: [0.0; MAX_RUN],
            y: [0.0; MAX_RUN],
        };
        // All 32 lanes, whatever the length: a fixed count is what vectorises.
        for k in 0..MAX_RUN {
            let (column, row) = (run.offset(0, k as u32), run.offset(1, k as u32));
            let whole = (row >> FRACTION_BITS)
                .wrapping_mul(window.width as i32)
                .wrapping_add(column >> FRACTION_BITS);
            taps.at[k] = origin.wrapping_add(whole) as u32;
            taps.x[k] = (column & FRACTION_MASK) as f32 * FRACTION_STEP;
            taps.y[k] = (row & FRACTION_MASK) as f32 * FRACTION_STEP;
        }
        taps
    }

    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // Three arrays in step.
    fn plain(taps: &Taps, len: usize, width: usize, plane: &[f32], out: &mut Lanes) {
        for k in 0..len.min(MAX_RUN) {
            let at = taps.at[k] as usize;
            let (low, high) = (&plane[at..at + 2], &plane[at + width..at + width + 2]);
            out[k] = lerp([low[0], low[1], high[0], high[1]], taps.x[k], taps.y[k]);
        }
    }

    #[inline(always)]
    fn weighted(
        taps: &Taps,
        len: usize,
        width: usize,
        plane: &[f32],
        weights: &[f32],
        out: &mut WeightedLanes,
    ) {
        for k in 0..len.min(MAX_RUN) {
            let at = taps.at[k] as usize;
            let share = shares(taps.x[k], taps.y[k]);
            let four = |p: &[f32]| {
                let (low, high) = (&p[at..at + 2], &p[at + width..at + width + 2]);
                [low[0], low[1], high[0], high[1]]
            };
            let (v, m) = (four(plane), four(weights));
            let [mut value, mut weight, mut valid, mut lost] = [0.0; 4];
            for i in 0..4 {
                let share_weight = share[i] * m[i];
                weight += share_weight;
                value += share_weight * v[i];
                valid += if m[i] > 0.0 { share[i] } else { 0.0 };
                lost += if m[i] > 0.0 { 0.0 } else { share[i] };
            }
            (out.value[k], out.weight[k]) = (value, weight);
            (out.valid[k], out.lost[k]) = (valid, lost);
        }
    }

    fn careful(run: &Run, k: u32, window: &Window, plane: &[f32]) -> Option<Sample> {
        let tile = window.tile();
        let ([column, row], [fx, fy]) = place(run, k, tile)?;
        let mut taps = [None; 4];
        for (i, tap_slot) in taps.iter_mut().enumerate() {
            let (x, y) = (column + (i as i32 & 1), row + (i as i32 >> 1));
            if x >= 0 && x < tile[0] as i32 && y >= 0 && y < tile[1] as i32 {
                // A tap of no share may be beyond what the window holds.
                let share = shares(fx, fy)[i];
                *tap_slot = (share != 0.0).then(|| tap(window, plane, x, y)).flatten();
            }
        }
        if let ([Some(a), Some(b), Some(c), Some(d)], true) = (taps, window.is_plain()) {
            return Some(Sample {
                value: lerp([a[0], b[0], c[0], d[0]], fx, fy),
                weight: 1.0,
                alpha: 1.0,
                whole: true,
            });
        }
        weigh(taps, shares(fx, fy))
    }
}

/// Kernel weights of the four taps: lower left, lower right, upper left, upper right.
#[inline(always)]
fn shares(fx: f32, fy: f32) -> [f32; 4] {
    let (gx, gy) = (1.0 - fx, 1.0 - fy);
    [gx * gy, fx * gy, gx * fy, fx * fy]
}

#[inline(always)]
fn lerp(taps: [f32; 4], fx: f32, fy: f32) -> f32 {
    let below = taps[0] + fx * (taps[1] - taps[0]);
    let above = taps[2] + fx * (taps[3] - taps[2]);
    below + fy * (above - below)
}

/// The sample over the valid taps, each `[value, weight x opacity, opacity]`.
fn weigh(taps: [Option<[f32; 3]>; 4], shares: [f32; 4]) -> Option<Sample> {
    let [mut valid, mut weight, mut value, mut opacity] = [0.0f32; 4];
    let mut whole = true;
    for (tap, share) in taps.into_iter().zip(shares) {
        whole &= tap.is_some() || share == 0.0;
        if let Some([v, m, alpha]) = tap {
            valid += share;
            weight += share * m;
            value += share * m * v;
            opacity += share * alpha;
        }
    }
    (valid >= LEAST_VALID && weight > 0.0).then(|| Sample {
        value: value / weight,
        weight,
        alpha: opacity / valid,
        whole,
    })
}

//! Linear interpolation over 2x2 pixels.

use zemosaic_wcs::lattice::{FRACTION_BITS, MAX_RUN, Run};

use super::{
    FRACTION_MASK, FRACTION_STEP, GROUP, LEAST_VALID, Lanes, Sample, Sampler, WeightedLanes,
    are_neighbours, place, tap_at,
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
        // All 32 lanes, whatever the length, because only a fixed count is vectorised.
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
    fn plain(taps: &Taps, len: usize, width: usize, plane: &[f32], out: &mut Lanes) {
        for first in (0..len).step_by(GROUP) {
            if let Some(group) = Group::of(taps, first, len)
                && let Some(rows) = group.rows(width, plane)
            {
                out[first..first + GROUP].copy_from_slice(&group.plain(rows));
                continue;
            }
            let lanes = first..(first + GROUP).min(len);
            for (k, out) in lanes.clone().zip(&mut out[lanes]) {
                *out = lerp(four(plane, taps.at[k], width), taps.x[k], taps.y[k]);
            }
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
        for first in (0..len).step_by(GROUP) {
            if let Some(group) = Group::of(taps, first, len)
                && let Some(rows) = group.rows(width, plane)
                && let Some(maps) = group.rows(width, weights)
            {
                out.put(first, &group.weighted(rows, maps));
                continue;
            }
            for k in first..(first + GROUP).min(len) {
                let v = four(plane, taps.at[k], width);
                let m = four(weights, taps.at[k], width);
                let sums = sums(shares(taps.x[k], taps.y[k]), v, m);
                [out.value[k], out.weight[k], out.valid[k], out.lost[k]] = sums;
            }
        }
    }

    fn careful(run: &Run, k: u32, window: &Window, plane: &[f32]) -> Option<Sample> {
        let tile = window.tile();
        let ([column, row], [fx, fy]) = place(run, k, tile)?;
        // A tap with a share of 0 may lie beyond the window: its neighbour with a share is read instead.
        let with_share = usize::from(fx != 0.0) | usize::from(fy != 0.0) << 1;
        let mut taps = [None; 4];
        for i in 0..4 {
            let (x, y) = (column + (i as i32 & 1), row + (i as i32 >> 1));
            let inside = x >= 0 && x < tile[0] as i32 && y >= 0 && y < tile[1] as i32;
            taps[i] = if i & with_share == i {
                inside.then(|| tap_at(window, plane, x, y)).flatten()
            } else {
                taps[i & with_share]
            };
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

/// Columns that the taps of a group span.
const SPAN: usize = GROUP + 1;

/// Pixels whose taps are neighbours, and their fractions.
struct Group {
    at: usize,
    x: [f32; GROUP],
    y: [f32; GROUP],
}

impl Group {
    /// The lanes from `first` on, if they are a whole group of neighbours.
    #[inline(always)]
    fn of(taps: &Taps, first: usize, len: usize) -> Option<Self> {
        let at = taps.at[first..len].first_chunk()?;
        are_neighbours(at).then_some(Self {
            at: at[0] as usize,
            x: *taps.x[first..].first_chunk()?,
            y: *taps.y[first..].first_chunk()?,
        })
    }

    /// The two tile rows, from the leftmost tap on.
    #[inline(always)]
    fn rows<'a>(&self, width: usize, plane: &'a [f32]) -> Option<[&'a [f32; SPAN]; 2]> {
        let row = |at: usize| plane.get(at..)?.first_chunk();
        Some([row(self.at)?, row(self.at + width)?])
    }

    #[inline(always)]
    fn plain(&self, [low, high]: [&[f32; SPAN]; 2]) -> [f32; GROUP] {
        let mut out = [0.0; GROUP];
        for k in 0..GROUP {
            let taps = [low[k], low[k + 1], high[k], high[k + 1]];
            out[k] = lerp(taps, self.x[k], self.y[k]);
        }
        out
    }

    #[inline(always)]
    fn weighted(&self, values: [&[f32; SPAN]; 2], maps: [&[f32; SPAN]; 2]) -> [[f32; GROUP]; 4] {
        let mut out = [[0.0; GROUP]; 4];
        for k in 0..GROUP {
            let four = |[low, high]: [&[f32; SPAN]; 2]| [low[k], low[k + 1], high[k], high[k + 1]];
            let sums = sums(shares(self.x[k], self.y[k]), four(values), four(maps));
            for (out, sum) in out.iter_mut().zip(sums) {
                out[k] = sum;
            }
        }
        out
    }
}

/// The taps of a pixel: lower left, lower right, upper left, upper right.
#[inline(always)]
fn four(plane: &[f32], at: u32, width: usize) -> [f32; 4] {
    let at = at as usize;
    let (low, high) = (&plane[at..at + 2], &plane[at + width..at + width + 2]);
    [low[0], low[1], high[0], high[1]]
}

/// Sums over the taps of share x weight x value and of share x weight, the share that is valid, and the
/// share that is not.
#[inline(always)]
fn sums(share: [f32; 4], v: [f32; 4], m: [f32; 4]) -> [f32; 4] {
    let [mut value, mut weight, mut valid, mut lost] = [0.0; 4];
    for i in 0..4 {
        let share_weight = share[i] * m[i];
        weight += share_weight;
        value += share_weight * v[i];
        valid += if m[i] > 0.0 { share[i] } else { 0.0 };
        lost += if m[i] > 0.0 { 0.0 } else { share[i] };
    }
    [value, weight, valid, lost]
}

/// Kernel weights of the four taps: lower left, lower right, upper left, upper right.
#[inline(always)]
fn shares(fx: f32, fy: f32) -> [f32; 4] {
    let (gx, gy) = (1.0 - fx, 1.0 - fy);
    [gx * gy, fx * gy, gx * fy, fx * fy]
}

/// The value between the taps. If it is finite, a tap with a share of 0 can only have changed the sign of a zero, which
/// is dropped when the block is finished.
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
        whole &= tap.is_some();
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

//! Linear interpolation over 2x2 pixels.

use zemosaic_wcs::lattice::{FRACTION_BITS, MAX_RUN, Run};

use super::{
    FRACTION_MASK, FRACTION_STEP, GROUP, LEAST_VALID, Lanes, Maps, Sample, Sampler, are_neighbours,
    place, tap_at,
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
        let origin = window.index(run.base[0], run.base[1]);
        let mut taps = Taps {
            at: [0; MAX_RUN],
            x: [0.0; MAX_RUN],
            y: [0.0; MAX_RUN],
        };
        // All 32 lanes, whatever the length, because only a fixed count is vectorised.
        for k in 0..MAX_RUN {
            let (column, row) = (run.offset(0, k as u32), run.offset(1, k as u32));
            let whole = (row >> FRACTION_BITS)
                .wrapping_mul(window.stride as i32)
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
                *out = lerp(four(plane, taps.at[k], width), [taps.x[k], taps.y[k]]);
            }
        }
    }

    #[inline(always)]
    fn alphas(taps: &Taps, run: &Run, window: &Window, map: &[f32], out: &mut Lanes) {
        Self::plain(taps, run.len as usize, window.stride as usize, map, out);
    }

    fn careful(run: &Run, k: u32, window: &Window, plane: &[f32]) -> Option<Sample> {
        Some(Four::of(run, k, window, plane)?.sample(window, plane))
    }
}

/// The taps of linear interpolation that have values.
pub(super) struct Four {
    /// Index in the window of each tap. A tap with a share of 0 is that of its neighbour with a share.
    taps: [Option<usize>; 4],
    fractions: [f32; 2],
    /// The share of the taps with values: 1 only if they all have one.
    pub valid: f32,
}

impl Four {
    /// Those of pixel `k` of the run; `None` outside the tile, or if too small a share is valid.
    pub(super) fn of(run: &Run, k: u32, window: &Window, plane: &[f32]) -> Option<Self> {
        let tile = window.tile();
        let ([column, row], fractions) = place(run, k, tile)?;
        // A tap with a share of 0 may lie beyond the window.
        let with_share = usize::from(fractions[0] != 0.0) | usize::from(fractions[1] != 0.0) << 1;
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
        let mut valid = 1.0;
        if !taps.iter().all(Option::is_some) {
            valid = 0.0;
            for (tap, share) in taps.iter().zip(shares(fractions)) {
                valid += if tap.is_some() { share } else { 0.0 };
            }
        }
        (valid >= LEAST_VALID).then_some(Self {
            taps,
            fractions,
            valid,
        })
    }

    /// Every tap has a value.
    pub(super) fn is_whole(&self) -> bool {
        self.taps.iter().all(Option::is_some)
    }

    /// The tap with the largest share, if it has a value.
    pub(super) fn nearest(&self) -> Option<usize> {
        let [right, upper] = self.fractions.map(|fraction| usize::from(fraction >= 0.5));
        self.taps[right + 2 * upper]
    }

    /// The mean of a plane over the valid taps.
    pub(super) fn mean(&self, plane: &[f32]) -> f32 {
        if let [Some(a), Some(b), Some(c), Some(d)] = self.taps {
            return lerp([a, b, c, d].map(|at| plane[at]), self.fractions);
        }
        let mut sum = 0.0;
        for (tap, share) in self.taps.iter().zip(shares(self.fractions)) {
            sum += tap.map_or(0.0, |at| share * plane[at]);
        }
        sum / self.valid
    }

    /// What the maps say about a sample with these taps.
    fn maps(&self, window: &Window) -> Maps {
        Maps {
            variance: window.variances.map_or(1.0, |map| self.mean(map)),
            alpha: window.alphas.map_or(1.0, |map| self.mean(map)),
        }
    }

    /// A sample of this value.
    pub(super) fn weighing(&self, window: &Window, value: f32, whole: bool) -> Sample {
        let maps = self.maps(window);
        Sample {
            value,
            weight: maps.weight() * self.valid,
            alpha: maps.alpha,
            whole,
        }
    }

    /// The bilinear sample.
    pub(super) fn sample(&self, window: &Window, plane: &[f32]) -> Sample {
        self.weighing(window, self.mean(plane), self.is_whole())
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
            out[k] = lerp(taps, [self.x[k], self.y[k]]);
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

/// Kernel weights of the four taps: lower left, lower right, upper left, upper right.
#[inline(always)]
fn shares([fx, fy]: [f32; 2]) -> [f32; 4] {
    let (gx, gy) = (1.0 - fx, 1.0 - fy);
    [gx * gy, fx * gy, gx * fy, fx * fy]
}

/// The value between the taps. If it is finite, a tap with a share of 0 can only have changed the sign of a zero, which
/// is dropped when the block is finished.
#[inline(always)]
fn lerp(taps: [f32; 4], [fx, fy]: [f32; 2]) -> f32 {
    let below = taps[0] + fx * (taps[1] - taps[0]);
    let above = taps[2] + fx * (taps[3] - taps[2]);
    below + fy * (above - below)
}

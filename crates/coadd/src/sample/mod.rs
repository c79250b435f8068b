//! Sampling a tile along a lattice run.
//!
//! Pixels whose taps all lie inside the tile take a fast path without bounds checks. Where a tap has no value, and
//! at the tile's edges, they take the *careful* path, tap by tap. Where both give an answer, its bits are the same, so no
//! pixel depends on its neighbours, on the chunk or on the thread. A tap with a share of 0 is left out, whatever it holds.
//!
//! Inside a kernel only validity counts: maps never weigh its taps, because a map that knows the photon noise of stars would
//! make them fainter. Maps weigh the sample as a whole: variances are interpolated, by positive shares (see [`Maps`]).

// Everything here is inlined into one function per instruction set (see cpu::simd); as calls it would stay portable code.
#![allow(clippy::inline_always)]

mod area;
pub(crate) mod bilinear;
pub(crate) mod exact;
pub(crate) mod nearest;
mod quad;
pub(crate) mod separable;

use std::ops::Range;

use zemosaic_wcs::lattice::{FRACTION_BITS, MAX_RUN, Run};

pub(crate) use crate::constants::LEAST_VALID;
use crate::constants::{FRACTION_MASK, FRACTION_STEP, HALF};
use crate::job::Window;
use crate::rows::missing;

/// One sample: its value, its weight apart from the tile's, and its opacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub value: f32,
    pub weight: f32,
    pub alpha: f32,
    /// So few taps are missing that it counts like the samples of other tiles.
    pub whole: bool,
}

/// What the maps say about a sample: means over the valid taps, by positive shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Maps {
    /// Mean of 1 / weight.
    pub variance: f32,
    /// Mean opacity.
    pub alpha: f32,
}

impl Maps {
    /// The weight of a sample: the harmonic mean of the map's weights x the opacity.
    #[inline(always)]
    pub fn weight(self) -> f32 {
        1.0 / self.variance * self.alpha
    }
}

/// Samples of one run, lane `k` for output pixel `run.x + k`.
pub(crate) type Lanes = [f32; MAX_RUN];

/// Pixels of a run that are sampled together where their taps are neighbours: a vector of them.
pub(crate) const GROUP: usize = 8;

/// True when each pixel's taps follow those of the previous pixel, in the same tile rows. This holds for
/// most of a tile that is nearly aligned with the grid and has nearly its scale.
#[inline(always)]
pub(crate) fn are_neighbours(at: &[u32; GROUP]) -> bool {
    // Words, because folding truth values costs a vector several packings.
    let off = |(i, tap): (u32, &u32)| *tap ^ at[0].wrapping_add(i);
    (0..).zip(at).fold(0, |any, tap| any | off(tap)) == 0
}

/// One value per lane; unlike those of `std::array`, never a call of portable code.
#[inline(always)]
pub(crate) fn each<T: Copy + Default, const N: usize>(value: impl Fn(usize) -> T) -> [T; N] {
    let mut lanes = [T::default(); N];
    // One call of the closure, so that it is inlined.
    for (k, lane) in lanes.iter_mut().enumerate() {
        *lane = value(k);
    }
    lanes
}

#[inline(always)]
pub(crate) fn all_finite(lanes: &[f32]) -> bool {
    lanes
        .iter()
        .fold(0, |any, v| any | u32::from(!v.is_finite()))
        == 0
}

#[inline(always)]
pub(crate) fn none_finite(lanes: &[f32]) -> bool {
    lanes
        .iter()
        .fold(0, |any, v| any | u32::from(v.is_finite()))
        == 0
}

/// An interpolation kernel.
pub(crate) trait Sampler: Copy + Send + Sync {
    /// Taps reach this many px below and above `floor` of a position.
    const REACH: [i32; 2];

    /// Where the taps of a run's pixels are; computed once for all channels.
    type Taps;

    /// Tap places of a run whose footprint lies inside the window.
    fn taps(run: &Run, window: &Window) -> Self::Taps;

    /// Plain samples of the run; lanes beyond its length are meaningless.
    fn plain(taps: &Self::Taps, len: usize, width: usize, plane: &[f32], out: &mut Lanes);

    /// Makes those samples NaN that [`Self::plain`] found though the variances at their taps cannot all be used.
    fn keep_weighable(_run: &Run, _window: &Window, _plane: &[f32], _samples: &mut Lanes) {}

    /// Opacities along the run. Lanes beyond its length are meaningless.
    fn alphas(taps: &Self::Taps, run: &Run, window: &Window, map: &[f32], out: &mut Lanes);

    /// Variances along the run, by the shares of linear interpolation, because they are positive, whatever the kernel. Lanes
    /// beyond its length are meaningless.
    fn variances(taps: &Self::Taps, run: &Run, window: &Window, map: &[f32], out: &mut Lanes) {
        Self::alphas(taps, run, window, map, out);
    }

    /// One pixel by the full rules; `None` when nothing there is valid.
    fn careful(run: &Run, k: u32, window: &Window, plane: &[f32]) -> Option<Sample>;
}

/// True when every tap of a run with these [`Run::bounds`] lies inside the tile.
#[inline(always)]
pub(crate) fn is_inside([x0, x1, y0, y1]: [i32; 4], reach: [i32; 2], tile: [u32; 2]) -> bool {
    let [w, h] = tile.map(|n| n as i32);
    x0 >= reach[0] && x1 < w - reach[1] && y0 >= reach[0] && y1 < h - reach[1]
}

/// The first consecutive pixels of the run that can take the fast path, because all their taps lie inside
/// the tile.
pub(crate) fn fast_lanes<S: Sampler>(run: &Run, tile: [u32; 2]) -> Range<u32> {
    let is_fast = |k: u32| {
        (0..2).all(|axis| {
            let floor = run.base[axis].saturating_add(run.offset(axis, k) >> FRACTION_BITS);
            floor >= S::REACH[0] && floor < tile[axis] as i32 - S::REACH[1]
        })
    };
    let first = (0..run.len).find(|k| is_fast(*k)).unwrap_or(run.len);
    let end = (first..run.len).find(|k| !is_fast(*k)).unwrap_or(run.len);
    first..end
}

/// Pixel `k` of the run: whole tile pixel below it and fractions 0..1, or `None` when it lies
/// outside [-0.5, n - 0.5) of the tile.
#[inline(always)]
pub(crate) fn place(run: &Run, k: u32, tile: [u32; 2]) -> Option<([i32; 2], [f32; 2])> {
    let mut whole = [0; 2];
    let mut fraction = [0.0; 2];
    for axis in 0..2 {
        let offset = run.offset(axis, k);
        let nearest = run.base[axis] + (offset.wrapping_add(HALF) >> FRACTION_BITS);
        if nearest < 0 || nearest >= tile[axis] as i32 {
            return None;
        }
        whole[axis] = run.base[axis] + (offset >> FRACTION_BITS);
        fraction[axis] = (offset & FRACTION_MASK) as f32 * FRACTION_STEP;
    }
    Some((whole, fraction))
}

/// Index in its window of a tap with a value; `None` where it has none.
///
/// `row` is a tile row inside the tile. If the window lacks it, the plan is wrong, and
/// stopping is better than a silent hole.
#[inline(always)]
pub(crate) fn tap_at(window: &Window, plane: &[f32], column: i32, row: i32) -> Option<usize> {
    let held = row - window.first_row as i32;
    if held < 0 || held >= window.rows as i32 {
        missing(row as u32);
    }
    let at = window.index(column, row) as u32 as usize;
    plane[at].is_finite().then_some(at)
}

//! The pixel that holds the position.

use zemosaic_wcs::lattice::{FRACTION_BITS, MAX_RUN, Run};

use super::{HALF, Lanes, Sample, Sampler, WeightedLanes, place, tap_at};
use crate::job::Window;

/// Nearest neighbour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nearest;

impl Sampler for Nearest {
    const REACH: [i32; 2] = [0, 1];

    type Taps = [u32; MAX_RUN];

    #[inline(always)]
    fn taps(run: &Run, window: &Window) -> Self::Taps {
        let origin = (run.base[1] - window.first_row as i32) * window.width as i32 + run.base[0];
        std::array::from_fn(|k| {
            let k = k as u32;
            let column = run.offset(0, k).wrapping_add(HALF) >> FRACTION_BITS;
            let row = run.offset(1, k).wrapping_add(HALF) >> FRACTION_BITS;
            (origin + row * window.width as i32 + column) as u32
        })
    }

    #[inline(always)]
    fn plain(taps: &Self::Taps, len: usize, _width: usize, plane: &[f32], out: &mut Lanes) {
        for (out, &at) in out.iter_mut().zip(taps).take(len) {
            *out = plane[at as usize];
        }
    }

    #[inline(always)]
    fn weighted(
        taps: &Self::Taps,
        len: usize,
        _width: usize,
        plane: &[f32],
        weights: &[f32],
        out: &mut WeightedLanes,
    ) {
        for (k, &at) in taps.iter().enumerate().take(len) {
            let weight = weights[at as usize];
            out.weight[k] = weight;
            out.value[k] = weight * plane[at as usize];
            out.valid[k] = f32::from(u8::from(weight > 0.0));
            out.lost[k] = 0.0;
        }
    }

    fn careful(run: &Run, k: u32, window: &Window, plane: &[f32]) -> Option<Sample> {
        let (whole, fraction) = place(run, k, window.tile())?;
        let near = |axis: usize| whole[axis] + i32::from(fraction[axis] >= 0.5);
        let [value, weight, alpha] = tap_at(window, plane, near(0), near(1))?;
        Some(Sample {
            // As on the fast path, so that both round alike.
            value: if window.is_plain() {
                value
            } else {
                weight * value / weight
            },
            weight,
            alpha,
            whole: true,
        })
    }
}

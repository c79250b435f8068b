//! The pixel that holds the position.

use zemosaic_wcs::lattice::{FRACTION_BITS, MAX_RUN, Run};

use super::{HALF, Lanes, Maps, Sample, Sampler, place, tap_at};
use crate::job::Window;

/// Nearest neighbour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nearest;

impl Sampler for Nearest {
    const REACH: [i32; 2] = [0, 1];

    type Taps = [u32; MAX_RUN];

    #[inline(always)]
    fn taps(run: &Run, window: &Window) -> Self::Taps {
        let origin = window.index(run.base[0], run.base[1]);
        std::array::from_fn(|k| {
            let k = k as u32;
            let column = run.offset(0, k).wrapping_add(HALF) >> FRACTION_BITS;
            let row = run.offset(1, k).wrapping_add(HALF) >> FRACTION_BITS;
            (origin + row * window.stride as i32 + column) as u32
        })
    }

    #[inline(always)]
    fn plain(taps: &Self::Taps, len: usize, _width: usize, plane: &[f32], out: &mut Lanes) {
        for (out, &at) in out.iter_mut().zip(taps).take(len) {
            *out = plane[at as usize];
        }
    }

    #[inline(always)]
    fn map(taps: &Self::Taps, run: &Run, window: &Window, map: &[f32], out: &mut Lanes) {
        Self::plain(taps, run.len as usize, window.stride as usize, map, out);
    }

    fn careful(run: &Run, k: u32, window: &Window, plane: &[f32]) -> Option<Sample> {
        let (whole, fraction) = place(run, k, window.tile())?;
        let near = |axis: usize| whole[axis] + i32::from(fraction[axis] >= 0.5);
        let at = tap_at(window, plane, near(0), near(1))?;
        let maps = Maps {
            variance: window.variances.map_or(1.0, |map| map[at]),
            alpha: window.alphas.map_or(1.0, |map| map[at]),
        };
        Some(Sample {
            value: plane[at],
            weight: maps.weight(),
            alpha: maps.alpha,
            whole: true,
        })
    }
}

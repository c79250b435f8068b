//! The pixel that holds the position.
//!
//! Its value and opacity are the sample's. Variances are interpolated all the same: the pixel may lie half a pixel off the
//! position, and a map that knows the photon noise of a star would weigh such samples up, which makes stars fainter.

use zemosaic_wcs::lattice::{FRACTION_BITS, MAX_RUN, Run};

use super::bilinear::{Bilinear, Four};
use super::{HALF, Lanes, Maps, Sample, Sampler};
use crate::job::Window;

/// Nearest neighbour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nearest;

impl Sampler for Nearest {
    const REACH: [i32; 2] = Bilinear::REACH;

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
    fn keep_weighable(run: &Run, window: &Window, plane: &[f32], out: &mut Lanes) {
        if window.variances.is_none() {
            return;
        }
        let mut between = [0.0; MAX_RUN];
        let len = run.len as usize;
        let taps = Bilinear::taps(run, window);
        Bilinear::plain(&taps, len, window.stride as usize, plane, &mut between);
        for (out, between) in out.iter_mut().zip(between).take(len) {
            if !between.is_finite() {
                *out = f32::NAN;
            }
        }
    }

    #[inline(always)]
    fn variances(_: &Self::Taps, run: &Run, window: &Window, map: &[f32], out: &mut Lanes) {
        Bilinear::alphas(&Bilinear::taps(run, window), run, window, map, out);
    }

    #[inline(always)]
    fn alphas(taps: &Self::Taps, run: &Run, window: &Window, map: &[f32], out: &mut Lanes) {
        Self::plain(taps, run.len as usize, window.stride as usize, map, out);
    }

    fn careful(run: &Run, k: u32, window: &Window, plane: &[f32]) -> Option<Sample> {
        let four = Four::of(run, k, window, plane)?;
        let at = four.nearest()?;
        let maps = Maps {
            variance: window.variances.map_or(1.0, |map| four.mean(map)),
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

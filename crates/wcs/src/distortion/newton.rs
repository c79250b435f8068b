//! The inverse of a distortion, in the neighbourhood of the image where its polynomial is meaningful.

use super::{Jet, Warp};

/// A box of pixel offsets from CRPIX around the image, and the starting values for the inverse.
#[derive(Clone, Debug)]
pub struct Domain {
    /// Middle of the box and half its sides, pixels.
    middle: [f64; 2],
    half: [f64; 2],
    /// The middle in the distortion's own coordinates, the value there and the inverse of its matrix.
    start: [f64; 2],
    value: [f64; 2],
    inverse: [[f64; 2]; 2],
    /// Sign of the Jacobian in the middle.
    sign: f64,
    /// Whether the Jacobian changes sign somewhere in the box.
    folds: bool,
}

/// How far the box extends beyond the image on each side, as a fraction of the image's size.
const MARGIN: f64 = 0.5;
/// Samples per side in the search for folds.
const SAMPLES: u32 = 48;
const MOST_STEPS: u32 = 40;

fn determinant(m: &[[f64; 2]; 2]) -> f64 {
    m[0][0] * m[1][1] - m[0][1] * m[1][0]
}

fn solve(m: &[[f64; 2]; 2], det: f64, r: [f64; 2]) -> [f64; 2] {
    [
        (m[1][1] * r[0] - m[0][1] * r[1]) / det,
        (m[0][0] * r[1] - m[1][0] * r[0]) / det,
    ]
}

impl Domain {
    /// For an image whose pixels are at offsets `low`..`high` from CRPIX; `own` converts pixel offsets to the
    /// distortion's coordinates. `None` when the polynomial has no inverse in the middle of the image.
    pub fn new(
        warp: &Warp,
        low: [f64; 2],
        high: [f64; 2],
        own: &dyn Fn([f64; 2]) -> [f64; 2],
    ) -> Option<Self> {
        let middle = [0.5 * (low[0] + high[0]), 0.5 * (low[1] + high[1])];
        // At least a few pixels, for very small images.
        let half = [0, 1].map(|k| (0.5 + MARGIN) * (high[k] - low[k]) + 8.0);
        let start = own(middle);
        let (value, matrix) = warp.jet(start);
        let det = determinant(&matrix);
        if !det.is_finite() || det == 0.0 || !value.iter().all(|v| v.is_finite()) {
            return None;
        }
        let inverse = [
            [matrix[1][1] / det, -matrix[0][1] / det],
            [-matrix[1][0] / det, matrix[0][0] / det],
        ];
        let mut domain = Self {
            middle,
            half,
            start,
            value,
            inverse,
            sign: det.signum(),
            folds: false,
        };
        domain.folds = domain.find_fold(warp, own, 1.0);
        Some(domain)
    }

    /// Whether the polynomial folds within the image itself.
    pub fn folds_inside(&self, warp: &Warp, own: &dyn Fn([f64; 2]) -> [f64; 2]) -> bool {
        self.folds && self.find_fold(warp, own, 0.5 / (0.5 + MARGIN))
    }

    fn find_fold(&self, warp: &Warp, own: &dyn Fn([f64; 2]) -> [f64; 2], part: f64) -> bool {
        let at = |i: u32| part * (f64::from(2 * i) / f64::from(SAMPLES) - 1.0);
        (0..=SAMPLES).any(|j| {
            (0..=SAMPLES).any(|i| {
                let u = [
                    self.middle[0] + at(i) * self.half[0],
                    self.middle[1] + at(j) * self.half[1],
                ];
                !self.keeps_sign(&warp.jet(own(u)))
            })
        })
    }

    fn keeps_sign(&self, jet: &Jet) -> bool {
        determinant(&jet.1) * self.sign > 0.0
    }

    /// How far from the middle a pixel offset is: 1 on the border of the box.
    fn reach(&self, u: [f64; 2]) -> f64 {
        ((u[0] - self.middle[0]) / self.half[0])
            .abs()
            .max(((u[1] - self.middle[1]) / self.half[1]).abs())
    }

    /// The coordinates that the distortion maps to `target`; `None` when there are none in the box that can be reached
    /// from the middle without crossing a fold. `offset` is the inverse of `own`.
    pub fn invert(
        &self,
        warp: &Warp,
        target: [f64; 2],
        offset: &dyn Fn([f64; 2]) -> [f64; 2],
    ) -> Option<[f64; 2]> {
        let away = [target[0] - self.value[0], target[1] - self.value[1]];
        let m = &self.inverse;
        let step = [
            m[0][0] * away[0] + m[0][1] * away[1],
            m[1][0] * away[0] + m[1][1] * away[1],
        ];
        let mut z = [self.start[0] + step[0], self.start[1] + step[1]];
        let reach = self.reach(offset(z));
        if !reach.is_finite() {
            return None;
        }
        if reach > 1.0 {
            z = [0, 1].map(|k| self.start[k] + step[k] / reach);
        }
        let z = match newton(warp, target, z) {
            Some(z) => z,
            None if warp.has_kinks() => creep(warp, target, z)?,
            None => return None,
        };
        if self.reach(offset(z)) > 1.0 || !self.keeps_sign(&warp.jet(z)) {
            return None;
        }
        (!self.folds || self.is_reached(warp, z)).then_some(z)
    }

    /// Whether the Jacobian keeps its sign on the way from the middle.
    fn is_reached(&self, warp: &Warp, z: [f64; 2]) -> bool {
        (1..16).all(|i| {
            let t = f64::from(i) / 16.0;
            self.keeps_sign(&warp.jet([0, 1].map(|k| self.start[k] + t * (z[k] - self.start[k]))))
        })
    }
}

/// Newton's method; a step that increases the error is halved.
fn newton(warp: &Warp, target: [f64; 2], start: [f64; 2]) -> Option<[f64; 2]> {
    let residual = |jet: &Jet| [target[0] - jet.0[0], target[1] - jet.0[1]];
    let square = |r: [f64; 2]| r[0] * r[0] + r[1] * r[1];
    let mut z = start;
    let mut jet = warp.jet(z);
    let mut miss = residual(&jet);
    let mut last = 0.0;
    for _ in 0..MOST_STEPS {
        let det = determinant(&jet.1);
        if det == 0.0 || !det.is_finite() {
            return None;
        }
        let step = solve(&jet.1, det, miss);
        let size = 1.0 + z[0].abs().max(z[1].abs());
        let length = step[0].abs().max(step[1].abs());
        // Convergence is quadratic where the slope has no jumps, so the length of the next step can be predicted.
        let next_length = length * (length / last) * (length / last);
        let near = length < 0.01 * last && next_length <= 1e-13 * size && !warp.has_kinks();
        if near || length <= 1e-14 * size {
            return Some([z[0] + step[0], z[1] + step[1]]);
        }
        last = length;
        let mut part = 1.0;
        loop {
            let next = [z[0] + part * step[0], z[1] + part * step[1]];
            let next_jet = warp.jet(next);
            let next_miss = residual(&next_jet);
            if square(next_miss) < square(miss) {
                (z, jet, miss) = (next, next_jet, next_miss);
                break;
            }
            part *= 0.5;
            if part < 1e-3 {
                // No progress: either at the last bit, or in a valley without a solution.
                return (length <= 1e-11 * size).then_some(z);
            }
        }
    }
    None
}

/// For slopes that jump under every step: the correction is subtracted again and again, which converges when
/// corrections vary little from pixel to pixel.
fn creep(warp: &Warp, target: [f64; 2], start: [f64; 2]) -> Option<[f64; 2]> {
    let mut z = start;
    for _ in 0..200 {
        let value = warp.jet(z).0;
        let step = [target[0] - value[0], target[1] - value[1]];
        z = [z[0] + step[0], z[1] + step[1]];
        if step[0].abs().max(step[1].abs()) <= 1e-11 {
            return Some(z);
        }
    }
    None
}

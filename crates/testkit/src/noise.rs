//! Smooth pseudo-random functions of the plane (gradient noise, Perlin 1985 and 2002).

use crate::random::mix;

/// The fractal sum of octaves of one seed.
pub(crate) struct Noise {
    seed: u64,
}

const DIAGONAL: f64 = std::f64::consts::FRAC_1_SQRT_2;
const GRADIENTS: [[f64; 2]; 8] = [
    [1.0, 0.0],
    [DIAGONAL, DIAGONAL],
    [0.0, 1.0],
    [-DIAGONAL, DIAGONAL],
    [-1.0, 0.0],
    [-DIAGONAL, -DIAGONAL],
    [0.0, -1.0],
    [DIAGONAL, -DIAGONAL],
];

/// Perlin's quintic: continuous second derivative across lattice lines.
fn fade(t: f64) -> f64 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed: mix(seed ^ 0x6E6F_6973_6500),
        }
    }

    fn corner(&self, octave: u64, i: i64, j: i64, dx: f64, dy: f64) -> f64 {
        let hash = mix(self.seed
            ^ octave.wrapping_mul(0xA24B_AED4_963E_E407)
            ^ (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
            ^ (j as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F));
        let gradient = GRADIENTS[(hash & 7) as usize];
        gradient[0] * dx + gradient[1] * dy
    }

    /// One octave, about -0.7..0.7, with features of size 1.
    fn octave(&self, octave: u64, x: f64, y: f64) -> f64 {
        let (floor_x, floor_y) = (x.floor(), y.floor());
        let (i, j) = (floor_x as i64, floor_y as i64);
        let (dx, dy) = (x - floor_x, y - floor_y);
        let (sx, sy) = (fade(dx), fade(dy));
        let low = self.corner(octave, i, j, dx, dy) * (1.0 - sx)
            + self.corner(octave, i + 1, j, dx - 1.0, dy) * sx;
        let high = self.corner(octave, i, j + 1, dx, dy - 1.0) * (1.0 - sx)
            + self.corner(octave, i + 1, j + 1, dx - 1.0, dy - 1.0) * sx;
        low * (1.0 - sy) + high * sy
    }

    /// Octaves of doubling frequency and falling amplitude, about -1..1.
    pub(crate) fn cloud(&self, octaves: u64, x: f64, y: f64) -> f64 {
        self.sum(octaves, x, y, |value| value)
    }

    /// Like [`Noise::cloud`], folded at zero: bright curved filaments on a dark ground, about 0..1.
    pub(crate) fn ridges(&self, octaves: u64, x: f64, y: f64) -> f64 {
        // The fold is rounded, so that the filaments have no crease finer than a pixel.
        1.0 - self.sum(octaves, x, y, |value| {
            libm::sqrt(value * value + 1e-4) * 1.6
        })
    }

    fn sum(&self, octaves: u64, x: f64, y: f64, shape: impl Fn(f64) -> f64) -> f64 {
        let (mut total, mut amplitude, mut x, mut y) = (0.0, 0.65, x, y);
        for octave in 0..octaves {
            total += amplitude * shape(self.octave(octave, x, y));
            amplitude *= 0.5;
            // Rotated by the angle of a 3-4-5 triangle, so that the lattices of two octaves never line up.
            (x, y) = (
                2.0 * (0.8 * x - 0.6 * y) + 17.3,
                2.0 * (0.6 * x + 0.8 * y) - 9.1,
            );
        }
        total
    }
}

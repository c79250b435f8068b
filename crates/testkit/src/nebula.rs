//! A cloud of glowing gas behind lanes of dust.

use crate::noise::Noise;

/// Size and brightness of the cloud.
#[derive(Clone, Debug, PartialEq)]
pub struct Nebula {
    /// Offset of the brightest part from the scene's centre to the east and north, degrees.
    pub offset_deg: [f64; 2],
    /// Distance at which the glow has decreased to a third, degrees.
    pub radius_deg: f64,
    /// Brightness of the heart of the cloud, counts.
    pub brightness: f64,
}

/// The cloud's colours: hydrogen alpha, oxygen III, and starlight scattered by dust.
const HYDROGEN: [f64; 3] = [1.0, 0.24, 0.36];
const OXYGEN: [f64; 3] = [0.22, 0.80, 0.95];
const REFLECTION: [f64; 3] = [0.28, 0.45, 0.95];
/// Absorption of red, green and blue: dust reddens the light behind it.
const DUST: [f64; 3] = [0.75, 1.05, 1.35];

pub(crate) struct Cloud {
    nebula: Nebula,
    shape: Noise,
    warp: Noise,
    dust: Noise,
}

struct Point {
    /// Distance from the heart in radii, squared.
    r2: f64,
    gas: f64,
    filament: f64,
    depth: f64,
}

/// A smooth step from 0 at `low` to 1 at `high`.
fn step(low: f64, high: f64, value: f64) -> f64 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

impl Cloud {
    pub(crate) fn new(seed: u64, nebula: &Nebula) -> Self {
        Self {
            nebula: nebula.clone(),
            shape: Noise::new(seed),
            warp: Noise::new(seed.wrapping_add(1)),
            dust: Noise::new(seed.wrapping_add(2)),
        }
    }

    fn point(&self, at: [f64; 2]) -> Point {
        let x = (at[0] - self.nebula.offset_deg[0]) / self.nebula.radius_deg;
        let y = (at[1] - self.nebula.offset_deg[1]) / self.nebula.radius_deg;
        // Displacing the point by one noise before evaluating another folds the cloud into curls.
        let wx = self.warp.cloud(3, 1.1 * x, 1.1 * y);
        let wy = self.warp.cloud(3, 1.1 * x + 31.7, 1.1 * y - 12.9);
        let (u, v) = (x + 0.62 * wx, y + 0.62 * wy);
        let gas = 0.5 + 1.05 * self.shape.cloud(7, 1.6 * u, 1.6 * v);
        let filament = self.shape.ridges(6, 1.2 * u + 7.7, 1.2 * v + 3.3);
        let lanes = self.dust.ridges(5, 1.3 * u - 4.1, 1.3 * v + 8.8);
        let depth = 1.9 * step(0.60, 0.98, lanes) + 0.5 * step(0.45, 0.8, 1.0 - gas);
        Point {
            r2: x * x + y * y,
            gas,
            filament,
            depth,
        }
    }

    /// The fraction of starlight that the dust lets through, per colour.
    pub(crate) fn transmission(&self, at: [f64; 2]) -> [f64; 3] {
        let point = self.point(at);
        let depth = 0.6 * point.depth * libm::exp(-0.35 * point.r2);
        DUST.map(|dust| libm::exp(-dust * depth))
    }

    /// Adds the light of the cloud at a point of the scene's tangent plane.
    pub(crate) fn add(&self, at: [f64; 2], light: &mut [f64; 3]) {
        let Point {
            r2,
            gas,
            filament,
            depth,
        } = self.point(at);
        let halo = libm::exp(-0.55 * r2);
        let heart = libm::exp(-3.2 * r2);
        let gas = step(0.05, 1.05, gas);
        let hydrogen = halo * (0.10 + 0.75 * gas * gas + 0.55 * gas * step(0.55, 1.0, filament));
        let oxygen = heart * (0.25 + 0.9 * gas);
        let reflection = 0.16 * libm::exp(-0.25 * r2) * (1.0 - gas) + 0.35 * heart * gas;
        for (c, sum) in light.iter_mut().enumerate() {
            let glow = hydrogen * HYDROGEN[c] + oxygen * OXYGEN[c] + reflection * REFLECTION[c];
            *sum +=
                self.nebula.brightness * glow * libm::exp(-DUST[c] * depth * (0.25 + 0.75 * halo));
        }
    }
}

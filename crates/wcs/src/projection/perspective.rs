//! Zenithal perspective projections from a point at any distance (Paper II, sections 5.1.1 and 5.1.2).

use super::EDGE;
use crate::error::WcsError;
use crate::rotation::{Direction, sin_cos_deg};

/// Zenithal perspective with a tilted plane: `PVi_1` μ in sphere radii and `PVi_2` γ in degrees.
#[derive(Clone, Debug)]
pub struct Azp {
    mu: f64,
    gamma: f64,
    sin: f64,
    cos: f64,
    /// Sign of μ + 1: whether the point of projection is below or above the plane.
    side: f64,
}

impl Azp {
    pub fn new(axis: usize, parameter: &dyn Fn(usize) -> Option<f64>) -> Result<Self, WcsError> {
        let (mu, gamma) = (parameter(1).unwrap_or(0.0), parameter(2).unwrap_or(0.0));
        if mu == -1.0 {
            let why = "AZP cannot project from the plane itself";
            return Err(WcsError::invalid(&format!("PV{axis}_1"), mu, why));
        }
        if gamma.abs() >= 90.0 {
            let why = "the tilt of AZP must be within -90..90 degrees";
            return Err(WcsError::invalid(&format!("PV{axis}_2"), gamma, why));
        }
        let (sin, cos) = sin_cos_deg(gamma);
        Ok(Self {
            mu,
            gamma,
            sin,
            cos,
            side: (mu + 1.0).signum(),
        })
    }

    pub(super) fn parameters(&self) -> Vec<(usize, f64)> {
        vec![(1, self.mu), (2, self.gamma)]
    }

    /// Section 5.1.1, with cos γ multiplied through.
    pub(super) fn to_plane(&self, n: Direction) -> Option<[f64; 2]> {
        let depth = (self.mu + n[2]) * self.cos + n[0] * self.sin;
        // Behind the point of projection, or beyond the limb as seen from outside the sphere.
        if depth * self.side <= 0.0 || (1.0 + self.mu * n[2]) * self.side < 0.0 {
            return None;
        }
        let k = (self.mu + 1.0) / depth;
        Some([k * self.cos * n[1], -k * n[0]])
    }

    /// The line from the point of projection (0, 0, -μ) through the plane meets the sphere at the root of a quadratic.
    pub(super) fn to_native(&self, [x, y]: [f64; 2]) -> Option<Direction> {
        let along = [-y * self.cos, x, self.mu + 1.0 + y * self.sin];
        let r = along[0] * along[0] + along[1] * along[1];
        let square = r + along[2] * along[2];
        let discriminant = square - self.mu * self.mu * r;
        if discriminant < -EDGE * square {
            return None;
        }
        let root = self.side * discriminant.max(0.0).sqrt();
        let k = (self.mu * along[2] + root) / square;
        // The same as along[2] k - μ, which would cancel for a distant point of projection.
        let sine = (along[2] * root - self.mu * r) / square;
        (k > 0.0).then(|| [k * along[0], k * along[1], sine])
    }
}

/// Slant zenithal perspective: `PVi_1` μ in sphere radii, `PVi_2` φc and `PVi_3` θc in degrees.
#[derive(Clone, Debug)]
pub struct Szp {
    pv: [f64; 3],
    /// The point of projection, with z measured downwards from the native pole.
    point: [f64; 3],
}

impl Szp {
    pub fn new(axis: usize, parameter: &dyn Fn(usize) -> Option<f64>) -> Result<Self, WcsError> {
        let pv =
            [(1, 0.0), (2, 0.0), (3, 90.0)].map(|(m, default)| parameter(m).unwrap_or(default));
        let (sin_phi, cos_phi) = sin_cos_deg(pv[1]);
        let (sin_theta, cos_theta) = sin_cos_deg(pv[2]);
        let point = [
            -pv[0] * cos_theta * sin_phi,
            pv[0] * cos_theta * cos_phi,
            pv[0] * sin_theta + 1.0,
        ];
        if point[2] == 0.0 {
            let why = "SZP cannot project from the plane itself";
            return Err(WcsError::invalid(&format!("PV{axis}_1"), pv[0], why));
        }
        Ok(Self { pv, point })
    }

    pub(super) fn parameters(&self) -> Vec<(usize, f64)> {
        (1..).zip(self.pv).collect()
    }

    /// Section 5.1.2.
    pub(super) fn to_plane(&self, n: Direction) -> Option<[f64; 2]> {
        let [xp, yp, zp] = self.point;
        // 1 - sin θ, without cancellation near the pole.
        let z = if n[2] > 0.0 {
            (n[0] * n[0] + n[1] * n[1]) / (1.0 + n[2])
        } else {
            1.0 - n[2]
        };
        let depth = zp - z;
        if depth * zp <= 0.0 {
            return None;
        }
        let (x, y) = ((zp * n[1] - xp * z) / depth, (-zp * n[0] - yp * z) / depth);
        // Of two points in line the one nearer to the plane is visible.
        let [a, b, _] = self.quadratic(x, y);
        (a * z <= b * (1.0 + EDGE) && !self.is_beyond(n)).then_some([x, y])
    }

    /// Whether the meridian from the native pole to this direction leaves the part of the sphere that faces a point of
    /// projection outside. The map ends there (section 5.1.2; wcslib ends it slightly earlier), although points beyond
    /// could be drawn.
    fn is_beyond(&self, n: Direction) -> bool {
        let [xp, yp, zp] = self.point;
        let rho = (n[0] * n[0] + n[1] * n[1]).sqrt();
        // Along the meridian the inner product with the point is across cos θ - (zp - 1) sin θ, on the limb 1.
        let across = (xp * n[1] - yp * n[0]) / rho;
        let largest = (across * across + (zp - 1.0) * (zp - 1.0)).sqrt();
        self.pv[0].abs() > 1.0 && across > 0.0 && largest > 1.0 && n[2] * largest < 1.0 - zp
    }

    /// Coefficients of a z² - 2 b z + c = 0 for z = 1 - sin θ on the line through the plane at (x, y).
    fn quadratic(&self, x: f64, y: f64) -> [f64; 3] {
        let [xp, yp, zp] = self.point;
        let (u, v) = ((x - xp) / zp, (y - yp) / zp);
        [u * u + v * v + 1.0, u * x + v * y + 1.0, x * x + y * y]
    }

    pub(super) fn to_native(&self, [x, y]: [f64; 2]) -> Option<Direction> {
        let [xp, yp, zp] = self.point;
        let [a, b, c] = self.quadratic(x, y);
        let discriminant = b * b - a * c;
        if b <= 0.0 || discriminant < -EDGE * b * b {
            return None;
        }
        let z = c / (b + discriminant.max(0.0).sqrt());
        if (zp - z) * zp <= 0.0 {
            return None;
        }
        let n = [z * (y - yp) / zp - y, x - z * (x - xp) / zp, 1.0 - z];
        (!self.is_beyond(n)).then_some(n)
    }
}

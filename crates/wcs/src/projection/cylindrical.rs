//! Cylindrical projections (Paper II, section 5.2): x = φ.

use super::EDGE;
use crate::error::WcsError;
use crate::rotation::Direction;
use std::f64::consts::{FRAC_PI_2, PI};

/// Native longitude, -π..π.
#[inline]
pub fn longitude(n: Direction) -> f64 {
    libm::atan2(n[1], n[0])
}

/// Native latitude.
#[inline]
pub fn latitude(n: Direction) -> f64 {
    libm::atan2(n[2], (n[0] * n[0] + n[1] * n[1]).sqrt())
}

fn on_cylinder(x: f64, cos: f64, sin: f64) -> Option<Direction> {
    if x.abs() > PI * (1.0 + EDGE) {
        return None;
    }
    let (s, c) = libm::sincos(x);
    Some([cos * c, cos * s, sin])
}

/// Section 5.2.3: y = θ.
pub fn car_to_plane(n: Direction) -> [f64; 2] {
    [longitude(n), latitude(n)]
}

pub fn car_to_native([x, y]: [f64; 2]) -> Option<Direction> {
    if y.abs() > FRAC_PI_2 * (1.0 + EDGE) {
        return None;
    }
    let (s, c) = libm::sincos(y);
    on_cylinder(x, c, s)
}

/// Eq. 81: y = sin θ / λ.
pub fn cea_to_plane(n: Direction, lambda: f64) -> [f64; 2] {
    [longitude(n), n[2] / lambda]
}

pub fn cea_to_native([x, y]: [f64; 2], lambda: f64) -> Option<Direction> {
    let s = y * lambda;
    if s.abs() > 1.0 + EDGE {
        return None;
    }
    on_cylinder(
        x,
        ((1.0 - s) * (1.0 + s)).max(0.0).sqrt(),
        s.clamp(-1.0, 1.0),
    )
}

/// Eq. 84: y = ln tan((90° + θ)/2) = asinh(tan θ).
pub fn mer_to_plane(n: Direction) -> Option<[f64; 2]> {
    let rho = (n[0] * n[0] + n[1] * n[1]).sqrt();
    (rho > 0.0).then(|| [longitude(n), libm::asinh(n[2] / rho)])
}

pub fn mer_to_native([x, y]: [f64; 2]) -> Option<Direction> {
    on_cylinder(x, 1.0 / libm::cosh(y), libm::tanh(y))
}

/// Cylindrical perspective (section 5.2.1): `PVi_1` μ and `PVi_2` λ in sphere radii.
#[derive(Clone, Debug)]
pub struct Cyp {
    mu: f64,
    /// Radius of the cylinder.
    pub lambda: f64,
}

impl Cyp {
    pub fn new(axis: usize, parameter: &dyn Fn(usize) -> Option<f64>) -> Result<Self, WcsError> {
        let (mu, lambda) = (parameter(1).unwrap_or(1.0), parameter(2).unwrap_or(1.0));
        if lambda <= 0.0 {
            let why = "the cylinder of CYP needs a radius above 0";
            return Err(WcsError::invalid(&format!("PV{axis}_2"), lambda, why));
        }
        if mu == -1.0 || mu + lambda == 0.0 {
            let why = "CYP cannot project from the cylinder or the equator";
            return Err(WcsError::invalid(&format!("PV{axis}_1"), mu, why));
        }
        Ok(Self { mu, lambda })
    }

    pub(super) fn parameters(&self) -> Vec<(usize, f64)> {
        vec![(1, self.mu), (2, self.lambda)]
    }

    /// Section 5.2.1, as far from the equator as y keeps growing or falling.
    pub(super) fn to_plane(&self, n: Direction) -> Option<[f64; 2]> {
        let rho = (n[0] * n[0] + n[1] * n[1]).sqrt();
        let depth = self.mu + rho;
        let side = 1.0 + self.mu;
        (depth * side > 0.0 && (1.0 + self.mu * rho) * side >= 0.0).then(|| {
            [
                self.lambda * longitude(n),
                (self.mu + self.lambda) * n[2] / depth,
            ]
        })
    }

    /// sin θ = η (μ + cos θ) is a quadratic in cos θ.
    pub(super) fn to_native(&self, [x, y]: [f64; 2]) -> Option<Direction> {
        let eta = y / (self.mu + self.lambda);
        let q = eta * eta;
        let discriminant = 1.0 + q - q * self.mu * self.mu;
        if discriminant < -EDGE * (1.0 + q) {
            return None;
        }
        let cos = (discriminant.max(0.0).sqrt() - q * self.mu) / (1.0 + q);
        let sin = eta * (self.mu + cos);
        if cos < -EDGE || !sin.is_finite() {
            return None;
        }
        on_cylinder(x / self.lambda, cos.max(0.0), sin)
    }
}

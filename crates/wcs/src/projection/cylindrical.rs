//! Cylindrical projections (Paper II, section 5.2): x = φ.

use super::EDGE;
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

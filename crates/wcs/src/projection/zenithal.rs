//! Zenithal projections (Paper II, section 5.1): x = R ny/ρ, y = -R nx/ρ with ρ = cos θ.

use super::EDGE;
use crate::rotation::Direction;

/// Eq. 54: R = cot θ.
#[inline]
pub fn tan_to_plane(n: Direction) -> Option<[f64; 2]> {
    (n[2] > 0.0).then(|| [n[1] / n[2], -n[0] / n[2]])
}

#[inline]
pub fn tan_to_native([x, y]: [f64; 2]) -> Direction {
    let z = 1.0 / (1.0 + x * x + y * y).sqrt();
    [-y * z, x * z, z]
}

/// Eqs 59-63: the plane is seen from infinity along (ξ, η), both 0 for the orthographic projection.
#[inline]
pub fn sin_to_plane(n: Direction, [xi, eta]: [f64; 2]) -> Option<[f64; 2]> {
    // Beyond the limb the line of sight (-η, ξ, 1) leaves the sphere.
    if n[2] + xi * n[1] - eta * n[0] < 0.0 {
        return None;
    }
    // 1 - sin θ, without cancellation near the pole.
    let w = if n[2] > 0.0 {
        (n[0] * n[0] + n[1] * n[1]) / (1.0 + n[2])
    } else {
        1.0 - n[2]
    };
    Some([n[1] + xi * w, -n[0] + eta * w])
}

#[inline]
pub fn sin_to_native([x, y]: [f64; 2], [xi, eta]: [f64; 2]) -> Option<Direction> {
    // |n| = 1 is a quadratic in w = 1 - sin θ; the smaller root is the near side.
    let a = 1.0 + xi * xi + eta * eta;
    let b = 1.0 + xi * x + eta * y;
    let c = x * x + y * y;
    let discriminant = b * b - a * c;
    if b <= 0.0 || discriminant < -EDGE * b * b {
        return None;
    }
    let w = c / (b + discriminant.max(0.0).sqrt());
    Some([-(y - eta * w), x - xi * w, 1.0 - w])
}

/// Eq. 55: R = 2 tan((90° - θ)/2).
#[inline]
pub fn stg_to_plane(n: Direction) -> Option<[f64; 2]> {
    let k = 2.0 / (1.0 + n[2]);
    k.is_finite().then(|| [k * n[1], -k * n[0]])
}

#[inline]
pub fn stg_to_native([x, y]: [f64; 2]) -> Direction {
    let q = 0.25 * (x * x + y * y);
    let k = 1.0 / (1.0 + q);
    [-y * k, x * k, (1.0 - q) * k]
}

/// Eq. 67: R = 90° - θ.
#[inline]
pub fn arc_to_plane(n: Direction) -> Option<[f64; 2]> {
    let rho = (n[0] * n[0] + n[1] * n[1]).sqrt();
    if rho == 0.0 {
        return (n[2] > 0.0).then_some([0.0, 0.0]);
    }
    let k = libm::atan2(rho, n[2]) / rho;
    Some([k * n[1], -k * n[0]])
}

#[inline]
pub fn arc_to_native([x, y]: [f64; 2]) -> Option<Direction> {
    let r = (x * x + y * y).sqrt();
    if r > std::f64::consts::PI * (1.0 + EDGE) {
        return None;
    }
    let (s, c) = libm::sincos(r);
    let k = if r == 0.0 { 1.0 } else { s / r };
    Some([-y * k, x * k, c])
}

/// Eq. 69: R = 2 sin((90° - θ)/2).
#[inline]
pub fn zea_to_plane(n: Direction) -> Option<[f64; 2]> {
    let k = if n[2] > 0.0 {
        (2.0 / (1.0 + n[2])).sqrt()
    } else {
        // R/ρ in this form because 1 + sin θ would cancel towards the far pole, where the direction would be lost.
        (2.0 * (1.0 - n[2]) / (n[0] * n[0] + n[1] * n[1])).sqrt()
    };
    k.is_finite().then(|| [k * n[1], -k * n[0]])
}

#[inline]
pub fn zea_to_native([x, y]: [f64; 2]) -> Option<Direction> {
    let q = 0.25 * (x * x + y * y);
    if q > 1.0 + EDGE {
        return None;
    }
    let k = (1.0 - q).max(0.0).sqrt();
    Some([-y * k, x * k, 1.0 - 2.0 * q])
}

//! Pseudo-cylindrical projections (Paper II, section 5.3).

use super::EDGE;
use super::cylindrical::{latitude, longitude};
use crate::rotation::Direction;
use std::f64::consts::{FRAC_PI_2, PI, SQRT_2};

/// Eq. 90: x = φ cos θ, y = θ.
pub fn sfl_to_plane(n: Direction) -> [f64; 2] {
    let rho = (n[0] * n[0] + n[1] * n[1]).sqrt();
    [longitude(n) * rho, latitude(n)]
}

pub fn sfl_to_native([x, y]: [f64; 2]) -> Option<Direction> {
    if y.abs() > FRAC_PI_2 * (1.0 + EDGE) {
        return None;
    }
    let (s, c) = libm::sincos(y);
    on_parallel(x, c.max(0.0), c.max(0.0), s)
}

/// The point of a parallel (cos θ, sin θ) at x, where the half-map is `half` π wide.
pub(super) fn on_parallel(x: f64, half: f64, cos: f64, sin: f64) -> Option<Direction> {
    if x.abs() > PI * (half * (1.0 + EDGE) + EDGE) {
        return None;
    }
    let phi = if half > 0.0 {
        (x / half).clamp(-PI, PI)
    } else {
        0.0
    };
    let (s, c) = libm::sincos(phi);
    Some([cos * c, cos * s, sin])
}

/// Section 5.3.2: x = φ (2 cos(2θ/3) - 1), y = π sin(θ/3).
pub fn par_to_plane(n: Direction) -> [f64; 2] {
    let s = libm::sin(latitude(n) / 3.0);
    [longitude(n) * (1.0 - 4.0 * s * s), PI * s]
}

pub fn par_to_native([x, y]: [f64; 2]) -> Option<Direction> {
    let s = y / PI;
    if s.abs() > 0.5 * (1.0 + EDGE) {
        return None;
    }
    let (sin, cos) = libm::sincos(3.0 * libm::asin(s));
    on_parallel(x, (1.0 - 4.0 * s * s).max(0.0), cos.max(0.0), sin)
}

/// Eqs 100-102: 2γ + sin 2γ = π sin θ, x = (2√2/π) φ cos γ, y = √2 sin γ.
pub fn mol_to_plane(n: Direction) -> [f64; 2] {
    let (s, c) = mollweide(n);
    [2.0 * SQRT_2 / PI * longitude(n) * c, SQRT_2 * s]
}

/// Sine and cosine of γ. Near a pole 90° - |γ| grows as the cube root of the distance, so the equation is solved for δ
/// = 90° - |γ|: 2δ - sin 2δ = π (1 - |sin θ|), which has no cancellation there.
fn mollweide(n: Direction) -> (f64, f64) {
    let sine = n[2].abs();
    let left = PI * (n[0] * n[0] + n[1] * n[1]) / (1.0 + sine);
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    // Leading term of 2δ - sin 2δ = (4/3) δ³ - ...; Newton inside a bracket from there.
    let mut delta = libm::cbrt(0.75 * left).min(high);
    for _ in 0..60 {
        let (excess, slope) = excess(delta);
        if excess > left {
            high = delta;
        } else {
            low = delta;
        }
        let newton = delta - (excess - left) / slope;
        let next = if newton >= low && newton <= high {
            newton
        } else {
            0.5 * (low + high)
        };
        let done = (next - delta).abs() <= 1e-16;
        delta = next;
        if done {
            break;
        }
    }
    let (s, c) = libm::sincos(delta);
    (if n[2] < 0.0 { -c } else { c }, s)
}

/// 2δ - sin 2δ and its derivative, by series where the difference would cancel.
fn excess(delta: f64) -> (f64, f64) {
    let (s, c) = libm::sincos(delta);
    let slope = 4.0 * s * s;
    if delta > 0.25 {
        return (2.0 * delta - 2.0 * s * c, slope);
    }
    let t = 2.0 * delta;
    let q = t * t;
    // t - sin t = t³/3! - t⁵/5! + ...
    let mut term = t * q / 6.0;
    let mut sum = 0.0;
    for k in 2..9 {
        sum += term;
        term *= -q / (f64::from(2 * k) * f64::from(2 * k + 1));
    }
    (sum, slope)
}

pub fn mol_to_native([x, y]: [f64; 2]) -> Option<Direction> {
    let s = y / SQRT_2;
    if s.abs() > 1.0 + EDGE {
        return None;
    }
    let s = s.clamp(-1.0, 1.0);
    let c = ((1.0 - s) * (1.0 + s)).sqrt();
    // 1 - |sin θ| = (2δ - sin 2δ)/π with δ = 90° - |γ|, so that cos θ is accurate near the poles too.
    let missing = excess(libm::atan2(c, s.abs())).0 / PI;
    let cos = (missing * (2.0 - missing)).max(0.0).sqrt();
    let sin = if s < 0.0 {
        missing - 1.0
    } else {
        1.0 - missing
    };
    on_parallel(x, 2.0 * SQRT_2 / PI * c, cos, sin)
}

/// Eqs 105-107; the half angle φ/2 comes from square roots instead of trigonometry.
pub fn ait_to_plane(n: Direction) -> [f64; 2] {
    let rho = (n[0] * n[0] + n[1] * n[1]).sqrt();
    // cos θ cos(φ/2) and cos θ sin(φ/2).
    let (c, s) = if rho == 0.0 {
        (0.0, 0.0)
    } else if n[0] >= 0.0 {
        let c = (0.5 * rho * (rho + n[0])).sqrt();
        (c, 0.5 * n[1] * rho / c)
    } else {
        let s = (0.5 * rho * (rho - n[0])).sqrt();
        (0.5 * n[1].abs() * rho / s, if n[1] < 0.0 { -s } else { s })
    };
    let gamma = (2.0 / (1.0 + c)).sqrt();
    [2.0 * gamma * s, gamma * n[2]]
}

pub fn ait_to_native([x, y]: [f64; 2]) -> Option<Direction> {
    let q = x * x / 16.0 + y * y / 4.0;
    if q > 0.5 + EDGE {
        return None;
    }
    let z = (1.0 - q).sqrt();
    let c = (1.0 - 2.0 * q).max(0.0);
    let s = 0.5 * x * z;
    let rho = (c * c + s * s).sqrt();
    let sin = y * z;
    if rho == 0.0 {
        return Some([0.0, 0.0, sin.signum()]);
    }
    Some([(c * c - s * s) / rho, 2.0 * c * s / rho, sin])
}

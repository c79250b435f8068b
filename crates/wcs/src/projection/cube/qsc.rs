//! QSC: O'Neill & Laubscher 1976 (NEPRF Technical Report 3-76), as in Paper II, section 5.6.3.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

const TWELFTH: f64 = PI / 12.0;

/// (ξ, η, ζ) to the square -1..1.
pub fn to_square([xi, eta, zeta]: [f64; 3]) -> [f64; 2] {
    let swapped = eta.abs() > xi.abs();
    let (long, short) = if swapped { (eta, xi) } else { (xi, eta) };
    if long == 0.0 {
        return [0.0, 0.0];
    }
    let omega = short / long;
    let tau = 1.0 + omega * omega;
    // 1 - ζ, without cancellation in the middle of the face.
    let missing = (xi * xi + eta * eta) / (1.0 + zeta);
    let a = (missing / (1.0 - 1.0 / (1.0 + tau).sqrt()))
        .sqrt()
        .copysign(long);
    let b = a / TWELFTH * (libm::atan(omega) - libm::asin(omega / (2.0 * tau).sqrt()));
    if swapped { [b, a] } else { [a, b] }
}

/// The square to (ξ, η, ζ).
pub fn to_local([x, y]: [f64; 2]) -> [f64; 3] {
    let swapped = y.abs() > x.abs();
    let (a, b) = if swapped { (y, x) } else { (x, y) };
    if a == 0.0 {
        return [0.0, 0.0, 1.0];
    }
    let (s, c) = libm::sincos(TWELFTH * b / a);
    let omega = s / (c - FRAC_1_SQRT_2);
    let tau = 1.0 + omega * omega;
    let missing = a * a * (1.0 - 1.0 / (1.0 + tau).sqrt());
    let long = (missing * (2.0 - missing) / tau)
        .max(0.0)
        .sqrt()
        .copysign(a);
    let short = omega * long;
    let zeta = 1.0 - missing;
    if swapped {
        [short, long, zeta]
    } else {
        [long, short, zeta]
    }
}

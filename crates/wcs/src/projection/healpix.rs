//! `HEALPix` as a projection (Calabretta & Roukema 2007, MNRAS 381, 865).

use super::EDGE;
use super::cylindrical::longitude;
use crate::error::WcsError;
use crate::rotation::Direction;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, SQRT_2};

/// HPX: `PVi_1` is H, the number of facets around the equator, `PVi_2` is K, the number of rows of facets.
#[derive(Clone, Debug)]
pub struct Hpx {
    h: f64,
    k: f64,
    odd: bool,
}

impl Hpx {
    pub fn new(axis: usize, parameter: &dyn Fn(usize) -> Option<f64>) -> Result<Self, WcsError> {
        let whole = |m: usize, default: f64| {
            let value = parameter(m).unwrap_or(default);
            if (1.0..=1e6).contains(&value) && value.fract() == 0.0 {
                return Ok(value);
            }
            let why = "HPX needs whole numbers of facets, at least 1";
            Err(WcsError::invalid(&format!("PV{axis}_{m}"), value, why))
        };
        let (h, k) = (whole(1, 4.0)?, whole(2, 3.0)?);
        let odd = k % 2.0 == 1.0;
        Ok(Self { h, k, odd })
    }

    pub(super) fn parameters(&self) -> Vec<(usize, f64)> {
        vec![(1, self.h), (2, self.k)]
    }

    /// The middle of the polar facet at a longitude or an x.
    fn facet(&self, x: f64, north: bool) -> f64 {
        let (half, shift) = if self.odd || north {
            (0.0, 1.0)
        } else {
            (0.5, 0.0)
        };
        let number = ((x + PI) * self.h / (2.0 * PI) + half).floor();
        let last = if shift == 1.0 { self.h - 1.0 } else { self.h };
        (2.0 * number.clamp(0.0, last) + shift) * PI / self.h - PI
    }

    /// Cylindrical equal area around the equator, Collignon's facets towards the poles.
    pub(super) fn to_plane(&self, n: Direction) -> [f64; 2] {
        let phi = longitude(n);
        let sine = n[2].abs();
        if sine * self.k <= self.k - 1.0 {
            return [phi, FRAC_PI_2 * self.k / self.h * n[2]];
        }
        // √(K (1 - |sin θ|)), without cancellation at the pole.
        let sigma = (self.k * (n[0] * n[0] + n[1] * n[1]) / (1.0 + sine)).sqrt();
        let middle = self.facet(phi, n[2] > 0.0);
        let y = PI / self.h * (0.5 * (self.k + 1.0) - sigma);
        [middle + (phi - middle) * sigma, y.copysign(n[2])]
    }

    pub(super) fn to_native(&self, [x, y]: [f64; 2]) -> Option<Direction> {
        if x.abs() > PI * (1.0 + EDGE) {
            return None;
        }
        let equatorial = y * self.h / (FRAC_PI_2 * self.k);
        let (phi, cos, sin) = if equatorial.abs() * self.k <= self.k - 1.0 {
            let s = equatorial;
            (x, ((1.0 - s) * (1.0 + s)).sqrt(), s)
        } else {
            let sigma = 0.5 * (self.k + 1.0) - y.abs() * self.h / PI;
            let middle = self.facet(x, y > 0.0);
            let away = x - middle;
            if sigma < -EDGE || away.abs() > PI / self.h * (sigma + EDGE) {
                return None;
            }
            // 1 - |sin θ|.
            let missing = sigma * sigma / self.k;
            let cos = (missing * (2.0 - missing)).max(0.0).sqrt();
            let turn = PI / self.h;
            let phi = if sigma > 0.0 {
                (away / sigma).clamp(-turn, turn)
            } else {
                0.0
            };
            (middle + phi, cos, (1.0 - missing).copysign(y))
        };
        let (s, c) = libm::sincos(phi);
        Some([cos * c, cos * s, sin])
    }
}

/// XPH, the butterfly (Calabretta & Lowe 2013, PASA 30, e050): the four gores of HPX (H, K) = (4, 3) turned about the
/// pole so that their northern facets form a square. Within a gore ξ runs along its longitudes, -π/4..π/4, and η from
/// the pole down.
pub fn xph_to_plane(n: Direction) -> [f64; 2] {
    let phi = longitude(n);
    let gore = gore_of(phi);
    let psi = phi - (FRAC_PI_2 * gore - 3.0 * FRAC_PI_4);
    let sine = n[2].abs();
    let (xi, eta) = if 3.0 * sine <= 2.0 {
        (psi, 3.0 * PI / 8.0 * n[2])
    } else {
        let sigma = (3.0 * (n[0] * n[0] + n[1] * n[1]) / (1.0 + sine)).sqrt();
        (psi * sigma, (FRAC_PI_4 * (2.0 - sigma)).copysign(n[2]))
    };
    let down = eta - FRAC_PI_2;
    // The position in the first gore; each further gore is a quarter turn.
    let p = [(down - xi) / SQRT_2, (-down - xi) / SQRT_2];
    quarter_turns(p, gore)
}

pub fn xph_to_native([x, y]: [f64; 2]) -> Option<Direction> {
    let gore = match (x < 0.0, y > 0.0) {
        (true, true) => 0.0,
        (true, false) => 1.0,
        (false, false) => 2.0,
        (false, true) => 3.0,
    };
    let [u, v] = quarter_turns([x, y], -gore);
    let (xi, eta) = (-(u + v) / SQRT_2, (u - v) / SQRT_2 + FRAC_PI_2);
    let up = eta.abs();
    if up > FRAC_PI_2 * (1.0 + EDGE) {
        return None;
    }
    let (psi, cos, sin) = if up <= FRAC_PI_4 {
        let s = eta / (3.0 * PI / 8.0);
        (xi, ((1.0 - s) * (1.0 + s)).sqrt(), s)
    } else {
        let sigma = (2.0 - up / FRAC_PI_4).max(0.0);
        let missing = sigma * sigma / 3.0;
        let cos = (missing * (2.0 - missing)).max(0.0).sqrt();
        let psi = if sigma > 0.0 {
            xi / sigma
        } else if xi.abs() <= EDGE {
            0.0
        } else {
            return None;
        };
        (psi, cos, (1.0 - missing).copysign(eta))
    };
    if psi.abs() > FRAC_PI_4 * (1.0 + 1e-9) {
        return None;
    }
    let phi = psi.clamp(-FRAC_PI_4, FRAC_PI_4) + FRAC_PI_2 * gore - 3.0 * FRAC_PI_4;
    let (s, c) = libm::sincos(phi);
    Some([cos * c, cos * s, sin])
}

/// The number of the quarter of longitudes, counted from -180°.
fn gore_of(phi: f64) -> f64 {
    ((phi + PI) / FRAC_PI_2).floor().clamp(0.0, 3.0)
}

/// Turned anticlockwise.
fn quarter_turns([x, y]: [f64; 2], number: f64) -> [f64; 2] {
    match (number as i64).rem_euclid(4) {
        0 => [x, y],
        1 => [-y, x],
        2 => [-x, -y],
        _ => [y, -x],
    }
}

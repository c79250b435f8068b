//! Polyconic and pseudo-conic projections (Paper II, section 5.5).

use super::cylindrical::{latitude, longitude};
use super::pseudo::on_parallel;
use super::{EDGE, Projection};
use crate::error::WcsError;
use crate::rotation::{Direction, sin_cos_deg};
use std::f64::consts::{FRAC_PI_2, PI};

/// Bonne's equal-area projection: `PVi_1` is the standard parallel θ1, degrees, not 0.
#[derive(Clone, Debug)]
pub struct Bon {
    pub theta1: f64,
    y0: f64,
}

/// BON; with the equator as its standard parallel it is SFL.
pub fn bonne(
    axis: usize,
    parameter: &dyn Fn(usize) -> Option<f64>,
) -> Result<Projection, WcsError> {
    let keyword = format!("PV{axis}_1");
    match parameter(1) {
        None => Err(WcsError::Missing {
            keyword,
            because: "BON needs its standard parallel".to_owned(),
        }),
        Some(0.0) => Ok(Projection::Sfl),
        Some(theta1) if theta1.abs() <= 90.0 => Ok(Projection::Bon(Bon::new(theta1))),
        Some(theta1) => Err(WcsError::invalid(
            &keyword,
            theta1,
            "a latitude must be within -90..90",
        )),
    }
}

impl Bon {
    fn new(theta1: f64) -> Self {
        let (s, c) = sin_cos_deg(theta1);
        Self {
            theta1,
            y0: c / s + theta1.to_radians(),
        }
    }

    /// Section 5.5.1.
    pub(super) fn to_plane(&self, n: Direction) -> [f64; 2] {
        let rho = (n[0] * n[0] + n[1] * n[1]).sqrt();
        let r = self.y0 - latitude(n);
        if r == 0.0 {
            return [0.0, self.y0];
        }
        let (s, c) = libm::sincos(longitude(n) * rho / r);
        [r * s, self.y0 - r * c]
    }

    pub(super) fn to_native(&self, [x, y]: [f64; 2]) -> Option<Direction> {
        let sign = self.theta1.signum();
        let down = self.y0 - y;
        let r = sign * (x * x + down * down).sqrt();
        let theta = self.y0 - r;
        if theta.abs() > FRAC_PI_2 * (1.0 + EDGE) {
            return None;
        }
        let angle = if r == 0.0 {
            0.0
        } else {
            libm::atan2(sign * x, sign * down)
        };
        let (s, c) = libm::sincos(theta);
        on_parallel(angle * r, c.max(0.0), c.max(0.0), s)
    }
}

/// Section 5.5.2: x = cot θ sin(φ sin θ), y = θ + cot θ (1 - cos(φ sin θ)).
pub fn pco_to_plane(n: Direction) -> [f64; 2] {
    let phi = longitude(n);
    let rho = (n[0] * n[0] + n[1] * n[1]).sqrt();
    if n[2] == 0.0 {
        return [phi, 0.0];
    }
    let cot = rho / n[2];
    let (s, _) = libm::sincos(0.5 * phi * n[2]);
    [cot * libm::sin(phi * n[2]), latitude(n) + 2.0 * cot * s * s]
}

/// With d = y - θ the two equations give (x² + d²) tan θ = 2 d; the difference grows with θ wherever |θ| < 90°.
pub fn pco_to_native([x, y]: [f64; 2]) -> Option<Direction> {
    if !(x.is_finite() && y.is_finite()) {
        return None;
    }
    if y == 0.0 {
        let (s, c) = libm::sincos(x);
        return (x.abs() <= PI * (1.0 + EDGE)).then_some([c, s, 0.0]);
    }
    let up = y.abs();
    let (mut low, mut high) = (0.0, up.min(FRAC_PI_2));
    let mut theta = high;
    for _ in 0..100 {
        let (s, c) = libm::sincos(theta);
        let d = up - theta;
        let square = x * x + d * d;
        // Both sides multiplied by cos θ, so that the pole needs no special case.
        let value = square * s - 2.0 * d * c;
        let slope = (square + 2.0) * c;
        if value > 0.0 {
            high = theta;
        } else {
            low = theta;
        }
        let newton = theta - value / slope;
        let next = if newton >= low && newton <= high {
            newton
        } else {
            0.5 * (low + high)
        };
        let done = (next - theta).abs() <= 1e-17 + 1e-16 * theta;
        theta = next;
        if done {
            break;
        }
    }
    let (s, c) = libm::sincos(theta);
    let tan = s / c;
    let phi = libm::atan2(x * tan, 1.0 - (up - theta) * tan) / s;
    if s == 0.0 || phi.abs() > PI * (1.0 + EDGE) {
        return None;
    }
    let (sin_phi, cos_phi) = libm::sincos(phi);
    let c = c.max(0.0);
    Some([c * cos_phi, c * sin_phi, if y < 0.0 { -s } else { s }])
}

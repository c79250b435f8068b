//! AIR, Airy's zenithal projection (Paper II, section 5.1).

use super::EDGE;
use crate::error::WcsError;
use crate::rotation::{Direction, sin_cos_deg};

/// Minimum error within the native latitude θb, `PVi_1` in degrees. With t = tan ξ, ξ = (90° - θ)/2, its R is R = ln(1
/// + t²)/t - 2 w t, where w = ln(cos ξb)/tan² ξb.
#[derive(Clone, Debug)]
pub struct Air {
    theta_b: f64,
    w: f64,
    /// t and R where R stops growing; infinite unless θb is near -90°.
    limit: [f64; 2],
}

impl Air {
    pub fn new(axis: usize, parameter: &dyn Fn(usize) -> Option<f64>) -> Result<Self, WcsError> {
        let theta_b = parameter(1).unwrap_or(90.0);
        if !(theta_b > -90.0 && theta_b <= 90.0) {
            let why = "AIR needs a latitude above -90 and up to 90";
            return Err(WcsError::invalid(&format!("PV{axis}_1"), theta_b, why));
        }
        let (s, c) = sin_cos_deg(0.5 * (90.0 - theta_b));
        let t2 = s * s / (c * c);
        // The limit of ln(cos ξ)/tan² ξ at 0 is -1/2.
        let w = if t2 < 1e-16 {
            -0.5
        } else {
            -0.5 * libm::log1p(t2) / t2
        };
        let mut air = Self {
            theta_b,
            w,
            limit: [f64::INFINITY; 2],
        };
        air.find_limit();
        Ok(air)
    }

    pub(super) fn parameters(&self) -> Vec<(usize, f64)> {
        vec![(1, self.theta_b)]
    }

    /// R and dR/dt.
    fn radius(&self, t: f64) -> [f64; 2] {
        let q = t * t;
        if t < 1e-4 {
            // ln(1 + t²)/t by series, because the quotient loses the slope near 0.
            return [
                t * (1.0 - 0.5 * q - 2.0 * self.w),
                1.0 - 1.5 * q - 2.0 * self.w,
            ];
        }
        let log = libm::log1p(q);
        [
            log / t - 2.0 * self.w * t,
            2.0 / (1.0 + q) - log / q - 2.0 * self.w,
        ]
    }

    fn find_limit(&mut self) {
        let at = |step: f64| libm::tan((0.25 * step).to_radians());
        let Some(step) = (1..360)
            .map(f64::from)
            .find(|s| self.radius(at(*s))[1] <= 0.0)
        else {
            return;
        };
        let (mut low, mut high) = (at(step - 1.0), at(step));
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if self.radius(middle)[1] > 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        self.limit = [low, self.radius(low)[0]];
    }

    pub(super) fn to_plane(&self, n: Direction) -> Option<[f64; 2]> {
        let rho = (n[0] * n[0] + n[1] * n[1]).sqrt();
        if rho == 0.0 {
            return (n[2] > 0.0).then_some([0.0, 0.0]);
        }
        let t = if n[2] > 0.0 {
            rho / (1.0 + n[2])
        } else {
            (1.0 - n[2]) / rho
        };
        if t > self.limit[0] {
            return None;
        }
        let k = self.radius(t)[0] / rho;
        Some([k * n[1], -k * n[0]])
    }

    pub(super) fn to_native(&self, [x, y]: [f64; 2]) -> Option<Direction> {
        let r = (x * x + y * y).sqrt();
        if r == 0.0 {
            return Some([0.0, 0.0, 1.0]);
        }
        let t = self.tangent(r)?;
        let k = 1.0 / (1.0 + t * t);
        let rho = 2.0 * t * k;
        Some([-y * rho / r, x * rho / r, (1.0 - t * t) * k])
    }

    /// Newton's method inside a bracket; R grows from 0 to the limit.
    fn tangent(&self, r: f64) -> Option<f64> {
        if r > self.limit[1] * (1.0 + EDGE) || !r.is_finite() {
            return None;
        }
        let (mut low, mut high) = (0.0, self.limit[0]);
        let mut t = (r / (1.0 - 2.0 * self.w)).min(high);
        for _ in 0..200 {
            let [value, slope] = self.radius(t);
            if value > r {
                high = t;
            } else {
                low = t;
            }
            let newton = t - (value - r) / slope;
            let next = if newton >= low && newton <= high {
                newton
            } else if high.is_finite() {
                0.5 * (low + high)
            } else {
                2.0 * t
            };
            if (next - t).abs() <= 1e-16 * t {
                return Some(next);
            }
            t = next;
        }
        Some(t)
    }
}

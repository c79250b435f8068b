//! Conic projections (Paper II, section 5.4): x = R sin Cφ, y = Y0 - R cos Cφ.

use super::EDGE;
use super::cylindrical::{latitude, longitude};
use crate::error::WcsError;
use crate::rotation::{Direction, sin_cos_deg};
use std::f64::consts::{FRAC_PI_2, PI};

/// How R depends on the native latitude.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cone {
    /// COP, perspective.
    Perspective,
    /// COE, equal area.
    EqualArea,
    /// COD, equidistant.
    Equidistant,
    /// COO, orthomorphic.
    Orthomorphic,
}

/// A cone on the standard parallels θa ± η: `PVi_1` and `PVi_2` in degrees.
#[derive(Clone, Debug)]
pub struct Conic {
    cone: Cone,
    theta_a: f64,
    eta: f64,
    /// Constant of the cone, with the sign of θa, and Y0.
    c: f64,
    y0: f64,
    /// Sines of the standard parallels (COE).
    sines: [f64; 2],
    /// Factor of R: cos η (COP), 2/γ (COE), ψ (COO).
    factor: f64,
}

impl Conic {
    pub fn new(
        cone: Cone,
        axis: usize,
        parameter: &dyn Fn(usize) -> Option<f64>,
    ) -> Result<Self, WcsError> {
        let first = format!("PV{axis}_1");
        let Some(theta_a) = parameter(1) else {
            return Err(WcsError::Missing {
                keyword: first,
                because: "a conic projection needs its middle latitude".to_owned(),
            });
        };
        let eta = parameter(2).unwrap_or(0.0);
        let on_sphere = [theta_a - eta, theta_a + eta]
            .iter()
            .all(|theta| theta.abs() <= 90.0);
        if theta_a == 0.0 || theta_a.abs() > 90.0 {
            let why = "the middle latitude of a conic must be within -90..90 and not 0";
            return Err(WcsError::invalid(&first, theta_a, why));
        }
        if eta.abs() >= 90.0 || (cone == Cone::Orthomorphic && !on_sphere) {
            let why = "the standard parallels of a conic must be latitudes";
            return Err(WcsError::invalid(&format!("PV{axis}_2"), eta, why));
        }
        let mut conic = Self {
            cone,
            theta_a,
            eta,
            c: 0.0,
            y0: 0.0,
            sines: [sin_cos_deg(theta_a - eta).0, sin_cos_deg(theta_a + eta).0],
            factor: 1.0,
        };
        conic.set_up();
        if conic.c == 0.0
            || ![conic.c, conic.y0, conic.factor]
                .iter()
                .all(|v| v.is_finite())
        {
            let why = "no cone touches the sphere there";
            return Err(WcsError::invalid(&first, theta_a, why));
        }
        Ok(conic)
    }

    fn set_up(&mut self) {
        let (sin_a, cos_a) = sin_cos_deg(self.theta_a);
        let (sin_eta, cos_eta) = sin_cos_deg(self.eta);
        let eta = self.eta.to_radians();
        let cot_a = cos_a / sin_a;
        match self.cone {
            // Section 5.4.1.
            Cone::Perspective => {
                self.c = sin_a;
                self.factor = cos_eta;
                self.y0 = cos_eta * cot_a;
            }
            // Section 5.4.2.
            Cone::EqualArea => {
                self.c = 0.5 * (self.sines[0] + self.sines[1]);
                self.factor = 1.0 / self.c;
                self.y0 = self.equal_area_radius(sin_a);
            }
            // Section 5.4.3.
            Cone::Equidistant => {
                self.c = if eta == 0.0 {
                    sin_a
                } else {
                    sin_a * sin_eta / eta
                };
                self.y0 = if eta == 0.0 {
                    cot_a
                } else {
                    eta * cos_eta / sin_eta * cot_a
                };
            }
            // Section 5.4.4.
            Cone::Orthomorphic => {
                let [low, high] = [self.theta_a - self.eta, self.theta_a + self.eta];
                let half = |theta: f64| libm::tan((0.5 * (90.0 - theta)).to_radians());
                self.c = if eta == 0.0 {
                    sin_a
                } else {
                    libm::log(sin_cos_deg(high).1 / sin_cos_deg(low).1)
                        / libm::log(half(high) / half(low))
                };
                self.factor = sin_cos_deg(low).1 / (self.c * libm::pow(half(low), self.c));
                self.y0 = self.factor * libm::pow(half(self.theta_a), self.c);
            }
        }
    }

    pub(super) fn parameters(&self) -> Vec<(usize, f64)> {
        vec![(1, self.theta_a), (2, self.eta)]
    }

    pub(super) fn code(&self) -> &'static str {
        match self.cone {
            Cone::Perspective => "COP",
            Cone::EqualArea => "COE",
            Cone::Equidistant => "COD",
            Cone::Orthomorphic => "COO",
        }
    }

    /// θa, degrees.
    pub(super) fn middle(&self) -> f64 {
        self.theta_a
    }

    /// R of COE at a sine of latitude.
    fn equal_area_radius(&self, sin: f64) -> f64 {
        let [a, b] = self.sines;
        let square = 1.0 + a * b - (a + b) * sin;
        self.factor * square.max(0.0).sqrt()
    }

    /// R of a native direction, with the sign of θa.
    fn radius(&self, n: Direction) -> Option<f64> {
        match self.cone {
            Cone::Perspective => {
                let away = latitude(n) - self.theta_a.to_radians();
                let r = self.y0 - self.factor * libm::tan(away);
                // Only directions in front of the point of projection.
                (away.abs() < FRAC_PI_2 && r * self.theta_a.signum() > -1e-14).then_some(r)
            }
            Cone::EqualArea => Some(self.equal_area_radius(n[2])),
            Cone::Equidistant => Some(self.y0 + self.theta_a.to_radians() - latitude(n)),
            Cone::Orthomorphic => {
                let rho = (n[0] * n[0] + n[1] * n[1]).sqrt();
                let t = if n[2] > 0.0 {
                    rho / (1.0 + n[2])
                } else {
                    (1.0 - n[2]) / rho
                };
                let r = self.factor * libm::pow(t, self.c);
                r.is_finite().then_some(r)
            }
        }
    }

    /// (cos θ, sin θ) of R.
    fn parallel(&self, r: f64) -> Option<[f64; 2]> {
        let latitude = |theta: f64| {
            let (s, c) = libm::sincos(theta);
            (theta.abs() <= FRAC_PI_2 * (1.0 + EDGE)).then(|| [c.max(0.0), s])
        };
        match self.cone {
            Cone::Perspective => {
                latitude(self.theta_a.to_radians() + libm::atan((self.y0 - r) / self.factor))
            }
            Cone::EqualArea => {
                let [a, b] = self.sines;
                let q = (r / self.factor) * (r / self.factor);
                // 1 - sin θ and 1 + sin θ, each exact where it vanishes.
                let from_north = (q - (1.0 - a) * (1.0 - b)) / (a + b);
                let from_south = ((1.0 + a) * (1.0 + b) - q) / (a + b);
                if from_north.min(from_south) < -EDGE {
                    return None;
                }
                let sin = if from_north < from_south {
                    1.0 - from_north
                } else {
                    from_south - 1.0
                };
                Some([(from_north * from_south).max(0.0).sqrt(), sin])
            }
            Cone::Equidistant => latitude(self.y0 + self.theta_a.to_radians() - r),
            Cone::Orthomorphic => {
                let t = libm::pow(r / self.factor, 1.0 / self.c);
                let far = t > 1.0;
                let t = if far { 1.0 / t } else { t };
                let k = 1.0 / (1.0 + t * t);
                let sin = (1.0 - t * t) * k;
                t.is_finite()
                    .then(|| [2.0 * t * k, if far { -sin } else { sin }])
            }
        }
    }

    /// The start of section 5.4.
    pub(super) fn to_plane(&self, n: Direction) -> Option<[f64; 2]> {
        let r = self.radius(n)?;
        let (s, c) = libm::sincos(self.c * longitude(n));
        Some([r * s, self.y0 - r * c])
    }

    pub(super) fn to_native(&self, [x, y]: [f64; 2]) -> Option<Direction> {
        let sign = self.theta_a.signum();
        let down = self.y0 - y;
        let r = sign * (x * x + down * down).sqrt();
        let phi = if r == 0.0 {
            0.0
        } else {
            libm::atan2(sign * x, sign * down) / self.c
        };
        if phi.abs() > PI * (1.0 + EDGE) {
            return None;
        }
        let [cos, sin] = self.parallel(r)?;
        let (s, c) = libm::sincos(phi);
        Some([cos * c, cos * s, sin])
    }
}

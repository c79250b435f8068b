//! ZPN, the zenithal polynomial projection (Paper II, section 5.1.6, eq. 68).

use super::EDGE;
use crate::error::WcsError;
use crate::rotation::Direction;
use std::f64::consts::PI;

const TERMS: usize = 30;

/// R as a polynomial of the zenith distance, valid from the pole to where it stops growing.
#[derive(Clone, Debug)]
pub struct Zpn {
    coefficients: [f64; TERMS],
    degree: usize,
    /// Zenith distance (radians) and radius where the polynomial turns back, or π.
    limit: f64,
    limit_radius: f64,
}

impl Zpn {
    /// Reads `PVi_0` .. `PVi_29` of the latitude axis.
    pub fn new(axis: usize, parameter: &dyn Fn(usize) -> Option<f64>) -> Result<Self, WcsError> {
        let mut coefficients = [0.0; TERMS];
        for (m, c) in coefficients.iter_mut().enumerate() {
            *c = parameter(m).unwrap_or(0.0);
        }
        let degree = coefficients.iter().rposition(|c| *c != 0.0).unwrap_or(0);
        let mut zpn = Self {
            coefficients,
            degree,
            limit: PI,
            limit_radius: 0.0,
        };
        if degree == 0 || zpn.radius(0.0).1 <= 0.0 {
            return Err(WcsError::invalid(
                &format!("PV{axis}_1"),
                coefficients[1],
                "a ZPN polynomial must grow with the distance from the pole",
            ));
        }
        zpn.limit = zpn.turning_point();
        zpn.limit_radius = zpn.radius(zpn.limit).0;
        Ok(zpn)
    }

    pub(super) fn parameters(&self) -> Vec<(usize, f64)> {
        (0..=self.degree)
            .filter(|m| self.coefficients[*m] != 0.0)
            .map(|m| (m, self.coefficients[m]))
            .collect()
    }

    /// R and dR/dz at zenith distance z.
    fn radius(&self, z: f64) -> (f64, f64) {
        let mut r = 0.0;
        let mut slope = 0.0;
        for c in self.coefficients[..=self.degree].iter().rev() {
            slope = slope * z + r;
            r = r * z + c;
        }
        (r, slope)
    }

    fn turning_point(&self) -> f64 {
        let grows = |z: f64| self.radius(z).1 > 0.0;
        let Some(step) = (1..=180).find(|i| !grows(f64::from(*i).to_radians())) else {
            return PI;
        };
        let (mut low, mut high) = (
            f64::from(step - 1).to_radians(),
            f64::from(step).to_radians(),
        );
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if grows(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }

    pub(super) fn to_plane(&self, n: Direction) -> Option<[f64; 2]> {
        let rho = (n[0] * n[0] + n[1] * n[1]).sqrt();
        let z = libm::atan2(rho, n[2]);
        if z > self.limit * (1.0 + EDGE) {
            return None;
        }
        let r = self.radius(z).0;
        if rho == 0.0 {
            return Some([0.0, -r]);
        }
        Some([r * n[1] / rho, -r * n[0] / rho])
    }

    pub(super) fn to_native(&self, [x, y]: [f64; 2]) -> Option<Direction> {
        let r = (x * x + y * y).sqrt();
        let z = self.zenith_distance(r)?;
        let (s, c) = libm::sincos(z);
        if r == 0.0 {
            // The centre of a map whose polynomial starts at 0; elsewhere the azimuth is undefined.
            return (s == 0.0).then_some([0.0, 0.0, c]);
        }
        Some([-y * s / r, x * s / r, c])
    }

    /// Newton's method, kept inside a bracket where the polynomial grows.
    fn zenith_distance(&self, r: f64) -> Option<f64> {
        let (start, end) = (self.coefficients[0], self.limit_radius);
        let slack = EDGE * end.abs().max(1.0);
        if r < start - slack || r > end + slack {
            return None;
        }
        let (mut low, mut high) = (0.0, self.limit);
        let mut z = high * ((r - start) / (end - start)).clamp(0.0, 1.0);
        for _ in 0..80 {
            let (value, slope) = self.radius(z);
            if value > r {
                high = z;
            } else {
                low = z;
            }
            let newton = z - (value - r) / slope;
            let next = if newton >= low && newton <= high {
                newton
            } else {
                0.5 * (low + high)
            };
            if (next - z).abs() <= 1e-16 * (1.0 + z) {
                return Some(next);
            }
            z = next;
        }
        Some(z)
    }
}

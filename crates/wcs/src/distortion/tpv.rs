//! TPV: the registered FITS convention for SCAMP's polynomials (Calabretta et al. 2004, draft Paper IV, section
//! 5.1.2.2): ξ' and η' in degrees from 40 coefficients each.

use super::Jet;
use super::poly::Poly;
use crate::error::WcsError;
use crate::reader::Reader;

/// The number of coefficients `PVi_0` .. `PVi_39`.
pub const TERMS: usize = 40;

/// Coefficients that multiply odd powers of the radius, with the power.
const RADIAL: [(usize, usize); 4] = [(3, 0), (11, 1), (23, 2), (39, 3)];

#[derive(Clone, Debug)]
struct Axis {
    poly: Poly,
    /// Coefficients of r, r³, r⁵, r⁷.
    radial: [f64; 4],
    terms: Vec<(usize, f64)>,
}

/// The polynomials of both axes.
#[derive(Clone, Debug)]
pub struct Tpv {
    lng: Axis,
    lat: Axis,
}

impl Tpv {
    /// Reads the coefficients of the longitude and latitude axes.
    pub fn read(reader: &mut Reader, lng: usize, lat: usize) -> Result<Self, WcsError> {
        Ok(Self {
            lng: Axis::read(reader, lng)?,
            lat: Axis::read(reader, lat)?,
        })
    }

    /// From the terms (m, value) of both axes in ascending order.
    pub fn of([lng, lat]: [Vec<(usize, f64)>; 2]) -> Self {
        let axis = |terms: Vec<(usize, f64)>| {
            let mut out = Axis::zero();
            for (m, value) in terms {
                out.set(m, value);
            }
            out
        };
        Self {
            lng: axis(lng),
            lat: axis(lat),
        }
    }

    /// (ξ', η') and derivatives at (ξ, η), degrees.
    #[inline]
    pub fn jet(&self, [x, y]: [f64; 2]) -> Jet {
        let (f, fx, fy) = self.lng.jet(x, y);
        let (g, gy, gx) = self.lat.jet(y, x);
        ([f, g], [[fx, fy], [gx, gy]])
    }

    /// The coefficients (m, value) of the longitude and the latitude axis.
    pub fn terms(&self) -> [&[(usize, f64)]; 2] {
        [&self.lng.terms, &self.lat.terms]
    }
}

impl Axis {
    fn zero() -> Self {
        Self {
            poly: Poly::zero(),
            radial: [0.0; 4],
            terms: Vec::new(),
        }
    }

    fn read(reader: &mut Reader, axis: usize) -> Result<Self, WcsError> {
        let mut out = Self::zero();
        let mut linear = None;
        for m in 0..TERMS {
            let Some(value) = reader.number(&format!("PV{axis}_{m}"))? else {
                continue;
            };
            if m == 1 {
                linear = Some(value);
            } else {
                out.set(m, value);
            }
        }
        if linear.is_none() && !out.terms.is_empty() {
            reader.warn(format!(
                "PV{axis}_1 is missing and assumed to be 1, as the TPV convention says"
            ));
        }
        out.set(1, linear.unwrap_or(1.0));
        out.terms.sort_by_key(|term| term.0);
        Ok(out)
    }

    fn set(&mut self, m: usize, value: f64) {
        self.terms.push((m, value));
        if let Some((_, power)) = RADIAL.iter().find(|(index, _)| *index == m) {
            self.radial[*power] = value;
        } else {
            let (p, q) = powers(m);
            self.poly.set(p, q, value);
        }
    }

    /// Value and derivatives with respect to the axis's own coordinate and the other one.
    #[inline]
    fn jet(&self, x: f64, y: f64) -> (f64, f64, f64) {
        let [mut f, mut fx, mut fy] = self.poly.jet(x, y);
        if self.radial != [0.0; 4] {
            let [a, b, c, d] = self.radial;
            let q = x * x + y * y;
            let r = q.sqrt();
            f += r * (a + q * (b + q * (c + q * d)));
            // The cone r has no slope at its tip.
            if r > 0.0 {
                let slope = (a + q * (3.0 * b + q * (5.0 * c + q * (7.0 * d)))) / r;
                fx += slope * x;
                fy += slope * y;
            }
        }
        (f, fx, fy)
    }
}

/// The powers of the axis's own and the other coordinate that coefficient m multiplies: within each degree the power of
/// the other coordinate increases; odd degrees are followed by a power of the radius.
fn powers(m: usize) -> (usize, usize) {
    let mut first = 0;
    let mut degree = 0;
    loop {
        if m <= first + degree {
            let q = m - first;
            return (degree - q, q);
        }
        first += degree + 1 + degree % 2;
        degree += 1;
    }
}

/// The number of the coefficient of a pair of powers.
pub fn index(p: usize, q: usize) -> usize {
    (0..p + q)
        .map(|degree| degree + 1 + degree % 2)
        .sum::<usize>()
        + q
}

#[cfg(test)]
mod tests {
    use super::{index, powers};

    #[test]
    fn coefficients_have_the_powers_of_the_convention() {
        let expected = [
            (0, (0, 0)),
            (1, (1, 0)),
            (2, (0, 1)),
            (4, (2, 0)),
            (6, (0, 2)),
            (7, (3, 0)),
            (10, (0, 3)),
        ];
        let more = [
            (12, (4, 0)),
            (16, (0, 4)),
            (17, (5, 0)),
            (22, (0, 5)),
            (24, (6, 0)),
            (30, (0, 6)),
            (38, (0, 7)),
        ];
        for (m, powers_of_m) in expected.into_iter().chain(more) {
            assert_eq!(powers(m), powers_of_m, "PV_{m}");
            assert_eq!(index(powers_of_m.0, powers_of_m.1), m);
        }
    }
}

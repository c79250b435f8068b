//! Quadrilateralized spherical cubes (Paper II, section 5.6): six faces of 90° x 90°, laid out as a T.

mod csc;
mod qsc;

use super::EDGE;
use crate::rotation::Direction;
use std::f64::consts::FRAC_PI_4;

/// The projection used on each face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cube {
    /// TSC, tangential.
    Tangential,
    /// CSC, COBE.
    Cobe,
    /// QSC, equal area.
    EqualArea,
}

/// For each face: the components of n that are (ξ, η, ζ) with their signs (section 5.6, table of faces), and its middle
/// in units of half a face.
struct Face {
    axes: [(usize, f64); 3],
    middle: [f64; 2],
}

const fn face(xi: (usize, f64), eta: (usize, f64), zeta: (usize, f64), middle: [f64; 2]) -> Face {
    Face {
        axes: [xi, eta, zeta],
        middle,
    }
}

const FACES: [Face; 6] = [
    face((1, 1.0), (0, -1.0), (2, 1.0), [0.0, 2.0]),
    face((1, 1.0), (2, 1.0), (0, 1.0), [0.0, 0.0]),
    face((0, -1.0), (2, 1.0), (1, 1.0), [2.0, 0.0]),
    face((1, -1.0), (2, 1.0), (0, -1.0), [4.0, 0.0]),
    face((0, 1.0), (2, 1.0), (1, -1.0), [6.0, 0.0]),
    face((1, 1.0), (0, 1.0), (2, -1.0), [0.0, -2.0]),
];

impl Cube {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Tangential => "TSC",
            Self::Cobe => "CSC",
            Self::EqualArea => "QSC",
        }
    }

    pub(super) fn to_plane(self, n: Direction) -> Option<[f64; 2]> {
        let pick = |(axis, sign): (usize, f64)| sign * n[axis];
        let mut best = &FACES[0];
        for face in &FACES[1..] {
            if pick(face.axes[2]) > pick(best.axes[2]) {
                best = face;
            }
        }
        let local = best.axes.map(pick);
        let p = match self {
            Self::Tangential => [local[0] / local[2], local[1] / local[2]],
            Self::Cobe => csc::to_square(local[0] / local[2], local[1] / local[2]),
            Self::EqualArea => qsc::to_square(local),
        };
        let at = [0, 1].map(|k| FRAC_PI_4 * (best.middle[k] + p[k].clamp(-1.0, 1.0)));
        (at[0].is_finite() && at[1].is_finite()).then_some(at)
    }

    pub(super) fn to_native(self, [x, y]: [f64; 2]) -> Option<Direction> {
        let (u, v) = (x / FRAC_PI_4, y / FRAC_PI_4);
        let edge = 1.0 + EDGE;
        let inside = if u.abs() <= edge {
            v.abs() <= 3.0 + EDGE
        } else {
            u > 0.0 && u <= 7.0 + EDGE && v.abs() <= edge
        };
        if !inside {
            return None;
        }
        let face = if v > edge {
            &FACES[0]
        } else if v < -edge {
            &FACES[5]
        } else {
            let number = 1.0 + ((u - 1.0 - EDGE) / 2.0).ceil().clamp(0.0, 3.0);
            &FACES[number as usize]
        };
        let p = [u - face.middle[0], v - face.middle[1]].map(|c| c.clamp(-1.0, 1.0));
        let local = match self {
            Self::Tangential => on_sphere(p),
            Self::Cobe => on_sphere(csc::to_tangents(p)?),
            Self::EqualArea => qsc::to_local(p),
        };
        let mut n = [0.0; 3];
        for ((axis, sign), value) in face.axes.into_iter().zip(local) {
            n[axis] = sign * value;
        }
        Some(n)
    }
}

/// The direction of the tangents (ξ/ζ, η/ζ).
fn on_sphere([chi, psi]: [f64; 2]) -> [f64; 3] {
    let zeta = 1.0 / (1.0 + chi * chi + psi * psi).sqrt();
    [chi * zeta, psi * zeta, zeta]
}

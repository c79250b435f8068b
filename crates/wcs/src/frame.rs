//! Celestial frames and the rotations between them.

pub(crate) mod fk4;

use crate::rotation::{Direction, IDENTITY, Matrix, about, product, transposed};

/// The frame that a WCS's longitude and latitude belong to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Frame {
    /// International Celestial Reference System.
    Icrs,
    /// FK5 with the mean equator and equinox of a Julian year.
    Fk5 {
        /// Julian year, 2000.0 for J2000.
        equinox: f64,
    },
    /// FK4 with the mean equator and equinox of a Besselian year, which is also taken as the epoch of observation.
    Fk4 {
        /// Besselian year, 1950.0 for B1950.
        equinox: f64,
        /// Whether positions include the E-terms of aberration, as in FK4 proper; they do not in FK4-NO-E.
        e_terms: bool,
    },
    /// Galactic longitude and latitude.
    Galactic,
    /// Longitude and latitude on the mean ecliptic of a Julian year (IAU 2006), seen from the barycentre.
    Ecliptic {
        /// Julian year, 2000.0 for J2000.
        equinox: f64,
    },
    /// Longitude and latitude of the Sun, a planet or another body: the four letters of the longitude's CTYPE, such as
    /// `HPLN` or `CRLN`. Nothing is known of how it lies to the other frames.
    Body([u8; 4]),
}

impl Frame {
    /// The frame of a longitude by the four letters of its CTYPE.
    pub(crate) fn body(prefix: &str) -> Self {
        let mut name = [b' '; 4];
        for (to, from) in name.iter_mut().zip(prefix.bytes()) {
            *to = from;
        }
        Self::Body(name)
    }

    /// For a body's frame the first letters of CTYPE of its longitude and its latitude.
    pub fn body_axes(self) -> Option<[String; 2]> {
        let Self::Body(name) = self else { return None };
        let longitude: String = name.iter().map(|b| *b as char).collect();
        let latitude = crate::ctype::latitude_of(&longitude);
        Some([longitude, latitude])
    }

    /// The rotation from ICRS unit vectors to those of this frame, without E-terms.
    pub fn from_icrs(self) -> Matrix {
        match self {
            // Within a body's frame its own axes serve as well as any.
            Self::Icrs | Self::Body(_) => IDENTITY,
            Self::Fk5 { equinox } => product(&precession_from_j2000(equinox), &fk5_from_icrs()),
            Self::Fk4 { equinox, .. } => product(&fk4::from_fk5(equinox), &fk5_from_icrs()),
            Self::Galactic => product(&galactic_from_fk5(), &fk5_from_icrs()),
            Self::Ecliptic { equinox } => ecliptic_from_icrs(equinox),
        }
    }

    /// What must be added to a unit vector of this frame in addition to the rotation: the E-terms of FK4.
    pub(crate) fn e_terms(self) -> Option<Direction> {
        match self {
            Self::Fk4 {
                equinox,
                e_terms: true,
            } => Some(fk4::e_terms(equinox)),
            _ => None,
        }
    }
}

/// The frame tie: USNO Circular 179 (Kaplan 2005), section 3.5, offsets in milliarcseconds.
fn fk5_from_icrs() -> Matrix {
    const MAS: f64 = 1.0 / 3_600_000.0;
    product(
        &about(0, 19.9 * MAS),
        &product(&about(1, 9.1 * MAS), &about(2, -22.9 * MAS)),
    )
}

/// The galactic pole and the longitude of the celestial pole, J2000: the values that astropy derives from Blaauw et al.
/// 1960 through FK4.
fn galactic_from_fk5() -> Matrix {
    let pole = [192.859_481_206_534_8, 27.128_251_180_856_22];
    let lon0 = 122.931_918_568_002_6;
    product(
        &about(2, 180.0 - lon0),
        &product(&about(1, 90.0 - pole[1]), &about(2, pole[0])),
    )
}

/// Obliquity of the ecliptic IAU 1980 (Lieske et al. 1977, A&A 58, 1), degrees, at a Julian date.
fn obliquity(julian_date: f64) -> f64 {
    let t = (julian_date - 2_451_545.0) / 36_525.0;
    (84_381.448 - (46.815_0 + (0.000_59 - 0.001_813 * t) * t) * t) / 3600.0
}

/// Precession IAU 2006 in the Fukushima-Williams angles of Hilton et al. 2006 (Celest. Mech. Dyn. Astr. 94, 351, table
/// 1 and eq. 37), without the frame bias that the polynomials include.
fn precession_from_j2000(equinox: f64) -> Matrix {
    let t = (equinox - 2000.0) / 100.0;
    product(
        &fukushima_williams(t),
        &transposed(&fukushima_williams(0.0)),
    )
}

/// Here the frame bias of the polynomials belongs in the result, because they start from ICRS.
fn ecliptic_from_icrs(equinox: f64) -> Matrix {
    let [gamma, phi, psi, _] = angles((equinox - 2000.0) / 100.0);
    product(&about(2, -psi), &product(&about(0, phi), &about(2, gamma)))
}

fn fukushima_williams(t: f64) -> Matrix {
    let [gamma, phi, psi, epsilon] = angles(t);
    product(
        &about(0, -epsilon),
        &product(&about(2, -psi), &product(&about(0, phi), &about(2, gamma))),
    )
}

/// γ, φ, ψ and the obliquity ε, degrees.
fn angles(t: f64) -> [f64; 4] {
    let angle = |c: [f64; 6]| c.iter().rev().fold(0.0, |sum, k| sum * t + k) / 3600.0;
    let gamma = angle([
        -0.052_928,
        10.556_378,
        0.493_204_4,
        -0.000_312_38,
        -0.000_002_788,
        0.000_000_026_0,
    ]);
    let phi = angle([
        84_381.412_819,
        -46.811_016,
        0.051_126_8,
        0.000_532_89,
        -0.000_000_440,
        -0.000_000_017_6,
    ]);
    let psi = angle([
        -0.041_775,
        5_038.481_484,
        1.558_417_5,
        -0.000_185_22,
        -0.000_026_452,
        -0.000_000_014_8,
    ]);
    let epsilon = angle([
        84_381.406,
        -46.836_769,
        -0.000_183_1,
        0.002_003_40,
        -0.000_000_576,
        -0.000_000_043_4,
    ]);
    [gamma, phi, psi, epsilon]
}

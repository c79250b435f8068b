//! Native spherical coordinates relative to celestial ones (Calabretta & Greisen 2002, Paper II, section 2.4).

use crate::error::WcsError;
use crate::rotation::{Matrix, sin_cos_deg};

/// Where the fiducial point and the poles lie, degrees.
#[derive(Clone, Copy, Debug)]
pub struct Fiducial {
    /// Celestial longitude and latitude of the fiducial point (CRVAL).
    pub crval: [f64; 2],
    /// Its native longitude and latitude.
    pub native: [f64; 2],
    /// Native longitude of the celestial pole, if given.
    pub lonpole: Option<f64>,
    /// Native latitude of the celestial pole: which of two solutions is meant.
    pub latpole: f64,
}

/// The rotation found, and the pole keywords it was found with.
#[derive(Clone, Copy, Debug)]
pub struct Pole {
    /// From celestial unit vectors to native ones.
    pub rotation: Matrix,
    /// The effective LONPOLE.
    pub lonpole: f64,
    /// The effective LATPOLE.
    pub latpole: f64,
}

const TOLERANCE: f64 = 1e-10;

impl Fiducial {
    /// Solves for the native pole.
    pub fn solve(&self) -> Result<Pole, WcsError> {
        let [lng0, lat0] = self.crval;
        let [phi0, theta0] = self.native;
        let lonpole = self
            .lonpole
            .unwrap_or_else(|| wrap_half_turn(phi0 + if lat0 < theta0 { 180.0 } else { 0.0 }));
        let (lng_pole, lat_pole) = if theta0 == 90.0 {
            (lng0, lat0)
        } else {
            self.oblique_pole(lonpole - phi0)?
        };
        Ok(Pole {
            rotation: rotation(lng_pole, lat_pole, lonpole),
            lonpole,
            latpole: lat_pole,
        })
    }

    /// Celestial coordinates of the native pole when the fiducial point is elsewhere (Paper II, eqs 8-10).
    fn oblique_pole(&self, phi: f64) -> Result<(f64, f64), WcsError> {
        let [lng0, lat0] = self.crval;
        let (sin_lat0, cos_lat0) = sin_cos_deg(lat0);
        let (sin_theta0, cos_theta0) = sin_cos_deg(self.native[1]);
        let (sin_phi, cos_phi) = sin_cos_deg(phi);
        let lat_pole = self.pole_latitude(sin_lat0, [sin_theta0, cos_theta0 * cos_phi])?;
        let (sin_pole, cos_pole) = sin_cos_deg(lat_pole);
        if cos_lat0.abs() < TOLERANCE {
            return Ok((lng0, lat_pole));
        }
        if cos_pole.abs() < TOLERANCE {
            return Ok((
                if lat_pole > 0.0 {
                    lng0 + phi - 180.0
                } else {
                    lng0 - phi
                },
                lat_pole,
            ));
        }
        let across = sin_phi * cos_theta0 / cos_lat0;
        let along = (sin_theta0 - sin_pole * sin_lat0) / (cos_pole * cos_lat0);
        if across == 0.0 && along == 0.0 {
            return Err(self.impossible());
        }
        Ok((lng0 - libm::atan2(across, along).to_degrees(), lat_pole))
    }

    /// Eq. 8: two solutions, of which the valid one nearest to LATPOLE is taken.
    fn pole_latitude(&self, sin_lat0: f64, [y, x]: [f64; 2]) -> Result<f64, WcsError> {
        let z = (x * x + y * y).sqrt();
        if z < 1e-15 {
            // Only LATPOLE decides here, and only an equatorial fiducial point is possible.
            return if sin_lat0.abs() < TOLERANCE {
                Ok(self.latpole.clamp(-90.0, 90.0))
            } else {
                Err(self.impossible())
            };
        }
        let ratio = sin_lat0 / z;
        if ratio.abs() > 1.0 + TOLERANCE {
            return Err(self.impossible());
        }
        let centre = libm::atan2(y, x).to_degrees();
        let spread = libm::acos(ratio.clamp(-1.0, 1.0)).to_degrees();
        let (high, low) = (
            wrap_half_turn(centre + spread),
            wrap_half_turn(centre - spread),
        );
        let valid = |lat: f64| lat.abs() < 90.0 + TOLERANCE;
        let high_is_nearer = (self.latpole - high).abs() < (self.latpole - low).abs();
        let chosen = match (valid(high), valid(low)) {
            (true, true) => {
                if high_is_nearer {
                    high
                } else {
                    low
                }
            }
            (true, false) => high,
            (false, true) => low,
            (false, false) => return Err(self.impossible()),
        };
        Ok(chosen.clamp(-90.0, 90.0))
    }

    fn impossible(&self) -> WcsError {
        let value = self
            .lonpole
            .map_or_else(|| "default".to_owned(), |l| l.to_string());
        WcsError::invalid("LONPOLE", value, "no pole fits this CRVAL and LONPOLE")
    }
}

/// An angle in degrees, reduced to -180..180 by whole turns.
fn wrap_half_turn(degrees: f64) -> f64 {
    if degrees > 180.0 {
        degrees - 360.0
    } else if degrees < -180.0 {
        degrees + 360.0
    } else {
        degrees
    }
}

/// Paper II, eq. 5, as a matrix.
fn rotation(lng_pole: f64, lat_pole: f64, lonpole: f64) -> Matrix {
    let (sa, ca) = sin_cos_deg(lng_pole);
    let (sd, cd) = sin_cos_deg(lat_pole);
    let (sp, cp) = sin_cos_deg(lonpole);
    [
        [-ca * sd * cp - sa * sp, -sa * sd * cp + ca * sp, cd * cp],
        [-ca * sd * sp + sa * cp, -sa * sd * sp - ca * cp, cd * sp],
        [ca * cd, sa * cd, sd],
    ]
}

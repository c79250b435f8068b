//! The WCS of an output grid: the parameters of a projection follow from where its middle is.

use super::Wcs;
use crate::error::WcsError;
use crate::frame::Frame;
use crate::linear::Linear;
use crate::pole::Fiducial;
use crate::projection::Projection;

/// Latitudes, in degrees from the equator, between which a cone is neither nearly a cylinder nor nearly a plane.
const CONE: [f64; 2] = [1.0, 89.0];

/// Why a projection cannot be used for a mosaic whose middle has this latitude, degrees; `None` when it can.
pub(crate) fn unsuited(code: &str, latitude: f64) -> Option<String> {
    match code {
        "ZPN" => {
            Some("ZPN needs its coefficients; use a grid that has them with --like".to_owned())
        }
        "TSC" | "CSC" | "QSC" | "XPH" => Some(format!(
            "{code} is cut into faces that no mosaic can be laid out on; give HPX, ZEA or AIT"
        )),
        _ if is_conical(code) && latitude.abs() < CONE[0] => Some(format!(
            "{code} cannot be used so near the equator (latitude {latitude:.3}); give CAR, SFL or TAN"
        )),
        _ if is_conical(code) && latitude.abs() > CONE[1] => Some(format!(
            "{code} cannot be used so near a pole (latitude {latitude:.3}); give ARC, ZEA or TAN"
        )),
        _ => None,
    }
}

/// Whether the standard parallel must run through the middle of the map.
fn is_conical(code: &str) -> bool {
    matches!(code, "COP" | "COE" | "COD" | "COO" | "BON")
}

impl Wcs {
    /// A WCS without distortion, such as that of an output grid: `crval` in degrees of `frame`, `crpix0` 0-based,
    /// `cd_deg` in degrees per pixel with rows longitude and latitude.
    ///
    /// Conics and BON have their single standard parallel at the latitude of `crval`; BON and PCO have `crval` on their
    /// central meridian. Other parameters have the defaults of Paper II.
    pub fn celestial(
        projection: &str,
        frame: Frame,
        crval: [f64; 2],
        crpix0: [f64; 2],
        cd_deg: [[f64; 2]; 2],
    ) -> Result<Self, WcsError> {
        let code = projection.to_ascii_uppercase();
        if !crval.iter().all(|v| v.is_finite()) || crval[1].abs() > 90.0 {
            return Err(WcsError::invalid(
                "CRVAL2",
                crval[1],
                "the centre needs a latitude in -90..90",
            ));
        }
        let parallel = |m: usize| (m == 1 && is_conical(&code)).then_some(crval[1]);
        let projection = Projection::from_code(&code, 2, &parallel)?
            .ok_or_else(|| WcsError::unsupported("CTYPE1", code.as_str()))?;
        let upright = matches!(projection, Projection::Bon(_) | Projection::Pco);
        let native = if upright {
            [0.0, crval[1]]
        } else {
            projection.fiducial()
        };
        let fiducial = Fiducial {
            crval,
            native,
            lonpole: None,
            latpole: 90.0,
        };
        let linear = Linear::new(crpix0, cd_deg).ok_or_else(|| WcsError::Singular {
            keyword: "CD1_1".to_owned(),
        })?;
        Self::assemble(projection, frame, fiducial, linear, upright)
    }
}

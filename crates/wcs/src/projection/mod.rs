//! Projections of the native sphere (Calabretta & Greisen 2002, Paper II, section 5).
//!
//! Native unit vectors n = (cos θ cos φ, cos θ sin φ, sin θ); plane coordinates in radians (Paper II's divided by
//! 180/π), so that zenithal projections need no trigonometry. `None` means that a point is outside the projection.

mod airy;
mod conic;
mod cube;
mod cylindrical;
mod healpix;
mod perspective;
mod polyconic;
mod pseudo;
mod zenithal;
mod zpn;

use crate::error::WcsError;
use crate::rotation::Direction;
use airy::Air;
use conic::{Cone, Conic};
use cube::Cube;
use cylindrical::Cyp;
use healpix::Hpx;
use perspective::{Azp, Szp};
use polyconic::Bon;
use std::f64::consts::{FRAC_PI_4, PI};
pub use zpn::Zpn;

/// A map projection with its parameters.
#[derive(Clone, Debug)]
pub enum Projection {
    /// Gnomonic.
    Tan,
    /// Orthographic and its slant variant: `PV2_1` and `PV2_2`.
    Sin([f64; 2]),
    /// Stereographic.
    Stg,
    /// Zenithal equidistant.
    Arc,
    /// Zenithal polynomial: `PV2_0` and up.
    Zpn(Box<Zpn>),
    /// Zenithal equal area.
    Zea,
    /// Plate carrée.
    Car,
    /// Cylindrical equal area: `PV2_1`.
    Cea(f64),
    /// Mercator.
    Mer,
    /// Sanson-Flamsteed.
    Sfl,
    /// Mollweide.
    Mol,
    /// Hammer-Aitoff.
    Ait,
    /// Zenithal perspective.
    Azp(Azp),
    /// Slant zenithal perspective.
    Szp(Szp),
    /// Airy.
    Air(Air),
    /// Cylindrical perspective.
    Cyp(Cyp),
    /// Parabolic.
    Par,
    /// COP, COE, COD and COO.
    Conic(Conic),
    /// Bonne's equal area.
    Bon(Bon),
    /// Polyconic.
    Pco,
    /// TSC, CSC and QSC.
    Cube(Cube),
    /// `HEALPix`.
    Hpx(Hpx),
    /// `HEALPix`, polar.
    Xph,
}

/// Rounding error allowed at the edge of a projection, as a fraction of its extent.
const EDGE: f64 = 1e-13;

impl Projection {
    /// The projection with a three-letter code; `parameter(m)` returns `PVi_m` of the latitude axis i, if present.
    pub fn from_code(
        code: &str,
        axis: usize,
        parameter: &dyn Fn(usize) -> Option<f64>,
    ) -> Result<Option<Self>, WcsError> {
        let or = |m: usize, default: f64| parameter(m).unwrap_or(default);
        Ok(Some(match code {
            "TAN" => Self::Tan,
            "SIN" => Self::Sin([or(1, 0.0), or(2, 0.0)]),
            "STG" => Self::Stg,
            "ARC" => Self::Arc,
            "ZPN" => Self::Zpn(Box::new(Zpn::new(axis, parameter)?)),
            "ZEA" => Self::Zea,
            "CAR" => Self::Car,
            "CEA" => {
                let lambda = or(1, 1.0);
                if !(lambda > 0.0 && lambda <= 1.0) {
                    return Err(WcsError::invalid(
                        &format!("PV{axis}_1"),
                        lambda,
                        "CEA needs a value in 0..1",
                    ));
                }
                Self::Cea(lambda)
            }
            "MER" => Self::Mer,
            "SFL" => Self::Sfl,
            "MOL" => Self::Mol,
            "AIT" => Self::Ait,
            "AZP" => Self::Azp(Azp::new(axis, parameter)?),
            "SZP" => Self::Szp(Szp::new(axis, parameter)?),
            "AIR" => Self::Air(Air::new(axis, parameter)?),
            "CYP" => Self::Cyp(Cyp::new(axis, parameter)?),
            "PAR" => Self::Par,
            "COP" => Self::Conic(Conic::new(Cone::Perspective, axis, parameter)?),
            "COE" => Self::Conic(Conic::new(Cone::EqualArea, axis, parameter)?),
            "COD" => Self::Conic(Conic::new(Cone::Equidistant, axis, parameter)?),
            "COO" => Self::Conic(Conic::new(Cone::Orthomorphic, axis, parameter)?),
            "BON" => polyconic::bonne(axis, parameter)?,
            "PCO" => Self::Pco,
            "TSC" => Self::Cube(Cube::Tangential),
            "CSC" => Self::Cube(Cube::Cobe),
            "QSC" => Self::Cube(Cube::EqualArea),
            "HPX" => Self::Hpx(Hpx::new(axis, parameter)?),
            "XPH" => Self::Xph,
            _ => return Ok(None),
        }))
    }

    /// The three-letter code of CTYPE.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Tan => "TAN",
            Self::Sin(_) => "SIN",
            Self::Stg => "STG",
            Self::Arc => "ARC",
            Self::Zpn(_) => "ZPN",
            Self::Zea => "ZEA",
            Self::Car => "CAR",
            Self::Cea(_) => "CEA",
            Self::Mer => "MER",
            Self::Sfl => "SFL",
            Self::Mol => "MOL",
            Self::Ait => "AIT",
            Self::Azp(_) => "AZP",
            Self::Szp(_) => "SZP",
            Self::Air(_) => "AIR",
            Self::Cyp(_) => "CYP",
            Self::Par => "PAR",
            Self::Conic(conic) => conic.code(),
            Self::Bon(_) => "BON",
            Self::Pco => "PCO",
            Self::Cube(cube) => cube.code(),
            Self::Hpx(_) => "HPX",
            Self::Xph => "XPH",
        }
    }

    /// The parameters `PVi_m` of the latitude axis that a header must have, as (m, value).
    pub fn parameters(&self) -> Vec<(usize, f64)> {
        match self {
            Self::Sin([xi, eta]) if *xi != 0.0 || *eta != 0.0 => vec![(1, *xi), (2, *eta)],
            Self::Zpn(zpn) => zpn.parameters(),
            Self::Cea(lambda) => vec![(1, *lambda)],
            Self::Azp(azp) => azp.parameters(),
            Self::Szp(szp) => szp.parameters(),
            Self::Air(air) => air.parameters(),
            Self::Cyp(cyp) => cyp.parameters(),
            Self::Conic(conic) => conic.parameters(),
            Self::Bon(bon) => vec![(1, bon.theta1)],
            Self::Hpx(hpx) => hpx.parameters(),
            _ => Vec::new(),
        }
    }

    /// How many parameters `PVi_m`, m = 0.., the latitude axis may have.
    pub fn parameter_count(&self) -> usize {
        match self {
            Self::Zpn(_) => 30,
            Self::Szp(_) => 4,
            Self::Sin(_) | Self::Azp(_) | Self::Cyp(_) | Self::Conic(_) | Self::Hpx(_) => 3,
            Self::Cea(_) | Self::Air(_) | Self::Bon(_) => 2,
            _ => 0,
        }
    }

    /// Native coordinates (φ0, θ0) of the fiducial point, degrees.
    pub fn fiducial(&self) -> [f64; 2] {
        match self {
            Self::Conic(conic) => [0.0, conic.middle()],
            Self::Xph => [0.0, 90.0],
            _ if self.is_zenithal() => [0.0, 90.0],
            _ => [0.0, 0.0],
        }
    }

    /// Whether the native pole is the centre of the map.
    pub fn is_zenithal(&self) -> bool {
        matches!(
            self,
            Self::Tan
                | Self::Sin(_)
                | Self::Stg
                | Self::Arc
                | Self::Zpn(_)
                | Self::Zea
                | Self::Azp(_)
                | Self::Szp(_)
                | Self::Air(_)
        )
    }

    /// For maps that continue periodically past their end, so that an image may be laid out there: x in the middle as
    /// `to_plane` returns it, and the distance from there to either end.
    pub fn round(&self) -> Option<[f64; 2]> {
        match self {
            Self::Car | Self::Cea(_) | Self::Mer | Self::Hpx(_) => Some([0.0, PI]),
            Self::Cyp(cyp) => Some([0.0, PI * cyp.lambda]),
            Self::Cube(_) => Some([3.0 * FRAC_PI_4, PI]),
            _ => None,
        }
    }

    /// Whether the map is periodic at a point of the plane; on the polar faces of a cube it is not.
    pub fn goes_round(&self, p: [f64; 2]) -> bool {
        !matches!(self, Self::Cube(_)) || p[1].abs() <= FRAC_PI_4
    }

    /// From the native sphere to the plane.
    #[inline]
    pub fn to_plane(&self, n: Direction) -> Option<[f64; 2]> {
        match self {
            Self::Tan => zenithal::tan_to_plane(n),
            Self::Sin(slant) => zenithal::sin_to_plane(n, *slant),
            Self::Stg => zenithal::stg_to_plane(n),
            Self::Arc => zenithal::arc_to_plane(n),
            Self::Zpn(zpn) => zpn.to_plane(n),
            Self::Zea => zenithal::zea_to_plane(n),
            Self::Car => Some(cylindrical::car_to_plane(n)),
            Self::Cea(lambda) => Some(cylindrical::cea_to_plane(n, *lambda)),
            Self::Mer => cylindrical::mer_to_plane(n),
            Self::Sfl => Some(pseudo::sfl_to_plane(n)),
            Self::Mol => Some(pseudo::mol_to_plane(n)),
            Self::Ait => Some(pseudo::ait_to_plane(n)),
            Self::Azp(azp) => azp.to_plane(n),
            Self::Szp(szp) => szp.to_plane(n),
            Self::Air(air) => air.to_plane(n),
            Self::Cyp(cyp) => cyp.to_plane(n),
            Self::Par => Some(pseudo::par_to_plane(n)),
            Self::Conic(conic) => conic.to_plane(n),
            Self::Bon(bon) => Some(bon.to_plane(n)),
            Self::Pco => Some(polyconic::pco_to_plane(n)),
            Self::Cube(cube) => cube.to_plane(n),
            Self::Hpx(hpx) => Some(hpx.to_plane(n)),
            Self::Xph => Some(healpix::xph_to_plane(n)),
        }
    }

    /// From the plane to the native sphere.
    #[inline]
    pub fn to_native(&self, p: [f64; 2]) -> Option<Direction> {
        match self {
            Self::Tan => Some(zenithal::tan_to_native(p)),
            Self::Sin(slant) => zenithal::sin_to_native(p, *slant),
            Self::Stg => Some(zenithal::stg_to_native(p)),
            Self::Arc => zenithal::arc_to_native(p),
            Self::Zpn(zpn) => zpn.to_native(p),
            Self::Zea => zenithal::zea_to_native(p),
            Self::Car => cylindrical::car_to_native(p),
            Self::Cea(lambda) => cylindrical::cea_to_native(p, *lambda),
            Self::Mer => cylindrical::mer_to_native(p),
            Self::Sfl => pseudo::sfl_to_native(p),
            Self::Mol => pseudo::mol_to_native(p),
            Self::Ait => pseudo::ait_to_native(p),
            Self::Azp(azp) => azp.to_native(p),
            Self::Szp(szp) => szp.to_native(p),
            Self::Air(air) => air.to_native(p),
            Self::Cyp(cyp) => cyp.to_native(p),
            Self::Par => pseudo::par_to_native(p),
            Self::Conic(conic) => conic.to_native(p),
            Self::Bon(bon) => bon.to_native(p),
            Self::Pco => polyconic::pco_to_native(p),
            Self::Cube(cube) => cube.to_native(p),
            Self::Hpx(hpx) => hpx.to_native(p),
            Self::Xph => healpix::xph_to_native(p),
        }
    }
}

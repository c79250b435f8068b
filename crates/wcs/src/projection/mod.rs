//! Projections of the native sphere (Calabretta & Greisen 2002, Paper II, section 5).
//!
//! Native unit vectors n = (cos θ cos φ, cos θ sin φ, sin θ); plane coordinates in radians (Paper II's divided by
//! 180/π), so that zenithal projections need no trigonometry at all. `None` is a point outside the projection.

mod cylindrical;
mod pseudo;
mod zenithal;
mod zpn;

use crate::error::WcsError;
use crate::rotation::Direction;
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
}

/// Rounding allowed at the edge of a projection, as a fraction of its extent.
const EDGE: f64 = 1e-13;

impl Projection {
    /// The projection of a three-letter code; `parameter(m)` gives `PVi_m` of the latitude axis i, if present.
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
        }
    }

    /// The parameters `PVi_m` of the latitude axis that a header needs, as (m, value).
    pub fn parameters(&self) -> Vec<(usize, f64)> {
        match self {
            Self::Sin([xi, eta]) if *xi != 0.0 || *eta != 0.0 => vec![(1, *xi), (2, *eta)],
            Self::Zpn(zpn) => zpn.parameters(),
            Self::Cea(lambda) => vec![(1, *lambda)],
            _ => Vec::new(),
        }
    }

    /// How many parameters `PVi_m`, m = 0.., the latitude axis may have.
    pub fn parameter_count(&self) -> usize {
        match self {
            Self::Zpn(_) => 30,
            Self::Sin(_) => 3,
            Self::Cea(_) => 2,
            _ => 0,
        }
    }

    /// Native coordinates (φ0, θ0) of the fiducial point, degrees.
    pub fn fiducial(&self) -> [f64; 2] {
        if self.is_zenithal() {
            [0.0, 90.0]
        } else {
            [0.0, 0.0]
        }
    }

    /// Whether the native pole is the centre of the map.
    pub fn is_zenithal(&self) -> bool {
        matches!(
            self,
            Self::Tan | Self::Sin(_) | Self::Stg | Self::Arc | Self::Zpn(_) | Self::Zea
        )
    }

    /// Whether x is proportional to native longitude alone, so that a map may be laid out past ±180°.
    pub fn is_cylindrical(&self) -> bool {
        matches!(self, Self::Car | Self::Cea(_) | Self::Mer)
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
        }
    }
}

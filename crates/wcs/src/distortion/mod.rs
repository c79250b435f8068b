//! Distortions: evaluated directly, inverted by Newton's method.

mod choose;
mod iraf;
mod lookup;
mod newton;
mod plate;
mod poly;
mod sip;
mod tables;
mod tpv;

pub use choose::{Chosen, choose};
pub use iraf::Surfaces;
pub use newton::Domain;
pub use plate::Plate;
pub use sip::Sip;
pub use tables::Tables;
pub use tpv::Tpv;

/// A distortion's value and its derivatives: [x, y] and rows (∂x/∂u, ∂x/∂v), (∂y/∂u, ∂y/∂v).
pub type Jet = ([f64; 2], [[f64; 2]; 2]);

/// A distortion of any convention.
#[derive(Clone, Debug)]
pub enum Warp {
    /// On pixel offsets from CRPIX.
    Sip(Sip),
    /// On pixel offsets from CRPIX, lookup tables and SIP together.
    Tables(Box<Tables>),
    /// On intermediate world coordinates, degrees.
    Tpv(Tpv),
    /// On intermediate world coordinates, degrees.
    Iraf(Surfaces),
}

impl Warp {
    /// The name of the convention.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sip(_) => "SIP",
            Self::Tables(tables) => tables.name(),
            Self::Tpv(_) => "TPV",
            Self::Iraf(surfaces) => surfaces.name(),
        }
    }

    /// The distorted coordinates and their derivatives.
    #[inline]
    pub fn jet(&self, p: [f64; 2]) -> Jet {
        match self {
            Self::Sip(sip) => sip.jet(p),
            Self::Tables(tables) => tables.jet(p),
            Self::Tpv(tpv) => tpv.jet(p),
            Self::Iraf(surfaces) => surfaces.jet(p),
        }
    }

    /// Whether the slope has jumps, so that Newton's method may fail.
    pub fn has_kinks(&self) -> bool {
        matches!(self, Self::Tables(_))
    }
}

//! Polynomial distortions: applied as they stand, inverted by Newton's method.

mod choose;
mod newton;
mod poly;
mod sip;
mod tpv;

pub use choose::{Chosen, choose};
pub use newton::Domain;
pub use sip::Sip;
pub use tpv::Tpv;

/// A distortion's value and its derivatives: [x, y] and rows (∂x/∂u, ∂x/∂v), (∂y/∂u, ∂y/∂v).
pub type Jet = ([f64; 2], [[f64; 2]; 2]);

/// A distortion of either convention.
#[derive(Clone, Debug)]
pub enum Polynomial {
    /// On pixel offsets from CRPIX.
    Sip(Sip),
    /// On intermediate world coordinates, degrees.
    Tpv(Tpv),
}

impl Polynomial {
    /// The name of the convention.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sip(_) => "SIP",
            Self::Tpv(_) => "TPV",
        }
    }

    /// The distorted coordinates and their derivatives.
    pub fn jet(&self, p: [f64; 2]) -> Jet {
        match self {
            Self::Sip(sip) => sip.jet(p),
            Self::Tpv(tpv) => tpv.jet(p),
        }
    }
}

//! Which distortion a header means, where conventions compete for the same keywords; as astropy decides.

use super::tpv::TERMS;
use super::{Polynomial, Sip, Tpv};
use crate::error::WcsError;
use crate::header::{Axes, Reader};

/// The decision.
pub struct Chosen {
    /// The distortion, if any.
    pub polynomial: Option<Polynomial>,
    /// The projection code, TPV resolved to TAN.
    pub code: String,
    /// Whether `PVi_m` keep the meaning they have in Paper II.
    pub standard_pv: bool,
}

/// SCAMP wrote TPV coefficients under the name TAN; the standard knows `PVi_m` up to 4 there.
const FIRST_DISTORTING: usize = 5;

/// Reads the distortion.
pub fn choose(reader: &mut Reader, axes: &Axes) -> Result<Chosen, WcsError> {
    let sip = Sip::read(reader)?;
    let scamp = axes.code == "TAN"
        && [axes.lng, axes.lat].iter().any(|axis| {
            (FIRST_DISTORTING..TERMS)
                .any(|m| reader.cards.number(&format!("PV{axis}_{m}")).is_some())
        });
    if axes.code == "TPV" || (scamp && !(axes.sip && sip.is_some())) {
        if sip.is_some() {
            reader.warnings.push(
                "SIP keywords are left out: the PV keywords describe the distortion".to_owned(),
            );
        }
        let tpv = Tpv::read(reader, axes.lng, axes.lat)?;
        return Ok(Chosen {
            polynomial: Some(Polynomial::Tpv(tpv)),
            code: "TAN".to_owned(),
            standard_pv: false,
        });
    }
    if scamp {
        reader
            .warnings
            .push("PV keywords are left out: the SIP keywords describe the distortion".to_owned());
    }
    if sip.is_some() && !axes.sip {
        let text = format!(
            "SIP keywords are applied though CTYPE{} does not end in -SIP",
            axes.lng
        );
        reader.warnings.push(text);
    }
    if sip.as_ref().is_some_and(Sip::is_linear) {
        let text = "the SIP keywords have terms of first order only; they are applied, though some programs leave them out";
        reader.warnings.push(text.to_owned());
    }
    Ok(Chosen {
        polynomial: sip.map(Polynomial::Sip),
        code: axes.code.clone(),
        standard_pv: !scamp,
    })
}

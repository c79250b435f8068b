//! Which distortion a header means where conventions compete for the same keywords; decided as astropy does.

use super::tpv::TERMS;
use super::{Sip, Surfaces, Tables, Tpv, Warp};
use crate::error::WcsError;
use crate::header::Axes;
use crate::reader::Reader;

/// The decision.
pub struct Chosen {
    /// The distortion of pixels, if any.
    pub pixel: Option<Warp>,
    /// The distortion of intermediate world coordinates, if any.
    pub plane: Option<Warp>,
    /// The projection code; TPV and TNX become TAN, ZPX becomes ZPN.
    pub code: String,
    /// The parameters `PVi_m` of the latitude axis if they come from other keywords.
    pub parameters: Option<[Option<f64>; 10]>,
    /// Whether `PVi_m` have their meaning of Paper II.
    pub standard_pv: bool,
}

/// SCAMP wrote TPV coefficients under the name TAN; the standard has `PVi_m` only up to 4 there.
const FIRST_DISTORTING: usize = 5;

/// Reads the distortion; `crpix` is 1-based.
pub fn choose(reader: &mut Reader, axes: &Axes, crpix: [f64; 2]) -> Result<Chosen, WcsError> {
    let mut sip = Sip::read(reader)?;
    let scamp = axes.code == "TAN" && is_scamp(reader, axes)?;
    let tpv = axes.code == "TPV" || (scamp && !(axes.sip && sip.is_some()));
    if tpv && sip.take().is_some() {
        let text = "SIP keywords are ignored: the PV keywords describe the distortion";
        reader.warn(text.to_owned());
    }
    if scamp && !tpv {
        let text = "PV keywords are ignored: the SIP keywords describe the distortion";
        reader.warn(text.to_owned());
    }
    warn_of_sip(reader, axes, sip.as_ref());
    let mut chosen = Chosen {
        pixel: match Tables::read(reader, axes, crpix, sip)? {
            Ok(tables) => Some(Warp::Tables(Box::new(tables))),
            Err(sip) => sip.map(Warp::Sip),
        },
        plane: None,
        code: axes.code.clone(),
        parameters: None,
        standard_pv: !scamp && !tpv,
    };
    if tpv {
        chosen.plane = Some(Warp::Tpv(Tpv::read(reader, axes.lng, axes.lat)?));
        "TAN".clone_into(&mut chosen.code);
    } else if matches!(axes.code.as_str(), "TNX" | "ZPX") {
        let (surfaces, terms) = Surfaces::read(reader, axes)?;
        if axes.code == "ZPX" {
            chosen.parameters = Some(terms);
        }
        let code = if axes.code == "ZPX" { "ZPN" } else { "TAN" };
        code.clone_into(&mut chosen.code);
        chosen.plane = (!surfaces.is_empty()).then_some(Warp::Iraf(surfaces));
    }
    Ok(chosen)
}

/// Whether the PV keywords of TAN are SCAMP's: there are some of higher order, or both axes have coefficients of first
/// order that make sense as such. Those are 0 to 2 alone; with 3 or 4 they may be Paper II's, or what another map left.
fn is_scamp(reader: &Reader, axes: &Axes) -> Result<bool, WcsError> {
    let both = [axes.lng, axes.lat];
    let any = |mut terms: std::ops::Range<usize>| {
        terms.any(|m| both.iter().any(|axis| reader.has(&format!("PV{axis}_{m}"))))
    };
    if any(FIRST_DISTORTING..TERMS) {
        return Ok(true);
    }
    if any(FIRST_DISTORTING - 2..FIRST_DISTORTING) {
        return Ok(false);
    }
    for axis in both {
        let scale = reader.number(&format!("PV{axis}_1"))?;
        if scale.is_none_or(|value| (value - 1.0).abs() > 0.5) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn warn_of_sip(reader: &mut Reader, axes: &Axes, sip: Option<&Sip>) {
    let Some(sip) = sip else { return };
    if !axes.sip {
        let text = format!(
            "SIP keywords are applied although CTYPE{} does not end in -SIP",
            axes.lng
        );
        reader.warn(text);
    }
    if sip.is_linear() {
        let text = "the SIP keywords only have first-order terms; they are applied, although some programs ignore them";
        reader.warn(text.to_owned());
    }
}

//! Reads the celestial WCS of a header: its axes, matrix, units and frame.
//!
//! Greisen & Calabretta 2002 (Paper I), Calabretta & Greisen 2002 (Paper II) and the FITS standard 4.0, section 8;
//! where these leave a choice, the same as in wcslib 8 and astropy.

mod matrix;
mod system;

use crate::ctype::{Ctype, Kind, kind, latitude_of, split_ctype};
use crate::error::WcsError;
use crate::reader::Reader;

/// The celestial axes of a header.
#[derive(Clone, Debug)]
pub struct Axes {
    /// How many axes the WCS has.
    pub count: usize,
    /// FITS numbers of the longitude and the latitude axis.
    pub lng: usize,
    /// See `lng`.
    pub lat: usize,
    /// The three-letter projection code.
    pub code: String,
    /// Whether both CTYPEs end in `-SIP`.
    pub sip: bool,
    /// The first four letters of the longitude's CTYPE without dashes.
    pub prefix: String,
}

/// The most axes that a header may declare.
const MOST_AXES: usize = 9;

impl Reader<'_> {
    /// Finds the celestial axes.
    pub fn axes(&self) -> Result<Axes, WcsError> {
        let declared = self
            .number("WCSAXES")?
            .or(self.number("NAXIS")?)
            .unwrap_or(2.0);
        let count = (declared.clamp(0.0, MOST_AXES as f64) as usize).max(2);
        let mut lng = None;
        let mut lat = None;
        let mut bare = None;
        for axis in 1..=count {
            let key = format!("CTYPE{axis}");
            let Some(text) = self.text(&key) else {
                continue;
            };
            let Some(parts) = split_ctype(&text) else {
                bare = bare.or(Some((key, text)));
                continue;
            };
            match parts.kind {
                Kind::Longitude if lng.is_none() => lng = Some((axis, parts)),
                Kind::Latitude if lat.is_none() => lat = Some((axis, parts)),
                Kind::Longitude | Kind::Latitude => {
                    return Err(WcsError::invalid(
                        &key,
                        text,
                        "the header has this sky axis twice",
                    ));
                }
                Kind::Other => {}
            }
        }
        let (Some((lng, a)), Some((lat, b))) = (lng, lat) else {
            return Err(bare.map_or(WcsError::NoCelestial, |(key, text)| {
                unprojected(&key, &text)
            }));
        };
        let key = format!("CTYPE{lat}");
        if a.code != b.code || a.suffix != b.suffix || latitude_of(&a.prefix) != b.prefix {
            return Err(WcsError::invalid(
                &key,
                b.text,
                &format!("does not match CTYPE{lng} = {}", a.text),
            ));
        }
        if !a.suffix.is_empty() && a.suffix != "SIP" {
            return Err(WcsError::unsupported(&format!("CTYPE{lng}"), a.text));
        }
        self.tell_mended(lng, &a);
        self.tell_mended(lat, &b);
        Ok(Axes {
            count,
            lng,
            lat,
            code: a.code,
            sip: a.suffix == "SIP",
            prefix: a.prefix,
        })
    }

    fn tell_mended(&self, axis: usize, ctype: &Ctype) {
        if let Some(mended) = &ctype.mended {
            let text = &ctype.text;
            self.warn(format!("CTYPE{axis} = {text} is read as {mended}"));
        }
    }

    /// Refuses distortions that this version cannot read.
    pub fn refuse_distortions(&self, axes: &Axes) -> Result<(), WcsError> {
        for axis in [axes.lng, axes.lat] {
            let key = format!("CQDIS{axis}");
            if let Some(text) = self.cards.text(&key) {
                return Err(WcsError::unsupported(&key, text));
            }
        }
        match self.cards.number("AXISCORR") {
            Some(value) => Err(WcsError::unsupported("AXISCORR", value)),
            None => Ok(()),
        }
    }

    /// Degrees per unit of CUNIT of an axis.
    pub fn unit(&self, axis: usize) -> Result<f64, WcsError> {
        let key = format!("CUNIT{axis}");
        let Some(text) = self.text(&key) else {
            return Ok(1.0);
        };
        Ok(match text.to_ascii_lowercase().as_str() {
            "" | "deg" | "degs" | "degree" | "degrees" => 1.0,
            "arcmin" | "arcmins" | "arcminute" | "arcminutes" => 1.0 / 60.0,
            "arcsec" | "arcsecs" | "arcsecond" | "arcseconds" => 1.0 / 3600.0,
            "mas" => 1.0 / 3_600_000.0,
            "rad" | "radian" | "radians" => 180.0 / std::f64::consts::PI,
            _ => return Err(WcsError::unsupported(&key, text)),
        })
    }

    /// CRPIX and CRVAL (degrees) by axis number; missing ones are reported.
    pub fn reference(&self, axes: &Axes) -> Result<([f64; 2], [f64; 2]), WcsError> {
        let (first, second) = (axes.lng.min(axes.lat), axes.lng.max(axes.lat));
        let read = |stem: &str, axis: usize| {
            let key = format!("{stem}{axis}");
            let value = self.number(&key)?;
            if value.is_none() {
                self.warn(format!("{key} is missing and assumed to be 0"));
            }
            Ok(value.unwrap_or(0.0))
        };
        let crpix = [read("CRPIX", first)?, read("CRPIX", second)?];
        let crval = [read("CRVAL", axes.lng)?, read("CRVAL", axes.lat)?];
        Ok((
            crpix,
            [
                crval[0] * self.unit(axes.lng)?,
                crval[1] * self.unit(axes.lat)?,
            ],
        ))
    }
}

/// The error of axes that are named but have no projection.
fn unprojected(key: &str, text: &str) -> WcsError {
    let name = text.trim().trim_end_matches('-').to_ascii_uppercase();
    match kind(&name) {
        Kind::Other => WcsError::NoCelestial,
        _ => WcsError::invalid(
            key,
            text,
            &format!("it names no projection; a tangent plane would be {name:-<4}-TAN"),
        ),
    }
}

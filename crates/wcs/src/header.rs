//! Reads the celestial WCS of a header: its axes, matrix, units and frame.
//!
//! Greisen & Calabretta 2002 (Paper I), Calabretta & Greisen 2002 (Paper II) and the FITS standard 4.0, section 8;
//! where these leave a choice, the same as in wcslib 8 and astropy.

use crate::cards::Cards;
use crate::error::WcsError;
use crate::frame::Frame;

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

/// Reads keywords and collects warnings for the user.
pub struct Reader<'a> {
    pub cards: &'a dyn Cards,
    pub warnings: Vec<String>,
}

/// The most axes that a header may declare.
const MOST_AXES: usize = 9;

impl Reader<'_> {
    /// A number, if the keyword exists; text where a number belongs, or a non-finite number, is an error.
    pub fn number(&self, key: &str) -> Result<Option<f64>, WcsError> {
        match self.cards.number(key) {
            Some(value) if value.is_finite() => Ok(Some(value)),
            Some(value) => Err(WcsError::invalid(key, value, "not a finite number")),
            None => match self.cards.text(key) {
                Some(text) => Err(WcsError::invalid(key, text, "not a number")),
                None => Ok(None),
            },
        }
    }

    /// Finds the celestial axes.
    pub fn axes(&self) -> Result<Axes, WcsError> {
        let declared = self
            .number("WCSAXES")?
            .or(self.number("NAXIS")?)
            .unwrap_or(2.0);
        let count = (declared.clamp(0.0, MOST_AXES as f64) as usize).max(2);
        let mut lng = None;
        let mut lat = None;
        for axis in 1..=count {
            let key = format!("CTYPE{axis}");
            let Some(text) = self.cards.text(&key) else {
                continue;
            };
            let Some(parts) = split_ctype(&text) else {
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
            return Err(WcsError::NoCelestial);
        };
        let key = format!("CTYPE{lat}");
        if a.code != b.code || a.suffix != b.suffix || !paired(&a.prefix, &b.prefix) {
            return Err(WcsError::invalid(
                &key,
                b.text,
                &format!("does not match CTYPE{lng} = {}", a.text),
            ));
        }
        if !a.suffix.is_empty() && a.suffix != "SIP" {
            return Err(WcsError::unsupported(&format!("CTYPE{lng}"), a.text));
        }
        Ok(Axes {
            count,
            lng,
            lat,
            code: a.code,
            sip: a.suffix == "SIP",
            prefix: a.prefix,
        })
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

    /// The frame from RADESYS and EQUINOX, with their defaults (FITS 4.0, section 8.3).
    pub fn frame(&self, axes: &Axes) -> Result<Frame, WcsError> {
        let ecliptic = match axes.prefix.as_str() {
            "RA" => false,
            "ELON" => true,
            "GLON" => return Ok(Frame::Galactic),
            other => {
                let key = format!("CTYPE{}", axes.lng);
                return Err(WcsError::unsupported(&key, other));
            }
        };
        let equinox = match self.number("EQUINOX")? {
            Some(year) => Some(year),
            None => self.cards.number("EPOCH"),
        };
        let (name, system) = ["RADESYS", "RADECSYS"]
            .into_iter()
            .find_map(|key| {
                self.cards
                    .text(key)
                    .filter(|t| !t.is_empty())
                    .map(|t| (key, t))
            })
            .unwrap_or(("RADESYS", String::new()));
        let system = system.to_ascii_uppercase();
        // The precession polynomials are meaningless outside historical times.
        let dated = equinox.filter(|_| system != "ICRS" || ecliptic);
        if let Some(year) = dated.filter(|year| !(1000.0..=3000.0).contains(year)) {
            let why = "not a year between 1000 and 3000";
            return Err(WcsError::invalid("EQUINOX", year, why));
        }
        let fk4 = |e_terms: bool| Frame::Fk4 {
            equinox: equinox.unwrap_or(1950.0),
            e_terms,
        };
        let frame = match (system.as_str(), equinox) {
            ("ICRS", _) | ("", None) => Frame::Icrs,
            ("FK4", _) => fk4(true),
            ("FK4-NO-E", _) => fk4(false),
            ("", Some(year)) if year < 1984.0 => fk4(true),
            ("FK5" | "", _) => Frame::Fk5 {
                equinox: equinox.unwrap_or(2000.0),
            },
            _ => return Err(WcsError::unsupported(name, system)),
        };
        match frame {
            _ if !ecliptic => Ok(frame),
            Frame::Fk4 { equinox, .. } => Err(WcsError::unsupported(
                "EQUINOX",
                format!("{equinox} (the ecliptic of FK4)"),
            )),
            _ => Ok(Frame::Ecliptic {
                equinox: equinox.unwrap_or(2000.0),
            }),
        }
    }

    /// Degrees per unit of CUNIT of an axis.
    pub fn unit(&self, axis: usize) -> Result<f64, WcsError> {
        let key = format!("CUNIT{axis}");
        let Some(text) = self.cards.text(&key) else {
            return Ok(1.0);
        };
        Ok(match text.to_ascii_lowercase().as_str() {
            "" | "deg" | "degree" | "degrees" => 1.0,
            "arcmin" => 1.0 / 60.0,
            "arcsec" => 1.0 / 3600.0,
            "mas" => 1.0 / 3_600_000.0,
            "rad" | "radian" | "radians" => 180.0 / std::f64::consts::PI,
            _ => return Err(WcsError::unsupported(&key, text)),
        })
    }

    /// CRPIX and CRVAL (degrees) by axis number; missing ones are reported.
    pub fn reference(&mut self, axes: &Axes) -> Result<([f64; 2], [f64; 2]), WcsError> {
        let (first, second) = (axes.lng.min(axes.lat), axes.lng.max(axes.lat));
        let mut read = |stem: &str, axis: usize| {
            let key = format!("{stem}{axis}");
            let value = self.number(&key)?;
            if value.is_none() {
                self.warnings
                    .push(format!("{key} is missing and assumed to be 0"));
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

    /// The matrix from pixels to degrees: rows are longitude and latitude, columns the lower and the higher axis. PC
    /// takes precedence over CD, and CD over CROTA, as in wcslib.
    pub fn matrix(&mut self, axes: &Axes) -> Result<([[f64; 2]; 2], String), WcsError> {
        let present = |stem: &str| {
            (1..=axes.count).any(|i| {
                (1..=axes.count).any(|j| self.cards.number(&format!("{stem}{i}_{j}")).is_some())
            })
        };
        let stem = match (present("PC"), present("CD")) {
            (true, _) => "PC",
            (false, true) => "CD",
            (false, false) => "CDELT",
        };
        let columns = [axes.lng.min(axes.lat), axes.lng.max(axes.lat)];
        let mut matrix = [[0.0; 2]; 2];
        for (row, axis) in matrix.iter_mut().zip([axes.lng, axes.lat]) {
            let unit = self.unit(axis)?;
            let scale = unit * if stem == "CD" { 1.0 } else { self.cdelt(axis)? };
            for (cell, column) in row.iter_mut().zip(columns) {
                *cell = self.element(stem, axis, column, axes)? * scale;
            }
        }
        if stem == "CDELT" {
            matrix = self.rotated(matrix, axes)?;
        }
        self.refuse_other_axes(stem, axes, columns)?;
        let key = if stem == "CDELT" {
            format!("CDELT{}", columns[0])
        } else {
            format!("{stem}{}_{}", columns[0], columns[0])
        };
        Ok((matrix, key))
    }

    fn cdelt(&mut self, axis: usize) -> Result<f64, WcsError> {
        let key = format!("CDELT{axis}");
        match self.number(&key)? {
            Some(0.0) => Err(WcsError::Singular { keyword: key }),
            Some(value) => Ok(value),
            None => {
                self.warnings.push(format!(
                    "{key} is missing and assumed to be 1 degree per pixel"
                ));
                Ok(1.0)
            }
        }
    }

    /// An element of PC or CD with its default; with only CDELT the unit matrix.
    fn element(&self, stem: &str, i: usize, j: usize, axes: &Axes) -> Result<f64, WcsError> {
        if stem == "CDELT" {
            return Ok(f64::from(u8::from(i == j)));
        }
        if let Some(value) = self.number(&format!("{stem}{i}_{j}"))? {
            return Ok(value);
        }
        // The pixels of an axis that CD does not mention count as degrees (wcslib's cdfix).
        let mentioned = |k: usize| {
            self.cards.number(&format!("{stem}{i}_{k}")).is_some()
                || self.cards.number(&format!("{stem}{k}_{i}")).is_some()
        };
        let unit = stem == "PC" || !(1..=axes.count).any(mentioned);
        Ok(f64::from(u8::from(i == j && unit)))
    }

    /// CROTA of the latitude axis (Paper II, eqs 186-190), with CDELT already in the diagonal.
    fn rotated(&self, m: [[f64; 2]; 2], axes: &Axes) -> Result<[[f64; 2]; 2], WcsError> {
        let rho = self.number(&format!("CROTA{}", axes.lat))?.unwrap_or(0.0);
        if rho == 0.0 {
            return Ok(m);
        }
        let (s, c) = crate::rotation::sin_cos_deg(rho);
        // The pixel axis of the longitude is the first column, unless latitude comes first.
        let (a, b) = if axes.lng < axes.lat { (0, 1) } else { (1, 0) };
        let (lng, lat) = (m[0][a], m[1][b]);
        let mut out = [[0.0; 2]; 2];
        out[0][a] = lng * c;
        out[0][b] = -lat * s;
        out[1][a] = lng * s;
        out[1][b] = lat * c;
        Ok(out)
    }

    /// The sky position of a pixel must not depend on a third axis.
    fn refuse_other_axes(
        &self,
        stem: &str,
        axes: &Axes,
        columns: [usize; 2],
    ) -> Result<(), WcsError> {
        if stem == "CDELT" {
            return Ok(());
        }
        for axis in columns {
            for other in (1..=axes.count).filter(|k| !columns.contains(k)) {
                let key = format!("{stem}{axis}_{other}");
                if let Some(value) = self.number(&key)?.filter(|v| *v != 0.0) {
                    return Err(WcsError::unsupported(&key, value));
                }
            }
        }
        Ok(())
    }
}

enum Kind {
    Longitude,
    Latitude,
    Other,
}

struct Ctype {
    kind: Kind,
    prefix: String,
    code: String,
    suffix: String,
    text: String,
}

/// Splits `RA---TAN-SIP` into `RA`, `TAN`, `SIP`; `None` for an axis without a projection code.
fn split_ctype(text: &str) -> Option<Ctype> {
    let upper = text.to_ascii_uppercase();
    let bytes = upper.as_bytes();
    if !upper.is_ascii() || bytes.len() < 8 || bytes[4] != b'-' {
        return None;
    }
    let prefix = upper[..4].trim_end_matches('-').to_owned();
    let code = upper[5..8].to_owned();
    let suffix = upper[8..].trim_start_matches('-').trim_end().to_owned();
    let kind = match prefix.as_str() {
        "RA" => Kind::Longitude,
        "DEC" => Kind::Latitude,
        p if p.len() == 4 && (p.ends_with("LON") || p.ends_with("LN")) => Kind::Longitude,
        p if p.len() == 4 && (p.ends_with("LAT") || p.ends_with("LT")) => Kind::Latitude,
        _ => Kind::Other,
    };
    Some(Ctype {
        kind,
        prefix,
        code,
        suffix,
        text: text.to_owned(),
    })
}

fn paired(lng: &str, lat: &str) -> bool {
    (lng == "RA" && lat == "DEC")
        || (lng.len() == 4 && lat.len() == 4 && {
            lng.replace("LON", "LAT").replace("LN", "LT") == lat
        })
}

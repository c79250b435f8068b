//! Reads the celestial WCS of a header: its axes, matrix, units and frame.
//!
//! Greisen & Calabretta 2002 (Paper I), Calabretta & Greisen 2002 (Paper II) and the FITS standard 4.0, section 8;
//! where these leave a choice, the same as in wcslib 8 and astropy.

use crate::ctype::{Ctype, Kind, kind, latitude_of, split_ctype};
use crate::error::WcsError;
use crate::frame::Frame;
use crate::reader::{Reader, digits};

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

    /// The frame from RADESYS and EQUINOX, with their defaults (FITS 4.0, section 8.3).
    pub fn frame(&self, axes: &Axes) -> Result<Frame, WcsError> {
        let ecliptic = match axes.prefix.as_str() {
            "RA" => false,
            "ELON" => true,
            "GLON" => return Ok(Frame::Galactic),
            other => return Ok(Frame::body(other)),
        };
        let (name, system) = ["RADESYS", "RADECSYS"]
            .into_iter()
            .find_map(|key| Some((key, self.text(key)?)))
            .unwrap_or(("RADESYS", String::new()));
        let system = system.trim().to_ascii_uppercase();
        let equinox = self.equinox(system == "ICRS" && !ecliptic);
        let system = self.known_system(name, &system, equinox)?;
        let fk4 = |e_terms: bool| Frame::Fk4 {
            equinox: equinox.unwrap_or(1950.0),
            e_terms,
        };
        let frame = match (system, equinox) {
            ("ICRS", _) | ("", None) => Frame::Icrs,
            ("FK4", _) => fk4(true),
            ("FK4-NO-E", _) => fk4(false),
            ("", Some(year)) if year < 1984.0 => fk4(true),
            _ => Frame::Fk5 {
                equinox: equinox.unwrap_or(2000.0),
            },
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

    /// EQUINOX, or EPOCH before it. What is no year is left out, with a warning where it would have meant something; so
    /// is text that only says 2000, as in wcslib. Other years in quotes count: without them the sky would be degrees off.
    fn equinox(&self, meaningless: bool) -> Option<f64> {
        for key in ["EQUINOX", "EPOCH"] {
            let Some(name) = self.name_of(key) else {
                continue;
            };
            let number = self.cards.number(&name);
            let text = self.cards.text(&name).unwrap_or_default();
            let year =
                number.or_else(|| digits(text.trim().trim_start_matches(['J', 'j', 'B', 'b'])));
            let written = number.map_or(text, |year| year.to_string());
            // The precession polynomials are meaningless outside historical times.
            let found = year.filter(|year| (1000.0..=3000.0).contains(year));
            let remark = match found {
                None => "is not a year between 1000 and 3000 and is ignored",
                Some(_) if number.is_some() => return found,
                Some(2000.0) => "is text and is ignored, as in astropy",
                Some(_) => "is text; it is read as a year",
            };
            if !meaningless {
                self.warn(format!("{name} = {written} {remark}"));
            }
            match found {
                None => {}
                Some(2000.0) => return None,
                Some(_) => return found,
            }
        }
        None
    }

    /// The standard's word for a reference system; other words are told, and understood where they can be.
    fn known_system(
        &self,
        name: &str,
        system: &str,
        equinox: Option<f64>,
    ) -> Result<&'static str, WcsError> {
        let found = match system {
            "" => return Ok(""),
            "ICRS" => return Ok("ICRS"),
            "FK5" => return Ok("FK5"),
            "FK4" => return Ok("FK4"),
            "FK4-NO-E" => return Ok("FK4-NO-E"),
            "GAPPT" => {
                let reason = "apparent places belong to a date, not to a frame";
                return Err(WcsError::invalid(name, system, reason));
            }
            other if other.contains("FK4-NO-E") => "FK4-NO-E",
            other if other.contains("FK5") || other.starts_with("J2000") => "FK5",
            other if other.contains("FK4") || other.starts_with("B1950") => "FK4",
            // An equinox other than 2000 means something only where it is precessed from.
            _ => match equinox {
                Some(year) if year < 1984.0 => "FK4",
                Some(year) if (year - 2000.0).abs() > 0.01 => "FK5",
                _ => "ICRS",
            },
        };
        self.warn(format!(
            "{name} = {system} is not one of ICRS, FK5, FK4, FK4-NO-E; {found} is taken"
        ));
        Ok(found)
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

    /// The matrix from pixels to degrees: rows are longitude and latitude, columns the lower and the higher axis. PC
    /// takes precedence over CD, and CD over CROTA, as in wcslib.
    pub fn matrix(&self, axes: &Axes) -> Result<([[f64; 2]; 2], String), WcsError> {
        let present = |stem: &str| {
            (1..=axes.count).any(|i| (1..=axes.count).any(|j| self.has(&format!("{stem}{i}_{j}"))))
        };
        let columns = [axes.lng.min(axes.lat), axes.lng.max(axes.lat)];
        let (pc, cd) = (present("PC"), present("CD"));
        let stem = if pc {
            "PC"
        } else if cd {
            "CD"
        } else {
            "CDELT"
        };
        let (stem, mut matrix) = match self.scaled(stem, axes, columns) {
            // PC of an earlier solution, of which CDELT has been taken out.
            Err(WcsError::NoScale { .. }) if cd => ("CD", self.scaled("CD", axes, columns)?),
            found => (stem, found?),
        };
        if pc && cd {
            let other = if stem == "PC" { "CD" } else { "PC" };
            self.tell_contradiction(matrix, self.scaled(other, axes, columns).ok(), stem);
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

    /// The matrix by one set of keywords, in degrees per pixel.
    fn scaled(
        &self,
        stem: &str,
        axes: &Axes,
        columns: [usize; 2],
    ) -> Result<[[f64; 2]; 2], WcsError> {
        let mut matrix = [[0.0; 2]; 2];
        for (row, axis) in matrix.iter_mut().zip([axes.lng, axes.lat]) {
            for (cell, column) in row.iter_mut().zip(columns) {
                *cell = self.element(stem, axis, column, axes)?;
            }
            let mut scale = self.unit(axis)?;
            if stem != "CD" {
                let length = (row[0] * row[0] + row[1] * row[1]).sqrt();
                scale *= self.cdelt(axis, length)?;
            }
            for cell in row {
                *cell *= scale;
            }
        }
        Ok(matrix)
    }

    /// PC and CD together are against the standard; when they differ, one of them is that of an earlier solution.
    fn tell_contradiction(&self, used: [[f64; 2]; 2], other: Option<[[f64; 2]; 2]>, stem: &str) {
        let largest = used.iter().flatten().fold(0.0_f64, |l, c| l.max(c.abs()));
        let same = other.is_some_and(|other| {
            let cells = used.iter().flatten().zip(other.iter().flatten());
            cells
                .into_iter()
                .all(|(a, b)| (a - b).abs() <= 1e-6 * largest)
        });
        let used = if stem == "PC" { "PC with CDELT" } else { "CD" };
        if !same {
            self.warn(format!(
                "the header has a PC and a CD matrix that disagree; {used} is used, as in wcslib; remove the wrong one"
            ));
        }
    }

    /// CDELT. It may be left out where the row of the PC matrix, which has this `length`, holds the scale; rows of
    /// rotations, and of no matrix, have the length 1.
    fn cdelt(&self, axis: usize, length: f64) -> Result<f64, WcsError> {
        let key = format!("CDELT{axis}");
        match self.number(&key)? {
            Some(0.0) => Err(WcsError::Singular { keyword: key }),
            Some(value) => Ok(value),
            None if (length - 1.0).abs() < 0.01 => Err(WcsError::NoScale { keyword: key }),
            None => Ok(1.0),
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
        let mentioned =
            |k: usize| self.has(&format!("{stem}{i}_{k}")) || self.has(&format!("{stem}{k}_{i}"));
        let unit = stem == "PC" || !(1..=axes.count).any(mentioned);
        Ok(f64::from(u8::from(i == j && unit)))
    }

    /// CROTA of the latitude axis (Paper II, eqs 186-190), with CDELT already in the diagonal.
    fn rotated(&self, m: [[f64; 2]; 2], axes: &Axes) -> Result<[[f64; 2]; 2], WcsError> {
        let (lng, lat) = (format!("CROTA{}", axes.lng), format!("CROTA{}", axes.lat));
        let rho = self.number(&lat)?.unwrap_or(0.0);
        if let (Some(angle), false) = (self.number(&lng)?.filter(|a| *a != 0.0), self.has(&lat)) {
            self.warn(format!(
                "{lng} = {angle} is ignored, as in wcslib: the rotation of the image is that of {lat}"
            ));
        }
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

//! The reference system of a header: RADESYS and EQUINOX, and what programs write in their place.

use super::Axes;
use crate::error::WcsError;
use crate::frame::Frame;
use crate::reader::{Reader, digits};

impl Reader<'_> {
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
}

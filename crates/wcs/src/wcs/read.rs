//! From a header to a WCS.

use super::Wcs;
use crate::cards::Cards;
use crate::distortion::{Chosen, Domain, Plate, Warp, choose};
use crate::error::WcsError;
use crate::frame::Frame;
use crate::header::Axes;
use crate::linear::Linear;
use crate::pole::Fiducial;
use crate::projection::Projection;
use crate::reader::Reader;
use std::sync::Arc;

impl Wcs {
    /// Reads the primary celestial WCS of a header, or the first alternate one where only alternates are celestial;
    /// `size` is the image's (width, height) in pixels, which decides where a distortion can be trusted and in which
    /// direction around the sky a cylindrical map extends.
    pub fn from_cards(cards: &dyn Cards, size: (usize, usize)) -> Result<Self, WcsError> {
        let primary = Self::read(Reader::new(cards, None), size);
        if primary.as_ref().err() != Some(&WcsError::NoCelestial) {
            return primary;
        }
        let is_celestial = |letter: &char| Reader::new(cards, Some(*letter)).axes().is_ok();
        let Some(letter) = ('A'..='Z').find(is_celestial) else {
            return primary;
        };
        let reader = Reader::new(cards, Some(letter));
        reader.warn(format!(
            "the sky coordinates are those of the alternate WCS {letter}; the primary WCS has none"
        ));
        Self::read(reader, size)
    }

    /// Reads the alternate WCS of this letter.
    pub fn from_alternate(
        cards: &dyn Cards,
        letter: char,
        size: (usize, usize),
    ) -> Result<Self, WcsError> {
        let found = Self::read(Reader::new(cards, Some(letter)), size);
        found.map_err(|error| match error {
            WcsError::NoCelestial => WcsError::NoAlternate { letter },
            other => other,
        })
    }

    fn read(mut reader: Reader, size: (usize, usize)) -> Result<Self, WcsError> {
        if let Some(plate) = Plate::read(&reader)? {
            return Self::of_plate(plate, reader, size);
        }
        let axes = reader.axes()?;
        reader.refuse_distortions(&axes)?;
        let frame = reader.frame(&axes)?;
        let (crpix, crval) = reader.reference(&axes)?;
        if crval[1].abs() > 90.0 {
            return Err(WcsError::invalid(
                &format!("CRVAL{}", axes.lat),
                crval[1],
                "a latitude must be within -90..90",
            ));
        }
        let (matrix, key) = reader.matrix(&axes)?;
        sane(&axes, crpix, matrix, &key)?;
        let linear = Linear::new([crpix[0] - 1.0, crpix[1] - 1.0], matrix)
            .ok_or(WcsError::Singular { keyword: key })?;
        let chosen = choose(&mut reader, &axes, crpix)?;
        let (projection, fiducial, offset) = map(&mut reader, &axes, &chosen, crval)?;
        let mut wcs = Self::assemble(projection, frame, fiducial, linear, offset)?;
        wcs.lat_first = axes.lat < axes.lng;
        wcs.axes = [axes.lng.min(axes.lat), axes.lng.max(axes.lat)];
        wcs.place_around(size);
        if let Some(warp) = chosen.pixel {
            wcs.pixel_warp = Some(wcs.inverted(warp, &|u| u, size, &mut reader)?);
        }
        if let Some(warp) = chosen.plane {
            let linear = wcs.linear.clone();
            let own = |u: [f64; 2]| linear.to_plane(u[0], u[1]);
            wcs.plane_warp = Some(wcs.inverted(warp, &own, size, &mut reader)?);
        }
        wcs.warnings = reader.into_warnings().into();
        Ok(wcs)
    }

    /// The WCS of a plate solution, which is of J2000 unless EQUINOX says else; EPOCH is that of the plate there.
    fn of_plate(plate: Plate, mut reader: Reader, size: (usize, usize)) -> Result<Self, WcsError> {
        let equinox = reader.number_or_default("EQUINOX");
        let equinox = equinox.filter(|year| (1900.0..2100.0).contains(year));
        let frame = Frame::Fk5 {
            equinox: equinox.unwrap_or(2000.0),
        };
        let fiducial = Fiducial {
            crval: plate.crval,
            native: [0.0, 90.0],
            lonpole: None,
            latpole: 90.0,
        };
        let linear = Linear::new(plate.crpix.map(|c| c - 1.0), plate.matrix).ok_or_else(|| {
            let keyword = "XPIXELSZ".to_owned();
            WcsError::Singular { keyword }
        })?;
        let own = linear.clone();
        let own = |u: [f64; 2]| own.to_plane(u[0], u[1]);
        let mut wcs = Self::assemble(Projection::Tan, frame, fiducial, linear, false)?;
        wcs.plane_warp = Some(wcs.inverted(Warp::Tpv(plate.tpv), &own, size, &mut reader)?);
        wcs.warnings = reader.into_warnings().into();
        Ok(wcs)
    }

    /// When an image extends beyond the usual range of a periodic map (a cylinder: native longitudes -180..180), the
    /// map is laid out from the middle of the image instead.
    fn place_around(&mut self, (width, height): (usize, usize)) {
        let Some([middle, half]) = self.projection.round() else {
            return;
        };
        let mut span = [f64::INFINITY, f64::NEG_INFINITY];
        for x in [-0.5, width as f64 - 0.5] {
            for y in [-0.5, height as f64 - 0.5] {
                let plane = self
                    .linear
                    .to_plane(x - self.linear.crpix[0], y - self.linear.crpix[1]);
                let x = plane[0].to_radians() + self.origin.map_or(0.0, |o| o[0]);
                span = [span[0].min(x), span[1].max(x)];
            }
        }
        if span[0] < middle - half || span[1] > middle + half {
            self.around = Some([0.5 * (span[0] + span[1]), half]);
        }
    }

    /// A distortion with what its inverse needs; `own` converts offsets from CRPIX to its coordinates.
    fn inverted(
        &self,
        warp: Warp,
        own: &dyn Fn([f64; 2]) -> [f64; 2],
        (width, height): (usize, usize),
        reader: &mut Reader,
    ) -> Result<Arc<(Warp, Domain)>, WcsError> {
        let crpix = self.linear.crpix;
        let low = [-0.5 - crpix[0], -0.5 - crpix[1]];
        let high = [
            width as f64 - 0.5 - crpix[0],
            height as f64 - 0.5 - crpix[1],
        ];
        let name = warp.name();
        let domain = Domain::new(&warp, low, high, own).ok_or_else(|| {
            WcsError::invalid(
                "CTYPE1",
                name,
                "the distortion cannot be inverted in the middle of the image",
            )
        })?;
        if domain.folds_inside(&warp, own) {
            reader.warn(format!(
                "the {name} distortion folds within the image: pixels beyond the fold are left out"
            ));
        }
        Ok(Arc::new((warp, domain)))
    }
}

/// The projection, the position of its fiducial point, and whether `PVi_0` moves the origin there.
fn map(
    reader: &mut Reader,
    axes: &Axes,
    chosen: &Chosen,
    crval: [f64; 2],
) -> Result<(Projection, Fiducial, bool), WcsError> {
    let pole_keys = [
        number_unless_default(reader, "LONPOLE"),
        number_unless_default(reader, "LATPOLE"),
    ];
    if !chosen.standard_pv {
        let fiducial = Fiducial {
            crval,
            native: [0.0, 90.0],
            lonpole: pole_keys[0],
            latpole: pole_keys[1].unwrap_or(90.0),
        };
        return Ok((Projection::Tan, fiducial, false));
    }
    let projection = projection(reader, axes, chosen, crval)?;
    let pv = |m: usize| reader.number(&format!("PV{}_{m}", axes.lng));
    let [phi0, theta0] = projection.fiducial();
    let mut native = [pv(1)?.unwrap_or(phi0), pv(2)?.unwrap_or(theta0)];
    let mut offset = pv(0)?.is_some_and(|value| value != 0.0);
    let lonpole = pv(3)?.or(pole_keys[0]);
    let latpole = pv(4)?.or(pole_keys[1]).unwrap_or(90.0);
    if chosen.code == "GLS" && crval != [0.0, 0.0] {
        // AIPS: CRVAL of the latitude only shifts the map along its central meridian.
        native = [0.0, crval[1]];
        offset = true;
    }
    if native[1].abs() > 90.0 {
        return Err(WcsError::invalid(
            &format!("PV{}_2", axes.lng),
            native[1],
            "a latitude must be within -90..90",
        ));
    }
    Ok((
        projection,
        Fiducial {
            crval,
            native,
            lonpole,
            latpole,
        },
        offset,
    ))
}

/// Old writers use 999 for "not given".
fn number_unless_default(reader: &Reader, key: &str) -> Option<f64> {
    reader
        .number_or_default(key)
        .filter(|value| *value != 999.0)
}

fn projection(
    reader: &mut Reader,
    axes: &Axes,
    chosen: &Chosen,
    crval: [f64; 2],
) -> Result<Projection, WcsError> {
    let lat = axes.lat;
    let code = chosen.code.as_str();
    let mut pv = [None; 30];
    for (m, value) in pv.iter_mut().enumerate() {
        *value = match &chosen.parameters {
            Some(given) => given.get(m).copied().flatten(),
            None => parameter(reader, lat, m)?,
        };
    }
    let projection = match code {
        "GLS" => Some(Projection::Sfl),
        "NCP" => {
            // The north celestial pole projection of old interferometers (Paper II, section 6.1.3).
            let (s, c) = crate::rotation::sin_cos_deg(crval[1]);
            if s == 0.0 {
                return Err(WcsError::invalid(
                    &format!("CRVAL{lat}"),
                    crval[1],
                    "NCP cannot be used at the equator",
                ));
            }
            return Ok(Projection::Sin([0.0, c / s]));
        }
        "ZPN"
            if chosen
                .parameters
                .is_some_and(|p| p.iter().flatten().all(|v| *v == 0.0)) =>
        {
            return Err(WcsError::Missing {
                keyword: format!("projp1 of WAT{lat}_001"),
                because: "ZPX is made of such terms".to_owned(),
            });
        }
        _ => Projection::from_code(code, lat, &|m| pv.get(m).copied().flatten())?,
    };
    let key = format!("CTYPE{}", axes.lng);
    let text = reader.text(&key).unwrap_or_else(|| code.to_owned());
    let projection = projection.ok_or_else(|| WcsError::unsupported(&key, text))?;
    for (m, value) in pv.iter().enumerate().skip(projection.parameter_count()) {
        if value.is_some_and(|value| value != 0.0) {
            reader.warn(format!(
                "PV{lat}_{m} has no meaning for {} and is ignored",
                projection.code()
            ));
        }
    }
    Ok(projection)
}

/// `PVi_m` of the latitude axis, or `PROJPm` as AIPS had it.
fn parameter(reader: &Reader, lat: usize, m: usize) -> Result<Option<f64>, WcsError> {
    let old = if m < 10 {
        reader.number(&format!("PROJP{m}"))?
    } else {
        None
    };
    Ok(reader.number(&format!("PV{lat}_{m}"))?.or(old))
}

/// Farther from the image, f64 cannot resolve its pixels to 1e-5 px.
const FARTHEST: f64 = 1e10;
/// The most degrees that one pixel step may cover: half the sky.
const WIDEST: f64 = 180.0;

/// Refuses numbers that leave no precision for the position of a pixel.
fn sane(axes: &Axes, crpix: [f64; 2], matrix: [[f64; 2]; 2], key: &str) -> Result<(), WcsError> {
    let numbers = [axes.lng.min(axes.lat), axes.lng.max(axes.lat)];
    for (number, value) in numbers.into_iter().zip(crpix) {
        if value.abs() > FARTHEST {
            let reason = "so far from the image that its pixels are lost in rounding errors";
            return Err(WcsError::invalid(&format!("CRPIX{number}"), value, reason));
        }
    }
    match matrix.into_iter().flatten().find(|c| c.abs() > WIDEST) {
        Some(step) => Err(WcsError::invalid(
            key,
            step,
            "a pixel spans more than half the sky",
        )),
        None => Ok(()),
    }
}

//! The plate solutions of the Digitized Sky Survey: polynomials in millimetres on the photographic plate.

use super::{Tpv, tpv};
use crate::error::WcsError;
use crate::header::Axes;
use crate::reader::Reader;

/// A plate solution as a WCS: TAN at the plate's centre, a matrix, and the polynomials, which TPV can hold.
pub struct Plate {
    /// The centre of the plate, degrees.
    pub crval: [f64; 2],
    /// The pixel of the origin of plate coordinates, 1-based.
    pub crpix: [f64; 2],
    /// Degrees per pixel without the polynomials.
    pub matrix: [[f64; 2]; 2],
    /// From those degrees to standard coordinates.
    pub tpv: Tpv,
}

/// Powers of the axis's own coordinate and of the other one, with a factor, that each coefficient `AMDXn` multiplies
/// (Lasker et al. 1990, AJ 99, 2019; written out in the user's guide of the DSS): x, y, 1, x², xy, y², x² + y², x³, x²y,
/// xy², y³, x(x² + y²), x(x² + y²)².
const TERMS: [&[(usize, usize, f64)]; 13] = [
    &[(1, 0, 1.0)],
    &[(0, 1, 1.0)],
    &[(0, 0, 1.0)],
    &[(2, 0, 1.0)],
    &[(1, 1, 1.0)],
    &[(0, 2, 1.0)],
    &[(2, 0, 1.0), (0, 2, 1.0)],
    &[(3, 0, 1.0)],
    &[(2, 1, 1.0)],
    &[(1, 2, 1.0)],
    &[(0, 3, 1.0)],
    &[(3, 0, 1.0), (1, 2, 1.0)],
    &[(5, 0, 1.0), (3, 2, 2.0), (1, 4, 1.0)],
];

impl Plate {
    /// The plate solution of a header; `None` where it has none, or not all of one. As in wcslib it goes before the
    /// linear WCS beside it, but not before another distortion or another map.
    pub fn read(reader: &Reader) -> Result<Option<Self>, WcsError> {
        const NEEDED: [&str; 10] = [
            "AMDX1", "AMDY1", "PPO3", "PPO6", "XPIXELSZ", "YPIXELSZ", "CNPIX1", "CNPIX2", "PLTRAH",
            "PLTDECD",
        ];
        if reader.alternate.is_some() || !NEEDED.iter().all(|key| reader.has(key)) {
            return Ok(None);
        }
        match reader.axes() {
            Ok(axes) if !is_plate_like(reader, &axes) => return Ok(None),
            Ok(_) => reader.warn(
                "the sky coordinates are those of the plate solution (AMDX1 and on), not of the linear WCS beside it, \
                 as in wcslib and astropy",
            ),
            Err(_) => {}
        }
        let number = |key: &str| Ok::<f64, WcsError>(reader.number(key)?.unwrap_or(0.0));
        let sexagesimal = |stem: &str, first: &str| {
            let parts = [first, "M", "S"].map(|part| number(&format!("{stem}{part}")));
            let [whole, minutes, seconds] = parts;
            Ok::<f64, WcsError>(whole? + minutes? / 60.0 + seconds? / 3600.0)
        };
        let south = reader
            .text("PLTDECSN")
            .is_some_and(|sign| sign.trim() == "-");
        let latitude = sexagesimal("PLTDEC", "D")?;
        let size = [number("XPIXELSZ")?, number("YPIXELSZ")?];
        let first = [number("AMDX1")?, number("AMDY1")?];
        for (key, value) in ["XPIXELSZ", "YPIXELSZ", "AMDX1", "AMDY1"]
            .iter()
            .zip(size.iter().chain(&first))
        {
            if *value == 0.0 {
                return Err(WcsError::invalid(
                    key,
                    *value,
                    "a plate solution cannot have 0 here",
                ));
            }
        }
        // Micrometres and arcseconds per millimetre.
        let scale = first.map(|amd| amd / 3600.0);
        let origin = [number("PPO3")? / size[0], number("PPO6")? / size[1]];
        let coefficients = |stem: &str| -> Result<Vec<f64>, WcsError> {
            (1..=TERMS.len())
                .map(|n| number(&format!("{stem}{n}")))
                .collect()
        };
        Ok(Some(Self {
            crval: [
                15.0 * sexagesimal("PLTRA", "H")?,
                if south { -latitude } else { latitude },
            ],
            crpix: [
                origin[0] - number("CNPIX1")? + 0.5,
                origin[1] - number("CNPIX2")? + 0.5,
            ],
            matrix: [
                [-size[0] / 1000.0 * scale[0], 0.0],
                [0.0, size[1] / 1000.0 * scale[1]],
            ],
            tpv: Tpv::of([
                terms(&coefficients("AMDX")?, scale),
                terms(&coefficients("AMDY")?, [scale[1], scale[0]]),
            ]),
        }))
    }
}

/// Whether the WCS beside a plate solution can be its linear approximation.
fn is_plate_like(reader: &Reader, axes: &Axes) -> bool {
    let distorted = reader.has("A_ORDER")
        || reader.has("CPDIS1")
        || reader.has("CPDIS2")
        || [axes.lng, axes.lat]
            .iter()
            .any(|axis| reader.has(&format!("PV{axis}_1")));
    axes.prefix == "RA" && matches!(axes.code.as_str(), "TAN" | "DSS") && !distorted
}

/// Coefficients in arcseconds and millimetres as terms of TPV in degrees; `scale` is degrees per millimetre along the
/// axis's own coordinate and the other one.
fn terms(coefficients: &[f64], scale: [f64; 2]) -> Vec<(usize, f64)> {
    let mut sums = [0.0; tpv::TERMS];
    for (value, powers) in coefficients.iter().zip(TERMS) {
        for (p, q, factor) in powers {
            let unit = scale[0].powi(*p as i32) * scale[1].powi(*q as i32);
            sums[tpv::index(*p, *q)] += factor * value / 3600.0 / unit;
        }
    }
    let all = sums.into_iter().enumerate();
    all.filter(|(m, value)| *m == 1 || *value != 0.0).collect()
}

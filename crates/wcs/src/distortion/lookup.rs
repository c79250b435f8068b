//! Distortion by lookup table: draft Paper IV (Calabretta et al. 2004), section 3.4, as astropy reads it.

use crate::cards::Table;
use crate::error::WcsError;
use crate::reader::Reader;

/// A table of corrections to one pixel coordinate, in pixels.
#[derive(Clone, Debug)]
pub struct Lookup {
    table: Table,
    /// The pixel coordinate (0 or 1) along each axis of the table.
    axes: [usize; 2],
}

/// The keywords and extensions of one kind of table.
#[derive(Clone, Copy)]
pub struct Kind {
    /// Stem of the keyword that names the function.
    pub function: &'static str,
    /// Stem of the record-valued keyword of its parameters.
    pub record: &'static str,
    /// EXTNAME of the tables.
    pub extension: &'static str,
}

/// From detector pixels to the image, before all other steps.
pub const DETECTOR: Kind = Kind {
    function: "D2IMDIS",
    record: "D2IM",
    extension: "D2IMARR",
};
/// Prior to the linear step, added together with SIP.
pub const PRIOR: Kind = Kind {
    function: "CPDIS",
    record: "DP",
    extension: "WCSDVARR",
};

impl Lookup {
    /// The tables of both pixel axes, which have the FITS numbers `axes`; `CPERRn` and `D2IMERRn`, which state how
    /// large the corrections are, are not needed.
    pub fn read(
        reader: &Reader,
        kind: Kind,
        axes: [usize; 2],
    ) -> Result<[Option<Self>; 2], WcsError> {
        let [x, y] = axes;
        Ok([one(reader, kind, x, axes)?, one(reader, kind, y, axes)?])
    }

    /// The correction at a pixel position (1-based as in FITS) and its two derivatives. Bilinear between the nodes of
    /// the table, and outside it the same as on its border.
    pub fn jet(&self, pixel: [f64; 2]) -> [f64; 3] {
        let place = |k: usize| {
            let t = &self.table;
            let last = t.size[k] - 1;
            let at = (pixel[self.axes[k]] - t.crval[k]) / t.cdelt[k] + t.crpix[k] - 1.0;
            let inside = at >= 0.0 && at <= last as f64;
            let at = at.clamp(0.0, last as f64);
            let node = (at as usize).min(last.saturating_sub(1));
            let slope = if inside && last > 0 {
                1.0 / t.cdelt[k]
            } else {
                0.0
            };
            (node, (node + 1).min(last), at - node as f64, slope)
        };
        let (i, i1, u, du) = place(0);
        let (j, j1, v, dv) = place(1);
        let at = |i: usize, j: usize| f64::from(self.table.values[j * self.table.size[0] + i]);
        let (a, b, c, d) = (at(i, j), at(i1, j), at(i, j1), at(i1, j1));
        let (low, high) = (a + u * (b - a), c + u * (d - c));
        let along = du * ((b - a) * (1.0 - v) + (d - c) * v);
        let across = dv * (high - low);
        let mut jet = [low + v * (high - low), 0.0, 0.0];
        jet[1 + self.axes[0]] = along;
        jet[1 + self.axes[1]] = across;
        jet
    }
}

fn one(
    reader: &Reader,
    kind: Kind,
    axis: usize,
    axes: [usize; 2],
) -> Result<Option<Lookup>, WcsError> {
    let key = format!("{}{axis}", kind.function);
    let Some(function) = reader.cards.text(&key) else {
        return Ok(None);
    };
    if !function.eq_ignore_ascii_case("LOOKUP") {
        return Err(WcsError::unsupported(&key, function));
    }
    let record = format!("{}{axis}", kind.record);
    let fields = fields(reader, &record)?;
    let field = |name: &str| {
        let found = fields.iter().find(|(key, _)| key == name).map(|(_, v)| *v);
        found.or_else(|| reader.cards.number(&format!("{record}.{name}")))
    };
    let refuse =
        |name: &str, value: f64| Err(WcsError::unsupported(&record, format!("{name}: {value}")));
    if let Some(naxes) = field("NAXES").filter(|n| *n != 2.0) {
        return refuse("NAXES", naxes);
    }
    let mut order = [0, 1];
    for (m, place) in order.iter_mut().enumerate() {
        let name = format!("AXIS.{}", m + 1);
        let number = field(&name).unwrap_or(axes[m] as f64);
        match axes.iter().position(|a| *a as f64 == number) {
            Some(found) => *place = found,
            None => return refuse(&name, number),
        }
        for (name, plain) in [
            (format!("OFFSET.{}", m + 1), 0.0),
            (format!("SCALE.{}", m + 1), 1.0),
        ] {
            if let Some(value) = field(&name).filter(|value| *value != plain) {
                return refuse(&name, value);
            }
        }
    }
    if order[0] == order[1] {
        return refuse("AXIS.2", axes[order[1]] as f64);
    }
    let version = field("EXTVER").unwrap_or(1.0);
    let found = if version >= 1.0 && version <= f64::from(u32::MAX) && version.fract() == 0.0 {
        reader.cards.table(kind.extension, version as u32)
    } else {
        Err(format!("{version} is not a version of an extension"))
    };
    let table = found.map_err(|reason| WcsError::invalid(&key, function.as_str(), &reason))?;
    match table.problem() {
        Some(reason) => Err(WcsError::invalid(&key, function, &reason)),
        None => Ok(Some(Lookup { table, axes: order })),
    }
}

/// `DP1 = 'EXTVER: 2.0'` and so on (draft Paper IV, section 2.4.2), or each as a separate keyword `DP1.EXTVER`.
fn fields(reader: &Reader, record: &str) -> Result<Vec<(String, f64)>, WcsError> {
    let mut out = Vec::new();
    for text in reader.cards.texts(record) {
        let parts = text.split_once(':').and_then(|(name, value)| {
            Some((name.trim().to_ascii_uppercase(), value.trim().parse().ok()?))
        });
        match parts {
            Some((name, value)) if f64::is_finite(value) => out.push((name, value)),
            _ => {
                let why = "not a record such as 'EXTVER: 1.0'";
                return Err(WcsError::invalid(record, text, why));
            }
        }
    }
    Ok(out)
}

//! The pixel steps when there are lookup tables: first detector tables, then SIP and prior tables together.

use super::lookup::{DETECTOR, Lookup, PRIOR};
use super::{Jet, Sip};
use crate::error::WcsError;
use crate::header::Axes;
use crate::reader::Reader;

/// All steps on pixels.
#[derive(Clone, Debug)]
pub struct Tables {
    /// The reference pixel that offsets are measured from, 1-based.
    origin: [f64; 2],
    detector: [Option<Lookup>; 2],
    prior: [Option<Lookup>; 2],
    sip: Option<Sip>,
}

impl Tables {
    /// Reads the tables of a header; returns SIP unchanged when there are none.
    pub fn read(
        reader: &Reader,
        axes: &Axes,
        origin: [f64; 2],
        sip: Option<Sip>,
    ) -> Result<Result<Self, Option<Sip>>, WcsError> {
        let numbers = [axes.lng.min(axes.lat), axes.lng.max(axes.lat)];
        let detector = Lookup::read(reader, DETECTOR, numbers)?;
        let prior = Lookup::read(reader, PRIOR, numbers)?;
        if detector.iter().chain(&prior).all(Option::is_none) {
            return Ok(Err(sip));
        }
        Ok(Ok(Self {
            origin,
            detector,
            prior,
            sip,
        }))
    }

    pub fn name(&self) -> &'static str {
        if self.sip.is_some() {
            "SIP+LOOKUP"
        } else {
            "LOOKUP"
        }
    }

    /// On offsets from the reference pixel.
    pub fn jet(&self, u: [f64; 2]) -> Jet {
        let (p, first) = self.added(&self.detector, u, ([0.0; 2], [[0.0; 2]; 2]));
        let sip = match &self.sip {
            None => ([0.0; 2], [[0.0; 2]; 2]),
            Some(sip) => {
                let (value, mut m) = sip.jet(p);
                m[0][0] -= 1.0;
                m[1][1] -= 1.0;
                ([value[0] - p[0], value[1] - p[1]], m)
            }
        };
        let (q, second) = self.added(&self.prior, p, sip);
        let mut m = [[0.0; 2]; 2];
        for (row, b) in m.iter_mut().zip(second) {
            for (k, cell) in row.iter_mut().enumerate() {
                *cell = b[0] * first[0][k] + b[1] * first[1][k];
            }
        }
        (q, m)
    }

    /// Offsets plus the corrections of two tables and another correction.
    fn added(&self, tables: &[Option<Lookup>; 2], u: [f64; 2], (more, slope): Jet) -> Jet {
        let pixel = [u[0] + self.origin[0], u[1] + self.origin[1]];
        let mut value = [u[0] + more[0], u[1] + more[1]];
        let mut m = [
            [1.0 + slope[0][0], slope[0][1]],
            [slope[1][0], 1.0 + slope[1][1]],
        ];
        for (k, table) in tables.iter().enumerate() {
            let Some(table) = table else { continue };
            let [d, dx, dy] = table.jet(pixel);
            value[k] += d;
            m[k][0] += dx;
            m[k][1] += dy;
        }
        (value, m)
    }
}

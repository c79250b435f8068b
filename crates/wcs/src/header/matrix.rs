//! The matrix of a header: PC with CDELT, CD, or CDELT with CROTA.

use super::Axes;
use crate::error::WcsError;
use crate::reader::Reader;

impl Reader<'_> {
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

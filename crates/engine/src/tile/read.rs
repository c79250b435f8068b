//! Reading a tile's rows as windows hold them.

use std::ops::Range;

use zemosaic_coadd::to_variances;
use zemosaic_fits::FitsError;
use zemosaic_room::{filled, push, resize};

use super::Tile;
use crate::border::{Blank, Border};

impl Tile {
    /// Reads rows of plane `plane` into `out`; returns bytes read.
    pub(crate) fn read_values(
        &self,
        plane: usize,
        rows: Range<usize>,
        out: &mut [f32],
    ) -> Result<u64, FitsError> {
        let (first_row, [width, height]) = (rows.start, [self.shape.width, self.shape.height]);
        let bytes = self.read_stored(plane, rows, out)?;
        if let Some(border) = self.border.get() {
            border.clear(first_row, width, out);
        }
        if self.trim > 0.0 {
            trim(self.trim, first_row, [width, height], out);
        }
        if self.flux_scale != 1.0 {
            scale(out, self.flux_scale);
        }
        Ok(bytes)
    }

    /// Reads rows as the file has them; NaN where pixels have no data by a value that was given.
    pub(crate) fn read_stored(
        &self,
        plane: usize,
        rows: Range<usize>,
        out: &mut [f32],
    ) -> Result<u64, FitsError> {
        let mut bytes = self.image.read_rows(plane, rows.clone(), out)?.bytes;
        let Blank::Value(blank) = self.blank else {
            return Ok(bytes);
        };
        if self.shape.planes == 1 {
            for value in out.iter_mut() {
                *value = if *value == blank { f32::NAN } else { *value };
            }
            return Ok(bytes);
        }
        // A pixel lacks data if every plane says so: one channel may be black.
        let mut blanks: Vec<u32> = Vec::new();
        for (i, _) in out.iter().enumerate().filter(|(_, v)| **v == blank) {
            push(&mut blanks, i as u32, "blank pixels");
        }
        let mut other = Vec::new();
        for plane in (0..self.shape.planes).filter(|other| *other != plane) {
            if blanks.is_empty() {
                break;
            }
            resize(&mut other, out.len(), 0.0, "tile rows");
            bytes += self.image.read_rows(plane, rows.clone(), &mut other)?.bytes;
            blanks.retain(|i| other[*i as usize] == blank || other[*i as usize].is_nan());
        }
        for i in blanks {
            out[i as usize] = f32::NAN;
        }
        Ok(bytes)
    }

    /// Reads rows of 1 / map weight, faded at the edges, as a window holds them: 0 where a pixel has no weight.
    pub(crate) fn read_variances(
        &self,
        rows: Range<usize>,
        out: &mut [f32],
    ) -> Result<u64, FitsError> {
        let first_row = rows.start;
        let bytes = self.read_map(rows, out)?;
        if let Some(feather) = &self.feather {
            let outside = self.border.get().and_then(Border::outside);
            feather.apply(first_row, outside, out);
        }
        to_variances(out);
        Ok(bytes)
    }

    /// Reads rows of map weight, 0 where a pixel is masked.
    fn read_map(&self, rows: Range<usize>, out: &mut [f32]) -> Result<u64, FitsError> {
        let mut bytes = 0;
        match &self.weights {
            Some((reader, holds)) => {
                bytes += reader.read_rows(0, rows.clone(), out)?.bytes;
                holds.weigh(out);
            }
            None => out.fill(1.0),
        }
        if let Some(mask) = &self.mask {
            let mut flagged = filled(out.len(), 0.0, "mask");
            bytes += mask.read_rows(0, rows.clone(), &mut flagged)?.bytes;
            for (weight, flag) in out.iter_mut().zip(flagged) {
                *weight = if flag == 0.0 { *weight } else { 0.0 };
            }
        }
        Ok(bytes)
    }

    /// Reads rows that are above 0 where a pixel has weight and opacity; 1 without maps. A soft edge takes nothing away.
    pub(crate) fn read_valid(&self, rows: Range<usize>, out: &mut [f32]) -> Result<u64, FitsError> {
        let mut bytes = self.read_map(rows.clone(), out)?;
        if self.has_alphas() {
            let mut alphas = filled(out.len(), 0.0, "opacity");
            bytes += self.read_alphas(rows, &mut alphas)?;
            for (valid, alpha) in out.iter_mut().zip(alphas) {
                *valid = if alpha > 0.0 { *valid } else { 0.0 };
            }
        }
        Ok(bytes)
    }

    /// Reads rows of the opacity, 0..1; nothing if the tile has none.
    pub(crate) fn read_alphas(
        &self,
        rows: Range<usize>,
        out: &mut [f32],
    ) -> Result<u64, FitsError> {
        let Some(alpha) = &self.alphas else {
            return Ok(0);
        };
        let bytes = alpha.reader.read_rows(alpha.plane, rows, out)?.bytes;
        if alpha.scale != 1.0 {
            scale(out, alpha.scale);
        }
        Ok(bytes)
    }
}

/// Makes NaN of the pixels of whole rows that lie less than `trim` px inside the file.
fn trim(trim: f32, first_row: usize, [width, height]: [usize; 2], values: &mut [f32]) {
    // The centre of the first pixel is 0.5 px inside.
    let inset = (trim - 0.5).ceil().max(0.0) as usize;
    for (i, row) in values.chunks_mut(width.max(1)).enumerate() {
        let y = first_row + i;
        if y.min(height - 1 - y) < inset || 2 * inset >= width {
            row.fill(f32::NAN);
        } else {
            row[..inset].fill(f32::NAN);
            row[width - inset..].fill(f32::NAN);
        }
    }
}

fn scale(values: &mut [f32], factor: f32) {
    for value in values {
        *value *= factor;
    }
}

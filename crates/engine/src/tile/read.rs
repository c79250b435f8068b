//! Reading parts of a tile as windows hold them.

use std::ops::Range;

use zemosaic_coadd::to_variances;
use zemosaic_fits::{FitsError, ImageReader};
use zemosaic_room::{push, resize};

use super::{Alpha, Part, Tile};
use crate::border::{Blank, Border};

/// Pixels of a mask or an opacity that are read at a time, 4 MB: blocks of ordinary tiles have fewer, and files are opened once
/// for each.
const PIECE: usize = 1 << 20;

impl Tile {
    /// Reads a part of plane `plane` into `out`; returns bytes read.
    pub(crate) fn read_values(
        &self,
        plane: usize,
        part: &Part,
        out: &mut [f32],
    ) -> Result<u64, FitsError> {
        let bytes = self.read_stored(&self.image, plane, part, out)?;
        if let Some(border) = self.border.get() {
            border.clear(part, out);
        }
        if self.trim > 0.0 {
            trim(self.trim, part, [self.shape.width, self.shape.height], out);
        }
        if self.flux_scale != 1.0 {
            scale(out, self.flux_scale);
        }
        Ok(bytes)
    }

    /// Reads a part as its image, or this form of it, has it; NaN where pixels have no data by a value that was given.
    pub(crate) fn read_stored(
        &self,
        image: &ImageReader,
        plane: usize,
        part: &Part,
        out: &mut [f32],
    ) -> Result<u64, FitsError> {
        let Blank::Value(blank) = self.blank else {
            return stored(image, plane, part, out);
        };
        let mut bytes = 0;
        let mut rest = out;
        for piece in part.pieces(image, PIECE) {
            let (pixels, after) = std::mem::take(&mut rest).split_at_mut(piece.pixels());
            rest = after;
            bytes += self.read_blanked((image, plane), &piece, blank, pixels)?;
        }
        Ok(bytes)
    }

    fn read_blanked(
        &self,
        (image, plane): (&ImageReader, usize),
        part: &Part,
        blank: f32,
        out: &mut [f32],
    ) -> Result<u64, FitsError> {
        let mut bytes = stored(image, plane, part, out)?;
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
            bytes += stored(image, plane, part, &mut other)?;
            blanks.retain(|i| other[*i as usize] == blank || other[*i as usize].is_nan());
        }
        for i in blanks {
            out[i as usize] = f32::NAN;
        }
        Ok(bytes)
    }

    /// Tells the system that these rows of the planes, and of the maps, will be read soon.
    pub(crate) fn read_soon(&self, planes: impl Iterator<Item = usize>, rows: &Range<usize>) {
        let weights = self.weights.as_ref().map(|(reader, _)| reader);
        for plane in planes {
            self.image.read_soon(plane, rows.clone());
            for map in weights.into_iter().chain(&self.mask) {
                map.read_soon(self.plane_of(map, plane), rows.clone());
            }
            if let Some(alpha) = &self.alphas {
                let plane = self.alpha_plane(alpha, plane);
                alpha.reader.read_soon(plane, rows.clone());
            }
        }
    }

    /// Reads a part of 1 / map weight of plane `plane`, faded at the edges, as a window holds it: 0 where a pixel has no
    /// weight. Whole rows, if the tile has a soft edge.
    pub(crate) fn read_variances(
        &self,
        plane: usize,
        part: &Part,
        out: &mut [f32],
    ) -> Result<u64, FitsError> {
        let bytes = self.read_map(plane, part, out)?;
        if let Some(feather) = &self.feather {
            let outside = self.border.get().and_then(Border::outside);
            feather.apply(part.rows.start, outside, out);
        }
        to_variances(out);
        Ok(bytes)
    }

    /// Reads a part of the map weight, 0 where a pixel is masked.
    fn read_map(&self, plane: usize, part: &Part, out: &mut [f32]) -> Result<u64, FitsError> {
        let mut bytes = 0;
        match &self.weights {
            Some((reader, holds)) => {
                bytes += stored(reader, self.plane_of(reader, plane), part, out)?;
                holds.weigh(out);
            }
            None => out.fill(1.0),
        }
        if let Some(mask) = &self.mask {
            let read = |part: &Part, flagged: &mut [f32]| {
                stored(mask, self.plane_of(mask, plane), part, flagged)
            };
            bytes += beside(mask, part, out, read, |weight, flag| {
                if flag == 0.0 { weight } else { 0.0 }
            })?;
        }
        Ok(bytes)
    }

    /// Reads a part that is above 0 where a pixel of plane `plane` has weight and opacity; 1 without maps. A soft edge takes
    /// nothing away.
    pub(crate) fn read_valid(
        &self,
        plane: usize,
        part: &Part,
        out: &mut [f32],
    ) -> Result<u64, FitsError> {
        if self.weights.is_none() && self.mask.is_none() && self.has_alphas() {
            return self.read_alphas(plane, part, out);
        }
        let mut bytes = self.read_map(plane, part, out)?;
        if let Some(Alpha { reader, .. }) = &self.alphas {
            let read = |part: &Part, alphas: &mut [f32]| self.read_alphas(plane, part, alphas);
            bytes += beside(reader, part, out, read, |valid, alpha| {
                if alpha > 0.0 { valid } else { 0.0 }
            })?;
        }
        Ok(bytes)
    }

    /// Reads a part of the opacity of plane `plane`, 0..1; nothing if the tile has none.
    pub(crate) fn read_alphas(
        &self,
        plane: usize,
        part: &Part,
        out: &mut [f32],
    ) -> Result<u64, FitsError> {
        let Some(alpha) = &self.alphas else {
            return Ok(0);
        };
        let bytes = stored(&alpha.reader, self.alpha_plane(alpha, plane), part, out)?;
        if alpha.scale != 1.0 {
            scale(out, alpha.scale);
        }
        Ok(bytes)
    }

    /// The plane of a map that belongs to a plane of the image: one for each, or one for all.
    fn plane_of(&self, map: &ImageReader, plane: usize) -> usize {
        if self.has_one_for_each(map) { plane } else { 0 }
    }

    fn alpha_plane(&self, alpha: &Alpha, plane: usize) -> usize {
        alpha
            .fixed
            .unwrap_or_else(|| self.plane_of(&alpha.reader, plane))
    }
}

/// Reads a part of a plane of an image; returns bytes read.
fn stored(
    image: &ImageReader,
    plane: usize,
    Part { rows, columns }: &Part,
    out: &mut [f32],
) -> Result<u64, FitsError> {
    let read = image.read_box(plane, rows.clone(), columns.clone(), out)?;
    Ok(read.bytes)
}

/// Reads a plane piece by piece, so that it takes little memory beside the pixels that it changes; returns bytes read.
fn beside(
    reader: &ImageReader,
    part: &Part,
    out: &mut [f32],
    read: impl Fn(&Part, &mut [f32]) -> Result<u64, FitsError>,
    change: impl Fn(f32, f32) -> f32,
) -> Result<u64, FitsError> {
    let mut bytes = 0;
    let mut rest = out;
    let mut plane = Vec::new();
    for piece in part.pieces(reader, PIECE) {
        let (pixels, after) = std::mem::take(&mut rest).split_at_mut(piece.pixels());
        rest = after;
        resize(&mut plane, pixels.len(), 0.0, "a plane beside a tile");
        bytes += read(&piece, &mut plane)?;
        for (pixel, other) in pixels.iter_mut().zip(&plane) {
            *pixel = change(*pixel, *other);
        }
    }
    Ok(bytes)
}

/// Makes NaN of the pixels of a part that lie less than `trim` px inside the file.
fn trim(trim: f32, part: &Part, [width, height]: [usize; 2], values: &mut [f32]) {
    // The centre of the first pixel is 0.5 px inside.
    let inset = (trim - 0.5).ceil().max(0.0) as usize;
    let each = part.columns.len().max(1);
    for (y, row) in part.rows.clone().zip(values.chunks_mut(each)) {
        if y.min(height - 1 - y) < inset || 2 * inset >= width {
            row.fill(f32::NAN);
        } else {
            row[part.meet(0..inset)].fill(f32::NAN);
            row[part.meet(width - inset..width)].fill(f32::NAN);
        }
    }
}

fn scale(values: &mut [f32], factor: f32) {
    for value in values {
        *value *= factor;
    }
}

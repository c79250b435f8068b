//! Tile-compressed images: checked by us, decompressed by cfitsio.

mod cfitsio;
mod check;
mod table;

use std::ops::Range;

use crate::error::FitsError;
use crate::hdu::{AxisMap, Hdu, ImageShape};
use crate::header::Header;
use crate::reader::ReadStats;

use cfitsio::Section;

/// An image in the rows of a binary table (FITS standard 4.0, section 10.1).
#[derive(Debug)]
pub(crate) struct CompressedImage {
    hdu: Hdu,
    shape: ImageShape,
    map: AxisMap,
}

impl CompressedImage {
    /// Checks every tile's place and size against the file.
    pub fn new(
        hdu: &Hdu,
        table: &Header,
        shape: ImageShape,
        map: AxisMap,
    ) -> Result<Self, FitsError> {
        check::check(hdu, table)?;
        Ok(CompressedImage {
            hdu: hdu.clone(),
            shape,
            map,
        })
    }

    /// The caller has checked plane, rows and the length of `out`.
    pub fn read_rows(
        &self,
        plane: usize,
        rows: Range<usize>,
        out: &mut [f32],
    ) -> Result<ReadStats, FitsError> {
        let mut section = Section {
            first: vec![1; self.hdu.axes.len()],
            last: vec![1; self.hdu.axes.len()],
        };
        let mut set = |axis: usize, first: usize, last: usize| {
            if axis < section.first.len() {
                section.first[axis] = first as _;
                section.last[axis] = last as _;
            }
        };
        set(self.map.x, 1, self.shape.width);
        set(self.map.y, rows.start + 1, rows.end);
        set(self.map.plane, plane + 1, plane + 1);
        cfitsio::read(self.hdu.storage.readable(), self.hdu.index, &section, out)
            .map_err(|reason| failed(&self.hdu, reason))?;
        if self.hdu.bitpix == -64 {
            // The decompressor clips what f32 cannot hold; it is no number.
            for value in out.iter_mut().filter(|v| v.abs() == f32::MAX) {
                *value = f32::NAN;
            }
        }
        Ok(ReadStats {
            bytes: (out.len() * 4) as u64,
        })
    }
}

fn failed(hdu: &Hdu, reason: impl Into<String>) -> FitsError {
    FitsError::Compressed {
        path: hdu.storage.path().to_path_buf(),
        hdu: hdu.index,
        reason: reason.into(),
    }
}

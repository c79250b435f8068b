//! Reads rows of one image, however they are stored.

use std::ops::Range;
use std::path::PathBuf;

use crate::asinh::Asinh;
use crate::compressed::CompressedImage;
use crate::error::{FitsError, FitsErrorKind};
use crate::hdu::Hdu;
use crate::image::{Extremes, Flags, ImageShape, ReadStats};
use crate::plain::PlainImage;

/// Reads rows of an image as `f32`. Opens the file for each call, so that any number of readers can exist.
#[derive(Debug, Clone)]
pub struct ImageReader {
    path: PathBuf,
    shape: ImageShape,
    source: Source,
    /// Its values are stored in this scale.
    asinh: Option<Asinh>,
}

#[derive(Debug, Clone)]
enum Source {
    Plain(PlainImage),
    Compressed(Box<CompressedImage>),
}

impl ImageReader {
    pub(crate) fn new(hdu: &Hdu) -> Result<ImageReader, FitsError> {
        let (shape, map) = hdu.image_axes()?;
        hdu.check_complete()?;
        let source = if let Some(table) = &hdu.table {
            Source::Compressed(Box::new(CompressedImage::new(hdu, table, map)?))
        } else {
            Source::Plain(PlainImage::new(hdu, shape)?)
        };
        Ok(ImageReader {
            path: hdu.storage.path().to_path_buf(),
            shape,
            source,
            // What is unusable is told where headers are read.
            asinh: Asinh::of(&hdu.header).unwrap_or_default(),
        })
    }

    /// The image as a mask: pixels are read as 1 where one of the flags is set, and as 0 elsewhere.
    #[must_use]
    pub fn flags(mut self, flags: Flags) -> ImageReader {
        self.asinh = None;
        match &mut self.source {
            Source::Plain(image) => image.flags = Some(flags),
            Source::Compressed(image) => image.flags = Some(flags),
        }
        self
    }

    /// The image with all values multiplied by a factor, before they are rounded to f32. Not for masks.
    #[must_use]
    pub fn times(mut self, factor: f64) -> ImageReader {
        if let Some(asinh) = &mut self.asinh {
            asinh.times(factor);
            return self;
        }
        match &mut self.source {
            Source::Plain(image) => image.times(factor),
            Source::Compressed(image) => image.times(factor),
        }
        self
    }

    /// The image with a value of 0 wherever that is what noise was added to when it was compressed (`SUBTRACTIVE_DITHER_1`),
    /// and perhaps at others that are as near to 0: what shows a border again.
    #[must_use]
    pub fn guessing_zeros(mut self) -> ImageReader {
        if let Source::Compressed(image) = &mut self.source {
            image.guess_zeros();
        }
        self
    }

    /// Planes, height and width.
    pub fn shape(&self) -> ImageShape {
        self.shape
    }

    /// Rows that are stored together, so that one takes as much time to read as all of them; 1 for plain images.
    pub fn rows_at_once(&self) -> usize {
        match &self.source {
            Source::Plain(_) => 1,
            Source::Compressed(image) => image.rows_at_once(),
        }
    }

    /// The least and the largest value of all planes of an image of whole numbers, which are read but not converted. `None`
    /// for all others, whose values have to be looked at one by one.
    ///
    /// Errors: as those of `read_rows`.
    pub fn extremes(&self) -> Result<Option<Extremes>, FitsError> {
        match (&self.source, self.asinh) {
            (Source::Plain(image), None) => image.extremes(),
            _ => Ok(None),
        }
    }

    /// Whether a part of a row takes as little time as its share of the row.
    pub fn reads_parts(&self) -> bool {
        matches!(self.source, Source::Plain(_))
    }

    /// Tells the system that these rows of a plane will be read soon. A hint: where it is of no use, nothing happens.
    pub fn read_soon(&self, plane: usize, rows: Range<usize>) {
        if let Source::Plain(image) = &self.source {
            image.read_soon(plane, rows);
        }
    }

    /// Reads whole rows, as [`Self::read_box`] reads parts of them.
    pub fn read_rows(
        &self,
        plane: usize,
        rows: Range<usize>,
        out: &mut [f32],
    ) -> Result<ReadStats, FitsError> {
        self.read_box(plane, rows, 0..self.shape.width, out)
    }

    /// Reads `columns` of `rows` of `plane` into `out`, which must hold exactly as many pixels, row by row from the first.
    /// BSCALE and BZERO are applied in f64; BLANK, NaN and values that f32 cannot hold become NaN. Values that are stored by
    /// their inverse hyperbolic sine become linear.
    ///
    /// Errors: `out_of_range` (plane, rows, columns or the length of `out`), `truncated`, `compressed`, `io`, `not_found`.
    pub fn read_box(
        &self,
        plane: usize,
        rows: Range<usize>,
        columns: Range<usize>,
        out: &mut [f32],
    ) -> Result<ReadStats, FitsError> {
        let ImageShape {
            planes,
            height,
            width,
            ..
        } = self.shape;
        let inside = |of: &Range<usize>, all: usize| of.start <= of.end && of.end <= all;
        let fits = plane < planes
            && inside(&rows, height)
            && inside(&columns, width)
            && rows.len().checked_mul(columns.len()) == Some(out.len());
        if !fits {
            let reason = format!(
                "rows {rows:?}, columns {columns:?} of plane {plane} into {} pixels asked of {planes} x {height} x {width}",
                out.len()
            );
            return Err(FitsErrorKind::OutOfRange { reason }.of(&self.path));
        }
        if out.is_empty() {
            return Ok(ReadStats::default());
        }
        let stats = match &self.source {
            Source::Plain(image) => image.read_box(plane, rows, columns, out),
            Source::Compressed(image) => image.read_box(plane, rows, columns, out),
        }?;
        if let Some(asinh) = self.asinh {
            asinh.linearise(out);
        }
        Ok(stats)
    }
}

//! One header-data unit: what it is and where its bytes are.

use std::sync::Arc;

use crate::error::{FitsError, FitsErrorKind};
use crate::header::Header;
use crate::image::{AxisMap, ImageShape, shape_of};
use crate::storage::Storage;

/// What an HDU contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HduKind {
    /// A plain array of pixels.
    Image,
    /// A tile-compressed image, stored in a binary table.
    CompressedImage,
    /// A table of any other kind.
    Table,
    /// No pixels at all: NAXIS is 0, or the length of an axis is.
    Empty,
    /// Random groups, and extensions that no standard defines.
    Other,
}

/// A header-data unit of a [`crate::FitsFile`].
#[derive(Debug, Clone)]
pub struct Hdu {
    /// Its number; the primary is 0.
    pub index: usize,
    /// What it contains.
    pub kind: HduKind,
    /// EXTNAME, if there is one.
    pub name: Option<String>,
    /// Bits per pixel, negative for floating point; for a compressed image those of the image (ZBITPIX).
    pub bitpix: i32,
    /// Pixels along FITS axes 1, 2, ...; for a compressed image those of the image (`ZNAXISn`).
    pub axes: Vec<u64>,
    /// All its cards; those of a compressed image as if it were not compressed.
    pub header: Header,
    /// The header of the table that stores a compressed image.
    pub(crate) table: Option<Header>,
    pub(crate) data_start: u64,
    /// Bytes that the header declares, without padding.
    pub(crate) data_bytes: u64,
    pub(crate) file_bytes: u64,
    pub(crate) storage: Arc<Storage>,
}

impl Hdu {
    /// The planes: 2-D, or 3-D with 1, 3 or 4 planes as the last axis or the first; further axes of length 1 do not
    /// count.
    ///
    /// Errors: `not_image` when it contains no image, `unsupported_axes` when the axes have no such form.
    pub fn image_shape(&self) -> Result<ImageShape, FitsError> {
        Ok(self.image_axes()?.0)
    }

    /// The shape, and what each axis is.
    pub(crate) fn image_axes(&self) -> Result<(ImageShape, AxisMap), FitsError> {
        match self.kind {
            HduKind::Image | HduKind::CompressedImage => {}
            HduKind::Table => return Err(self.not_image("it is a table")),
            HduKind::Empty => return Err(self.not_image("it has no pixels")),
            HduKind::Other => {
                return Err(self.not_image("it is random groups or an unknown extension"));
            }
        }
        shape_of(&self.axes).ok_or_else(|| {
            let axes = self.axes.clone();
            self.error(FitsErrorKind::UnsupportedAxes { axes })
        })
    }

    fn not_image(&self, what: &'static str) -> FitsError {
        self.error(FitsErrorKind::NotImage { what })
    }

    /// The error for a keyword of its header that is at fault.
    pub(crate) fn bad(&self, keyword: &str, reason: impl Into<String>) -> FitsError {
        self.error(FitsErrorKind::BadHeader {
            keyword: keyword.to_owned(),
            reason: reason.into(),
        })
    }

    /// The error for a damaged compressed image.
    pub(crate) fn damaged(&self, reason: impl Into<String>) -> FitsError {
        self.error(FitsErrorKind::Compressed {
            reason: reason.into(),
        })
    }

    pub(crate) fn error(&self, kind: FitsErrorKind) -> FitsError {
        kind.of_hdu(self.storage.path(), self.index)
    }

    /// The file must hold every byte that the header declares; padding may be missing.
    pub(crate) fn check_complete(&self) -> Result<(), FitsError> {
        let needed = self.data_start.saturating_add(self.data_bytes);
        if needed <= self.file_bytes {
            return Ok(());
        }
        Err(self.error(FitsErrorKind::Truncated {
            needed,
            present: self.file_bytes,
        }))
    }
}

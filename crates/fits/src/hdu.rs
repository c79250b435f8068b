//! One header-data unit: what it is and where its bytes are.

use std::sync::Arc;

use crate::error::FitsError;
use crate::file::Storage;
use crate::header::Header;

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

/// The planes of an image, each `height` rows of `width` pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageShape {
    /// 1, 3 or 4.
    pub planes: usize,
    /// Rows, FITS axis 2 (axis 3 when interleaved).
    pub height: usize,
    /// Columns, FITS axis 1 (axis 2 when interleaved).
    pub width: usize,
    /// FITS axes (C, W, H), which is (H, W, C) in array order: the planes alternate pixel by pixel.
    pub interleaved: bool,
}

/// Numbers of the axes, from 0. A 2-D image may have no axis of planes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AxisMap {
    pub x: usize,
    pub y: usize,
    pub plane: usize,
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
        shape_of(&self.axes).ok_or_else(|| FitsError::UnsupportedAxes {
            path: self.storage.path().to_path_buf(),
            hdu: self.index,
            axes: self.axes.clone(),
        })
    }

    fn not_image(&self, what: &'static str) -> FitsError {
        FitsError::NotImage {
            path: self.storage.path().to_path_buf(),
            hdu: self.index,
            what,
        }
    }

    pub(crate) fn bad(&self, keyword: &str, reason: impl Into<String>) -> FitsError {
        FitsError::BadHeader {
            path: self.storage.path().to_path_buf(),
            hdu: self.index,
            keyword: keyword.to_owned(),
            reason: reason.into(),
        }
    }

    /// The file must hold every byte that the header declares; padding may be missing.
    pub(crate) fn check_complete(&self) -> Result<(), FitsError> {
        let needed = self.data_start.saturating_add(self.data_bytes);
        if needed <= self.file_bytes {
            return Ok(());
        }
        Err(FitsError::Truncated {
            path: self.storage.path().to_path_buf(),
            hdu: self.index,
            needed,
            present: self.file_bytes,
        })
    }
}

/// Planes last is the FITS convention and is preferred where both readings are possible.
fn shape_of(axes: &[u64]) -> Option<(ImageShape, AxisMap)> {
    let planes_of = |n: u64| matches!(n, 1 | 3 | 4).then_some(n as usize);
    let (first, rest) = axes.split_at_checked(2)?;
    let mut longer = rest.iter().zip(2..).filter(|&(&n, _)| n != 1);
    let (third, at) = longer.next().map_or((1, 2), |(&n, at)| (n, at));
    if longer.next().is_some() {
        return None;
    }
    let (planes, map) = match (planes_of(third), planes_of(first[0])) {
        (Some(planes), _) => (
            planes,
            AxisMap {
                x: 0,
                y: 1,
                plane: at,
            },
        ),
        (None, Some(planes)) => (
            planes,
            AxisMap {
                x: 1,
                y: at,
                plane: 0,
            },
        ),
        (None, None) => return None,
    };
    let shape = ImageShape {
        planes,
        height: usize::try_from(axes[map.y]).ok()?,
        width: usize::try_from(axes[map.x]).ok()?,
        interleaved: map.plane == 0 && planes > 1,
    };
    Some((shape, map))
}

#[cfg(test)]
mod tests {
    use super::shape_of;

    fn shape(axes: &[u64]) -> Option<(usize, usize, usize, bool)> {
        shape_of(axes).map(|(s, _)| (s.planes, s.height, s.width, s.interleaved))
    }

    #[test]
    fn planes_either_way() {
        assert_eq!(shape(&[7, 5]), Some((1, 5, 7, false)));
        assert_eq!(shape(&[7, 5, 3]), Some((3, 5, 7, false)));
        assert_eq!(shape(&[3, 7, 5]), Some((3, 5, 7, true)));
        assert_eq!(shape(&[4, 7, 5]), Some((4, 5, 7, true)));
        assert_eq!(shape(&[3, 7, 3]), Some((3, 7, 3, false)));
    }

    #[test]
    fn axes_of_one_do_not_count() {
        assert_eq!(shape(&[7, 5, 1, 1]), Some((1, 5, 7, false)));
        assert_eq!(shape(&[7, 5, 1, 3]), Some((3, 5, 7, false)));
        assert_eq!(shape(&[1, 7, 5]), Some((1, 5, 7, false)));
        assert_eq!(shape(&[7, 1]), Some((1, 1, 7, false)));
    }

    #[test]
    fn other_axes_are_refused() {
        for axes in [&[7][..], &[], &[7, 5, 2], &[7, 5, 3, 3], &[7, 5, 100]] {
            assert_eq!(shape(axes), None, "{axes:?}");
        }
    }
}

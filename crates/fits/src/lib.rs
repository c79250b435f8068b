//! FITS files: headers, windows of images, and the output file of a mosaic.
//!
//! Knows bytes, keywords and files. Must not know: sky coordinates, weights, which HDU is a tile, or how much memory
//! there is. Pixels are passed on as `f32`; everything that is not a number (BLANK, NaN, out of range) is NaN.
//!
//! - [`FitsFile`] lists the HDUs of a file; [`ImageReader`] reads rows of one of them and keeps no file open.
//! - [`MosaicWriter`] lays out a mosaic, takes its rows in any order from any thread, and makes it appear when
//!   complete.

mod asinh;
mod card;
mod compressed;
mod error;
mod extremes;
mod file;
mod hdu;
mod header;
mod header_file;
mod image;
mod plain;
mod position;
mod reader;
mod stamp;
mod storage;
mod value;
mod vectors;
mod write;

pub use asinh::Asinh;
pub use card::{Card, CardValue};
pub use error::{FitsError, FitsErrorKind};
pub use file::{FitsFile, remove_temporary_files};
pub use hdu::{Hdu, HduKind};
pub use header::Header;
pub use header_file::headers_of;
pub use image::{Extremes, Flags, ImageShape, ReadStats};
pub use reader::ImageReader;
pub use stamp::{Stamp, digest_of};
pub use vectors::vectorized;
pub use write::{
    Claim, DoneRows, FinishStats, MosaicSpec, MosaicWriter, OutputPart, UNIT_OF_WEIGHTS,
    check_unfinished, is_published, place_parts,
};

/// All parts of a FITS file are laid out in blocks of this many bytes (FITS standard 4.0, section 3.1).
pub const BLOCK: usize = 2880;

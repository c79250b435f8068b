//! What can go wrong with a FITS file, in the user's words.

use std::io;
use std::path::PathBuf;

/// One variant per cause; [`FitsError::code`] is stable, the message names the file, the HDU and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages show what the fields are
pub enum FitsError {
    #[error("{}: no such file; check the name", path.display())]
    NotFound { path: PathBuf },
    #[error("{}: not a FITS file: {reason}; leave it out", path.display())]
    NotFits { path: PathBuf, reason: String },
    #[error(
        "{} HDU {hdu}: truncated: needs {needed} bytes, the file has {present}; copy or download it again",
        path.display()
    )]
    Truncated {
        path: PathBuf,
        hdu: usize,
        needed: u64,
        present: u64,
    },
    #[error(
        "{} HDU {hdu}: bad header keyword {keyword}: {reason}; correct it or leave the file out",
        path.display()
    )]
    BadHeader {
        path: PathBuf,
        hdu: usize,
        keyword: String,
        reason: String,
    },
    #[error(
        "{} HDU {hdu}: axes {axes:?} are not an image of 1, 3 or 4 planes; extract the plane you want first",
        path.display()
    )]
    UnsupportedAxes {
        path: PathBuf,
        hdu: usize,
        axes: Vec<u64>,
    },
    #[error("{} HDU {hdu}: {what}, not an image; choose another HDU with --hdu", path.display())]
    NotImage {
        path: PathBuf,
        hdu: usize,
        what: &'static str,
    },
    #[error("{}: there is no HDU {hdu}, the last is {last}; choose another with --hdu", path.display())]
    NoSuchHdu {
        path: PathBuf,
        hdu: usize,
        last: usize,
    },
    #[error(
        "{} HDU {hdu}: cannot decompress: {reason}; download the file again or leave it out",
        path.display()
    )]
    Compressed {
        path: PathBuf,
        hdu: usize,
        reason: String,
    },
    #[error("{}: {reason} (a mistake in the program, please report it)", path.display())]
    OutOfRange { path: PathBuf, reason: String },
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        path: PathBuf,
        action: &'static str,
        source: io::Error,
    },
    #[error("{}: exists already; choose another name or overwrite it with --force", path.display())]
    Exists { path: PathBuf },
    #[error(
        "{}: not enough disk space: needs {needed} bytes, {free} are free; free some or write elsewhere",
        path.display()
    )]
    NoSpace {
        path: PathBuf,
        needed: u64,
        free: u64,
    },
    #[error("{}: cannot be written: {reason}", path.display())]
    NotWritable { path: PathBuf, reason: String },
    #[error("{}: another run is writing it; wait for that run or choose another name", path.display())]
    Locked { path: PathBuf },
}

impl FitsError {
    /// A stable name of the variant, for reports and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::NotFits { .. } => "not_fits",
            Self::Truncated { .. } => "truncated",
            Self::BadHeader { .. } => "bad_header",
            Self::UnsupportedAxes { .. } => "unsupported_axes",
            Self::NotImage { .. } => "not_image",
            Self::NoSuchHdu { .. } => "no_such_hdu",
            Self::Compressed { .. } => "compressed",
            Self::OutOfRange { .. } => "out_of_range",
            Self::Io { .. } => "io",
            Self::Exists { .. } => "exists",
            Self::NoSpace { .. } => "no_space",
            Self::NotWritable { .. } => "not_writable",
            Self::Locked { .. } => "locked",
        }
    }

    /// Opening or reading failed; a missing file has its own variant.
    pub(crate) fn reading(path: &std::path::Path, action: &'static str, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path },
            _ => Self::Io {
                path,
                action,
                source,
            },
        }
    }
}

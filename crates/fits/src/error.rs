//! What can go wrong with a FITS file, in words for the user.

use std::io;
use std::path::{Path, PathBuf};

/// What is wrong with which file. It displays only the reason, because the caller knows how to name the file.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct FitsError {
    /// The file, by the name that the caller gave.
    pub path: PathBuf,
    /// The HDU at fault, where 0 is the primary; None when it is the whole file.
    pub hdu: Option<usize>,
    /// What is wrong.
    pub kind: FitsErrorKind,
}

/// One variant per cause; [`FitsError::code`] is stable, the text is the reason and what to do, without the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages show what the fields are
pub enum FitsErrorKind {
    #[error("no such file; check the name")]
    NotFound,
    #[error("not a FITS file: {reason}; leave it out")]
    NotFits { reason: String },
    #[error("{what}, not a FITS file; {way_out}")]
    Foreign { what: String, way_out: &'static str },
    #[error("truncated: needs {needed} bytes, the file has {present}; copy or download it again")]
    Truncated { needed: u64, present: u64 },
    #[error(
        "changed during the run: {why}; what was read of it before stays, the rest is left out; run again when it is complete"
    )]
    Changed { why: String },
    #[error("{reason}, and nothing can be unpacked from it; copy or download it again")]
    Packed { reason: String },
    #[error("bad header keyword {keyword}: {reason}; correct it or leave the file out")]
    BadHeader { keyword: String, reason: String },
    #[error("axes {axes:?} are not an image of 1, 3 or 4 planes; extract the plane you want first")]
    UnsupportedAxes { axes: Vec<u64> },
    #[error("{what}, not an image; choose another HDU with --hdu")]
    NotImage { what: &'static str },
    #[error("there is no HDU {hdu}, the last is {last}; choose another with --hdu")]
    NoSuchHdu { hdu: usize, last: usize },
    #[error("cannot decompress: {reason}; download the file again or leave it out")]
    Compressed { reason: String },
    #[error("{reason} (a mistake in the program, please report it)")]
    OutOfRange { reason: String },
    #[error("cannot {action}: {source}")]
    Io {
        action: &'static str,
        source: io::Error,
    },
    #[error("cannot {action}: too many files are open; raise their limit (ulimit -n)")]
    TooManyFiles { action: &'static str },
    #[error(
        "cannot {action}: files may not be that large here; raise their limit (ulimit -f), or write to another file system"
    )]
    FileTooLarge { action: &'static str },
    #[error(
        "cannot unpack it into {}: {source}; set TMPDIR to another folder", folder.display()
    )]
    Unpack { folder: PathBuf, source: io::Error },
    #[error(
        "unpacking it into {} needs {needed} bytes, {free} are free; free some or set TMPDIR to another folder",
        folder.display()
    )]
    NoRoomToUnpack {
        folder: PathBuf,
        needed: u64,
        free: u64,
    },
    #[error("exists already; choose another name or overwrite it with --force")]
    Exists,
    #[error(
        "not enough disk space: {}{free} {} free; free some or write elsewhere",
        needs(*needed),
        if *needed == 0 { "bytes are" } else { "are" }
    )]
    NoSpace {
        /// 0 where the system does not say for what there was no room.
        needed: u64,
        free: u64,
    },
    #[error("cannot be written: {reason}")]
    NotWritable { reason: String },
    #[error(
        "its unfinished file {partial} was removed, replaced or cut during the run; run again, and leave that file alone"
    )]
    Lost { partial: String },
    #[error("another run is writing it; wait for that run or choose another name")]
    Locked,
}

impl FitsError {
    /// A stable name of the variant, for reports and tests.
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// Whether a limit of the process was met, which is no fault of the file.
    pub fn is_lack(&self) -> bool {
        matches!(self.kind, FitsErrorKind::TooManyFiles { .. })
    }

    /// The header keyword at fault, if there is one.
    pub fn keyword(&self) -> Option<&str> {
        match &self.kind {
            FitsErrorKind::BadHeader { keyword, .. } => Some(keyword),
            _ => None,
        }
    }

    /// Opening or reading failed; a missing file has its own variant.
    pub(crate) fn reading(path: &Path, action: &'static str, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => FitsErrorKind::NotFound,
            _ => FitsErrorKind::limit(action, &source)
                .unwrap_or(FitsErrorKind::Io { action, source }),
        }
        .of(path)
    }
}

impl FitsErrorKind {
    /// A limit of the process or the system that was met; no fault of any file or folder.
    pub(crate) fn limit(action: &'static str, source: &io::Error) -> Option<Self> {
        if is_lack_of_files(source) {
            return Some(Self::TooManyFiles { action });
        }
        (source.kind() == io::ErrorKind::FileTooLarge).then_some(Self::FileTooLarge { action })
    }

    /// Unpacking into this folder failed.
    pub(crate) fn unpacking(folder: &Path, source: io::Error) -> Self {
        let folder = folder.to_path_buf();
        Self::limit("unpack it", &source).unwrap_or(Self::Unpack { folder, source })
    }

    /// The error of a file as a whole.
    pub(crate) fn of(self, path: &Path) -> FitsError {
        FitsError {
            path: path.to_path_buf(),
            hdu: None,
            kind: self,
        }
    }

    /// The error of one HDU.
    pub(crate) fn of_hdu(self, path: &Path, hdu: usize) -> FitsError {
        FitsError {
            hdu: Some(hdu),
            ..self.of(path)
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::NotFits { .. } | Self::Foreign { .. } => "not_fits",
            Self::Truncated { .. } | Self::Packed { .. } => "truncated",
            Self::Changed { .. } => "changed",
            Self::BadHeader { .. } => "bad_header",
            Self::UnsupportedAxes { .. } => "unsupported_axes",
            Self::NotImage { .. } => "not_image",
            Self::NoSuchHdu { .. } => "no_such_hdu",
            Self::Compressed { .. } => "compressed",
            Self::OutOfRange { .. } => "out_of_range",
            Self::Io { .. } => "io",
            Self::TooManyFiles { .. } => "too_many_files",
            Self::FileTooLarge { .. } => "file_too_large",
            Self::Unpack { source, .. } if is_full(source) => "no_space",
            Self::Unpack { .. } | Self::NotWritable { .. } => "not_writable",
            Self::Exists => "exists",
            Self::NoSpace { .. } | Self::NoRoomToUnpack { .. } => "no_space",
            Self::Lost { .. } => "lost",
            Self::Locked => "locked",
        }
    }
}

fn needs(bytes: u64) -> String {
    if bytes == 0 {
        return String::new();
    }
    format!("needs {bytes} bytes, ")
}

/// Whether this process, or the system, may open no more files: no fault of the one that could not be opened.
fn is_lack_of_files(error: &io::Error) -> bool {
    #[cfg(unix)]
    let lacks = [libc::EMFILE, libc::ENFILE];
    // ERROR_TOO_MANY_OPEN_FILES
    #[cfg(not(unix))]
    let lacks = [4];
    error
        .raw_os_error()
        .is_some_and(|code| lacks.contains(&code))
}

/// Whether the disk, or the user's share of it, is full.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

#[cfg(test)]
mod tests {
    use super::FitsErrorKind;

    #[test]
    fn a_full_disk_needs_what_is_known_and_no_0_bytes() {
        let full = |needed| FitsErrorKind::NoSpace { needed, free: 7 }.to_string();
        let what = "not enough disk space: needs 9 bytes, 7 are free; free some or write elsewhere";
        assert_eq!(full(9), what);
        let what = "not enough disk space: 7 bytes are free; free some or write elsewhere";
        assert_eq!(full(0), what);
    }
}

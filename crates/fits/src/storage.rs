//! Where the bytes of a file are: in itself or, of a gzip file, in what it was unpacked to.

use std::fs::File;
use std::path::Path;

use tempfile::TempPath;

use crate::error::FitsError;

/// The name the user knows, and the file to open. Shared by all readers; the unpacked file goes with the last.
#[derive(Debug)]
pub(crate) struct Storage {
    path: Box<Path>,
    unpacked: Option<TempPath>,
}

impl Storage {
    pub fn new(path: &Path, unpacked: Option<TempPath>) -> Storage {
        Storage {
            path: path.into(),
            unpacked,
        }
    }

    /// The name for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the bytes are in a file that goes with this.
    pub fn is_unpacked(&self) -> bool {
        self.unpacked.is_some()
    }

    /// The file to read from, opened.
    pub fn open(&self) -> Result<File, FitsError> {
        let readable = self.unpacked.as_deref().unwrap_or(&self.path);
        File::open(readable).map_err(|e| self.failed("open it", e))
    }

    /// Opening or reading failed.
    pub fn failed(&self, action: &'static str, source: std::io::Error) -> FitsError {
        FitsError::reading(&self.path, action, source)
    }
}

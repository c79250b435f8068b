//! Where the bytes of a file are: in the file itself or, for a gzip file, in its unpacked copy.

use std::fs::File;
use std::path::Path;

use crate::error::FitsError;
use crate::file::Temporary;

/// The name the user knows, and the file to open. Shared by all readers; the unpacked copy is removed with the last.
#[derive(Debug)]
pub(crate) struct Storage {
    path: Box<Path>,
    unpacked: Option<Temporary>,
}

impl Storage {
    pub fn new(path: &Path, unpacked: Option<Temporary>) -> Storage {
        Storage {
            path: path.into(),
            unpacked,
        }
    }

    /// The name to use in messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the bytes are in a temporary copy that is removed with this value.
    pub fn is_unpacked(&self) -> bool {
        self.unpacked.is_some()
    }

    /// Opens the file to read from.
    pub fn open(&self) -> Result<File, FitsError> {
        let unpacked = self.unpacked.as_ref().map(Temporary::path);
        let readable = unpacked.unwrap_or(&self.path);
        File::open(readable).map_err(|e| self.failed("open it", e))
    }

    /// Opening or reading failed.
    pub fn failed(&self, action: &'static str, source: std::io::Error) -> FitsError {
        FitsError::reading(&self.path, action, source)
    }
}

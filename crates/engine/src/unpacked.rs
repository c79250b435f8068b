//! Gzip files that were unpacked for their headers, kept until their tiles are opened.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zemosaic_fits::{FitsError, FitsErrorKind, FitsFile};

/// Opens files by name and keeps one copy of each that had to be unpacked. No file is held open.
#[derive(Debug, Default)]
pub struct Unpacked {
    kept: Mutex<Kept>,
    /// Held by the thread that retries on a full disk.
    alone: Mutex<()>,
}

#[derive(Debug, Default)]
struct Kept {
    files: HashMap<PathBuf, Arc<FitsFile>>,
    /// The disk has no room to keep any copy.
    full: bool,
}

impl Unpacked {
    /// Opens a file as [`FitsFile::open`] does, or returns the kept copy.
    pub fn open(&self, path: &Path) -> Result<Arc<FitsFile>, FitsError> {
        if let Some(file) = self.kept().files.get(path) {
            return Ok(Arc::clone(file));
        }
        let file = match FitsFile::open(path) {
            // The disk may be full because of the kept copies, or of files that other threads are unpacking.
            Err(error) if is_full(&error) => {
                self.give_up();
                let _one_by_one = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
                FitsFile::open(path)
            }
            opened => opened,
        }?;
        let file = Arc::new(file);
        let mut kept = self.kept();
        if file.is_unpacked() && !kept.full {
            kept.files.insert(path.to_owned(), Arc::clone(&file));
        }
        Ok(file)
    }

    /// Drops all copies; those that tiles read from live on with them.
    pub fn clear(&self) {
        self.kept().files.clear();
    }

    /// Keeps no more copies from now on.
    fn give_up(&self) {
        let mut kept = self.kept();
        kept.full = true;
        kept.files.clear();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_full(error: &FitsError) -> bool {
    match &error.kind {
        FitsErrorKind::NoRoomToUnpack { .. } => true,
        FitsErrorKind::Unpack { source, .. } => source.kind() == ErrorKind::StorageFull,
        _ => false,
    }
}

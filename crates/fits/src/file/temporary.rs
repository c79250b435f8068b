//! The temporary files of this process, by name, so that it can remove them however it ends.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::sleep;
use std::time::Duration;

use tempfile::{NamedTempFile, TempPath};

static NAMES: Mutex<Names> = Mutex::new(Names {
    all: BTreeSet::new(),
    ending: false,
});

struct Names {
    all: BTreeSet<PathBuf>,
    /// No file may be made any more, because nobody would remove it.
    ending: bool,
}

/// A file that was not there before, and that nobody else may read.
fn own_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A temporary file that is no longer open. It is removed when dropped, or by [`remove_temporary_files`].
#[derive(Debug)]
pub(crate) struct Temporary {
    // Taken only when dropped.
    path: Option<TempPath>,
}

impl Temporary {
    /// A new file in the system's folder for temporary files.
    pub fn create() -> io::Result<NamedTempFile> {
        let mut names = names();
        if names.ending {
            return Err(io::Error::other("the run is ending"));
        }
        // Opened here, because an error of `tempfile()` hides that of the system.
        let file = tempfile::Builder::new()
            .prefix("zemosaic-")
            .suffix(".fits")
            .make(|path| own_file().open(path))?;
        names.all.insert(file.path().to_owned());
        Ok(file)
    }

    /// Closes a file of [`Temporary::create`]. One that is dropped instead leaves its name behind, which harms nothing.
    pub fn close(file: NamedTempFile) -> Self {
        Self {
            path: Some(file.into_temp_path()),
        }
    }

    pub fn path(&self) -> &Path {
        self.path.as_deref().unwrap_or(Path::new(""))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let Some(path) = self.path.take() else { return };
        let name = path.to_path_buf();
        drop(path);
        names().all.remove(&name);
    }
}

fn names() -> MutexGuard<'static, Names> {
    NAMES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the temporary files of this process, which is about to end; none can be made after that. Waits no longer than
/// a tenth of a second for a thread that is making one, as a disk may hang.
pub fn remove_temporary_files() {
    for _ in 0..20 {
        let mut names = match NAMES.try_lock() {
            Ok(names) => names,
            Err(TryLockError::Poisoned(names)) => names.into_inner(),
            Err(TryLockError::WouldBlock) => {
                sleep(Duration::from_millis(5));
                continue;
            }
        };
        names.ending = true;
        for path in std::mem::take(&mut names.all) {
            // Nobody is left to be told of a failure.
            let _ = std::fs::remove_file(path);
        }
        return;
    }
}

//! An unfinished file: `.NAME.partial` beside its final place, locked, renamed when complete.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{FitsError, FitsErrorKind, is_full};
use crate::position::{read_exact_at, write_all_at};
use crate::stamp::Stamp;

use super::claim::{Claimed, check_ours, claim, identity, is_halfway, is_same_file};
use super::place::OutputPart;
use super::rename::{link, rename};
use super::spec::MosaicSpec;

/// Removed when dropped before [`PartialFile::publish`], unless it is to be kept.
#[derive(Debug)]
pub(crate) struct PartialFile {
    file: File,
    partial: PathBuf,
    path: PathBuf,
    sync: bool,
    keep: bool,
    named: Named,
}

/// Which names it has.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Named {
    Unfinished,
    /// Its final one, and still the other one.
    Both,
    Finally,
}

impl PartialFile {
    /// Creates and locks it, or takes up what an earlier run left; with `spec.sync` it will be flushed at the end.
    ///
    /// Errors: `exists`, `not_writable` (also for a file of that name that is not ours), `locked`.
    pub fn create(
        path: &Path,
        spec: &MosaicSpec<'_>,
        resumes: bool,
    ) -> Result<PartialFile, FitsError> {
        if !is_halfway(path) {
            check_free(path, spec.force)?;
        }
        let Claimed {
            file,
            partial,
            used,
        } = claim(path, &spec.claim, resumes, spec.force)?;
        check_free(path, spec.force)?;
        Ok(PartialFile {
            file,
            partial,
            path: path.to_path_buf(),
            sync: spec.sync,
            keep: used,
            named: Named::Unfinished,
        })
    }

    /// Empties it and sets its length; everything not written later reads as zero.
    pub fn set_len(&self, bytes: u64) -> Result<(), FitsError> {
        if self.len() > 0 {
            check_ours(&self.file, &self.path, &self.partial)?;
        }
        // Some file systems flush a file at close once it was truncated to nothing, so that is done only if necessary.
        let emptied = || match self.file.metadata()?.len() {
            0 => Ok(()),
            _ => self.file.set_len(0),
        };
        emptied()
            .and_then(|()| self.file.set_len(bytes))
            .map_err(|e| self.failed("set its length", bytes, e))
    }

    /// Its length in bytes.
    pub fn len(&self) -> u64 {
        self.file.metadata().map_or(0, |m| m.len())
    }

    /// Bytes that it occupies on the disk.
    pub fn held(&self) -> u64 {
        let Ok(meta) = self.file.metadata() else {
            return 0;
        };
        #[cfg(unix)]
        return std::os::unix::fs::MetadataExt::blocks(&meta).saturating_mul(512);
        #[cfg(not(unix))]
        return meta.len();
    }

    /// Removes everything after `bytes`.
    pub fn cut(&self, bytes: u64) -> Result<(), FitsError> {
        let cut = self.file.set_len(bytes);
        cut.map_err(|e| self.failed("set its length", bytes, e))
    }

    pub fn write(&self, bytes: &[u8], offset: u64) -> Result<(), FitsError> {
        write_all_at(&self.file, bytes, offset)
            .map_err(|e| self.failed("write it", bytes.len() as u64, e))?;
        if self.sync {
            start_write_back(&self.file, bytes.len(), offset);
        }
        Ok(())
    }

    /// Reads back what was written; bytes that were never written are 0.
    pub fn read(&self, bytes: &mut [u8], offset: u64) -> Result<(), FitsError> {
        read_exact_at(&self.file, bytes, offset)
            .map_err(|e| self.failed("read it back", bytes.len() as u64, e))
    }

    /// Waits until the disk has the file.
    pub fn sync(&self) -> Result<(), FitsError> {
        self.file
            .sync_all()
            .map_err(|e| self.failed("flush it to the disk", 0, e))
    }

    /// Waits until the disk has the bytes, though perhaps not the timestamps.
    pub fn flush(&self) -> Result<(), FitsError> {
        self.file
            .sync_data()
            .map_err(|e| self.failed("flush it to the disk", 0, e))
    }

    /// Whether it survives being dropped unfinished.
    pub fn keep(&mut self, keep: bool) {
        self.keep = keep;
    }

    /// Takes it away, from its final place too: without the others of its set it is of no use.
    pub fn abandon(&mut self) {
        self.keep = false;
        if self.named != Named::Unfinished && is_same_file(&self.file, &self.path) {
            // The next run says that it is there.
            let _ = fs::remove_file(&self.path);
        }
        if self.named == Named::Both {
            self.named = Named::Unfinished;
        }
    }

    /// Whether it can be given its final name.
    ///
    /// Errors: `exists` when that file has appeared meanwhile, `lost` when what has its name now is not what was written.
    pub fn check(&self, force: bool) -> Result<(), FitsError> {
        if is_same_file(&self.file, &self.partial) {
            return check_free(&self.path, force);
        }
        Err(self.lost())
    }

    /// Gives it its final name. Errors: as [`PartialFile::check`], `io`.
    pub fn publish(&mut self, force: bool) -> Result<(), FitsError> {
        self.check(force)?;
        rename(&self.partial, &self.path, force).map_err(|e| self.failed("rename it", 0, e))?;
        self.named = Named::Finally;
        Ok(())
    }

    /// Gives it its final name, but not yet for good: until [`PartialFile::settle`] it has the other one too, which tells a
    /// later run whose file that is. Errors: as [`PartialFile::publish`].
    pub fn announce(&mut self, force: bool) -> Result<(), FitsError> {
        if force {
            return self.publish(force);
        }
        self.check(force)?;
        let linked = link(&self.partial, &self.path).map_err(|e| self.failed("rename it", 0, e))?;
        if !linked {
            return self.publish(force);
        }
        self.named = Named::Both;
        Ok(())
    }

    /// Takes the name of the unfinished file away.
    pub fn settle(&mut self) {
        if self.named == Named::Both && is_same_file(&self.file, &self.partial) {
            // Left there it takes no room, and the next run takes it away.
            let _ = fs::remove_file(&self.partial);
        }
        self.named = Named::Finally;
    }

    /// Errors: `lost` where somebody else has changed its length.
    pub fn check_length(&self, bytes: u64) -> Result<(), FitsError> {
        if self.len() == bytes {
            return Ok(());
        }
        Err(self.lost())
    }

    /// What a later run has to know to give it its final name.
    pub fn part(&self) -> Result<OutputPart, FitsError> {
        let meta = self
            .file
            .metadata()
            .map_err(|e| self.failed("look at it", 0, e))?;
        let [device, inode] = identity(&meta);
        Ok(OutputPart {
            partial: self.partial.clone(),
            path: self.path.clone(),
            device,
            inode,
            bytes: meta.len(),
            modified: Stamp::of(&meta).modified,
        })
    }

    fn lost(&self) -> FitsError {
        let name = self.partial.file_name().unwrap_or_default();
        let partial = name.to_string_lossy().into_owned();
        FitsErrorKind::Lost { partial }.of(&self.path)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn failed(&self, action: &'static str, needed: u64, source: io::Error) -> FitsError {
        let kind = if source.kind() == io::ErrorKind::AlreadyExists {
            FitsErrorKind::Exists
        } else if is_full(&source) {
            FitsErrorKind::NoSpace {
                needed,
                free: fs4::available_space(folder(&self.path)).unwrap_or(0),
            }
        } else {
            FitsErrorKind::limit(action, &source).unwrap_or(FitsErrorKind::Io { action, source })
        };
        kind.of(&self.path)
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if self.named == Named::Unfinished && !self.keep && is_same_file(&self.file, &self.partial)
        {
            // Nothing can be done about a failure here, and nothing depends on it: the next run empties the file.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// Makes the disk start writing these bytes, so that less is left to wait for at the end. A hint: failure costs
/// nothing.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)] // no safe wrapper of this call
fn start_write_back(file: &File, length: usize, offset: u64) {
    use std::os::fd::AsRawFd;
    let (Ok(offset), Ok(length)) = (i64::try_from(offset), i64::try_from(length)) else {
        return;
    };
    // SAFETY: the descriptor is open while `file` is borrowed; no memory is passed.
    unsafe {
        libc::sync_file_range(
            file.as_raw_fd(),
            offset,
            length,
            libc::SYNC_FILE_RANGE_WRITE,
        )
    };
}

#[cfg(not(target_os = "linux"))]
fn start_write_back(_: &File, _: usize, _: u64) {}

/// The folder that contains a path.
pub(crate) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes the new names durable.
pub(crate) fn sync_folder(path: &Path) {
    // Windows cannot open folders; its renames need no such step. The output is whole and in its place by now, so a
    // folder that cannot be flushed (some file systems refuse) must not make the run fail.
    if cfg!(unix) {
        let flushed = File::open(folder(path)).and_then(|f| f.sync_all());
        drop(flushed);
    }
}

/// Whether a name may be given to an output.
///
/// Errors: `exists`, `not_writable`.
pub(super) fn check_free(path: &Path, force: bool) -> Result<(), FitsError> {
    // A link is replaced, not followed.
    let kind = match fs::symlink_metadata(path) {
        Ok(meta) if !meta.is_file() && !meta.is_symlink() => FitsErrorKind::NotWritable {
            reason: "it is a folder or a device".into(),
        },
        Ok(_) if !force => FitsErrorKind::Exists,
        _ => return Ok(()),
    };
    Err(kind.of(path))
}

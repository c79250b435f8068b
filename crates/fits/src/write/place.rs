//! Puts the files of a complete output in their places.
//!
//! Several files cannot appear at once. `OUT.fits` is the mark of the set: where it is, the others belong to it. It is removed
//! before an older set is replaced, and comes last. A run that was ended between is finished by the next one, or made again
//! where it left no journal: until `OUT.fits` is there, new files beside it keep the names of unfinished ones, too.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{FitsError, FitsErrorKind};
use crate::stamp::Stamp;

use super::claim::{identity, is_same_file};
use super::part::{PartialFile, check_free, sync_folder};
use super::rename::rename;
use super::writer::FinishStats;

/// Whether the output begun last has appeared. Signals ask for it, between the call that does it and its return.
static PUBLISHED: AtomicBool = AtomicBool::new(false);

/// Whether the output that this process began last is complete and in its place.
pub fn is_published() -> bool {
    PUBLISHED.load(Ordering::SeqCst)
}

pub(super) fn set_published(yes: bool) {
    PUBLISHED.store(yes, Ordering::SeqCst);
}

/// A complete file on its way to its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputPart {
    /// Its name so far, and the one it is to have.
    pub partial: PathBuf,
    #[allow(missing_docs)]
    pub path: PathBuf,
    /// Which file it is.
    pub device: u64,
    #[allow(missing_docs)]
    pub inode: u64,
    /// Its size.
    pub bytes: u64,
    /// When it was last written, nanoseconds since 1970: the number of a file that is removed is given to another one.
    pub modified: i128,
}

impl OutputPart {
    fn is_at(&self, path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok_and(|meta| {
            meta.is_file()
                && identity(&meta) == [self.device, self.inode]
                && meta.len() == self.bytes
                && Stamp::of(&meta).modified == self.modified
        })
    }
}

/// Renames the files of one output, the first one last.
pub(super) fn publish(parts: &mut [PartialFile], force: bool) -> Result<(), FitsError> {
    for part in &*parts {
        part.check(force)?;
    }
    // Without `force` there is no older set, and what has appeared meanwhile stays.
    if let ([first, _, ..], true) = (&*parts, force) {
        make_way(first.path())?;
    }
    let [first, others @ ..] = parts else {
        return Ok(());
    };
    for part in others.iter_mut().rev() {
        part.announce(force)?;
    }
    first.publish(force)?;
    set_published(true);
    others.iter_mut().for_each(PartialFile::settle);
    Ok(())
}

/// Finishes what a run began that was ended while it renamed the files of its output.
///
/// Errors: `lost` where one of them is in neither place, `exists`, `locked`, `io`.
pub fn place_parts(parts: &[OutputPart], force: bool) -> Result<FinishStats, FitsError> {
    let left: Vec<&OutputPart> = parts
        .iter()
        .filter(|part| !part.is_at(&part.path))
        .collect();
    for part in &left {
        if !part.is_at(&part.partial) {
            let name = part.partial.file_name().unwrap_or_default();
            let partial = name.to_string_lossy().into_owned();
            return Err(FitsErrorKind::Lost { partial }.of(&part.path));
        }
        check_free(&part.path, force)?;
    }
    let failed = |part: &OutputPart, source: io::Error| {
        let action = "rename it";
        if source.kind() == io::ErrorKind::AlreadyExists {
            return FitsErrorKind::Exists.of(&part.path);
        }
        FitsErrorKind::Io { action, source }.of(&part.path)
    };
    if let [first, others @ ..] = parts
        && !first.is_at(&first.path)
    {
        let file = File::open(&first.partial).map_err(|e| failed(first, e))?;
        let locked = fs4::FileExt::try_lock(&file);
        if matches!(locked, Err(fs4::TryLockError::WouldBlock))
            || !is_same_file(&file, &first.partial)
        {
            return Err(FitsErrorKind::Locked.of(&first.path));
        }
        if force && !others.is_empty() {
            make_way(&first.path)?;
        }
    }
    for part in left.iter().rev() {
        rename(&part.partial, &part.path, force).map_err(|e| failed(part, e))?;
    }
    set_published(true);
    for part in parts.iter().filter(|part| part.is_at(&part.partial)) {
        // It is in its place, and takes no room under its other name.
        let _ = fs::remove_file(&part.partial);
    }
    if let Some(first) = parts.first() {
        sync_folder(&first.path);
    }
    Ok(FinishStats {
        bytes: parts.iter().map(|part| part.bytes).sum(),
        sync_ms: 0.0,
        paths: parts.iter().map(|part| part.path.clone()).collect(),
    })
}

/// Removes the first file of an older set, so that nothing of it is taken for one with the new files.
fn make_way(path: &Path) -> Result<(), FitsError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            let action = "replace it";
            Err(FitsErrorKind::Io { action, source }.of(path))
        }
        _ => Ok(()),
    }
}

//! Takes the name of an unfinished file: creates it exclusively, or takes up one of ours, and touches nothing else.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{FitsError, FitsErrorKind};
use crate::position::read_exact_at;

/// What a writer says of itself, for file systems without locks: there every run has a file of its own name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Claim<'a> {
    /// Names the run; writers of the same run share its files.
    pub run: &'a str,
    /// Nobody else of this run is writing.
    pub alone: bool,
    /// A run that has ended and that nobody will resume.
    pub stale: Option<&'a str>,
}

/// A file that nobody else writes to.
#[derive(Debug)]
pub(super) struct Claimed {
    pub file: File,
    pub partial: PathBuf,
    /// It holds something.
    pub used: bool,
}

/// Claims `.NAME.partial` by a lock or, where there are none, `.NAME.RUN.partial`, which only this run knows. `resumes`: it
/// should be there already. `force`: what is at `path` stays there until it is replaced.
pub(super) fn claim(
    path: &Path,
    claim: &Claim<'_>,
    resumes: bool,
    force: bool,
) -> Result<Claimed, FitsError> {
    let partial = partial_name(path, None)?;
    // A run that finishes between our open and our lock renames the file away; the next iteration then makes a new one.
    for _ in 0..8 {
        let Some((file, new)) = open_own(path, &partial)? else {
            continue;
        };
        match fs4::FileExt::try_lock(&file) {
            Err(fs4::TryLockError::WouldBlock) => break,
            Ok(()) if is_halfway(path) && is_same_file(&file, path) => {
                // It was on its way there when a run ended. What it belongs to is not there, or will be replaced.
                let spare = if force { &partial } else { path };
                fs::remove_file(spare).map_err(|e| unopened(path, &e))?;
                if !force {
                    return Ok(claimed(file, partial));
                }
            }
            Ok(()) if is_same_file(&file, &partial) => return Ok(claimed(file, partial)),
            Ok(()) => {}
            Err(fs4::TryLockError::Error(_)) => {
                if new && is_same_file(&file, &partial) {
                    let _ = fs::remove_file(&partial);
                }
                return without_locks(path, claim, resumes);
            }
        }
    }
    Err(FitsErrorKind::Locked.of(path))
}

fn without_locks(path: &Path, claim: &Claim<'_>, resumes: bool) -> Result<Claimed, FitsError> {
    if let Some(stale) = claim.stale {
        let left = partial_name(path, Some(stale))?;
        if fs::symlink_metadata(&left).is_ok_and(|meta| why_not_ours(&meta, 1).is_none()) {
            let _ = fs::remove_file(&left);
        }
    }
    let partial = partial_name(path, Some(claim.run))?;
    if resumes {
        let opened = if claim.alone {
            open_own(path, &partial)?
        } else {
            None
        };
        return match opened {
            Some((file, _)) => Ok(claimed(file, partial)),
            None => Err(FitsErrorKind::Locked.of(path)),
        };
    }
    match new_file().open(&partial) {
        Ok(file) => Ok(claimed(file, partial)),
        Err(e) => Err(unopened(path, &e)),
    }
}

fn claimed(file: File, partial: PathBuf) -> Claimed {
    // A file that an earlier run kept survives when this run cannot start; a new file is removed.
    let used = file.metadata().is_ok_and(|m| m.len() > 0);
    Claimed {
        file,
        partial,
        used,
    }
}

/// Creates a file or opens one of ours, and says whether it is new; `None` where it has just been renamed away.
fn open_own(path: &Path, partial: &Path) -> Result<Option<(File, bool)>, FitsError> {
    match new_file().open(partial) {
        Ok(file) => return Ok(Some((file, true))),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        Err(e) => return Err(unopened(path, &e)),
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        libc::O_NOFOLLOW | libc::O_NONBLOCK,
    );
    let meta = match fs::symlink_metadata(partial) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unopened(path, &e)),
        Ok(meta) => meta,
    };
    let expected = if is_halfway(path) { 2 } else { 1 };
    if let Some(why) = why_not_ours(&meta, expected) {
        return Err(foreign(path, partial, why));
    }
    let file = match options.open(partial) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unopened(path, &e)),
        Ok(file) => file,
    };
    match file.metadata().map(|meta| why_not_ours(&meta, expected)) {
        Ok(None) => Ok(Some((file, false))),
        Ok(Some(why)) => Err(foreign(path, partial, why)),
        Err(e) => Err(unopened(path, &e)),
    }
}

/// Whether the name of the unfinished file is free, or that of one of ours, before there is anything to write.
///
/// Errors: `not_writable`.
pub fn check_unfinished(path: &Path) -> Result<(), FitsError> {
    let partial = partial_name(path, None)?;
    // What cannot be looked at now is told when it is opened.
    let Ok(meta) = fs::symlink_metadata(&partial) else {
        return Ok(());
    };
    let expected = if is_halfway(path) { 2 } else { 1 };
    if let Some(why) = why_not_ours(&meta, expected) {
        return Err(foreign(path, &partial, why));
    }
    match File::open(&partial) {
        Ok(file) => check_ours(&file, path, &partial),
        Err(_) => Ok(()),
    }
}

fn foreign(path: &Path, partial: &Path, why: &str) -> FitsError {
    refused(path, format!("{} {why}; move it away", name_of(partial)))
}

/// Files that this opens did not exist before, and no link is followed.
fn new_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    options
}

/// Whether the unfinished file has the name of the output, too: a run was ended while it put several files in their places.
pub(super) fn is_halfway(path: &Path) -> bool {
    let metas = partial_name(path, None).map(|partial| {
        [path, &partial].map(|name| fs::symlink_metadata(name).ok().filter(Metadata::is_file))
    });
    match metas {
        Ok([Some(a), Some(b)]) => cfg!(unix) && identity(&a) == identity(&b),
        _ => false,
    }
}

/// Why a file, which should have so many names, is none that this program left.
#[cfg_attr(not(unix), allow(unused_variables))] // nothing tells them there
fn why_not_ours(meta: &Metadata, names: u64) -> Option<&'static str> {
    if meta.is_symlink() {
        return Some("is a link that this program did not make");
    }
    if !meta.is_file() {
        return Some("is no regular file");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if meta.uid() != user() {
            return Some("belongs to another user");
        }
        if meta.nlink() > names {
            return Some("has another name as well, so it may be somebody's file");
        }
    }
    None
}

#[cfg(unix)]
#[allow(unsafe_code)] // no safe wrapper of this call
fn user() -> u32 {
    // SAFETY: it has no arguments and cannot fail.
    unsafe { libc::geteuid() }
}

/// Whether a file may be emptied: it begins as an unfinished output does, which has no header yet, or as a complete one.
///
/// Errors: `not_writable`.
pub(super) fn check_ours(file: &File, path: &Path, partial: &Path) -> Result<(), FitsError> {
    let length = file.metadata().map_or(0, |m| m.len());
    let mut start = vec![0; length.min(28_800) as usize];
    let read = read_exact_at(file, &mut start, 0).is_ok();
    let zeros = start.iter().take(80).all(|b| *b == 0);
    let ours = b"CREATOR = 'zemosaic";
    let finished = start.starts_with(b"SIMPLE  =") && start.chunks(80).any(|c| c.starts_with(ours));
    if read && (zeros || finished) {
        return Ok(());
    }
    let why = "holds something that this program did not write";
    Err(foreign(path, partial, why))
}

fn partial_name(path: &Path, run: Option<&str>) -> Result<PathBuf, FitsError> {
    let name = path
        .file_name()
        .ok_or_else(|| refused(path, "the path ends without a file name".into()))?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    if let Some(run) = run {
        hidden.push(".");
        hidden.push(run);
    }
    hidden.push(".partial");
    Ok(path.with_file_name(hidden))
}

fn name_of(partial: &Path) -> String {
    let name = partial.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn refused(path: &Path, reason: String) -> FitsError {
    FitsErrorKind::NotWritable { reason }.of(path)
}

/// It could not be opened. The reason does not name the folder, because it is part of the path in the error.
fn unopened(path: &Path, error: &io::Error) -> FitsError {
    if let Some(limit) = FitsErrorKind::limit("open its unfinished file", error) {
        return limit.of(path);
    }
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "there is no such folder; create it first".into(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "no permission to write in its folder; choose another".into()
        }
        _ => format!("{error} in its folder"),
    };
    refused(path, reason)
}

/// What tells two files apart: device and inode, where there are such.
pub(super) fn identity(meta: &Metadata) -> [u64; 2] {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        [meta.dev(), meta.ino()]
    }
    #[cfg(not(unix))]
    [0, meta.len()]
}

/// Whether a name is that of an open file, and not of a link or another file.
pub(super) fn is_same_file(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(a), Ok(b)) => !b.is_symlink() && identity(&a) == identity(&b),
        _ => false,
    }
}

//! The state of a file, by which a change is noticed.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

use flate2::Crc;

use crate::error::{FitsError, FitsErrorKind};
use crate::position::read_exact_at;

/// Parts of a file that its digest covers, and bytes of each: a page, so that each costs one access to the disk.
const PARTS: u64 = 4;
const PART: u64 = 4096;

/// What the system says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Its size.
    pub bytes: u64,
    /// When it was last written, nanoseconds since 1970.
    pub modified: i128,
    /// Device, inode and the time of the last change of any kind: a chmod and a hard link change that, too.
    which: [i128; 3],
}

impl Stamp {
    pub(crate) fn of(meta: &Metadata) -> Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let time = |seconds: i64, ns: i64| i128::from(seconds) * 1_000_000_000 + i128::from(ns);
            Self {
                bytes: meta.len(),
                modified: time(meta.mtime(), meta.mtime_nsec()),
                which: [
                    i128::from(meta.dev()),
                    i128::from(meta.ino()),
                    time(meta.ctime(), meta.ctime_nsec()),
                ],
            }
        }
        #[cfg(not(unix))]
        {
            let ns = |time: io::Result<std::time::SystemTime>| {
                let since = time
                    .ok()
                    .and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
                since.map_or(0, |t| t.as_nanos() as i128)
            };
            Self {
                bytes: meta.len(),
                modified: ns(meta.modified()),
                which: [0, 0, ns(meta.created())],
            }
        }
    }

    /// What tells that the file has other contents now; `None` where size and time are the same.
    pub fn change(&self, now: &Self) -> Option<String> {
        if now.bytes != self.bytes {
            return Some(format!("it had {} bytes and has {}", self.bytes, now.bytes));
        }
        (now.modified != self.modified).then(|| "it was written again".into())
    }
}

/// Opens a regular file; a pipe or a device is refused without waiting for it.
pub(crate) fn open_regular(path: &Path) -> Result<(File, Metadata), FitsError> {
    let failed = |e| FitsError::reading(path, "open it", e);
    let regular = |meta: Metadata| {
        let reason = "it is not a regular file".into();
        let refused = || FitsErrorKind::NotFits { reason }.of(path);
        meta.is_file().then_some(meta).ok_or_else(refused)
    };
    // Checked before opening, because opening a device may do something; and again, because it may be another one then.
    regular(std::fs::metadata(path).map_err(failed)?)?;
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path).map_err(failed)?;
    let meta = regular(file.metadata().map_err(failed)?)?;
    Ok((file, meta))
}

/// A sum over ranges of bytes of a file, in this order.
pub(crate) fn sum_of(file: &File, ranges: impl Iterator<Item = (u64, u64)>) -> io::Result<u32> {
    let mut sum = Crc::new();
    let mut buffer = Vec::new();
    for (start, length) in ranges {
        buffer.resize(length as usize, 0);
        read_exact_at(file, &mut buffer, start)?;
        sum.update(&buffer);
    }
    Ok(sum.sum())
}

/// A sum over a few pages all over a file of this size. It costs some accesses, not the reading of the file.
pub(crate) fn digest(file: &File, bytes: u64) -> io::Result<u32> {
    let page = |at: u64| (at / PART * PART, PART.min(bytes - at / PART * PART));
    let middle = |part: u64| page(bytes / (2 * PARTS) * (2 * part + 1));
    sum_of(file, (0..PARTS).map(middle))
}

/// The state of a file, and a digest of its contents: the first page and some others.
///
/// Errors: `not_found`, `not_fits` (no regular file), `io`.
pub fn digest_of(path: &Path) -> Result<(Stamp, u32), FitsError> {
    let (file, meta) = open_regular(path)?;
    let bytes = meta.len();
    let failed = |e| FitsError::reading(path, "read it", e);
    let first = sum_of(&file, std::iter::once((0, PART.min(bytes)))).map_err(failed)?;
    let others = digest(&file, bytes).map_err(failed)?;
    Ok((Stamp::of(&meta), first.rotate_left(1) ^ others))
}

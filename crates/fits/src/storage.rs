//! Where the bytes of a file are: in the file itself or, for a gzip file, in its unpacked copy. Whoever opens it again is
//! told when it is not the same file any more.

use std::fs::{File, Metadata};
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{FitsError, FitsErrorKind};
use crate::file::Temporary;
use crate::stamp::{Stamp, digest, open_regular, sum_of};

/// The name the user knows, and the file to open. Shared by all readers; the unpacked copy is removed with the last.
#[derive(Debug)]
pub(crate) struct Storage {
    path: Box<Path>,
    unpacked: Option<Temporary>,
    seen: Mutex<Seen>,
}

/// What was seen of the file so far.
#[derive(Debug)]
struct Seen {
    stamp: Stamp,
    /// Where its headers are, and their sum.
    headers: (Vec<Range<u64>>, u32),
    /// Of its contents, once pixels were to be read.
    digest: Digest,
    /// Why it is not the same file any more.
    changed: Option<String>,
}

/// What is known of the contents.
#[derive(Debug)]
enum Digest {
    Untaken,
    /// It could not be read.
    Unknown,
    Of(u32),
}

impl Storage {
    /// `meta` is that of the file to open.
    pub fn new(path: &Path, unpacked: Option<Temporary>, meta: &Metadata) -> Storage {
        let seen = Seen {
            stamp: Stamp::of(meta),
            headers: (Vec::new(), 0),
            digest: Digest::Untaken,
            changed: None,
        };
        Storage {
            path: path.into(),
            unpacked,
            seen: Mutex::new(seen),
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

    /// Remembers where its headers are, and their sum.
    pub fn keep_headers(&self, places: Vec<Range<u64>>, sum: u32) {
        self.seen().headers = (places, sum);
    }

    /// The sum of its headers.
    pub fn header_sum(&self) -> u32 {
        self.seen().headers.1
    }

    /// Opens the file to read pixels from.
    ///
    /// A file of another size or time is another one from then on, even if the old one comes back: rows that were read
    /// stay, and no other row is. Another inode or ctime alone may be a chmod, a link or a backup that was put back:
    /// headers and digest tell.
    ///
    /// Errors: `changed`, `not_found`, `not_fits` (no regular file any more), `io`.
    pub fn open(&self) -> Result<File, FitsError> {
        if let Some(why) = &self.seen().changed {
            return Err(self.changed(why));
        }
        let unpacked = self.unpacked.as_ref().map(Temporary::path);
        let readable = unpacked.unwrap_or(&self.path);
        let (file, meta) = open_regular(readable).map_err(|e| e.kind.of(&self.path))?;
        let now = Stamp::of(&meta);
        let mut seen = self.seen();
        if now != seen.stamp {
            let other = || "it is another file of the same size and time".into();
            let change = seen.stamp.change(&now);
            if let Some(why) = change.or_else(|| (!seen.is_in(&file)).then(other)) {
                let error = self.changed(&why);
                seen.changed = Some(why);
                return Err(error);
            }
            seen.stamp = now;
        }
        if matches!(seen.digest, Digest::Untaken) {
            seen.digest = digest(&file, now.bytes).map_or(Digest::Unknown, Digest::Of);
        }
        Ok(file)
    }

    /// Makes sure that nobody wrote to the opened file while it was read.
    ///
    /// Errors: `changed`.
    pub fn still(&self, file: &File) -> Result<(), FitsError> {
        let Ok(meta) = file.metadata() else {
            return Ok(());
        };
        let mut seen = self.seen();
        match seen.stamp.change(&Stamp::of(&meta)) {
            None => Ok(()),
            Some(why) => {
                let error = self.changed(&why);
                seen.changed = Some(why);
                Err(error)
            }
        }
    }

    /// Opening or reading failed.
    pub fn failed(&self, action: &'static str, source: std::io::Error) -> FitsError {
        FitsError::reading(&self.path, action, source)
    }

    fn changed(&self, why: &str) -> FitsError {
        FitsErrorKind::Changed { why: why.into() }.of(&self.path)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// Whether a file of the same size has the headers and, as far as known, the contents.
    fn is_in(&self, file: &File) -> bool {
        let (places, sum) = &self.headers;
        let ranges = places.iter().map(|r| (r.start, r.end - r.start));
        let same = match self.digest {
            Digest::Of(known) => digest(file, self.stamp.bytes).is_ok_and(|now| now == known),
            Digest::Untaken | Digest::Unknown => true,
        };
        same && sum_of(file, ranges).is_ok_and(|now| now == *sum)
    }
}

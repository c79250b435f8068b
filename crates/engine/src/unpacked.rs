//! The input files of a run: gzip files that were unpacked for their headers are kept until their tiles are opened, and
//! whatever is opened again must be what it was at first.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use zemosaic_fits::{FitsError, FitsErrorKind, FitsFile, Header, Stamp, digest_of, headers_of};

/// Opens files by name, remembers their states, and keeps one copy of each that had to be unpacked. No file is held open.
#[derive(Debug, Default)]
pub struct Unpacked {
    kept: Mutex<Kept>,
    /// Held by the thread that retries on a full disk.
    alone: Mutex<()>,
}

/// The state of an input file when it was first opened.
#[derive(Clone, Debug)]
pub struct FileState {
    /// Size and time.
    pub stamp: Stamp,
    /// A digest of its contents; `None` if that cannot be read, or if the file is another one by now.
    pub digest: Option<u32>,
}

#[derive(Debug, Default)]
struct Kept {
    files: HashMap<PathBuf, Arc<FitsFile>>,
    /// The state of every file, and a sum of its headers.
    first: HashMap<PathBuf, (Stamp, u32)>,
    /// The same of files that hold solutions.
    solutions: HashMap<PathBuf, u32>,
    /// The disk has no room to keep any copy.
    full: bool,
    /// Files of many HDUs that were opened last: to read all headers again for each HDU would take the square of their number.
    recent: VecDeque<(PathBuf, Arc<FitsFile>)>,
}

/// A file of more HDUs is kept for a while, and so many of these are.
const MANY: usize = 8;
const RECENT: usize = 8;

impl Unpacked {
    /// Opens a file as [`FitsFile::open`] does, or returns the kept copy.
    pub fn open(&self, path: &Path) -> Result<Arc<FitsFile>, FitsError> {
        if let Some(file) = self.kept().find(path) {
            return Ok(file);
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
        let first = (file.stamp(), file.header_sum());
        file.same_as(*kept.first.entry(path.to_owned()).or_insert(first))?;
        if file.is_unpacked() && !kept.full {
            kept.files.insert(path.to_owned(), Arc::clone(&file));
        } else if file.hdus().len() > MANY {
            kept.recent.truncate(RECENT - 1);
            kept.recent.push_front((path.to_owned(), Arc::clone(&file)));
        }
        Ok(file)
    }

    /// Reads the headers of a file beside an image.
    ///
    /// Errors: those of [`headers_of`], and `changed` where they are not what they were at first.
    pub fn headers_of(&self, path: &Path) -> Result<Vec<Header>, FitsError> {
        let headers = headers_of(path)?;
        let sum = headers
            .iter()
            .fold(0u32, |sum, h| sum.rotate_left(1) ^ h.sum());
        if *self.kept().solutions.entry(path.to_owned()).or_insert(sum) == sum {
            return Ok(headers);
        }
        let why = "its header is another one".into();
        Err(FitsError {
            path: path.to_owned(),
            hdu: None,
            kind: FitsErrorKind::Changed { why },
        })
    }

    /// The state of each file when it was first opened, now if it was not; `None` where it cannot be opened.
    pub fn states(&self, paths: &[PathBuf]) -> Vec<Option<FileState>> {
        let state = |path: &PathBuf| {
            let first = self.kept().first.get(path).map(|first| first.0);
            let now = digest_of(path).ok();
            match (first, now) {
                (None, now) => now.map(|(stamp, digest)| FileState {
                    stamp,
                    digest: Some(digest),
                }),
                (Some(stamp), now) => Some(FileState {
                    stamp,
                    digest: now
                        .filter(|(now, _)| stamp.change(now).is_none())
                        .map(|(_, digest)| digest),
                }),
            }
        };
        paths.par_iter().map(state).collect()
    }

    /// Drops all copies; those that tiles read from live on with them.
    pub fn clear(&self) {
        let mut kept = self.kept();
        kept.files.clear();
        kept.recent.clear();
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

impl Kept {
    fn find(&self, path: &Path) -> Option<Arc<FitsFile>> {
        let recent = || self.recent.iter().find(|(known, _)| known == path);
        let file = self.files.get(path);
        file.or_else(|| recent().map(|(_, file)| file)).cloned()
    }
}

/// Whether the disk for temporary files has no room for it: no fault of the file.
fn is_full(error: &FitsError) -> bool {
    error.code() == "no_space"
}

#[cfg(test)]
mod tests {
    use std::fs::{File, create_dir_all, remove_dir_all, write};
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::time::{Duration, SystemTime};

    use super::Unpacked;

    /// A file of one header and a block of data.
    fn fits(object: &str, value: u8) -> Vec<u8> {
        let cards = [
            "SIMPLE  =                    T".to_owned(),
            "BITPIX  =                    8".to_owned(),
            "NAXIS   =                    1".to_owned(),
            "NAXIS1  =                  100".to_owned(),
            format!("OBJECT  = '{object:<8}'"),
            "END".to_owned(),
        ];
        let text = cards.map(|card| format!("{card:<80}")).concat();
        let mut bytes = text.into_bytes();
        bytes.resize(2880, b' ');
        bytes.resize(5760, value);
        bytes
    }

    #[test]
    fn a_file_of_many_hdus_is_opened_once_in_a_row() {
        let folder = std::env::temp_dir().join(format!("zemosaic-many-{}", std::process::id()));
        create_dir_all(&folder).expect("a folder");
        let extension = String::from_utf8(fits("A", 1)).expect("text").replacen(
            "SIMPLE  =                    T",
            "XTENSION= 'IMAGE   '          ",
            1,
        );
        let mut many = fits("A", 1);
        for _ in 0..super::MANY {
            many.extend_from_slice(extension.as_bytes());
        }
        let paths: Vec<PathBuf> = (0..super::RECENT + 2)
            .map(|n| folder.join(format!("{n}.fits")))
            .collect();
        let inputs = Unpacked::default();
        for path in &paths {
            write(path, &many).expect("written");
            let [first, second] = [(); 2].map(|()| inputs.open(path).expect("opened"));
            assert!(Arc::ptr_eq(&first, &second));
            assert_eq!(first.hdus().len(), 1 + super::MANY);
        }
        assert_eq!(inputs.kept().recent.len(), super::RECENT);
        inputs.clear();
        assert!(inputs.kept().recent.is_empty());
        remove_dir_all(&folder).expect("removed");
    }

    #[test]
    fn what_is_opened_again_must_be_what_it_was() {
        let folder = std::env::temp_dir().join(format!("zemosaic-inputs-{}", std::process::id()));
        create_dir_all(&folder).expect("a folder");
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let put = |name: &str, bytes: &[u8], time: SystemTime| -> PathBuf {
            let path = folder.join(name);
            write(&path, bytes).expect("written");
            let file = File::options().append(true).open(&path).expect("there");
            file.set_modified(time).expect("dated");
            path
        };
        let inputs = Unpacked::default();
        let code = |path: &PathBuf| inputs.open(path).map_or_else(|e| e.code(), |_| "open");
        let tile = put("a.fits", &fits("A", 1), at);
        assert_eq!([code(&tile), code(&tile)], ["open", "open"]);
        put("a.fits", &fits("B", 1), at);
        assert_eq!(
            code(&tile),
            "changed",
            "another header of the same size and time"
        );
        put("a.fits", &fits("A", 1), at + Duration::from_secs(1));
        assert_eq!(code(&tile), "changed", "another time");
        let [state] = &inputs.states(&[tile])[..] else {
            panic!("one file");
        };
        assert_eq!(state.as_ref().and_then(|s| s.digest), None);

        let head = put("a.head", b"OBJECT  = 'A'\nEND\n", at);
        assert_eq!(inputs.headers_of(&head).map(|h| h.len()).ok(), Some(1));
        assert!(inputs.headers_of(&head).is_ok());
        put("a.head", b"OBJECT  = 'B'\nEND\n", at);
        let error = inputs.headers_of(&head).expect_err("another solution");
        assert_eq!(error.code(), "changed");
        remove_dir_all(&folder).expect("removed");
    }
}

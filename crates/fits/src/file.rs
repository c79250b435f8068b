//! A FITS file: the list of its HDUs.

mod foreign;
mod geometry;
mod scan;
mod temporary;
mod unpack;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{FitsError, FitsErrorKind};
use crate::hdu::Hdu;
use crate::position::read_exact_at;
use crate::reader::ImageReader;
use crate::stamp::{Stamp, open_regular};
use crate::storage::Storage;
pub(crate) use temporary::Temporary;
pub use temporary::remove_temporary_files;
use unpack::Packing;

/// The HDUs of a file. Keeps no file open.
#[derive(Debug)]
pub struct FitsFile {
    path: PathBuf,
    stamp: Stamp,
    hdus: Vec<Hdu>,
    warnings: Vec<String>,
}

impl FitsFile {
    /// Reads all headers, but no pixels. A file packed by gzip or bzip2 is unpacked into a temporary file, which is removed with the last
    /// of its readers.
    ///
    /// When the chain of HDUs breaks after a good one, the good ones are kept and [`FitsFile::warnings`] says so.
    ///
    /// Errors: `not_found`, `not_fits`, `bad_header`, `truncated` (the first header does not end), `io`; for a
    /// packed file also `no_space`.
    pub fn open(path: &Path) -> Result<FitsFile, FitsError> {
        let (file, meta) = open_regular(path)?;
        let stamp = Stamp::of(&meta);
        let mut start = [0; unpack::START];
        let have = (meta.len() as usize).min(start.len());
        let read = read_exact_at(&file, &mut start[..have], 0).is_ok();
        let packing = Packing::of(&start[..have]).filter(|_| read);
        let (file, storage, warning) = if let Some(packing) = packing {
            let unpacked = unpack::unpack(path, file, packing, meta.len())?;
            let (file, meta) = open_regular(unpacked.temp.path()).map_err(|e| e.kind.of(path))?;
            let storage = Storage::new(path, Some(unpacked.temp), &meta);
            (file, storage, unpacked.warning)
        } else {
            (file, Storage::new(path, None, &meta), None)
        };
        let (hdus, mut warnings) = scan::scan(&file, &Arc::new(storage))?;
        warnings.extend(warning);
        Ok(FitsFile {
            path: path.to_path_buf(),
            stamp,
            hdus,
            warnings,
        })
    }

    /// Its state when it was opened; of a packed file, that of the file itself.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Compares it with what was seen of it before: another size or time is another file, and so are other headers.
    ///
    /// Errors: `changed`.
    pub fn same_as(&self, (stamp, headers): (Stamp, u32)) -> Result<(), FitsError> {
        let other = || (self.header_sum() != headers).then(|| "its header is another one".into());
        match stamp.change(&self.stamp).or_else(other) {
            Some(why) => Err(FitsErrorKind::Changed { why }.of(&self.path)),
            None => Ok(()),
        }
    }

    /// A sum of its headers.
    pub fn header_sum(&self) -> u32 {
        self.hdus.first().map_or(0, |hdu| hdu.storage.header_sum())
    }

    /// The path as the caller gave it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether this is a packed file with an unpacked copy on the disk.
    pub fn is_unpacked(&self) -> bool {
        self.hdus.iter().any(|hdu| hdu.storage.is_unpacked())
    }

    /// All HDUs, the primary first; there is at least one.
    pub fn hdus(&self) -> &[Hdu] {
        &self.hdus
    }

    /// Oddities that did not make the file unreadable, one sentence each, without the name of the file.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// A reader of the pixels of one HDU.
    ///
    /// Errors: `no_such_hdu`, those of [`Hdu::image_shape`], `truncated`, `bad_header` (BSCALE, BZERO or BLANK).
    pub fn reader(&self, hdu: usize) -> Result<ImageReader, FitsError> {
        let Some(found) = self.hdus.get(hdu) else {
            let last = self.hdus.len() - 1;
            return Err(FitsErrorKind::NoSuchHdu { hdu, last }.of(&self.path));
        };
        ImageReader::new(found)
    }
}

//! A FITS file: the list of its HDUs.

mod foreign;
mod geometry;
mod scan;
mod temporary;
mod unpack;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{FitsError, FitsErrorKind};
use crate::hdu::Hdu;
use crate::position::read_exact_at;
use crate::reader::ImageReader;
use crate::storage::Storage;
pub(crate) use temporary::Temporary;
pub use temporary::remove_temporary_files;
use unpack::Packing;

/// The HDUs of a file. Keeps no file open.
#[derive(Debug)]
pub struct FitsFile {
    path: PathBuf,
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
        let failed = |e| FitsError::reading(path, "open it", e);
        // Checked before opening, because opening a pipe would wait for a writer.
        let meta = std::fs::metadata(path).map_err(failed)?;
        if !meta.is_file() {
            let reason = "it is not a regular file".into();
            return Err(FitsErrorKind::NotFits { reason }.of(path));
        }
        let file = File::open(path).map_err(failed)?;
        let mut start = [0; unpack::START];
        let have = (meta.len() as usize).min(start.len());
        let read = read_exact_at(&file, &mut start[..have], 0).is_ok();
        let packing = Packing::of(&start[..have]).filter(|_| read);
        let (file, storage, warning) = if let Some(packing) = packing {
            let unpacked = unpack::unpack(path, file, packing, meta.len())?;
            let storage = Storage::new(path, Some(unpacked.temp));
            (storage.open()?, storage, unpacked.warning)
        } else {
            (file, Storage::new(path, None), None)
        };
        let (hdus, mut warnings) = scan::scan(&file, &Arc::new(storage))?;
        warnings.extend(warning);
        Ok(FitsFile {
            path: path.to_path_buf(),
            hdus,
            warnings,
        })
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

//! Whole files compressed by gzip: unpacked once, only as far as their headers say the data goes.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use tempfile::{NamedTempFile, TempPath};

use super::geometry::geometry;
use super::scan::{MAX_HEADER_BLOCKS, end_card, starts_header};
use crate::BLOCK;
use crate::error::{FitsError, FitsErrorKind};
use crate::header::{CARD, Header};

/// The most bytes that deflate makes from one (its longest match, 258 bytes, coded in two bits).
const MOST_PER_BYTE: u64 = 1032;

/// The first bytes of every gzip file (RFC 1952).
pub(crate) const MAGIC: [u8; 2] = [0x1F, 0x8B];

/// An unpacked file, removed when dropped, and what went wrong before its end, if anything.
pub(crate) struct Unpacked {
    pub temp: TempPath,
    pub warning: Option<String>,
}

/// Unpacks into the system's folder for temporary files. Broken input ends the unpacking; reading the result then
/// reports what is missing.
///
/// Errors: `no_space`, `truncated` (more bytes declared than the file can hold), `io`.
pub(crate) fn unpack(path: &Path, file: File, packed_bytes: u64) -> Result<Unpacked, FitsError> {
    let folder = std::env::temp_dir();
    let failed = |source| {
        let folder = folder.clone();
        FitsErrorKind::Unpack { folder, source }.of(path)
    };
    let temp = tempfile::Builder::new()
        .prefix("zemosaic-")
        .suffix(".fits")
        .tempfile()
        .map_err(failed)?;
    let mut job = Job {
        path,
        folder: &folder,
        input: MultiGzDecoder::new(BufReader::with_capacity(1 << 18, file)),
        output: temp,
        most: packed_bytes.saturating_mul(MOST_PER_BYTE),
        done: 0,
        warning: None,
    };
    let mut index = 0;
    while job.hdu(index)? {
        index += 1;
    }
    Ok(Unpacked {
        warning: job.warning,
        temp: job.output.into_temp_path(),
    })
}

struct Job<'a> {
    path: &'a Path,
    folder: &'a Path,
    input: MultiGzDecoder<BufReader<File>>,
    output: NamedTempFile,
    most: u64,
    done: u64,
    warning: Option<String>,
}

impl Job<'_> {
    /// Unpacks one HDU; false when there is none or it is broken.
    fn hdu(&mut self, index: usize) -> Result<bool, FitsError> {
        let mut cards = Vec::new();
        let mut block = Vec::with_capacity(BLOCK);
        for n in 0..MAX_HEADER_BLOCKS {
            block.clear();
            let whole = self.copy(BLOCK as u64, Some(&mut block))?;
            if !whole || (n == 0 && !starts_header(&block, index == 0)) {
                return Ok(false);
            }
            if let Some(end) = end_card(&block) {
                cards.extend_from_slice(&block[..end * CARD]);
                break;
            }
            cards.extend_from_slice(&block);
        }
        let Ok(geometry) = geometry(&Header::from_cards(cards), index == 0) else {
            return Ok(false);
        };
        let data = geometry.data_bytes.next_multiple_of(BLOCK as u64);
        if self.done + data > self.most {
            let truncated = FitsErrorKind::Truncated {
                needed: self.done + data,
                present: self.most,
            };
            return Err(truncated.of_hdu(self.path, index));
        }
        if let Ok(free) = fs4::available_space(self.folder)
            && free < data
        {
            let no_room = FitsErrorKind::NoRoomToUnpack {
                folder: self.folder.to_path_buf(),
                needed: data,
                free,
            };
            return Err(no_room.of(self.path));
        }
        self.copy(data, None)
    }

    /// Copies this many bytes, also into `keep`; false when the input ends or breaks first.
    fn copy(&mut self, bytes: u64, mut keep: Option<&mut Vec<u8>>) -> Result<bool, FitsError> {
        let mut buffer = vec![0; 64 * 1024];
        let mut left = bytes;
        while left > 0 {
            let most = buffer.len().min(left as usize);
            let count = match self.input.read(&mut buffer[..most]) {
                Ok(0) => return Ok(false),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.warning = Some(format!("the gzip stream is broken: {error}"));
                    return Ok(false);
                }
            };
            self.output.write_all(&buffer[..count]).map_err(|source| {
                let folder = self.folder.to_path_buf();
                FitsErrorKind::Unpack { folder, source }.of(self.path)
            })?;
            if let Some(keep) = &mut keep {
                keep.extend_from_slice(&buffer[..count]);
            }
            left -= count as u64;
            self.done += count as u64;
        }
        Ok(true)
    }
}

//! Whole files compressed by gzip or bzip2: unpacked once, only as far as their headers say the data goes.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use tempfile::NamedTempFile;

use super::geometry::geometry;
use super::scan::{MAX_HEADER_BLOCKS, end_card, starts_header};
use super::temporary::Temporary;
use crate::BLOCK;
use crate::error::{FitsError, FitsErrorKind};
use crate::header::{CARD, Header};

/// How a whole file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Gzip,
    Bzip2,
}

impl Packing {
    /// By the first bytes of a file: RFC 1952, and `BZh`, the level and the mark of a block or of the end (bzip2 has no
    /// standard but its sources).
    pub fn of(start: &[u8]) -> Option<Self> {
        const BLOCK: &[u8] = b"\x31\x41\x59\x26\x53\x59";
        const END: &[u8] = b"\x17\x72\x45\x38\x50\x90";
        if start.starts_with(&[0x1F, 0x8B]) {
            return Some(Self::Gzip);
        }
        let rest = start.strip_prefix(b"BZh")?;
        let (level, mark) = rest.split_first()?;
        // A file that was cut within its first mark is a bzip2 file, too.
        let marked = [BLOCK, END]
            .iter()
            .any(|m| mark.starts_with(m) || m.starts_with(mark));
        (matches!(level, b'1'..=b'9') && marked).then_some(Self::Bzip2)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
        }
    }

    /// The most bytes that come of one: deflate's longest match is 258 bytes coded in two bits; a block of bzip2 holds
    /// 45 MB at most, where all are alike, and takes 39 bytes.
    fn most_per_byte(self) -> u64 {
        match self {
            Self::Gzip => 1032,
            Self::Bzip2 => 1 << 21,
        }
    }

    fn reader(self, file: File) -> Box<dyn Read> {
        let packed = BufReader::with_capacity(1 << 18, file);
        match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(packed)),
        }
    }
}

/// Bytes at the start of a file by which a packing is told.
pub(crate) const START: usize = 10;

/// An unpacked file, removed when dropped, and what went wrong before its end, if anything.
pub(crate) struct Unpacked {
    pub temp: Temporary,
    pub warning: Option<String>,
}

/// Unpacks into the system's folder for temporary files. Broken input ends the unpacking; reading the result then
/// reports what is missing.
///
/// Errors: `no_space`, `truncated` (more bytes declared than the file can hold), `io`.
pub(crate) fn unpack(
    path: &Path,
    file: File,
    packing: Packing,
    packed_bytes: u64,
) -> Result<Unpacked, FitsError> {
    let folder = std::env::temp_dir();
    let temp = Temporary::create().map_err(|e| FitsErrorKind::unpacking(&folder, e).of(path))?;
    let mut job = Job {
        path,
        folder: &folder,
        packing,
        input: packing.reader(file),
        output: temp,
        most: packed_bytes.saturating_mul(packing.most_per_byte()),
        done: 0,
        warning: None,
    };
    let mut index = 0;
    while job.hdu(index)? {
        index += 1;
    }
    if let (0, Some(reason)) = (job.done, &job.warning) {
        let reason = reason.clone();
        return Err(FitsErrorKind::Packed { reason }.of(path));
    }
    Ok(Unpacked {
        warning: job.warning,
        temp: Temporary::close(job.output),
    })
}

struct Job<'a> {
    path: &'a Path,
    folder: &'a Path,
    packing: Packing,
    input: Box<dyn Read>,
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
                    let name = self.packing.name();
                    self.warning = Some(match error.kind() {
                        io::ErrorKind::UnexpectedEof => format!("the {name} stream is cut short"),
                        _ => format!("the {name} stream is broken: {error}"),
                    });
                    return Ok(false);
                }
            };
            self.output
                .write_all(&buffer[..count])
                .map_err(|source| FitsErrorKind::unpacking(self.folder, source).of(self.path))?;
            if let Some(keep) = &mut keep {
                keep.extend_from_slice(&buffer[..count]);
            }
            left -= count as u64;
            self.done += count as u64;
        }
        Ok(true)
    }
}

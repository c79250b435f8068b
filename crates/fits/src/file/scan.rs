//! Walks from header to header.

use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use flate2::Crc;

use super::foreign::foreign;
use super::geometry::geometry;
use crate::BLOCK;
use crate::error::{FitsError, FitsErrorKind};
use crate::hdu::{Hdu, HduKind};
use crate::header::{CARD, Header, is_end};
use crate::position::read_exact_at;
use crate::storage::Storage;

/// No real header is longer (11 MB, 147,456 cards), so anything longer is not a header.
pub(crate) const MAX_HEADER_BLOCKS: u64 = 4096;

/// All HDUs of the opened file up to the first broken one, and a sentence about that one. The first HDU must be good.
pub(crate) fn scan(
    file: &File,
    storage: &Arc<Storage>,
) -> Result<(Vec<Hdu>, Vec<String>), FitsError> {
    let meta = file.metadata();
    let file_bytes = meta.map_err(|e| storage.failed("open it", e))?.len();
    let remark = |error: &FitsError| match error.hdu {
        Some(hdu) => format!("HDU {hdu}: {error}"),
        None => error.to_string(),
    };
    let mut hdus: Vec<Hdu> = Vec::new();
    let mut warnings = Vec::new();
    let mut seen = (Vec::new(), Crc::new());
    let mut start = 0;
    loop {
        let index = hdus.len();
        let hdu = match read_hdu(
            storage,
            file,
            file_bytes,
            index,
            start,
            (&mut warnings, &mut seen),
        ) {
            Ok(Some(hdu)) => hdu,
            Ok(None) => {
                warnings.push(format!(
                    "{} bytes after HDU {} are not an HDU and were ignored",
                    file_bytes - start,
                    index - 1
                ));
                break;
            }
            Err(error) if index == 0 => return Err(error),
            Err(error) => {
                warnings.push(format!(
                    "{}; only the HDUs before it are used",
                    remark(&error)
                ));
                break;
            }
        };
        // Cannot overflow: both terms are below 2^62.
        let end = hdu.data_start + hdu.data_bytes.next_multiple_of(BLOCK as u64);
        if let Err(error) = hdu.check_complete() {
            warnings.push(remark(&error));
        }
        hdus.push(hdu);
        if end >= file_bytes {
            break;
        }
        start = end;
    }
    hdus.shrink_to_fit();
    let (mut places, sum) = seen;
    places.shrink_to_fit();
    storage.keep_headers(places, sum.sum());
    Ok((hdus, warnings))
}

/// Which bytes were read as headers, and their sum.
type BytesSeen = (Vec<Range<u64>>, Crc);

/// The HDU whose header starts at `start`; None when the bytes there are not an HDU (never for the first).
fn read_hdu(
    storage: &Arc<Storage>,
    file: &File,
    file_bytes: u64,
    index: usize,
    start: u64,
    (warnings, seen): (&mut Vec<String>, &mut BytesSeen),
) -> Result<Option<Hdu>, FitsError> {
    let path = storage.path();
    let mut block = [0; BLOCK];
    let mut cards = Vec::new();
    let truncated = |needed| {
        let present = file_bytes;
        FitsErrorKind::Truncated { needed, present }.of_hdu(path, index)
    };
    for n in 0..MAX_HEADER_BLOCKS {
        let at = start + n * BLOCK as u64;
        let have = file_bytes.saturating_sub(at).min(BLOCK as u64) as usize;
        read_exact_at(file, &mut block[..have], at).map_err(|e| storage.failed("read it", e))?;
        if n == 0 && !starts_header(&block[..have], index == 0) {
            if index > 0 {
                return Ok(None);
            }
            return Err(foreign(path, &block[..have]).of(path));
        }
        seen.1.update(&block[..have]);
        match seen.0.last_mut() {
            Some(last) if last.end == at => last.end += have as u64,
            _ => seen.0.push(at..at + have as u64),
        }
        if let Some(end) = end_card(&block[..have]) {
            let card = &block[end * CARD..(end + 1) * CARD];
            if card.trim_ascii_end() != b"END" {
                warnings.push(format!(
                    "HDU {index}: its END card has something behind it, which was ignored"
                ));
            }
            cards.extend_from_slice(&block[..end * CARD]);
            cards.shrink_to_fit();
            let header = Header::from_cards(cards);
            return hdu(storage, index, header, at + BLOCK as u64, file_bytes).map(Some);
        }
        if let Some(reason) = endless(&block[..have]) {
            let keyword = "END".into();
            return Err(FitsErrorKind::BadHeader { keyword, reason }.of_hdu(path, index));
        }
        if have < BLOCK {
            return Err(truncated(at + BLOCK as u64));
        }
        cards.extend_from_slice(&block);
    }
    let bad = FitsErrorKind::BadHeader {
        keyword: "END".into(),
        reason: format!("it is missing from the first {MAX_HEADER_BLOCKS} blocks"),
    };
    Err(bad.of_hdu(path, index))
}

/// Whether a block starts an HDU.
pub(crate) fn starts_header(block: &[u8], primary: bool) -> bool {
    let word: &[u8] = if primary { b"SIMPLE  =" } else { b"XTENSION=" };
    block.starts_with(word)
}

/// The number of the END card in a block.
pub(crate) fn end_card(block: &[u8]) -> Option<usize> {
    block.chunks_exact(CARD).position(is_end)
}

/// Why a block without an END card cannot belong to a header, if it cannot: text is nearly all of one.
fn endless(block: &[u8]) -> Option<String> {
    let mut cards = block.chunks_exact(CARD);
    if cards.any(|card| card.trim_ascii_end().eq_ignore_ascii_case(b"END")) {
        return Some("it is not written in capitals".into());
    }
    let odd = block.iter().filter(|b| !(b' '..=b'~').contains(b)).count();
    (4 * odd > block.len()).then(|| "it is missing: the pixels follow without it".into())
}

fn hdu(
    storage: &Arc<Storage>,
    index: usize,
    header: Header,
    data_start: u64,
    file_bytes: u64,
) -> Result<Hdu, FitsError> {
    let geometry = geometry(&header, index == 0).map_err(|(keyword, reason)| {
        FitsErrorKind::BadHeader { keyword, reason }.of_hdu(storage.path(), index)
    })?;
    let compressed = geometry.kind == HduKind::CompressedImage;
    let (header, table) = if compressed {
        (header.as_image(), Some(header))
    } else {
        (header, None)
    };
    Ok(Hdu {
        index,
        kind: geometry.kind,
        name: header.text("EXTNAME"),
        bitpix: geometry.bitpix,
        axes: geometry.axes,
        header,
        table,
        data_start,
        data_bytes: geometry.data_bytes,
        file_bytes,
        storage: Arc::clone(storage),
    })
}

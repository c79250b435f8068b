//! Headers in files of their own: text, as SCAMP, Montage, `SWarp` and ASTAP write them, or FITS, with or without pixels.

use std::io::Read;
use std::path::Path;

use crate::BLOCK;
use crate::error::{FitsError, FitsErrorKind};
use crate::file::FitsFile;
use crate::header::{CARD, Header, is_end};
use crate::stamp::open_regular;

/// The most bytes of text that are read: headers of a thousand extensions. The rest is left.
const LONGEST_TEXT: u64 = 1 << 25;

/// No camera has as many detectors; the rest is left.
const MOST_HEADERS: usize = 4096;

/// All headers of a file: of text each up to its END, of a FITS file that of each HDU.
///
/// Errors: those of [`FitsFile::open`], and `not_fits` for text without a card.
pub fn headers_of(path: &Path) -> Result<Vec<Header>, FitsError> {
    let Some(text) = text_of(path)? else {
        let file = FitsFile::open(path)?;
        return Ok(file.hdus().iter().map(|hdu| hdu.header.clone()).collect());
    };
    let headers = Header::all_from_text(&text);
    let cards = headers.iter().flat_map(Header::cards);
    if cards.filter(|card| !card.is_commentary()).count() == 0 {
        let reason = "it holds no header".into();
        return Err(FitsErrorKind::NotFits { reason }.of(path));
    }
    Ok(headers)
}

/// The text of a file that is one; `None` for FITS and other binary files. FITS has no line ends in its first block.
fn text_of(path: &Path) -> Result<Option<Vec<u8>>, FitsError> {
    let failed = |e| FitsError::reading(path, "read it", e);
    let mut file = open_regular(path)?.0.take(BLOCK as u64);
    let mut text = Vec::new();
    file.read_to_end(&mut text).map_err(failed)?;
    // Names in comments may have accents in any encoding.
    let odd = |b: &u8| b.is_ascii_control() && !b.is_ascii_whitespace();
    if text.iter().any(odd) || !text.contains(&b'\n') {
        return Ok(None);
    }
    file.set_limit(LONGEST_TEXT);
    file.read_to_end(&mut text).map_err(failed)?;
    Ok(Some(text))
}

impl Header {
    /// A header kept as text, as Montage and `SWarp` use: one card per line, or 80 characters each without line ends.
    /// Reading stops at END.
    pub fn from_text(text: &[u8]) -> Header {
        Self::all_from_text(text)
            .into_iter()
            .next()
            .unwrap_or_default()
    }

    /// The headers of a text, one behind the other, as SCAMP has one for each extension; each ends with END, the last one
    /// perhaps with the text. A line `KEY=value`, as in the `.ini` of ASTAP, is a card, too.
    pub fn all_from_text(text: &[u8]) -> Vec<Header> {
        let lines = text.iter().take(4 * CARD).any(|&b| b == b'\n');
        let cards: Box<dyn Iterator<Item = &[u8]>> = if lines {
            Box::new(text.split(|&b| b == b'\n').map(<[u8]>::trim_ascii_end))
        } else {
            Box::new(text.chunks(CARD))
        };
        let mut headers = Vec::new();
        let mut bytes = Vec::new();
        for card in cards {
            if headers.len() == MOST_HEADERS {
                break;
            }
            if is_end(card) {
                headers.push(Header::from_cards(std::mem::take(&mut bytes)));
                continue;
            }
            let key = card.iter().position(|&b| b == b'=').unwrap_or(CARD);
            let short = key < 8
                && card[..key]
                    .iter()
                    .all(|b| b.is_ascii_uppercase() || b"0123456789_-".contains(b));
            if short {
                bytes.extend_from_slice(&card[..key]);
                bytes.resize(bytes.len() + 8 - key, b' ');
                let rest = &card[key..];
                bytes.extend_from_slice(&rest[..rest.len().min(CARD - 8)]);
            } else {
                bytes.extend_from_slice(&card[..card.len().min(CARD)]);
            }
            bytes.resize(bytes.len().next_multiple_of(CARD), b' ');
        }
        if bytes.iter().any(|b| !b.is_ascii_whitespace()) {
            headers.push(Header::from_cards(bytes));
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_headers_in_one_text() {
        let all =
            Header::all_from_text(b"A       = 1\r\nEND     \r\nA       = 2\nEND\n\nA       = 3\n");
        let found: Vec<_> = all.iter().map(|h| h.integer("A")).collect();
        assert_eq!(found, [Some(1), Some(2), Some(3)]);
        assert!(Header::all_from_text(b"\n \n").is_empty());
    }

    #[test]
    fn lines_of_an_ini() {
        let text = "PLTSOLVD=T\r\nCRPIX1= 1.5E+003\r\nCD1_1=-2E-4\r\nCMDLINE=astap -f a=b.fits\r\n";
        let h = Header::from_text(text.as_bytes());
        assert_eq!(h.logical("PLTSOLVD"), Some(true));
        assert_eq!(h.number("CRPIX1"), Some(1500.0));
        assert_eq!(h.number("CD1_1"), Some(-0.0002));
        assert_eq!(h.text("CMDLINE").as_deref(), Some("astap -f a=b.fits"));
    }

    #[test]
    fn text_without_line_ends() {
        let text = format!("{:<80}{:<80}{:<80}", "A       = 1", "B       = 2", "END");
        assert_eq!(Header::from_text(text.as_bytes()).integer("B"), Some(2));
    }
}

//! A header: its cards in order, kept as the bytes of the file and parsed on request.

use crate::card::{Card, CardValue};
use crate::value;

/// Bytes of one card.
pub(crate) const CARD: usize = 80;

/// The cards of one HDU, without END. Of a keyword that occurs twice the first one counts
/// here, as in astropy; for a WCS the last one, as in wcslib, which finds it in [`Header::cards`].
///
/// A compressed image's header is that of the image it contains: NAXIS, BITPIX and the like are the image's own.
#[derive(Clone, Default)]
pub struct Header {
    bytes: Vec<u8>,
}

impl Header {
    /// Cards of 80 bytes each; a short last one is padded. Zero bytes count as blanks: some writers pad with them.
    pub(crate) fn from_cards(mut bytes: Vec<u8>) -> Header {
        bytes.resize(bytes.len().next_multiple_of(CARD), b' ');
        for byte in bytes.iter_mut().filter(|byte| **byte == 0) {
            *byte = b' ';
        }
        Header { bytes }
    }

    /// The cards in the order of the file, long strings joined.
    pub fn cards(&self) -> impl Iterator<Item = Card> + '_ {
        (0..self.len()).filter_map(|at| {
            let raw = self.raw(at);
            // A CONTINUE card belongs to the string before it.
            (!raw.starts_with(b"CONTINUE  ")).then(|| self.card(at))
        })
    }

    /// The first card with this keyword; hierarchical ones with or without the word HIERARCH.
    pub fn get(&self, key: &str) -> Option<Card> {
        let wanted = key.trim().to_ascii_uppercase();
        let wanted = wanted.strip_prefix("HIERARCH ").unwrap_or(&wanted);
        (0..self.len())
            .find(|&at| self.has_key(at, wanted.as_bytes()))
            .map(|at| self.card(at))
    }

    /// Whether the keyword exists, whatever its value.
    pub fn contains(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The value as a number: whole or real, always finite.
    pub fn number(&self, key: &str) -> Option<f64> {
        match self.get(key)?.value? {
            CardValue::Integer(i) => Some(i as f64),
            CardValue::Number(n) => Some(n),
            _ => None,
        }
    }

    /// The value as a whole number.
    pub fn integer(&self, key: &str) -> Option<i64> {
        match self.get(key)?.value? {
            CardValue::Integer(i) => Some(i),
            _ => None,
        }
    }

    /// The value as a number, also where it stands in quotes. `None` where the keyword is absent or without a value.
    ///
    /// Errors: the text that is no number.
    pub(crate) fn quoted_number(&self, key: &str) -> Result<Option<f64>, String> {
        match self.get(key).and_then(|card| card.value) {
            None => Ok(None),
            Some(CardValue::Integer(i)) => Ok(Some(i as f64)),
            Some(CardValue::Number(n)) => Ok(Some(n)),
            Some(CardValue::Logical(b)) => Err(if b { "T" } else { "F" }.to_owned()),
            Some(CardValue::Text(text)) if text.trim().is_empty() => Ok(None),
            Some(CardValue::Text(text)) => match value::parse(text.as_bytes()).0 {
                Some(CardValue::Integer(i)) => Ok(Some(i as f64)),
                Some(CardValue::Number(n)) => Ok(Some(n)),
                _ => Err(text),
            },
        }
    }

    /// The value as text, without spaces around it.
    pub fn text(&self, key: &str) -> Option<String> {
        match self.get(key)?.value? {
            CardValue::Text(text) => Some(text.trim().to_owned()),
            _ => None,
        }
    }

    /// The text values of all cards with this keyword, in order; leading spaces are kept.
    pub fn texts(&self, key: &str) -> Vec<String> {
        let wanted = key.trim().to_ascii_uppercase();
        (0..self.len())
            .filter(|&at| self.has_key(at, wanted.as_bytes()))
            .filter_map(|at| match self.card(at).value {
                Some(CardValue::Text(text)) => Some(text),
                _ => None,
            })
            .collect()
    }

    /// The value as T or F.
    pub fn logical(&self, key: &str) -> Option<bool> {
        match self.get(key)?.value? {
            CardValue::Logical(b) => Some(b),
            _ => None,
        }
    }

    /// A sum of its bytes.
    pub fn sum(&self) -> u32 {
        let mut sum = flate2::Crc::new();
        sum.update(&self.bytes);
        sum.sum()
    }

    /// Number of records of 80 bytes, including CONTINUE cards.
    pub fn len(&self) -> usize {
        self.bytes.len() / CARD
    }

    /// Whether there are no cards.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The header of the image inside a compressed one's table: ZNAXIS becomes NAXIS and so on, and keywords that
    /// describe the table or the compression are removed (tiled image convention, FITS standard 4.0, section 10.1).
    pub(crate) fn as_image(&self) -> Header {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        for at in 0..self.len() {
            let raw = self.raw(at);
            let key = raw[..8].trim_ascii_end();
            if key.strip_prefix(b"Z").is_some_and(is_image_key) {
                bytes.extend_from_slice(&raw[1..8]);
                bytes.push(b' ');
                bytes.extend_from_slice(&raw[8..]);
            } else if !is_image_key(key) && !is_table_key(key) {
                bytes.extend_from_slice(raw);
            }
        }
        Header { bytes }
    }

    /// The bytes of one record.
    pub(crate) fn raw(&self, at: usize) -> &[u8] {
        &self.bytes[at * CARD..(at + 1) * CARD]
    }

    fn has_key(&self, at: usize, key: &[u8]) -> bool {
        let raw = self.raw(at);
        let plain = raw[..8].trim_ascii_end();
        if plain == b"HIERARCH" {
            return is_hierarch(raw, key);
        }
        plain.eq_ignore_ascii_case(key)
    }

    fn card(&self, at: usize) -> Card {
        let raw = self.raw(at);
        if let Some((key, field)) = hierarch(raw) {
            let (value, comment) = value::parse(field);
            return self.joined(
                at,
                Card {
                    key,
                    value,
                    comment,
                },
            );
        }
        let key = value::lossy(raw[..8].trim_ascii()).to_ascii_uppercase();
        let commentary = matches!(key.as_str(), "COMMENT" | "HISTORY" | "");
        if commentary || raw[8] != b'=' {
            let text = value::lossy(raw[8..].trim_ascii_end());
            let value = Some(CardValue::Text(text));
            return Card {
                key,
                value,
                comment: String::new(),
            };
        }
        let (value, comment) = value::parse(&raw[9..]);
        self.joined(
            at,
            Card {
                key,
                value,
                comment,
            },
        )
    }

    /// Long strings: a text that ends in `&` continues in the CONTINUE cards after it (section 4.2.1.2).
    fn joined(&self, at: usize, mut card: Card) -> Card {
        let Some(CardValue::Text(text)) = &mut card.value else {
            return card;
        };
        for next in at + 1..self.len() {
            let raw = self.raw(next);
            if !text.ends_with('&') || !raw.starts_with(b"CONTINUE  ") {
                break;
            }
            let (Some(CardValue::Text(more)), comment) = value::parse(&raw[9..]) else {
                break;
            };
            text.pop();
            text.push_str(&more);
            if !comment.is_empty() {
                if !card.comment.is_empty() {
                    card.comment.push(' ');
                }
                card.comment.push_str(&comment);
            }
        }
        card
    }
}

impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.cards()).finish()
    }
}

/// Whether this is the END card. Blanks belong behind it, but zero bytes or a remark are found there as well.
pub(crate) fn is_end(card: &[u8]) -> bool {
    card.starts_with(b"END")
        && matches!(card.get(3), None | Some(b' ' | 0 | b'\t' | b'\r' | b'/'))
        && card.get(8) != Some(&b'=')
}

/// Keywords that a compressed image has under a leading Z.
fn is_image_key(key: &[u8]) -> bool {
    numbered(key, b"NAXIS") || matches!(key, b"BITPIX" | b"PCOUNT" | b"GCOUNT")
}

/// Keywords of the table and of the compression.
fn is_table_key(key: &[u8]) -> bool {
    const ONE: [&[u8]; 11] = [
        b"XTENSION",
        b"TFIELDS",
        b"THEAP",
        b"ZIMAGE",
        b"ZCMPTYPE",
        b"ZQUANTIZ",
        b"ZDITHER0",
        b"ZSIMPLE",
        b"ZTENSION",
        b"ZEXTEND",
        b"ZBLOCKED",
    ];
    const MANY: [&[u8]; 8] = [
        b"TTYPE", b"TFORM", b"TUNIT", b"TDIM", b"TNULL", b"ZTILE", b"ZNAME", b"ZVAL",
    ];
    ONE.contains(&key) || MANY.iter().any(|stem| numbered(key, stem))
}

/// Whether the key is this stem followed by a number or by nothing.
fn numbered(key: &[u8], stem: &[u8]) -> bool {
    key.strip_prefix(stem)
        .is_some_and(|rest| rest.iter().all(u8::is_ascii_digit))
}

/// Whether a hierarchical card has this keyword, compared word by word in place: headers of ESO have hundreds of them, and
/// a hundred keywords are looked up.
fn is_hierarch(raw: &[u8], key: &[u8]) -> bool {
    let Some(rest) = raw.strip_prefix(b"HIERARCH ") else {
        return false;
    };
    let Some(equals) = rest.iter().position(|&b| b == b'=') else {
        return false;
    };
    let mut found = words(&rest[..equals]);
    words(key).all(|word| {
        found
            .next()
            .is_some_and(|one| one.eq_ignore_ascii_case(word))
    }) && found.next().is_none()
}

fn words(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
}

/// `HIERARCH ESO DET NAME = value`: the words as one keyword, and the value field.
fn hierarch(raw: &[u8]) -> Option<(String, &[u8])> {
    let rest = raw.strip_prefix(b"HIERARCH ")?;
    let equals = rest.iter().position(|&b| b == b'=')?;
    let words = value::lossy(&rest[..equals]).to_ascii_uppercase();
    let key = words.split_whitespace().collect::<Vec<_>>().join(" ");
    Some((key, &rest[equals + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(lines: &[&str]) -> Header {
        Header::from_text((lines.join("\n") + "\nEND\nAFTER   = 1\n").as_bytes())
    }

    #[test]
    fn all_texts_of_a_keyword_are_found() {
        let h = header(&[
            "DP1     = 'EXTVER: 1.0'",
            "DP1     = 4",
            "DP1     = ' NAXES: 2'",
            "DP10    = 'no'",
        ]);
        assert_eq!(h.texts("DP1"), ["EXTVER: 1.0", " NAXES: 2"]);
        assert!(h.texts("DP").is_empty());
    }

    #[test]
    fn first_occurrence_wins() {
        let h = header(&["A       = 1", "A       = 2"]);
        assert_eq!(h.integer("A"), Some(1));
        assert_eq!(h.cards().count(), 2);
        assert!(!h.contains("AFTER"));
    }

    #[test]
    fn types_do_not_mix() {
        let h = header(&[
            "N       = 1.5D0",
            "S       = '2'",
            "L       = T",
            "U       =",
        ]);
        assert_eq!(h.number("n"), Some(1.5));
        assert_eq!(h.number("S"), None);
        assert_eq!(h.text("S").as_deref(), Some("2"));
        assert_eq!(h.logical("L"), Some(true));
        assert!(h.contains("U"));
        assert_eq!(h.get("U").unwrap().value, None);
    }

    #[test]
    fn long_strings_are_joined() {
        let h = header(&[
            "LONG    = 'one &' / first",
            "CONTINUE  'two &'",
            "CONTINUE  'three' / last",
            "NEXT    = 'x&'",
        ]);
        assert_eq!(h.text("LONG").as_deref(), Some("one two three"));
        assert_eq!(h.get("LONG").unwrap().comment, "first last");
        assert_eq!(h.text("NEXT").as_deref(), Some("x&"));
        assert_eq!(h.cards().count(), 2);
    }

    #[test]
    fn hierarch_keywords() {
        let h = header(&["HIERARCH ESO  DET NAME = 'ccd 4' / chip"]);
        assert_eq!(h.text("ESO DET NAME").as_deref(), Some("ccd 4"));
        assert_eq!(h.text("HIERARCH ESO DET NAME").as_deref(), Some("ccd 4"));
        assert_eq!(h.get("ESO DET NAME").unwrap().comment, "chip");
    }
}

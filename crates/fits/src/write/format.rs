//! Cards as the 80 bytes they take in the file (FITS standard 4.0, section 4).

use crate::BLOCK;
use crate::card::{Card, CardValue};
use crate::header::CARD;

/// Characters of commentary in one card.
const COMMENTARY: usize = 72;
/// Characters of a string in one card, without its quotes and a `&`.
const STRING: usize = 67;

/// A header being written.
#[derive(Debug, Default)]
pub(crate) struct HeaderText {
    bytes: Vec<u8>,
    long_strings: bool,
}

impl HeaderText {
    /// Appends a card; the error says what is wrong with it.
    pub fn push(&mut self, card: &Card) -> Result<(), String> {
        if card.is_commentary() {
            if let Some(CardValue::Text(text)) = &card.value {
                self.commentary(&card.key, &ascii(text));
            }
            return Ok(());
        }
        let head = head(&card.key)?;
        let comment = ascii(&card.comment);
        let value = match &card.value {
            None => String::new(),
            Some(CardValue::Logical(b)) => format!("{:>20}", if *b { 'T' } else { 'F' }),
            Some(CardValue::Integer(i)) => format!("{i:>20}"),
            Some(CardValue::Number(n)) => format!("{:>20}", real(*n)?),
            Some(CardValue::Text(text)) => return self.text(&head, &ascii(text), &comment),
        };
        self.line(&with_comment(format!("{head}{value}"), &comment));
        Ok(())
    }

    /// END, and spaces to the end of the block.
    pub fn finish(mut self) -> Vec<u8> {
        self.line("END");
        self.bytes
            .resize(self.bytes.len().next_multiple_of(BLOCK), b' ');
        self.bytes
    }

    fn line(&mut self, text: &str) {
        self.bytes
            .extend_from_slice(&text.as_bytes()[..text.len().min(CARD)]);
        self.bytes
            .resize(self.bytes.len().next_multiple_of(CARD), b' ');
    }

    fn commentary(&mut self, key: &str, text: &str) {
        let mut rest = text;
        loop {
            let cut = if rest.len() <= COMMENTARY {
                rest.len()
            } else {
                // Breaks between words if there is a space in the last third.
                rest[..COMMENTARY]
                    .rfind(' ')
                    .filter(|&at| at > COMMENTARY * 2 / 3)
                    .map_or(COMMENTARY, |at| at + 1)
            };
            self.line(&format!("{key:<8}{}", &rest[..cut]));
            rest = &rest[cut..];
            if rest.is_empty() {
                break;
            }
        }
    }

    fn text(&mut self, head: &str, text: &str, comment: &str) -> Result<(), String> {
        let quoted = text.replace('\'', "''");
        if head.len() + quoted.len() + 2 <= CARD {
            self.line(&with_comment(format!("{head}'{quoted:<8}'"), comment));
            return Ok(());
        }
        if head.len() > 10 {
            return Err("a hierarchical keyword and its text must fit in one card".into());
        }
        if !self.long_strings {
            self.long_strings = true;
            self.line("LONGSTRN= 'OGIP 1.0'           / long strings go on in CONTINUE cards");
        }
        let mut head = head.to_owned();
        let mut rest = quoted.as_str();
        while rest.len() > STRING {
            let mut cut = STRING;
            // A doubled quote must not be split: an odd number of quotes before the cut would mean that.
            let quotes = rest[..cut]
                .bytes()
                .rev()
                .take_while(|&b| b == b'\'')
                .count();
            cut -= quotes % 2;
            self.line(&format!("{head}'{}&'", &rest[..cut]));
            rest = &rest[cut..];
            "CONTINUE  ".clone_into(&mut head);
        }
        self.line(&with_comment(format!("{head}'{rest}'"), comment));
        Ok(())
    }
}

/// `KEYWORD = ` or, for longer keywords and several words, `HIERARCH KEY WORD = `.
fn head(key: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_' || c == '-';
    let words_ok = !key.is_empty()
        && key
            .split(' ')
            .all(|w| !w.is_empty() && w.chars().all(plain));
    if !words_ok {
        return Err("a keyword may only have capitals, digits, - and _".into());
    }
    if key.len() <= 8 && !key.contains(' ') {
        return Ok(format!("{key:<8}= "));
    }
    if key.len() > 40 {
        return Err("the keyword is too long".into());
    }
    Ok(format!("HIERARCH {key} = "))
}

fn with_comment(mut line: String, comment: &str) -> String {
    if !comment.is_empty() {
        // Comments start in the same column where the values leave room for it.
        line = format!("{line:<30} / {comment}");
    }
    line
}

/// The shortest text that reads back as the same number, with a decimal point.
fn real(value: f64) -> Result<String, String> {
    if !value.is_finite() {
        return Err(format!("{value} cannot be written in a header"));
    }
    let size = value.abs();
    if size == 0.0 || (1e-4..1e15).contains(&size) {
        return Ok(format!("{value:?}"));
    }
    let text = format!("{value:E}");
    Ok(match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    })
}

/// Printable ASCII only, as the standard requires.
fn ascii(text: &str) -> String {
    text.chars()
        .map(|c| if (' '..='~').contains(&c) { c } else { '?' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Header;

    fn round_trip(card: &Card) -> Card {
        let mut text = HeaderText::default();
        text.push(card).unwrap();
        let header = Header::from_text(&text.finish());
        header.get(&card.key).unwrap()
    }

    #[test]
    fn cards_come_back_as_they_were() {
        let long = "it''s 'quoted' ".repeat(20) + "end";
        for card in [
            Card::text("OBJECT", "M 31", "what"),
            Card::text("EMPTY", "", ""),
            Card::text("QUOTE", "O'Neil", "who"),
            Card::text("LONG", long, "the end"),
            Card::integer("N", i64::MIN, "small"),
            Card::number("CRVAL1", 210.802_429_000_000_03, "[deg]"),
            Card::number("TINY", -1.234_567_890_123_456_7e-300, ""),
            Card::number("ONE", 1e20, ""),
            Card::logical("FLAG", false, "no"),
            Card::integer("ESO DET NUM", 4, "hierarchical"),
        ] {
            assert_eq!(round_trip(&card), card);
        }
    }

    #[test]
    fn commentary_is_split_and_made_ascii() {
        let mut text = HeaderText::default();
        text.push(&Card::history("α ".to_owned() + &"word ".repeat(40)))
            .unwrap();
        let header = Header::from_text(&text.finish());
        let cards: Vec<Card> = header.cards().filter(|c| c.key == "HISTORY").collect();
        assert_eq!(cards.len(), 3);
        assert!(cards.iter().all(Card::is_commentary));
        assert!(matches!(&cards[0].value, Some(CardValue::Text(t)) if t.starts_with("? word")));
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        for card in [
            Card::number("A", f64::NAN, ""),
            Card::integer("lower", 1, ""),
            Card::integer("A=B", 1, ""),
        ] {
            assert!(HeaderText::default().push(&card).is_err(), "{card:?}");
        }
    }

    #[test]
    fn numbers_have_a_point() {
        assert_eq!(real(1.0).unwrap(), "1.0");
        assert_eq!(real(1e-5).unwrap(), "1.0E-5");
        assert_eq!(real(-1.5e20).unwrap(), "-1.5E20");
    }
}

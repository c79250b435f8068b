//! The minimum of a FITS file (FITS standard 4.0, sections 3 and 4): one header, one float image.

use std::io::{self, Write};

const BLOCK: usize = 2880;
const CARD: usize = 80;

/// One header card, formatted when it is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Card(String);

impl Card {
    fn fixed(keyword: &str, value: &str) -> Self {
        Self(format!("{keyword:<8}= {value:>20}"))
    }

    /// An integer, in fixed format.
    pub fn integer(keyword: &str, value: i64) -> Self {
        Self::fixed(keyword, &value.to_string())
    }

    /// A real number with the fewest digits that read back to the same bits.
    pub fn real(keyword: &str, value: f64) -> Self {
        let text = format!("{value:E}");
        // "1E0" would be read as a real number too, but a point makes that plainer.
        let text = if text.contains('.') {
            text
        } else {
            text.replacen('E', ".0E", 1)
        };
        Self::fixed(keyword, &text)
    }

    /// A character string; quotes are doubled.
    pub fn text(keyword: &str, value: &str) -> Self {
        Self(format!("{keyword:<8}= '{:<8}'", value.replace('\'', "''")))
    }

    /// A truth value.
    pub(crate) fn logical(keyword: &str, value: bool) -> Self {
        Self::fixed(keyword, if value { "T" } else { "F" })
    }
}

/// Writes a primary image of `planes` planes of `height` rows of `width` pixels, plane by plane, first row first, with
/// `cards` in its header.
///
/// The error is of kind `InvalidInput` if the pixels do not fill the shape or a card is not a valid FITS card.
pub fn write_fits(
    out: &mut impl Write,
    shape: [usize; 3],
    cards: &[Card],
    pixels: &[f32],
) -> io::Result<()> {
    let [planes, height, width] = shape;
    let count = planes
        .checked_mul(height)
        .and_then(|rows| rows.checked_mul(width));
    if count != Some(pixels.len()) {
        return Err(invalid(format!(
            "{} pixels do not fill {planes} x {height} x {width}",
            pixels.len()
        )));
    }
    let mut header = vec![Card::logical("SIMPLE", true), Card::integer("BITPIX", -32)];
    let axes: &[usize] = if planes == 1 {
        &[width, height]
    } else {
        &[width, height, planes]
    };
    header.push(Card::integer("NAXIS", axes.len() as i64));
    for (axis, &length) in axes.iter().enumerate() {
        header.push(Card::integer(&format!("NAXIS{}", axis + 1), length as i64));
    }
    header.extend_from_slice(cards);
    write_header(out, &header)?;
    let mut bytes = Vec::with_capacity(4 * width);
    for row in pixels.chunks(width.max(1)) {
        bytes.clear();
        bytes.extend(row.iter().flat_map(|value| value.to_be_bytes()));
        out.write_all(&bytes)?;
    }
    fill_block(out, 4 * pixels.len())
}

/// Writes a header with these cards, and data.
pub(crate) fn write_hdu(out: &mut impl Write, cards: &[Card], data: &[u8]) -> io::Result<()> {
    write_header(out, cards)?;
    out.write_all(data)?;
    fill_block(out, data.len())
}

fn write_header(out: &mut impl Write, cards: &[Card]) -> io::Result<()> {
    let mut text = Vec::with_capacity((cards.len() + 1) * CARD + BLOCK);
    for Card(card) in cards {
        if card.len() > CARD || !card.bytes().all(|byte| (0x20..0x7F).contains(&byte)) {
            return Err(invalid(format!("not a FITS card: {card}")));
        }
        text.extend_from_slice(format!("{card:<CARD$}").as_bytes());
    }
    text.extend_from_slice(format!("{:<CARD$}", "END").as_bytes());
    text.resize(text.len().next_multiple_of(BLOCK), b' ');
    out.write_all(&text)
}

/// Fills the block in which data of this size end.
fn fill_block(out: &mut impl Write, size: usize) -> io::Result<()> {
    out.write_all(&vec![0; size.next_multiple_of(BLOCK) - size])
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_blocks_of_cards_and_big_endian_floats() {
        let mut file = Vec::new();
        let cards = [
            Card::real("CDELT1", -2.5e-4),
            Card::text("OBJECT", "Barnard's star"),
            Card::real("ONE", 1.0),
        ];
        write_fits(
            &mut file,
            [1, 2, 3],
            &cards,
            &[1.0, f32::NAN, -2.0, 0.0, 3.5, 4.0],
        )
        .unwrap();
        assert_eq!(file.len(), 2 * BLOCK);
        let card = |n: usize| {
            std::str::from_utf8(&file[n * CARD..(n + 1) * CARD])
                .unwrap()
                .trim_end()
        };
        assert_eq!(card(0), "SIMPLE  =                    T");
        assert_eq!(card(3), "NAXIS1  =                    3");
        assert_eq!(card(5), "CDELT1  =              -2.5E-4");
        assert_eq!(card(6), "OBJECT  = 'Barnard''s star'");
        assert_eq!(card(7), "ONE     =                1.0E0");
        assert_eq!(card(8), "END");
        assert_eq!(file[BLOCK..BLOCK + 4], 1.0_f32.to_be_bytes());
        assert_eq!(file[BLOCK + 16..BLOCK + 20], 3.5_f32.to_be_bytes());
    }

    #[test]
    fn shapes_and_cards_that_cannot_be_are_refused() {
        let mut file = Vec::new();
        assert!(write_fits(&mut file, [1, 2, 3], &[], &[0.0; 5]).is_err());
        assert!(write_fits(&mut file, [usize::MAX, 2, 3], &[], &[0.0; 6]).is_err());
        assert!(
            write_fits(
                &mut file,
                [1, 1, 1],
                &[Card::text("OBJECT", "\u{e9}")],
                &[0.0]
            )
            .is_err()
        );
        assert!(
            write_fits(
                &mut file,
                [1, 1, 1],
                &[Card::text("OBJECT", &"x".repeat(80))],
                &[0.0]
            )
            .is_err()
        );
        assert!(file.is_empty());
    }
}

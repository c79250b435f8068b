//! The value field of a card: everything after `KEYWORD =` (FITS standard 4.0, section 4.2).

use crate::card::CardValue;

/// Value and comment from the bytes after the equals sign. Never fails: anything unparsable is kept as text.
pub(crate) fn parse(field: &[u8]) -> (Option<CardValue>, String) {
    let field = field.trim_ascii();
    if let Some((text, rest)) = quoted(field) {
        return (Some(CardValue::Text(text)), comment(rest));
    }
    let end = field.iter().position(|&b| b == b'/').unwrap_or(field.len());
    let value = field[..end].trim_ascii();
    let parsed = match value {
        b"" => None,
        b"T" => Some(CardValue::Logical(true)),
        b"F" => Some(CardValue::Logical(false)),
        _ => Some(number(value).unwrap_or_else(|| CardValue::Text(lossy(value)))),
    };
    (parsed, comment(&field[end..]))
}

/// A quoted string at the start of the field, with doubled quotes made single, and what follows it. A string without a
/// closing quote ends with the card.
fn quoted(field: &[u8]) -> Option<(String, &[u8])> {
    let body = field.strip_prefix(b"'")?;
    let mut text = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        if body[at] == b'\'' {
            if body.get(at + 1) != Some(&b'\'') {
                at += 1;
                break;
            }
            at += 1;
        }
        text.push(body[at]);
        at += 1;
    }
    Some((lossy(text.trim_ascii_end()), &body[at..]))
}

/// Integers that fit stay exact; D exponents count as E exponents; infinities and words are not numbers.
fn number(value: &[u8]) -> Option<CardValue> {
    let allowed = |b: &u8| b.is_ascii_digit() || b"+-.eEdD".contains(b);
    if !value.iter().all(allowed) {
        return None;
    }
    let text: String = value
        .iter()
        .map(|&b| {
            if b == b'd' || b == b'D' {
                'E'
            } else {
                b as char
            }
        })
        .collect();
    if let Ok(integer) = text.parse::<i64>() {
        return Some(CardValue::Integer(integer));
    }
    let real = text.parse::<f64>().ok()?;
    real.is_finite().then_some(CardValue::Number(real))
}

fn comment(rest: &[u8]) -> String {
    let rest = rest.trim_ascii();
    lossy(rest.strip_prefix(b"/").unwrap_or(rest).trim_ascii())
}

/// Header text is printable ASCII by the standard; other bytes become the replacement character, so that a message that
/// quotes the text stays on one line and cannot control a terminal.
pub(crate) fn lossy(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let printable = |c: char| match c {
        '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(printable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(field: &str) -> Option<CardValue> {
        parse(field.as_bytes()).0
    }

    #[test]
    fn values_of_every_type() {
        assert_eq!(value(" 42 / six by seven"), Some(CardValue::Integer(42)));
        assert_eq!(value("-1.5D-3"), Some(CardValue::Number(-1.5e-3)));
        assert_eq!(value("1.E2"), Some(CardValue::Number(100.0)));
        assert_eq!(value("T"), Some(CardValue::Logical(true)));
        assert_eq!(value("   / nothing"), None);
        assert_eq!(
            value("(1.0, 2.0)"),
            Some(CardValue::Text("(1.0, 2.0)".into()))
        );
        assert_eq!(
            value("'O''Neil / x  ' / who"),
            Some(CardValue::Text("O'Neil / x".into()))
        );
        assert_eq!(value("'open"), Some(CardValue::Text("open".into())));
        assert_eq!(value("''"), Some(CardValue::Text(String::new())));
    }

    #[test]
    fn what_is_no_number_stays_text() {
        for text in ["nan", "inf", "1e999", "1_000", "0x10", "--3", "."] {
            assert_eq!(value(text), Some(CardValue::Text(text.into())), "{text}");
        }
        assert_eq!(value("99999999999999999999"), Some(CardValue::Number(1e20)));
    }

    #[test]
    fn text_is_one_line_that_commands_no_terminal() {
        let text = value("'a\n\u{1b}[31mb\tc'");
        assert_eq!(text, Some(CardValue::Text("a��[31mb c".into())));
    }

    #[test]
    fn comments_lose_their_slash() {
        assert_eq!(parse(b" 'a' / b / c ").1, "b / c");
        assert_eq!(parse(b" 1 ").1, "");
    }
}

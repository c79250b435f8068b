//! PTX text as words.

use super::Refusal;

/// A word with the number of its line, from 1: a name with its dots, a number with its sign, a text in quotes, or
/// one other character.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub text: &'a str,
    pub line: u32,
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_$%.".contains(c)
}

pub(super) fn words(text: &str) -> Result<Vec<Word<'_>>, Refusal> {
    let mut words = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let code = line.split("//").next().unwrap_or_default();
        let mut rest = code.trim_start();
        while let Some(first) = rest.chars().next() {
            let after = &rest[first.len_utf8()..];
            let name = |from: &str| from.find(|c| !is_of_name(c)).unwrap_or(from.len());
            let length = if is_of_name(first) {
                name(rest)
            } else if first == '-' && after.starts_with(|c: char| c.is_ascii_digit()) {
                1 + name(after)
            } else if first == '"' {
                let end = after.find('"');
                2 + end.ok_or_else(|| Refusal::new(number, "a text without an end"))?
            } else if ",;:{}[]()<>+-=@!|".contains(first) {
                1
            } else {
                return Err(Refusal::new(number, format!("{first:?} is not known")));
            };
            let (word, behind) = rest.split_at(length);
            words.push(Word {
                text: word,
                line: number,
            });
            rest = behind.trim_start();
        }
    }
    Ok(words)
}

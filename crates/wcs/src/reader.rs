//! One keyword of a header at a time, under any name that it was ever given, with what the user should know of it.

use crate::cards::Cards;
use crate::error::WcsError;
use std::cell::RefCell;

/// Reads keywords and collects warnings for the user.
pub struct Reader<'a> {
    pub cards: &'a dyn Cards,
    /// The letter of an alternate WCS; `None` for the primary one.
    pub alternate: Option<char>,
    warnings: RefCell<Vec<String>>,
}

impl<'a> Reader<'a> {
    pub fn new(cards: &'a dyn Cards, alternate: Option<char>) -> Self {
        Self {
            cards,
            alternate,
            warnings: RefCell::default(),
        }
    }

    /// Tells the user something once.
    pub fn warn(&self, text: impl Into<String>) {
        let text = text.into();
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.contains(&text) {
            warnings.push(text);
        }
    }

    pub fn into_warnings(self) -> Vec<String> {
        self.warnings.into_inner()
    }

    /// A number, if the keyword exists; text where a number belongs, or a non-finite number, is an error. Digits in
    /// quotes are a number with a warning.
    pub fn number(&self, key: &str) -> Result<Option<f64>, WcsError> {
        let Some(name) = self.name_of(key) else {
            return Ok(None);
        };
        match self.cards.number(&name) {
            Some(value) if value.is_finite() => Ok(Some(value)),
            Some(value) => Err(WcsError::invalid(&name, value, "not a finite number")),
            None => {
                let text = self.cards.text(&name).unwrap_or_default();
                let value = digits(&text)
                    .ok_or_else(|| WcsError::invalid(&name, text.as_str(), "not a number"))?;
                self.warn(format!(
                    "{name} is a number in quotes; it is read as {value}"
                ));
                Ok(Some(value))
            }
        }
    }

    /// The same of a keyword that has a good default: what is no number there is left out with a warning.
    pub fn number_or_default(&self, key: &str) -> Option<f64> {
        self.number(key).unwrap_or_else(|error| {
            if let WcsError::Invalid { keyword, value, .. } = error {
                self.warn(format!(
                    "{keyword} = {value} is not a number and is ignored"
                ));
            }
            None
        })
    }

    /// A text that is not empty.
    pub fn text(&self, key: &str) -> Option<String> {
        self.cards.text(&self.name_of(key)?)
    }

    /// Whether the keyword has a value.
    pub fn has(&self, key: &str) -> bool {
        self.name_of(key).is_some()
    }

    /// The name that a keyword has in this header and in this WCS. Of several the last one in the header counts, as in
    /// wcslib; values that differ are told.
    pub fn name_of(&self, key: &str) -> Option<String> {
        let names = match self.alternate {
            None => spellings(key),
            Some(letter) if has_alternates(key) => vec![format!("{key}{letter}")],
            Some(_) if is_primary_only(key) => return None,
            Some(_) => vec![key.to_owned()],
        };
        let mut names: Vec<(usize, String)> = names
            .into_iter()
            .filter(|name| {
                let text = || self.cards.text(name).is_some_and(|t| !t.trim().is_empty());
                self.cards.number(name).is_some() || text()
            })
            .map(|name| (self.cards.position(&name), name))
            .collect();
        // Stable, and the last of equals is the first spelling.
        names.reverse();
        names.sort_by_key(|(at, _)| *at);
        let (_, chosen) = names.last()?.clone();
        let mut given: Vec<(String, String)> = Vec::new();
        for (_, name) in &names {
            for value in self.cards.values(name) {
                given.push((name.clone(), value));
            }
        }
        if given.iter().any(|(_, value)| *value != given[0].1) {
            let list: Vec<String> = given
                .iter()
                .map(|(name, value)| format!("{name} = {value}"))
                .collect();
            self.warn(format!(
                "the header says {}; the last one counts, as in wcslib and astropy",
                list.join(" and ")
            ));
        }
        Some(chosen)
    }
}

/// A finite number written as text; FORTRAN's D is E.
pub fn digits(text: &str) -> Option<f64> {
    let plain = text.trim().replace(['d', 'D'], "E");
    let numeric = |b: u8| b.is_ascii_digit() || b"+-.eE".contains(&b);
    let value: f64 = plain.bytes().all(numeric).then(|| plain.parse().ok())??;
    value.is_finite().then_some(value)
}

/// The names of a keyword: that of the standard first, then those of its drafts, which wcslib reads as well.
fn spellings(key: &str) -> Vec<String> {
    let mut names = vec![key.to_owned()];
    let stem = &key[..key.len().min(2)];
    let numbers = key[stem.len()..].split_once('_');
    let Some((Ok(i), Ok(j))) = numbers.map(|(i, j)| (i.parse::<u8>(), j.parse::<u8>())) else {
        return names;
    };
    match stem {
        "PC" | "CD" => {
            names.push(format!("{stem}{i:02}_{j:02}"));
            names.push(format!("{stem}{i:03}{j:03}"));
        }
        "PV" if j < 10 => {
            names.push(format!("{stem}{i:02}_{j:02}"));
            names.push(format!("{stem}{i}_{j:02}"));
        }
        "PV" => names.push(format!("{stem}{i:02}_{j:02}")),
        _ => {}
    }
    names
}

/// Keywords that an alternate WCS has with its letter behind them (Paper I, table 1).
fn has_alternates(key: &str) -> bool {
    const STEMS: [&str; 9] = [
        "CTYPE", "CRVAL", "CRPIX", "CDELT", "CUNIT", "PC", "CD", "PV", "WCSNAME",
    ];
    matches!(
        key,
        "LONPOLE" | "LATPOLE" | "RADESYS" | "EQUINOX" | "WCSAXES"
    ) || STEMS.iter().any(|stem| key.starts_with(stem))
}

/// Old keywords that only the primary WCS has.
fn is_primary_only(key: &str) -> bool {
    matches!(key, "RADECSYS" | "EPOCH") || key.starts_with("CROTA") || key.starts_with("PROJP")
}

#[cfg(test)]
mod tests {
    use super::{digits, spellings};

    #[test]
    fn old_names_of_a_keyword() {
        assert_eq!(spellings("PC1_2"), ["PC1_2", "PC01_02", "PC001002"]);
        assert_eq!(spellings("PV2_1"), ["PV2_1", "PV02_01", "PV2_01"]);
        assert_eq!(spellings("PV2_12"), ["PV2_12", "PV02_12"]);
        assert_eq!(spellings("CDELT1"), ["CDELT1"]);
        assert_eq!(spellings("A_2_0"), ["A_2_0"]);
    }

    #[test]
    fn text_that_is_a_number() {
        assert_eq!(digits(" 2000.   "), Some(2000.0));
        assert_eq!(digits("-1.5D-3"), Some(-0.0015));
        for text in ["", "NaN", "inf", "1e999", "J2000", "1 2", "."] {
            assert_eq!(digits(text), None, "{text}");
        }
    }
}

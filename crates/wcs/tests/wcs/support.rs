//! Headers written by hand.

use std::collections::BTreeMap;
use zemosaic_wcs::{CardValue, Cards, Table, Wcs, WcsError};

/// A header as a map, with records of keywords that occur more than once and the tables of its file.
#[derive(Clone, Debug, Default)]
pub struct Header {
    cards: BTreeMap<String, CardValue>,
    records: BTreeMap<String, Vec<String>>,
    tables: BTreeMap<String, Table>,
}

impl Header {
    /// A TAN header with square pixels of `scale` degrees, north up, 200 x 100 pixels.
    pub fn tan(crval: [f64; 2], scale: f64) -> Self {
        Self::default()
            .text("CTYPE1", "RA---TAN")
            .text("CTYPE2", "DEC--TAN")
            .number("CRVAL1", crval[0])
            .number("CRVAL2", crval[1])
            .number("CRPIX1", 100.5)
            .number("CRPIX2", 50.5)
            .number("CD1_1", -scale)
            .number("CD1_2", 0.0)
            .number("CD2_1", 0.0)
            .number("CD2_2", scale)
    }

    pub fn number(mut self, key: &str, value: f64) -> Self {
        self.cards.insert(key.to_owned(), CardValue::Real(value));
        self
    }

    pub fn text(mut self, key: &str, value: &str) -> Self {
        self.cards
            .insert(key.to_owned(), CardValue::Text(value.to_owned()));
        self
    }

    /// Both CTYPEs with another code, such as `ZEA` or `TAN-SIP`.
    pub fn code(self, code: &str) -> Self {
        self.text("CTYPE1", &format!("RA---{code}"))
            .text("CTYPE2", &format!("DEC--{code}"))
    }

    pub fn without(mut self, key: &str) -> Self {
        self.cards.remove(key);
        self
    }

    /// One more card of a record-valued keyword.
    pub fn record(mut self, key: &str, text: &str) -> Self {
        let list = self.records.entry(key.to_owned()).or_default();
        list.push(text.to_owned());
        self
    }

    /// The table of an extension, `NAME,VERSION`.
    pub fn with_table(mut self, extension: &str, table: Table) -> Self {
        self.tables.insert(extension.to_owned(), table);
        self
    }

    pub fn written(wcs: &Wcs) -> Self {
        let cards = wcs.to_cards().into_iter();
        Self {
            cards: cards.map(|(key, value, _)| (key, value)).collect(),
            ..Self::default()
        }
    }

    pub fn read(&self) -> Result<Wcs, WcsError> {
        self.read_of((200, 100))
    }

    /// The same for an image of another size.
    pub fn read_of(&self, size: (usize, usize)) -> Result<Wcs, WcsError> {
        Wcs::from_cards(self, size)
    }

    pub fn wcs(&self) -> Wcs {
        self.read().expect("a good header")
    }
}

impl Cards for Header {
    fn number(&self, key: &str) -> Option<f64> {
        match self.cards.get(key)? {
            CardValue::Real(value) => Some(*value),
            CardValue::Integer(value) => Some(*value as f64),
            CardValue::Text(_) => None,
        }
    }

    fn text(&self, key: &str) -> Option<String> {
        match self.cards.get(key)? {
            CardValue::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    fn texts(&self, key: &str) -> Vec<String> {
        let records = self.records.get(key).cloned();
        records.unwrap_or_else(|| Cards::text(self, key).into_iter().collect())
    }

    fn table(&self, name: &str, version: u32) -> Result<Table, String> {
        let found = self.tables.get(&format!("{name},{version}")).cloned();
        found.ok_or_else(|| format!("{name},{version} is not at hand"))
    }
}

/// The larger of the two differences.
pub fn apart(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).abs().max((a[1] - b[1]).abs())
}

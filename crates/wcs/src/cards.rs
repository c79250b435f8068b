//! How a header is read and written: keyword by keyword, whoever owns the header type.

/// A header, seen one keyword at a time.
pub trait Cards {
    /// The value of a numeric keyword; `None` when it is absent or no number.
    fn number(&self, key: &str) -> Option<f64>;
    /// The value of a string keyword without surrounding blanks; `None` when it is absent or no string.
    fn text(&self, key: &str) -> Option<String>;
}

/// The value of a card to be written.
#[derive(Clone, Debug, PartialEq)]
pub enum CardValue {
    /// An integer.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// A string.
    Text(String),
}

//! Header cards: one keyword, its value and its comment.

/// The value of a card. Complex numbers are kept as their text.
#[derive(Debug, Clone, PartialEq)]
pub enum CardValue {
    /// A string, without its quotes and trailing spaces.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A real number.
    Number(f64),
    /// T or F.
    Logical(bool),
}

/// A keyword record. `COMMENT`, `HISTORY` and blank keywords have their text as [`CardValue::Text`].
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// The keyword in capitals; hierarchical ones without the word HIERARCH.
    pub key: String,
    /// None where the header leaves the value undefined.
    pub value: Option<CardValue>,
    /// The text after the slash; empty when there is none.
    pub comment: String,
}

impl Card {
    /// A text card.
    pub fn text(key: &str, value: impl Into<String>, comment: &str) -> Card {
        Card::new(key, CardValue::Text(value.into()), comment)
    }

    /// A whole number.
    pub fn integer(key: &str, value: i64, comment: &str) -> Card {
        Card::new(key, CardValue::Integer(value), comment)
    }

    /// A real number; it must be finite to be written.
    pub fn number(key: &str, value: f64, comment: &str) -> Card {
        Card::new(key, CardValue::Number(value), comment)
    }

    /// T or F.
    pub fn logical(key: &str, value: bool, comment: &str) -> Card {
        Card::new(key, CardValue::Logical(value), comment)
    }

    /// A line of HISTORY; long text is split over several cards when written.
    pub fn history(text: impl Into<String>) -> Card {
        Card::text("HISTORY", text, "")
    }

    /// A line of COMMENT; long text is split over several cards when written.
    pub fn comment(text: impl Into<String>) -> Card {
        Card::text("COMMENT", text, "")
    }

    fn new(key: &str, value: CardValue, comment: &str) -> Card {
        Card {
            key: key.to_owned(),
            value: Some(value),
            comment: comment.to_owned(),
        }
    }

    /// Whether the card is commentary: free text with neither value nor comment.
    pub fn is_commentary(&self) -> bool {
        matches!(self.key.as_str(), "COMMENT" | "HISTORY" | "")
    }
}

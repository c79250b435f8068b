//! How a header is read and written, keyword by keyword, independently of the header's type.

/// A header, accessed one keyword at a time; of a keyword that it has twice the last one counts, as in wcslib.
pub trait Cards {
    /// The value of a numeric keyword; `None` when it is absent or not a number.
    fn number(&self, key: &str) -> Option<f64>;
    /// The value of a string keyword without surrounding blanks; `None` when it is absent or not a string.
    fn text(&self, key: &str) -> Option<String>;
    /// The string values of all cards of a repeated keyword; leading blanks are kept.
    fn texts(&self, key: &str) -> Vec<String> {
        self.text(key).into_iter().collect()
    }
    /// Where in the header the keyword stands, the last one if there are several.
    fn position(&self, _key: &str) -> usize {
        0
    }
    /// The values of all cards of a keyword, as text.
    fn values(&self, key: &str) -> Vec<String> {
        let number = self.number(key).map(|value| value.to_string());
        number.or_else(|| self.text(key)).into_iter().collect()
    }
    /// The lookup table in the image extension of this name and version in the same file, or why there is none.
    fn table(&self, name: &str, version: u32) -> Result<Table, String> {
        Err(format!(
            "its table {name},{version} is in a file that is not at hand"
        ))
    }
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

/// A two-dimensional lookup table of a file, with the linear coordinates of its header.
#[derive(Clone, Debug)]
pub struct Table {
    /// Nodes along its first and second FITS axis.
    pub size: [usize; 2],
    /// The values; the first axis varies fastest.
    pub values: Vec<f32>,
    /// `CRPIXn`, 1-based; 0 where absent.
    pub crpix: [f64; 2],
    /// `CRVALn`; 0 where absent.
    pub crval: [f64; 2],
    /// `CDELTn`; 1 where absent.
    pub cdelt: [f64; 2],
}

impl Table {
    /// Why the table cannot be used.
    pub(crate) fn problem(&self) -> Option<String> {
        let nodes = self.size[0].checked_mul(self.size[1]);
        let numbers = || self.crpix.iter().chain(&self.crval).chain(&self.cdelt);
        if nodes != Some(self.values.len()) || self.values.is_empty() {
            Some("the table has no nodes".to_owned())
        } else if !self.values.iter().all(|v| v.is_finite()) {
            Some("the table has nodes that are not finite".to_owned())
        } else if !numbers().all(|v| v.is_finite()) || self.cdelt.contains(&0.0) {
            Some("the table's CRPIX, CRVAL or CDELT make no sense".to_owned())
        } else {
            None
        }
    }
}

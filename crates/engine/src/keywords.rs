//! Lets the WCS crate read a FITS header, and the lookup tables of its file.

use std::collections::HashMap;

use zemosaic_fits::{Card, CardValue, FitsFile, Hdu, HduKind, Header};
use zemosaic_room::filled;
use zemosaic_wcs::{Cards, Table, is_wcs_keyword};

/// A FITS header in the form the WCS crate reads; the two crates do not know each other.
#[derive(Debug)]
pub struct Keywords<'a> {
    /// By keyword, with the place in the header.
    cards: HashMap<String, Vec<(usize, Card)>>,
    file: Option<&'a FitsFile>,
}

/// The most nodes that a lookup table may have: 64 MB. Real ones have a few thousand.
const MOST_NODES: usize = 1 << 24;

impl<'a> Keywords<'a> {
    /// A header without a file.
    pub fn alone(header: &Header) -> Self {
        Self {
            cards: indexed(header.cards()),
            file: None,
        }
    }

    /// The header of an HDU of a file. Under INHERIT = T it goes on in the primary header, unless it has a WCS of its
    /// own (FITS standard 4.0, section 4.4.2.6).
    pub fn of(hdu: &Hdu, file: &'a FitsFile) -> Self {
        let mut cards = indexed(hdu.header.cards());
        let primary = file.hdus().first().filter(|first| {
            hdu.index > 0
                && first.kind == HduKind::Empty
                && hdu.header.logical("INHERIT") == Some(true)
                && !cards.keys().any(|key| key.starts_with("CTYPE"))
        });
        if let Some(primary) = primary {
            for (key, found) in indexed(primary.header.cards()) {
                cards.entry(key).or_insert(found);
            }
        }
        let file = Some(file);
        Self { cards, file }
    }

    /// The same header with the cards of another in place of its own: a whole solution takes the place of the whole WCS.
    /// `all`: not only the cards of the WCS, but all that say nothing of how pixels are stored.
    #[must_use]
    pub fn overlaid(mut self, by: &Header, all: bool) -> Self {
        let mut new = indexed(by.cards());
        // ASTAP's .ini says that the plate is solved, and not on which projection.
        if by.logical("PLTSOLVD") == Some(true) && !new.contains_key("CTYPE1") {
            let types = Header::from_text(b"CTYPE1  = 'RA---TAN'\nCTYPE2  = 'DEC--TAN'\n");
            new.extend(indexed(types.cards()));
        }
        if new.contains_key("CTYPE1") && new.contains_key("CTYPE2") {
            self.cards.retain(|key, _| !is_wcs_keyword(key));
        }
        let behind = self.cards.values().flatten().map(|(at, _)| at + 1).max();
        for (key, mut found) in new {
            if is_wcs_keyword(&key) || (all && !is_structural(&key)) {
                for (at, _) in &mut found {
                    *at += behind.unwrap_or(0);
                }
                self.cards.insert(key, found);
            }
        }
        self
    }

    fn all(&self, key: &str) -> &[(usize, Card)] {
        self.cards.get(key).map_or(&[], Vec::as_slice)
    }

    fn last(&self, key: &str) -> Option<&CardValue> {
        self.all(key).last()?.1.value.as_ref()
    }
}

/// Keywords that say how the pixels of a file are stored.
fn is_structural(key: &str) -> bool {
    let fixed = [
        "SIMPLE", "XTENSION", "BITPIX", "EXTEND", "PCOUNT", "GCOUNT", "BSCALE", "BZERO", "BLANK",
    ];
    fixed.contains(&key) || key.starts_with("NAXIS")
}

fn indexed(cards: impl Iterator<Item = Card>) -> HashMap<String, Vec<(usize, Card)>> {
    let mut index: HashMap<String, Vec<(usize, Card)>> = HashMap::new();
    for (at, card) in cards.enumerate().filter(|(_, card)| !card.is_commentary()) {
        index.entry(card.key.clone()).or_default().push((at, card));
    }
    index
}

impl Cards for Keywords<'_> {
    fn number(&self, key: &str) -> Option<f64> {
        match self.last(key)? {
            CardValue::Integer(i) => Some(*i as f64),
            CardValue::Number(n) => Some(*n),
            _ => None,
        }
    }

    fn text(&self, key: &str) -> Option<String> {
        match self.last(key)? {
            CardValue::Text(text) => Some(text.trim().to_owned()),
            _ => None,
        }
    }

    fn texts(&self, key: &str) -> Vec<String> {
        let text = |(_, card): &(usize, Card)| match &card.value {
            Some(CardValue::Text(text)) => Some(text.clone()),
            _ => None,
        };
        self.all(key).iter().filter_map(text).collect()
    }

    fn position(&self, key: &str) -> usize {
        self.all(key).last().map_or(0, |(at, _)| *at)
    }

    fn values(&self, key: &str) -> Vec<String> {
        let shown = |(_, card): &(usize, Card)| match card.value.as_ref()? {
            CardValue::Text(text) => Some(text.trim().to_owned()),
            CardValue::Integer(i) => Some((*i as f64).to_string()),
            CardValue::Number(n) => Some(n.to_string()),
            CardValue::Logical(b) => Some(if *b { "T" } else { "F" }.to_owned()),
        };
        self.all(key).iter().filter_map(shown).collect()
    }

    fn table(&self, name: &str, version: u32) -> Result<Table, String> {
        let Some(file) = self.file else {
            return Err(format!(
                "its table {name},{version} is in a file that is not at hand"
            ));
        };
        let found = file.hdus().iter().find(|hdu| {
            let number = hdu.header.number("EXTVER").unwrap_or(1.0);
            hdu.name.as_deref() == Some(name) && number == f64::from(version)
        });
        let hdu = found.ok_or_else(|| format!("the file has no extension {name},{version}"))?;
        let unreadable = |e: zemosaic_fits::FitsError| format!("HDU {}: {e}", hdu.index);
        let shape = hdu.image_shape().map_err(unreadable)?;
        let nodes = shape.width.checked_mul(shape.height);
        let Some(nodes) = nodes.filter(|n| *n <= MOST_NODES && shape.planes == 1) else {
            return Err(format!(
                "extension {name},{version} is not a table of corrections"
            ));
        };
        let reader = file.reader(hdu.index).map_err(unreadable)?;
        let mut values = filled(nodes, 0.0, "a lookup table");
        reader
            .read_rows(0, 0..shape.height, &mut values)
            .map_err(unreadable)?;
        let pair = |stem: &str, default: f64| {
            [1, 2].map(|n| hdu.header.number(&format!("{stem}{n}")).unwrap_or(default))
        };
        Ok(Table {
            size: [shape.width, shape.height],
            values,
            crpix: pair("CRPIX", 0.0),
            crval: pair("CRVAL", 0.0),
            cdelt: pair("CDELT", 1.0),
        })
    }
}

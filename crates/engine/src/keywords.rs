//! Lets the WCS crate read a FITS header.

use zemosaic_fits::Header;
use zemosaic_wcs::Cards;

/// A FITS header as the WCS crate sees it; the two crates do not know each other.
#[derive(Clone, Copy, Debug)]
pub struct Keywords<'a>(pub &'a Header);

impl Cards for Keywords<'_> {
    fn number(&self, key: &str) -> Option<f64> {
        self.0.number(key)
    }

    fn text(&self, key: &str) -> Option<String> {
        self.0.text(key).map(|t| t.trim().to_owned())
    }
}

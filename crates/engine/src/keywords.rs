//! Lets the WCS crate read a FITS header, and the lookup tables of its file.

use zemosaic_fits::{FitsFile, Header};
use zemosaic_room::filled;
use zemosaic_wcs::{Cards, Table};

/// A FITS header in the form the WCS crate reads; the two crates do not know each other.
#[derive(Clone, Copy, Debug)]
pub struct Keywords<'a> {
    header: &'a Header,
    file: Option<&'a FitsFile>,
}

/// The most nodes that a lookup table may have: 64 MB. Real ones have a few thousand.
const MOST_NODES: usize = 1 << 24;

impl<'a> Keywords<'a> {
    /// A header without a file.
    pub fn alone(header: &'a Header) -> Self {
        Self { header, file: None }
    }

    /// The header of an HDU of a file.
    pub fn of(header: &'a Header, file: &'a FitsFile) -> Self {
        let file = Some(file);
        Self { header, file }
    }
}

impl Cards for Keywords<'_> {
    fn number(&self, key: &str) -> Option<f64> {
        self.header.number(key)
    }

    fn text(&self, key: &str) -> Option<String> {
        self.header.text(key).map(|t| t.trim().to_owned())
    }

    fn texts(&self, key: &str) -> Vec<String> {
        self.header.texts(key)
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

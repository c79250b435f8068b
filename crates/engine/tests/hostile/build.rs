//! FITS files made by hand, right or wrong.

use std::io::Write;

/// One record of 80 characters; what is longer is cut.
pub fn card(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(80, b' ');
    bytes
}

/// `KEYWORD = value`, the value as it is written in a file.
pub fn valued(key: &str, value: impl std::fmt::Display) -> String {
    format!("{key:<8}= {value:>20}")
}

/// Cards, END and data, each in whole blocks.
pub fn hdu(cards: &[String], data: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = cards.iter().flat_map(|text| card(text)).collect();
    bytes.extend(card("END"));
    bytes.resize(bytes.len().next_multiple_of(2880), b' ');
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(2880), 0);
    bytes
}

/// The mandatory cards of an image: a primary, or an IMAGE extension of this name.
pub fn image_cards(extension: Option<&str>, bitpix: i32, axes: &[usize]) -> Vec<String> {
    let mut cards = vec![match extension {
        None => valued("SIMPLE", "T"),
        Some(_) => "XTENSION= 'IMAGE   '".to_owned(),
    }];
    cards.push(valued("BITPIX", bitpix));
    cards.push(valued("NAXIS", axes.len()));
    for (n, axis) in (1..).zip(axes) {
        cards.push(valued(&format!("NAXIS{n}"), axis));
    }
    if let Some(name) = extension {
        cards.push(valued("PCOUNT", 0));
        cards.push(valued("GCOUNT", 1));
        cards.push(format!("EXTNAME = '{name}'"));
    }
    cards
}

/// Pixels of an arcsecond, north up, the middle of the image at 150, 30 degrees.
pub fn sky_cards(width: usize, height: usize) -> Vec<String> {
    let middle = |n: usize| f64::midpoint(n as f64, 1.0);
    vec![
        "CTYPE1  = 'RA---TAN'".to_owned(),
        "CTYPE2  = 'DEC--TAN'".to_owned(),
        valued("CRVAL1", 150.0),
        valued("CRVAL2", 30.0),
        valued("CRPIX1", middle(width)),
        valued("CRPIX2", middle(height)),
        valued("CDELT1", -1.0 / 3600.0),
        valued("CDELT2", 1.0 / 3600.0),
    ]
}

/// The bytes as a gzip file.
pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A file of its own folder, written again and again.
pub struct OnDisk {
    folder: tempfile::TempDir,
}

impl OnDisk {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

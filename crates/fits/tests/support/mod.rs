//! FITS files made by hand.

#![allow(dead_code, clippy::unwrap_used)] // each test uses its part; tests may panic

use std::path::PathBuf;

pub fn card(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    assert!(bytes.len() <= 80, "{text}");
    bytes.resize(80, b' ');
    bytes
}

pub fn pad(mut bytes: Vec<u8>, with: u8) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(2880), with);
    bytes
}

pub fn header(cards: &[String]) -> Vec<u8> {
    let mut bytes: Vec<u8> = cards.iter().flat_map(|c| card(c)).collect();
    bytes.extend(card("END"));
    pad(bytes, b' ')
}

/// A primary (`extension` false) or IMAGE extension with these axes, further cards and data.
pub fn image(
    extension: bool,
    bitpix: i32,
    axes: &[usize],
    more: &[&str],
    data: Vec<u8>,
) -> Vec<u8> {
    let mut cards = vec![if extension {
        "XTENSION= 'IMAGE   '".to_owned()
    } else {
        "SIMPLE  =                    T".to_owned()
    }];
    cards.push(format!("BITPIX  = {bitpix:>20}"));
    cards.push(format!("NAXIS   = {:>20}", axes.len()));
    for (n, axis) in axes.iter().enumerate() {
        cards.push(format!("{:<8}= {axis:>20}", format!("NAXIS{}", n + 1)));
    }
    if extension {
        cards.push("PCOUNT  =                    0".into());
        cards.push("GCOUNT  =                    1".into());
    }
    cards.extend(more.iter().map(|&c| c.to_owned()));
    let mut bytes = header(&cards);
    bytes.extend(pad(data, 0));
    bytes
}

pub fn floats(values: impl IntoIterator<Item = f32>) -> Vec<u8> {
    values.into_iter().flat_map(f32::to_be_bytes).collect()
}

/// A file in a folder of its own, removed with it.
pub struct OnDisk {
    pub folder: tempfile::TempDir,
    pub path: PathBuf,
}

pub fn on_disk(name: &str, bytes: &[u8]) -> OnDisk {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    OnDisk { folder, path }
}

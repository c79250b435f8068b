//! Reading: every pixel type, scaling, cubes, several HDUs, gzip, and what is broken.

#![allow(clippy::unwrap_used)] // a test

mod damaged;
mod ends;
mod packed;
mod pixels;
#[path = "../support/mod.rs"]
mod support;

use support::{OnDisk, image, on_disk};
use zemosaic_fits::FitsFile;

fn read(file: &OnDisk, hdu: usize, plane: usize) -> Vec<f32> {
    let file = FitsFile::open(&file.path).unwrap();
    let reader = file.reader(hdu).unwrap();
    let shape = reader.shape();
    let mut out = vec![0.0; shape.height * shape.width];
    reader.read_rows(plane, 0..shape.height, &mut out).unwrap();
    out
}

fn one(bitpix: i32, cards: &[&str], data: Vec<u8>) -> Vec<f32> {
    let width = data.len() / (bitpix.unsigned_abs() as usize / 8);
    read(
        &on_disk("a.fits", &image(false, bitpix, &[width, 1], cards, data)),
        0,
        0,
    )
}

/// As bits, so that NaN is comparable.
fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

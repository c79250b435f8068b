//! Headers that claim rows of a hundred million pixels, in files that take no room.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use zemosaic_engine::{count_pixels, flagged_share};
use zemosaic_fits::FitsFile;

use crate::counted::peak_of;

const WIDTH: u64 = 100_000_000;
const ROWS: u64 = 2;
/// A batch of pixels, and what goes with it.
const MOST: usize = 8 << 20;

fn sparse(folder: &tempfile::TempDir, bitpix: i64) -> PathBuf {
    let path = folder.path().join(format!("wide{bitpix}.fits"));
    let cards = [
        "SIMPLE  =                    T".to_owned(),
        format!("BITPIX  = {bitpix:>20}"),
        "NAXIS   =                    2".to_owned(),
        format!("NAXIS1  = {WIDTH:>20}"),
        format!("NAXIS2  = {ROWS:>20}"),
        "END".to_owned(),
    ];
    let mut header: String = cards.map(|card| format!("{card:<80}")).concat();
    header.push_str(&" ".repeat(2880 - header.len()));
    let mut file = File::create(&path).unwrap();
    file.write_all(header.as_bytes()).unwrap();
    let data = (WIDTH * ROWS * bitpix.unsigned_abs() / 8).next_multiple_of(2880);
    file.set_len(2880 + data).unwrap();
    path
}

#[test]
fn rows_longer_than_memory_are_counted_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    for bitpix in [-32, 8] {
        let file = FitsFile::open(&sparse(&folder, bitpix)).unwrap();
        let reader = file.reader(0).unwrap();
        let (counts, peak) = peak_of(|| count_pixels(&reader).unwrap());
        assert_eq!((counts.finite, counts.max), (WIDTH * ROWS, 0.0));
        assert!(peak < MOST, "{peak} bytes to count");
        let (share, peak) = peak_of(|| flagged_share(&reader).unwrap());
        assert_eq!(share, 0.0);
        assert!(peak < MOST, "{peak} bytes to look at a mask");
    }
}

//! Files: good ones of every kind, damaged anywhere, plain or in gzip.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use zemosaic_fits::FitsFile;

use crate::build::{OnDisk, gzipped, hdu, image_cards, valued};
use crate::corpus;
use crate::counted::peak_of;

/// Buffers of fixed size, whatever the file.
pub const FIXED: usize = 768 * 1024;

/// Opens the file within its memory.
pub fn open(path: &Path, bytes: usize) -> Option<FitsFile> {
    let (fits, peak) = peak_of(|| FitsFile::open(path));
    assert!(
        peak <= 4 * bytes + FIXED,
        "open took {peak} bytes for {bytes}"
    );
    fits.map_err(|error| one_line(&error, error.code())).ok()
}

/// Errors are one line with a code of their own kind.
pub fn one_line(error: &dyn std::error::Error, code: &str) {
    let text = error.to_string();
    assert!(
        !text.is_empty() && text.trim() == text && !text.contains('\n'),
        "{text:?}"
    );
    assert!(code != "internal" && code != "out_of_range", "{text}");
}

/// Opens the file, walks its headers, makes every reader and reads rows of each plane, whole and in parts.
fn read_everything(path: &Path, bytes: usize) {
    let Some(fits) = open(path, bytes) else {
        return;
    };
    for warning in fits.warnings() {
        assert!(!warning.contains('\n'), "{warning:?}");
    }
    for hdu in fits.hdus() {
        assert!(hdu.header.cards().count() <= hdu.header.len());
        let (reader, peak) = peak_of(|| fits.reader(hdu.index));
        assert!(
            peak <= 4 * bytes + FIXED,
            "reader took {peak} bytes for {bytes}"
        );
        let reader = match reader {
            Ok(reader) => reader,
            Err(error) => {
                one_line(&error, error.code());
                continue;
            }
        };
        let shape = reader.shape();
        let rows = shape.height.min(50);
        // The caller's pixels are the caller's to allocate.
        if rows.saturating_mul(shape.width) > 1 << 22 {
            continue;
        }
        let pixels: u64 = hdu.axes.iter().product();
        // A compressed tile is as large as the image at most, and in several forms at once.
        let most = FIXED + 4 * bytes + 32 * pixels.min(1 << 26) as usize;
        for plane in 0..shape.planes {
            let mut whole = vec![0.0; rows * shape.width];
            let (read, peak) = peak_of(|| reader.read_rows(plane, 0..rows, &mut whole));
            assert!(peak <= most, "read_rows took {peak} bytes of {most}");
            if let Err(error) = &read {
                one_line(error, error.code());
                continue;
            }
            let mut parts = vec![0.0; whole.len()];
            let cut = rows / 3;
            let (first, second) = parts.split_at_mut(cut * shape.width);
            reader.read_rows(plane, 0..cut, first).unwrap();
            reader.read_rows(plane, cut..rows, second).unwrap();
            let same = |(a, b): (&f32, &f32)| a.to_bits() == b.to_bits();
            assert!(
                whole.iter().zip(&parts).all(same),
                "rows in parts are others"
            );
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let floats: Vec<u8> = (0..189).flat_map(|v| (v as f32).to_be_bytes()).collect();
    let mut several = hdu(
        &[image_cards(None, 8, &[]), vec![valued("EXTEND", "T")]].concat(),
        &[],
    );
    several.extend(hdu(&image_cards(Some("SCI"), -32, &[9, 7, 3]), &floats));
    let scaled = vec![
        valued("BZERO", 32768),
        valued("BSCALE", 0.5),
        valued("BLANK", 7),
    ];
    let cards = [image_cards(Some("X"), 16, &[9, 7]), scaled].concat();
    several.extend(hdu(&cards, &[3; 126]));
    let words = [
        "LONG    = 'one &'",
        "CONTINUE  'two &' / first",
        "CONTINUE  'three' / last",
        "HIERARCH ESO DET NAME = 'ccd'",
        "COMMENT = nothing",
        "COMPLEX = (1.0, 2.0)",
    ];
    let mut cards = image_cards(None, 64, &[5, 4]);
    cards.extend(words.map(str::to_owned));
    let long = hdu(&cards, &[9; 160]);
    let mut cards = image_cards(None, -64, &[0, 3, 5]);
    cards.extend([
        valued("GROUPS", "T"),
        valued("PCOUNT", 2),
        valued("GCOUNT", 3),
    ]);
    let groups = hdu(&cards, &[0; 3 * 8 * 17]);
    let interleaved = hdu(&image_cards(None, 32, &[3, 8, 6]), &[1; 576]);
    let mut seeds = vec![several, long, groups, interleaved];
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/fits/compressed");
    let names = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<PathBuf> = names.map(|e| e.unwrap().path()).collect();
    names.sort();
    seeds.extend(names.iter().map(|name| std::fs::read(name).unwrap()));
    assert_eq!(seeds.len(), 15);
    seeds
}

#[derive(Debug, Clone)]
enum Damage {
    /// A card's value becomes something else.
    Value(usize, String),
    /// A card becomes that of another place.
    Copy(usize, usize),
    /// Bytes anywhere.
    Bytes(usize, Vec<u8>),
    /// A run of one byte anywhere.
    Fill(usize, usize, u8),
    /// A whole card, of any text.
    Card(usize, String),
    Truncate(usize),
    /// The file continues with a part of itself.
    Repeat(usize),
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|v| v.to_string()),
        (-3_i64..3000).prop_map(|v| v.to_string()),
        (0..63_u32).prop_map(|v| (1_i64 << v).to_string()),
        any::<f64>().prop_map(|v| format!("{v:E}")),
        "[ -~]{0,70}",
        "'[0-9]{0,3}[PQ]?[BIJEDKXA]([(][0-9]{0,9}[)])?'",
        "'(RICE_1|GZIP_1|GZIP_2|HCOMPRESS_1|PLIO_1|NOCOMPRESS|NONE|SUBTRACTIVE_DITHER_[12])'",
    ]
}

fn damage() -> impl Strategy<Value = Damage> {
    let bytes = prop::collection::vec(any::<u8>(), 1..9);
    prop_oneof![
        8 => (any::<usize>(), value()).prop_map(|(at, v)| Damage::Value(at, v)),
        2 => (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Damage::Copy(a, b)),
        4 => (any::<usize>(), bytes).prop_map(|(at, b)| Damage::Bytes(at, b)),
        2 => (any::<usize>(), 1_usize..400, any::<u8>()).prop_map(|(at, n, b)| Damage::Fill(at, n, b)),
        1 => (any::<usize>(), "[A-Z0-9_ -]{0,8}[= ][ -~]{0,71}").prop_map(|(at, t)| Damage::Card(at, t)),
        1 => any::<usize>().prop_map(Damage::Truncate),
        1 => any::<usize>().prop_map(Damage::Repeat),
    ]
}

/// Positions of the cards that have values.
fn cards(bytes: &[u8]) -> Vec<usize> {
    let places = (0..bytes.len() / 80).map(|n| n * 80);
    places.filter(|&at| bytes[at + 8] == b'=').collect()
}

fn apply(bytes: &mut Vec<u8>, damage: &Damage) {
    let mut cards = cards(bytes);
    let length = bytes.len();
    if length < 80 {
        return;
    }
    if cards.is_empty() {
        cards.push(0);
    }
    match damage {
        Damage::Value(at, value) => {
            let at = cards[at % cards.len()];
            let text = format!("{value:<70.70}");
            bytes[at + 10..at + 80].copy_from_slice(&text.as_bytes()[..70]);
        }
        Damage::Copy(from, to) => {
            let (from, to) = (cards[from % cards.len()], cards[to % cards.len()]);
            bytes.copy_within(from..from + 80, to);
        }
        Damage::Bytes(at, new) => {
            let at = at % length;
            let end = length.min(at + new.len());
            bytes[at..end].copy_from_slice(&new[..end - at]);
        }
        Damage::Fill(at, count, byte) => {
            let at = at % length;
            bytes[at..length.min(at + count)].fill(*byte);
        }
        Damage::Card(at, text) => {
            let at = cards[at % cards.len()];
            bytes[at..at + 80].copy_from_slice(&crate::build::card(text));
        }
        Damage::Truncate(to) => bytes.truncate(to % length),
        Damage::Repeat(from) => bytes.extend_from_within(from % length..),
    }
}

fn apply_all(bytes: &mut Vec<u8>, damages: &[Damage]) {
    for damage in damages {
        apply(bytes, damage);
    }
}

pub fn damaged_files() {
    let (seeds, disk) = (seeds(), OnDisk::new());
    for seed in &seeds {
        read_everything(&disk.write("good.fits", seed), seed.len());
        let packed = gzipped(seed);
        read_everything(&disk.write("good.fits", &packed), packed.len());
    }
    let damages = || prop::collection::vec(damage(), 1..4);
    let strategy = (
        0..seeds.len(),
        damages(),
        prop::option::weighted(0.15, damages()),
    );
    corpus::run("files", &strategy, |(seed, damages, packed)| {
        let mut bytes = seeds[*seed].clone();
        apply_all(&mut bytes, damages);
        let plain = bytes.len();
        if let Some(damages) = packed {
            bytes = gzipped(&bytes);
            apply_all(&mut bytes, damages);
        }
        // Headers are kept, and those of a gzip file are as long as they are when unpacked.
        let length = bytes.len().max(plain);
        read_everything(&disk.write("hostile.fits", &bytes), length);
    });
}

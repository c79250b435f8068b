//! Damaged and hostile files: no panic, and no more memory than the file's own size allows.

#![allow(clippy::unwrap_used)] // a test
#![allow(unsafe_code)] // an allocator that counts

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use support::{floats, image, on_disk};
use zemosaic_fits::FitsFile;

struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is handed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(live, Ordering::Relaxed);
        // SAFETY: the caller's promises are the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are the system's.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Buffers of fixed size, whatever the file.
const FIXED: usize = 768 * 1024;

/// Bytes that `work` had at once at most, beyond what was there before.
fn peak_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = LIVE.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let result = work();
    (result, PEAK.load(Ordering::Relaxed) - before)
}

/// Opens the file, makes every reader and reads a few rows of each plane.
fn read_everything(bytes: &[u8]) {
    let file = on_disk("hostile.fits", bytes);
    let (fits, peak) = peak_of(|| FitsFile::open(&file.path));
    assert!(
        peak <= 4 * bytes.len() + FIXED,
        "open took {peak} bytes for {}",
        bytes.len()
    );
    let Ok(fits) = fits else { return };
    for hdu in fits.hdus() {
        let (reader, peak) = peak_of(|| fits.reader(hdu.index));
        assert!(
            peak <= 4 * bytes.len() + FIXED,
            "reader took {peak} bytes for {}",
            bytes.len()
        );
        let Ok(reader) = reader else { continue };
        let shape = reader.shape();
        for plane in 0..shape.planes {
            let rows = 0..shape.height.min(50);
            // The caller's pixels are the caller's to allocate.
            if rows.len().saturating_mul(shape.width) > 1 << 22 {
                continue;
            }
            let mut out = vec![0.0; rows.len() * shape.width];
            let (_, peak) = peak_of(|| reader.read_rows(plane, rows, &mut out));
            // Tiles are as large as the image at most, and in several forms at once.
            let pixels: u64 = hdu.axes.iter().product();
            let most = FIXED + 4 * bytes.len() + 32 * pixels.min(1 << 26) as usize;
            assert!(peak <= most, "read_rows took {peak} bytes of {most}");
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut mef = image(false, 8, &[], &["EXTEND  = T"], vec![]);
    mef.extend(image(
        true,
        -32,
        &[9, 7, 3],
        &["EXTNAME = 'SCI'"],
        floats(vec![1.0; 189]),
    ));
    mef.extend(image(
        true,
        16,
        &[9, 7],
        &["BZERO   = 32768", "BLANK   = 7"],
        vec![3; 126],
    ));
    let mut seeds = vec![mef];
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/fits/compressed");
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    names.sort();
    seeds.extend(names.iter().map(|name| std::fs::read(name).unwrap()));
    assert_eq!(seeds.len(), 12);
    seeds
}

#[derive(Debug, Clone)]
enum Damage {
    /// A card's value becomes something else.
    Value(usize, String),
    /// A card's keyword becomes that of another.
    Copy(usize, usize),
    /// Bytes anywhere.
    Bytes(usize, Vec<u8>),
    Truncate(usize),
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|v| v.to_string()),
        (-3_i64..3000).prop_map(|v| v.to_string()),
        (0..63_u32).prop_map(|v| (1_i64 << v).to_string()),
        any::<f64>().prop_map(|v| format!("{v:E}")),
        "[ -~]{0,70}",
        "'[0-9]{0,3}[PQ]?[BIJEDKXA]([(][0-9]{0,9}[)])?'",
    ]
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        8 => (any::<usize>(), value()).prop_map(|(at, v)| Damage::Value(at, v)),
        2 => (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Damage::Copy(a, b)),
        4 => (any::<usize>(), prop::collection::vec(any::<u8>(), 1..9)).prop_map(|(at, b)| Damage::Bytes(at, b)),
        1 => any::<usize>().prop_map(Damage::Truncate),
    ]
}

/// Positions of the cards that have values.
fn cards(bytes: &[u8]) -> Vec<usize> {
    (0..bytes.len() / 80)
        .map(|n| n * 80)
        .filter(|&at| bytes[at + 8] == b'=')
        .collect()
}

fn apply(bytes: &mut Vec<u8>, damage: &Damage) {
    let cards = cards(bytes);
    if cards.is_empty() {
        return;
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
            let at = at % bytes.len();
            let end = bytes.len().min(at + new.len());
            bytes[at..end].copy_from_slice(&new[..end - at]);
        }
        Damage::Truncate(length) => {
            let length = length % bytes.len();
            bytes.truncate(length);
        }
    }
}

/// One test, so that no other thread allocates while it counts.
#[test]
fn damaged_files_neither_panic_nor_take_memory() {
    let seeds = seeds();
    for seed in &seeds {
        read_everything(seed);
    }
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1500);
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let strategy = (0..seeds.len(), prop::collection::vec(damage(), 1..4));
    TestRunner::new(config)
        .run(&strategy, |(seed, damages)| {
            let mut bytes = seeds[seed].clone();
            for damage in &damages {
                apply(&mut bytes, damage);
            }
            read_everything(&bytes);
            Ok(())
        })
        .unwrap();
}

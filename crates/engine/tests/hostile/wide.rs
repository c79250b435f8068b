//! Headers that claim rows of a hundred million pixels, in files that take no room.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use zemosaic_coadd::{Combine, Kernel};
use zemosaic_engine::{
    BackgroundModel, Blank, MatchOptions, PixelOptions, PlaneSource, Session, Tile, TileSpec,
    count_pixels, flagged_share, place_tiles,
};
use zemosaic_fits::FitsFile;
use zemosaic_testkit::{Card, write_fits};
use zemosaic_wcs::GridOptions;

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
        let (share, peak) = peak_of(|| flagged_share(&reader, 0..1).unwrap());
        assert_eq!(share, 0.0);
        assert!(peak < MOST, "{peak} bytes to look at a mask");
    }
}

/// A run of tiles.
fn session(paths: &[PathBuf], blank: Blank) -> Session {
    let open = |path: &PathBuf| {
        let image = PlaneSource {
            path: path.clone(),
            hdu: 0,
        };
        Tile::open(&TileSpec {
            blank,
            ..TileSpec::of(image)
        })
        .unwrap()
    };
    let tiles: Vec<Tile> = paths.iter().map(open).collect();
    let (grid, _) = place_tiles(&tiles, &GridOptions::default()).unwrap();
    let options = PixelOptions {
        kernel: Kernel::Bilinear,
        combine: Combine::Mean,
        map_error: 1e-4,
    };
    Session::open(Arc::new(tiles), &grid, options, 2, None).unwrap()
}

/// A tile of pixels of 0.01", shifted by some of them along the sky.
fn tile(
    path: PathBuf,
    size: [usize; 2],
    shift: f64,
    value: &dyn Fn(usize, usize) -> f32,
) -> PathBuf {
    let [width, height] = size;
    let pixels: Vec<f32> = (0..width * height)
        .map(|i| value(i % width, i / width))
        .collect();
    let [x, y] = size.map(|side| side as f64 / 2.0 + 0.5);
    let step = 0.01 / 3600.0;
    let numbers = [150.0, 0.0, x - shift, y, -step, step];
    let names = ["CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2", "CDELT1", "CDELT2"];
    let mut cards = vec![
        Card::text("CTYPE1", "RA---TAN"),
        Card::text("CTYPE2", "DEC--TAN"),
    ];
    cards.extend(names.iter().zip(numbers).map(|(k, n)| Card::real(k, n)));
    let mut file = File::create(&path).unwrap();
    write_fits(&mut file, [1, height, width], &cards, &pixels).unwrap();
    path
}

fn sky(x: usize, y: usize) -> f32 {
    100.0 + ((x * 7919 + y * 104_729) % 1013) as f32
}

/// Of rows too long to be held, only the first and the last are read, in pieces, unless they show a border; then the tile is
/// read as a whole, or refused where that takes too much.
#[test]
fn the_edge_of_long_rows_is_looked_at_in_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let size @ [width, _] = [(1 << 20) + 1000, 12];
    // The run of equal pixels goes on from one piece to the next.
    let around = (1 << 20) - 30_000..(1 << 20) + 900;
    let framed = |x, y| {
        if around.contains(&x) { 0.0 } else { sky(x, y) }
    };
    let look = |value: &dyn Fn(usize, usize) -> f32, most: u64| {
        let path = tile(folder.path().join("t.fits"), size, 0.0, value);
        let report = session(&[path], Blank::Border).find_borders(1 << 20, most);
        report.map(|report| report.bytes_read as f64 / (4 * width) as f64)
    };
    let rows = look(&sky, 1 << 20).unwrap();
    assert!((2.0..2.01).contains(&rows), "{rows} rows");
    let error = look(&framed, 1 << 20).unwrap_err();
    assert_eq!(error.code(), "over_memory");
    assert!(error.to_string().contains("raise --ram-mb"), "{error}");
    let rows = look(&framed, 1 << 30).unwrap();
    assert!(rows > 14.0, "{rows} rows");
}

#[test]
fn long_rows_are_compared_in_strips_with_the_same_result() {
    let folder = tempfile::tempdir().unwrap();
    let size = [150_000, 40];
    let paths = [("a.fits", 0.0, 0.0), ("b.fits", 5.25, 30.0)].map(|(name, shift, level)| {
        tile(folder.path().join(name), size, shift, &|x, y| {
            sky(x, y) / 100.0 + level
        })
    });
    let matched = |ram_bytes| {
        let options = MatchOptions {
            model: BackgroundModel::Offset,
            gain: false,
            ram_bytes,
        };
        let mut session = session(&paths, Blank::None);
        session.match_background(&options, &[]).unwrap().channels
    };
    let whole = matched(1 << 30);
    assert_eq!(whole[0].pairs, 1);
    let step = whole[0].tiles[0].offset - whole[0].tiles[1].offset;
    assert!((step - 30.0).abs() < 1.0, "{step}");
    assert_eq!(matched(4 << 20), whole);
}

//! Writing: any order, any thread, checksums, split files, and what happens when it cannot be.

#![allow(clippy::unwrap_used)] // a test

use std::path::{Path, PathBuf};
use std::process::Command;

use zemosaic_fits::{BLOCK, Card, Claim, FitsFile, HduKind, MosaicSpec, MosaicWriter};

fn spec(path: &Path, width: usize, height: usize, planes: usize) -> MosaicSpec<'_> {
    let wcs = vec![
        Card::text("CTYPE1", "RA---TAN", "gnomonic"),
        Card::text("CTYPE2", "DEC--TAN", "gnomonic"),
        Card::number("CRVAL1", 10.684_708_333_333_333, "[deg]"),
        Card::number("CRVAL2", -1.234_567_890_123_456_7e-5, "[deg]"),
        Card::number("CRPIX1", 1.0, ""),
        Card::number("CRPIX2", 1.0, ""),
        Card::number("CDELT1", -1e-4, ""),
        Card::number("CDELT2", 1e-4, ""),
    ];
    let mut cards = wcs.clone();
    cards.push(Card::text(
        "OBJECT",
        "a name that is long ".repeat(6),
        "goes on",
    ));
    cards.push(Card::history(
        "tiles: α.fits ".to_owned() + &"b.fits ".repeat(30),
    ));
    MosaicSpec {
        path,
        width,
        height,
        planes,
        apart: false,
        keep: false,
        claim: Claim::default(),
        cards,
        coverage_unit: 1.0,
        wcs_cards: wcs,
        split: false,
        force: false,
        sync: true,
    }
}

fn value(plane: usize, row: usize, x: usize) -> f32 {
    if (row + x).is_multiple_of(5) {
        f32::NAN
    } else {
        (plane * 1000 + row * 37 + x) as f32 / 7.0
    }
}

/// Rows 10..13 without tiles, the others written last to first.
fn fill(writer: &MosaicWriter, width: usize, height: usize, planes: usize) {
    writer.write_empty(10..13).unwrap();
    for row in (0..height).rev().filter(|r| !(10..13).contains(r)) {
        for plane in 0..planes {
            let mut pixels: Vec<f32> = (0..width).map(|x| value(plane, row, x)).collect();
            writer.write_values(plane, row, &mut pixels).unwrap();
        }
        let mut coverage: Vec<f32> = (0..width).map(|x| x as f32).collect();
        writer.write_coverage(row, &mut coverage).unwrap();
        let alpha: Vec<u8> = (0..width).map(|x| (x + row) as u8).collect();
        writer.write_alpha(row, &alpha).unwrap();
    }
}

/// The ones' complement sum of each HDU must be -0.
fn assert_checksums(path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    let mut at = 0;
    for hdu in FitsFile::open(path).unwrap().hdus() {
        let header = (hdu.header.len() * 80 + 80).next_multiple_of(BLOCK);
        let pixels: u64 = hdu.axes.iter().product();
        let data =
            (pixels as usize * hdu.bitpix.unsigned_abs() as usize / 8).next_multiple_of(BLOCK);
        let sum = |bytes: &[u8]| {
            let words = bytes
                .chunks_exact(4)
                .map(|w| u64::from(u32::from_be_bytes(w.try_into().unwrap())));
            words.fold(0, |sum, word| (sum + word) % 0xFFFF_FFFF)
        };
        let datasum: u64 = hdu.header.text("DATASUM").unwrap().parse().unwrap();
        assert_eq!(
            sum(&bytes[at + header..at + header + data]),
            datasum % 0xFFFF_FFFF,
            "DATASUM"
        );
        assert_eq!(sum(&bytes[at..at + header + data]), 0, "CHECKSUM");
        at += header + data;
    }
    assert_eq!(at, bytes.len());
}

fn assert_fitsverify(path: &Path) {
    let Ok(output) = Command::new("fitsverify").arg(path).output() else {
        println!("1 check skipped: fitsverify is not installed");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("found 0 warning(s) and 0 error(s)"), "{text}");
}

fn read(path: &Path, hdu: usize, plane: usize) -> Vec<f32> {
    let reader = FitsFile::open(path).unwrap().reader(hdu).unwrap();
    let shape = reader.shape();
    let mut out = vec![0.0; shape.height * shape.width];
    reader.read_rows(plane, 0..shape.height, &mut out).unwrap();
    out
}

fn assert_contents(
    values: &Path,
    coverage: (&Path, usize),
    alpha: (&Path, usize),
    size: (usize, usize, usize),
) {
    let (width, height, planes) = size;
    let empty = |row: usize| (10..13).contains(&row);
    for plane in 0..planes {
        let pixels = read(values, 0, plane);
        for (n, pixel) in pixels.iter().enumerate() {
            let (row, x) = (n / width, n % width);
            let expected = if empty(row) {
                f32::NAN
            } else {
                value(plane, row, x)
            };
            let same = *pixel == expected || pixel.to_bits() == 0x7FC0_0000 && expected.is_nan();
            assert!(
                same,
                "plane {plane}, row {row}, x {x}: {pixel}, not {expected}"
            );
        }
    }
    let coverage = read(coverage.0, coverage.1, 0);
    let alpha = read(alpha.0, alpha.1, 0);
    for n in 0..width * height {
        let (row, x) = (n / width, n % width);
        let (c, a) = if empty(row) {
            (0.0, 0.0)
        } else {
            (x as f32, f32::from((x + row) as u8))
        };
        assert_eq!((coverage[n], alpha[n]), (c, a));
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn one_file_of_three_hdus() {
    for (planes, width) in [(1, 1), (1, 67), (3, 50), (4, 3)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out [a] (b)+é .fits");
        let writer = MosaicWriter::create(&spec(&path, width, 61, planes)).unwrap();
        assert!(!path.exists());
        fill(&writer, width, 61, planes);
        let stats = writer.finish().unwrap();
        assert_eq!(stats.paths, std::slice::from_ref(&path));
        assert_eq!(stats.bytes, std::fs::metadata(&path).unwrap().len());
        assert_eq!(names(folder.path()).len(), 1, "no temporary file is left");
        assert_contents(&path, (&path, 2), (&path, 1), (width, 61, planes));
        assert_checksums(&path);
        let plain = folder.path().join("plain.fits");
        std::fs::rename(&path, &plain).unwrap();
        assert_fitsverify(&plain);
    }
}

#[test]
fn what_is_written_can_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.fits");
    let writer = MosaicWriter::create(&spec(&path, 9, 20, 3)).unwrap();
    fill(&writer, 9, 20, 3);
    writer.finish().unwrap();
    let file = FitsFile::open(&path).unwrap();
    let names: Vec<_> = file.hdus().iter().map(|h| h.name.as_deref()).collect();
    // Never two images of one size and type first: Siril takes those for a sequence.
    assert_eq!(names, [None, Some("ALPHA"), Some("COVERAGE")]);
    assert!(file.hdus().iter().all(|h| h.kind == HduKind::Image));
    assert_eq!(file.hdus()[0].axes, [9, 20, 3]);
    assert_eq!(file.hdus()[1].bitpix, 8);
    for hdu in file.hdus() {
        assert_eq!(hdu.header.number("CRVAL1"), Some(10.684_708_333_333_333));
        assert_eq!(
            hdu.header.number("CRVAL2"),
            Some(-1.234_567_890_123_456_7e-5)
        );
    }
    let object = file.hdus()[0].header.text("OBJECT").unwrap();
    assert_eq!(object, "a name that is long ".repeat(6).trim());
}

#[test]
fn three_files_of_one_hdu() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.31.fits");
    let mut split = spec(&path, 33, 40, 3);
    split.split = true;
    let writer = MosaicWriter::create(&split).unwrap();
    fill(&writer, 33, 40, 3);
    let stats = writer.finish().unwrap();
    assert_eq!(
        names(folder.path()),
        ["m.31.alpha.fits", "m.31.fits", "m.31.weight.fits"]
    );
    let [values, weight, alpha] = &stats.paths[..] else {
        panic!("{:?}", stats.paths)
    };
    assert_contents(values, (weight, 0), (alpha, 0), (33, 40, 3));
    for path in &stats.paths {
        assert_checksums(path);
        assert_fitsverify(path);
        assert_eq!(FitsFile::open(path).unwrap().hdus().len(), 1);
    }
}

/// The same mosaic written by many threads in chunks of any size has the same bytes.
#[test]
fn threads_and_order_do_not_change_a_byte() {
    let (width, height) = (53, 400);
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, threads: usize, chunk: usize| {
        let path = folder.path().join(name);
        let writer = MosaicWriter::create(&spec(&path, width, height, 1)).unwrap();
        let chunks: Vec<usize> = (0..height).step_by(chunk).collect();
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let (writer, chunks) = (&writer, &chunks);
                scope.spawn(move || {
                    for &row0 in chunks.iter().skip(thread).step_by(threads) {
                        let rows = row0..(row0 + chunk).min(height);
                        let pixels = |f: fn(usize, usize) -> f32| {
                            let rows = rows.clone();
                            rows.flat_map(|r| (0..width).map(move |x| f(r, x)))
                                .collect::<Vec<f32>>()
                        };
                        writer
                            .write_values(0, row0, &mut pixels(|r, x| value(0, r, x)))
                            .unwrap();
                        writer
                            .write_coverage(row0, &mut pixels(|r, x| (r + x) as f32))
                            .unwrap();
                        let alpha: Vec<u8> = pixels(|r, x| (r * x % 256) as f32)
                            .iter()
                            .map(|&v| v as u8)
                            .collect();
                        writer.write_alpha(row0, &alpha).unwrap();
                    }
                });
            }
        });
        writer.finish().unwrap();
        std::fs::read(path).unwrap()
    };
    let reference = write("a.fits", 1, height);
    assert!(reference == write("b.fits", 4, 7));
    assert!(reference == write("c.fits", 3, 1));
}

#[test]
fn rows_missing_or_doubled_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.fits");
    let writer = MosaicWriter::create(&spec(&path, 4, 20, 1)).unwrap();
    writer.write_values(0, 3, &mut [1.0; 8]).unwrap();
    assert_eq!(
        writer.write_values(0, 4, &mut [1.0; 4]).unwrap_err().code(),
        "out_of_range"
    );
    assert_eq!(
        writer
            .write_values(0, 19, &mut [1.0; 8])
            .unwrap_err()
            .code(),
        "out_of_range"
    );
    assert_eq!(
        writer.write_values(0, 0, &mut [1.0; 3]).unwrap_err().code(),
        "out_of_range"
    );
    assert_eq!(
        writer.write_values(1, 0, &mut [1.0; 4]).unwrap_err().code(),
        "out_of_range"
    );
    let error = writer.finish().unwrap_err();
    assert!(
        error
            .to_string()
            .contains("row 0 of plane 0 was never written"),
        "{error}"
    );
    assert!(names(folder.path()).is_empty());
}

#[test]
fn outputs_that_may_not_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.fits");
    let code = |spec: &MosaicSpec<'_>| MosaicWriter::create(spec).unwrap_err().code();

    std::fs::write(&path, "precious").unwrap();
    assert_eq!(code(&spec(&path, 4, 4, 1)), "exists");
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    let mut force = spec(&path, 4, 20, 1);
    force.force = true;
    let writer = MosaicWriter::create(&force).unwrap();
    assert_eq!(
        std::fs::read(&path).unwrap(),
        b"precious",
        "kept until the new one is complete"
    );
    assert_eq!(code(&force), "locked");
    fill(&writer, 4, 20, 1);
    writer.finish().unwrap();
    assert_checksums(&path);

    assert_eq!(code(&spec(folder.path(), 4, 4, 1)), "not_writable");
    assert_eq!(
        code(&spec(&folder.path().join("none/m.fits"), 4, 4, 1)),
        "not_writable"
    );
    let other = folder.path().join("other.fits");
    assert_eq!(code(&spec(&other, 1 << 25, 1 << 25, 1)), "no_space");
    assert_eq!(code(&spec(&other, 1 << 40, 1 << 40, 1)), "bad_header");
    let mut bad = spec(&other, 4, 4, 1);
    bad.cards = vec![Card::integer("NAXIS1", 3, "")];
    assert_eq!(code(&bad), "bad_header");
    assert_eq!(names(folder.path()), ["m.fits"]);
}

#[test]
fn an_output_that_appears_meanwhile_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.fits");
    let writer = MosaicWriter::create(&spec(&path, 4, 20, 1)).unwrap();
    fill(&writer, 4, 20, 1);
    std::fs::write(&path, "precious").unwrap();
    assert_eq!(writer.finish().unwrap_err().code(), "exists");
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    assert_eq!(names(folder.path()), ["m.fits"]);
}

#[test]
fn giving_up_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.fits");
    let make = || MosaicWriter::create(&spec(&path, 4, 20, 1)).unwrap();
    make().abandon();
    drop(make());
    assert!(names(folder.path()).is_empty());
    // What a killed run left is taken over, and nothing else is.
    let left: PathBuf = folder.path().join(".m.fits.partial");
    std::fs::write(&left, vec![7; 100_000]).unwrap();
    let refused = MosaicWriter::create(&spec(&path, 4, 20, 1)).unwrap_err();
    assert_eq!(refused.code(), "not_writable");
    assert_eq!(std::fs::read(&left).unwrap(), vec![7; 100_000]);
    let unfinished = [vec![0; 50_000], vec![7; 50_000]].concat();
    std::fs::write(&left, unfinished).unwrap();
    let writer = make();
    fill(&writer, 4, 20, 1);
    writer.finish().unwrap();
    assert_checksums(&path);
    assert_eq!(names(folder.path()), ["m.fits"]);
}

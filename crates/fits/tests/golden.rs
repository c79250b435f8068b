//! Images compared with what astropy reads in them (tests/golden/fits/generate.py).

#![allow(clippy::unwrap_used)] // a test

use std::path::PathBuf;

use zemosaic_fits::FitsFile;

fn golden() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/fits")
}

/// The real files are not part of the repository.
fn data() -> PathBuf {
    std::env::var_os("ZEMOSAIC_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    )
}

fn path(name: &str) -> PathBuf {
    match name.strip_prefix("golden/") {
        Some(file) => golden().join("compressed").join(file),
        None => data().join(name),
    }
}

#[test]
fn pixels_are_what_astropy_reads() {
    let expected = std::fs::read_to_string(golden().join("expected.tsv")).unwrap();
    let (mut compared, mut skipped) = (0, 0);
    for line in expected.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let path = path(fields[0]);
        if !path.exists() {
            assert!(
                !fields[0].starts_with("golden/"),
                "{} is missing",
                path.display()
            );
            skipped += 1;
            continue;
        }
        if fields[1] == "not FITS" {
            assert_eq!(FitsFile::open(&path).unwrap_err().code(), "not_fits");
        } else {
            compare(&path, &fields);
        }
        compared += 1;
    }
    println!("{compared} planes compared, {skipped} skipped because their files are not here");
}

fn compare(path: &std::path::Path, fields: &[&str]) {
    let number = |n: usize| fields[n].parse::<usize>().unwrap();
    let (hdu, plane, height, width) = (number(1), number(2), number(3), number(4));
    let what = fields[..3].join(" ");
    let file = FitsFile::open(path).unwrap();
    let reader = file.reader(hdu).unwrap();
    let shape = reader.shape();
    assert_eq!((shape.height, shape.width), (height, width), "{what}");

    let mut pixels = vec![0.0; height * width];
    reader.read_rows(plane, 0..height, &mut pixels).unwrap();
    let sum: f64 = pixels
        .iter()
        .filter(|v| !v.is_nan())
        .map(|&v| f64::from(v))
        .sum();
    let expected: f64 = fields[5].parse().unwrap();
    assert!(
        (sum - expected).abs() <= 1e-9 * expected.abs(),
        "{what}: sum {sum}, not {expected}"
    );
    assert_eq!(
        pixels.iter().filter(|v| v.is_nan()).count(),
        number(6),
        "{what}: NaN"
    );
    for pixel in &fields[7..] {
        let parts: Vec<&str> = pixel.split(':').collect();
        let (x, y): (usize, usize) = (parts[0].parse().unwrap(), parts[1].parse().unwrap());
        let (value, expected) = (pixels[y * width + x], parts[2].parse::<f32>().unwrap());
        let same = value == expected || value.is_nan() && expected.is_nan();
        assert!(same, "{what} at {x},{y}: {value}, not {expected}");
    }

    // Windows of rows hold the same pixels as the whole.
    let mut window = vec![0.0; 7.min(height) * width];
    for row in (0..height).step_by(7) {
        let rows = row..(row + 7).min(height);
        let part = &mut window[..rows.len() * width];
        reader.read_rows(plane, rows.clone(), part).unwrap();
        let whole = &pixels[rows.start * width..rows.end * width];
        let same = part
            .iter()
            .zip(whole)
            .all(|(a, b)| a.to_bits() == b.to_bits());
        assert!(same, "{what}: rows {rows:?}");
    }
}

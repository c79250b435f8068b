//! Many readers and many threads at once.

#![allow(clippy::unwrap_used)] // a test

mod support;

use std::path::PathBuf;

use support::{image, on_disk};
use zemosaic_fits::{FitsFile, ImageReader, MosaicWriter};

fn compressed(name: &str) -> Vec<u8> {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/fits/compressed");
    std::fs::read(folder.join(name)).unwrap()
}

fn read(reader: &ImageReader) -> Vec<u32> {
    let shape = reader.shape();
    let mut out = vec![0.0; shape.height * shape.width];
    reader.read_rows(0, 0..shape.height, &mut out).unwrap();
    out.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn readers_and_writers_cross_threads() {
    fn check<T: Send + Sync>() {}
    check::<ImageReader>();
    check::<FitsFile>();
    check::<MosaicWriter>();
}

#[test]
fn threads_decompress_the_same_pixels() {
    for name in [
        "hcompress_tiles.fits",
        "rice_dither1_nan.fits",
        "plio.fits",
        "gzip2_cube.fits",
    ] {
        // Names that cfitsio's own syntax would take apart.
        let file = on_disk("a [1](b)+c{d}.fits", &compressed(name));
        let reader = FitsFile::open(&file.path).unwrap().reader(1).unwrap();
        let expected = read(&reader);
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        assert!(read(&reader) == expected, "{name}");
                    }
                });
            }
        });
    }
}

#[cfg(target_os = "linux")]
#[test]
fn readers_hold_no_open_file() {
    let plain = on_disk("plain.fits", &image(false, 8, &[2, 2], &[], vec![1; 4]));
    let tiled = on_disk("tiled.fits", &compressed("rice_u8.fits"));
    let held = |path: &std::path::Path| {
        let links = std::fs::read_dir("/proc/self/fd").unwrap();
        links
            .filter(|l| std::fs::read_link(l.as_ref().unwrap().path()).is_ok_and(|to| to == path))
            .count()
    };
    let files: Vec<FitsFile> = (0..300)
        .map(|_| FitsFile::open(&plain.path).unwrap())
        .collect();
    let mut readers: Vec<ImageReader> = files.iter().map(|f| f.reader(0).unwrap()).collect();
    readers.extend((0..300).map(|_| FitsFile::open(&tiled.path).unwrap().reader(1).unwrap()));
    for reader in &readers {
        assert!(!read(reader).is_empty());
    }
    assert_eq!((held(&plain.path), held(&tiled.path)), (0, 0));
}

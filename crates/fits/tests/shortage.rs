//! Memory that is not there while a tile is decoded: told as such, never as a damaged tile.

#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![allow(unsafe_code)] // an allocator that fails
#![allow(clippy::unwrap_used)] // a test

use std::cell::Cell;
use std::ffi::c_void;
use std::ops::Range;
use std::path::Path;

use zemosaic_fits::{FitsFile, ImageReader};

/// Blocks that fail: what unwinding itself takes is smaller, what flate2 has of its own is larger.
const SIZES: Range<usize> = 72..40_000;

thread_local! {
    /// Which block is to fail, counted down; it has when this is 0.
    static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
}

fn fails(bytes: usize) -> bool {
    if !SIZES.contains(&bytes) || LEFT.get() == 0 {
        return false;
    }
    LEFT.set(LEFT.get() - 1);
    LEFT.get() == 0
}

unsafe extern "C" {
    fn __libc_malloc(bytes: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, bytes: usize) -> *mut c_void;
    fn __libc_realloc(at: *mut c_void, bytes: usize) -> *mut c_void;
}

#[unsafe(no_mangle)]
unsafe extern "C" fn malloc(bytes: usize) -> *mut c_void {
    if fails(bytes) {
        return std::ptr::null_mut();
    }
    // SAFETY: the caller's promises are the library's, here and below.
    unsafe { __libc_malloc(bytes) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn calloc(count: usize, bytes: usize) -> *mut c_void {
    if fails(count * bytes) {
        return std::ptr::null_mut();
    }
    // SAFETY: as above.
    unsafe { __libc_calloc(count, bytes) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(at: *mut c_void, bytes: usize) -> *mut c_void {
    if fails(bytes) {
        return std::ptr::null_mut();
    }
    // SAFETY: as above.
    unsafe { __libc_realloc(at, bytes) }
}

/// All rows of a plane, as bits, and whether a block failed meanwhile.
fn read(image: &ImageReader, plane: usize, out: &mut [f32]) -> (Vec<u32>, bool) {
    let rows = 0..image.shape().height;
    let told = image.read_rows(plane, rows, out);
    let happened = LEFT.replace(usize::MAX) == 0;
    told.unwrap();
    (out.iter().map(|v| v.to_bits()).collect(), happened)
}

#[test]
fn any_block_that_a_decoder_lacks_is_told_as_memory() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/fits/compressed");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = FitsFile::open(&path).unwrap();
        let image = file.reader(1).unwrap();
        let shape = image.shape();
        let mut out = vec![0.0; shape.height * shape.width];
        let (whole, _) = read(&image, 0, &mut out);
        let mut short = 0;
        for nth in 1.. {
            LEFT.set(nth);
            let told = zemosaic_room::caught(|| read(&image, 0, &mut out));
            LEFT.set(usize::MAX);
            match told {
                Ok((pixels, happened)) => {
                    assert_eq!(pixels, whole, "{path:?}: block {nth}");
                    if !happened {
                        break;
                    }
                }
                Err(_) => short += 1,
            }
        }
        assert!(short > 2, "{path:?}: {short} blocks");
        files += 1;
    }
    assert!(files > 10, "{files} files");
}

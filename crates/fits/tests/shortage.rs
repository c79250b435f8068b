//! Memory that is not there while a tile is decoded: told as such, never as a damaged tile.

#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![allow(clippy::unwrap_used)] // a test

#[path = "../../room/tests/failing/mod.rs"]
mod failing;

use std::ops::Range;
use std::path::Path;

use failing::failing;
use zemosaic_fits::FitsFile;

/// Blocks that fail: what unwinding itself takes is smaller, what flate2 has of its own is larger.
const SIZES: Range<usize> = 72..40_000;

#[test]
fn any_block_that_a_decoder_lacks_is_told_as_memory() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/fits/compressed");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display();
        let file = FitsFile::open(&path).unwrap();
        let image = file.reader(1).unwrap();
        let shape = image.shape();
        let mut out = vec![0.0; shape.height * shape.width];
        image.read_rows(0, 0..shape.height, &mut out).unwrap();
        let bits = |pixels: &[f32]| pixels.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        let whole = bits(&out);
        let mut short = 0;
        for nth in 1.. {
            out.fill(0.0);
            let read = || image.read_rows(0, 0..shape.height, &mut out).is_ok();
            let (told, happened) = failing(nth, &SIZES, || zemosaic_room::caught(read));
            match told {
                Ok(told) => assert!(told && bits(&out) == whole, "{name}: block {nth}"),
                Err(_) => short += 1,
            }
            if !happened {
                break;
            }
        }
        assert!(short > 2, "{name}: {short} blocks");
        files += 1;
    }
    assert!(files > 10, "{files} files");
}

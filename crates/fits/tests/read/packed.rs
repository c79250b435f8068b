//! Files that are gzip or bzip2 files by their bytes.

use std::io::Write;

use zemosaic_fits::FitsFile;

use crate::read;
use crate::support::{floats, image, on_disk};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn bzip2_is_read_as_gzip_is() {
    let values = floats((0..1200).map(|v| v as f32));
    let bytes = image(false, -32, &[40, 30], &[], values);
    let (a, b) = bytes.split_at(4000);
    let file = on_disk("packed.fits", &[bzip2(a), bzip2(b)].concat());
    let fits = FitsFile::open(&file.path).unwrap();
    assert!(fits.warnings().is_empty(), "{:?}", fits.warnings());
    assert!(fits.is_unpacked());
    assert_eq!(read(&file, 0, 0)[1199], 1199.0);
}

#[test]
fn a_packed_file_that_is_cut_short_says_so() {
    let bytes = image(
        false,
        -32,
        &[40, 30],
        &[],
        floats((0..1200).map(|v| v as f32)),
    );
    for (whole, name) in [(bzip2(&bytes), "bzip2"), (gzip(&bytes), "gzip")] {
        // Nothing of the only block of bzip2, and nothing at all of gzip, can be unpacked.
        let short = if name == "gzip" { 12 } else { whole.len() / 2 };
        let error = FitsFile::open(&on_disk("cut.fits", &whole[..short]).path).unwrap_err();
        assert_eq!(error.code(), "truncated");
        let text = error.to_string();
        assert!(text.contains(name) && text.contains("cut short"), "{text}");
    }
    // The header is in one stream and the pixels are in another, of which a part is missing.
    let (header, pixels) = bytes.split_at(2880);
    let mut packed = [bzip2(header), bzip2(pixels)].concat();
    packed.truncate(packed.len() - 40);
    let fits = FitsFile::open(&on_disk("cut.fits", &packed).path).unwrap();
    let said = fits
        .warnings()
        .iter()
        .any(|w| w == "the bzip2 stream is cut short");
    assert!(said, "{:?}", fits.warnings());
    assert_eq!(fits.reader(0).unwrap_err().code(), "truncated");
}

#[test]
fn gzip_is_known_by_its_bytes_and_leaves_nothing_behind() {
    let mut bytes = image(
        false,
        -32,
        &[40, 30],
        &[],
        floats((0..1200).map(|v| v as f32)),
    );
    bytes.extend(image(true, 8, &[3, 1], &[], vec![7, 8, 9]));
    // Two streams one behind the other are one file.
    let (a, b) = bytes.split_at(4000);
    let file = on_disk("packed.fits", &[gzip(a), gzip(b)].concat());
    let fits = FitsFile::open(&file.path).unwrap();
    assert!(fits.warnings().is_empty(), "{:?}", fits.warnings());
    let reader = fits.reader(1).unwrap();
    assert_eq!(read(&file, 0, 0)[1199], 1199.0);
    drop(fits);
    let mut out = [0.0; 3];
    reader.read_rows(0, 0..1, &mut out).unwrap();
    assert_eq!(out, [7.0, 8.0, 9.0]);
}

#[test]
fn broken_gzip_keeps_the_good_hdus() {
    let mut bytes = image(
        false,
        8,
        &[50, 40],
        &[],
        (0..2000).map(|v| v as u8).collect(),
    );
    // Hardly compressible: a multiplicative generator.
    let mut state = 1_u64;
    let mut noise = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    };
    let noise = (0..20_000).map(|_| noise()).collect();
    bytes.extend(image(true, 8, &[200, 100], &[], noise));
    let mut packed = gzip(&bytes);
    packed.truncate(packed.len() - 5000);
    let file = on_disk("half.fits.gz", &packed);
    let fits = FitsFile::open(&file.path).unwrap();
    assert_eq!(read(&file, 0, 0)[1999], f32::from((1999 % 256) as u8));
    assert!(
        fits.warnings()
            .iter()
            .any(|w| w.contains("gzip stream is cut short")),
        "{:?}",
        fits.warnings()
    );
    assert_eq!(fits.reader(1).unwrap_err().code(), "truncated");
}

#[test]
fn a_gzip_file_that_claims_too_much_is_not_unpacked() {
    let bytes = image(false, -32, &[1 << 20, 1 << 16], &[], vec![]);
    let file = on_disk("bomb.fits.gz", &gzip(&bytes));
    assert_eq!(FitsFile::open(&file.path).unwrap_err().code(), "truncated");
    // A few bytes of bzip2 may hold that much; then it must fit on the disk, or be there.
    let bytes = image(false, -32, &[1 << 30, 1 << 20], &[], vec![]);
    let error = FitsFile::open(&on_disk("bomb.fits.bz2", &bzip2(&bytes)).path).unwrap_err();
    assert!(["truncated", "no_space"].contains(&error.code()), "{error}");
}

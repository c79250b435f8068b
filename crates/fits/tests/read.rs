//! Reading: every pixel type, scaling, cubes, several HDUs, gzip, and what is broken.

#![allow(clippy::unwrap_used)] // a test

mod support;

use std::io::Write;

use support::{OnDisk, floats, image, on_disk, pad};
use zemosaic_fits::{FitsError, FitsErrorKind, FitsFile, HduKind};

fn read(file: &OnDisk, hdu: usize, plane: usize) -> Vec<f32> {
    let file = FitsFile::open(&file.path).unwrap();
    let reader = file.reader(hdu).unwrap();
    let shape = reader.shape();
    let mut out = vec![0.0; shape.height * shape.width];
    reader.read_rows(plane, 0..shape.height, &mut out).unwrap();
    out
}

fn one(bitpix: i32, cards: &[&str], data: Vec<u8>) -> Vec<f32> {
    let width = data.len() / (bitpix.unsigned_abs() as usize / 8);
    read(
        &on_disk("a.fits", &image(false, bitpix, &[width, 1], cards, data)),
        0,
        0,
    )
}

/// As bits, so that NaN is comparable.
fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn every_pixel_type() {
    assert_eq!(one(8, &[], vec![0, 1, 255]), [0.0, 1.0, 255.0]);
    let data = [-32768_i16, 7, 32767]
        .iter()
        .flat_map(|v| v.to_be_bytes())
        .collect();
    assert_eq!(one(16, &[], data), [-32768.0, 7.0, 32767.0]);
    let data = [i32::MIN, 7, i32::MAX]
        .iter()
        .flat_map(|v| v.to_be_bytes())
        .collect();
    assert_eq!(one(32, &[], data), [-2_147_483_648.0, 7.0, 2_147_483_648.0]);
    let data = [i64::MIN, 7, 1 << 40]
        .iter()
        .flat_map(|v| v.to_be_bytes())
        .collect();
    assert_eq!(one(64, &[], data), [-9.223_372e18, 7.0, 1.099_511_6e12]);
    assert_eq!(one(-32, &[], floats([1.5, -2.25e30])), [1.5, -2.25e30]);
    let data = [1.5, -1e-3, 1e300, -1e39, f64::NAN]
        .iter()
        .flat_map(|v: &f64| v.to_be_bytes());
    let nan = f32::NAN;
    assert_eq!(
        bits(&one(-64, &[], data.collect())),
        bits(&[1.5, -1e-3, nan, nan, nan])
    );
}

#[test]
fn scaling_and_blank() {
    let unsigned = ["BSCALE  = 1", "BZERO   = 32768"];
    let data = |v: &[i16]| v.iter().flat_map(|v| v.to_be_bytes()).collect::<Vec<u8>>();
    assert_eq!(
        one(16, &unsigned, data(&[-32768, 0, 32767])),
        [0.0, 32768.0, 65535.0]
    );
    let scaled = ["BSCALE  = 1.0D-1", "BZERO   = 5", "BLANK   = -1"];
    assert_eq!(
        bits(&one(16, &scaled, data(&[10, -1]))),
        bits(&[6.0, f32::NAN])
    );
    // BLANK means nothing to floating point, which has NaN.
    assert_eq!(
        one(-32, &["BLANK   = 3", "BZERO   = 1"], floats([3.0])),
        [4.0]
    );
    // The top bit of unsigned 64-bit numbers is in BZERO.
    let data = 0_i64.to_be_bytes().to_vec();
    assert_eq!(
        one(64, &["BZERO   = 9223372036854775808"], data),
        [9.223_372e18]
    );
    let data = (0..3_i64).flat_map(|n| (i64::MIN + 40 * n).to_be_bytes());
    assert_eq!(
        one(64, &["BZERO   = 9223372036854775808"], data.collect()),
        [0.0, 40.0, 80.0]
    );
    let data = [i64::MIN, i64::MIN + 7]
        .iter()
        .flat_map(|v| v.to_be_bytes());
    let signed = [
        "BZERO   = 9.223372036854775808E18",
        "BLANK   = -9223372036854775808",
    ];
    assert_eq!(
        bits(&one(64, &signed, data.collect())),
        bits(&[f32::NAN, 7.0])
    );
    // Scaled out of range.
    assert!(one(-32, &["BSCALE  = 1E30"], floats([1e30]))[0].is_nan());
}

#[test]
fn cubes_either_way() {
    let value = |plane: usize, y: usize, x: usize| (plane * 100 + y * 10 + x) as f32;
    let (width, height, planes) = (5, 6, 3);
    let mut last = Vec::new();
    for p in 0..planes {
        last.extend((0..height).flat_map(|y| (0..width).map(move |x| value(p, y, x))));
    }
    let mut first = Vec::new();
    for y in 0..height {
        first.extend((0..width).flat_map(|x| (0..planes).map(move |p| value(p, y, x))));
    }
    let shorts = |v: &[f32]| {
        v.iter()
            .flat_map(|&v| (v as i16).to_be_bytes())
            .collect::<Vec<u8>>()
    };
    let files = [
        image(
            false,
            -32,
            &[width, height, planes],
            &[],
            floats(last.clone()),
        ),
        image(
            false,
            -32,
            &[planes, width, height],
            &[],
            floats(first.clone()),
        ),
        image(false, 16, &[width, height, planes, 1], &[], shorts(&last)),
        image(false, 16, &[planes, width, height], &[], shorts(&first)),
    ];
    for (n, bytes) in files.iter().enumerate() {
        let file = on_disk("cube.fits", bytes);
        let reader = FitsFile::open(&file.path).unwrap().reader(0).unwrap();
        assert_eq!(reader.shape().interleaved, n % 2 == 1);
        for p in 0..planes {
            let mut out = vec![0.0; 2 * width];
            reader.read_rows(p, 1..3, &mut out).unwrap();
            let expected: Vec<f32> = (1..3)
                .flat_map(|y| (0..width).map(move |x| value(p, y, x)))
                .collect();
            assert_eq!(out, expected, "file {n}, plane {p}");
        }
    }
}

#[test]
fn several_hdus() {
    let mut bytes = image(false, 8, &[], &["EXTEND  = T"], vec![]);
    bytes.extend(image(
        true,
        -32,
        &[3, 2],
        &["EXTNAME = 'SCI'"],
        floats([1.0; 6]),
    ));
    bytes.extend(image(
        true,
        16,
        &[2, 2],
        &["EXTNAME = 'DQ'"],
        vec![0, 1, 0, 2, 0, 3, 0, 4],
    ));
    let file = on_disk("mef [1](2)+3.fits", &bytes);
    let fits = FitsFile::open(&file.path).unwrap();
    let kinds: Vec<HduKind> = fits.hdus().iter().map(|h| h.kind).collect();
    assert_eq!(kinds, [HduKind::Empty, HduKind::Image, HduKind::Image]);
    assert_eq!(fits.hdus()[1].name.as_deref(), Some("SCI"));
    assert!(fits.warnings().is_empty());
    assert_eq!(read(&file, 2, 0), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(fits.reader(0).unwrap_err().code(), "not_image");
    assert_eq!(fits.reader(3).unwrap_err().code(), "no_such_hdu");
}

#[test]
fn large_rows_pass_through_a_small_buffer() {
    let width = 100_003_i32;
    let data = (0..3 * width).flat_map(i32::to_be_bytes).collect();
    let file = on_disk(
        "wide.fits",
        &image(false, 32, &[width as usize, 3], &[], data),
    );
    let out = read(&file, 0, 0);
    assert!(out.iter().enumerate().all(|(n, &v)| v == n as f32));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
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
            .any(|w| w.contains("gzip stream is broken")),
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
}

#[test]
fn truncated_images_are_refused_with_both_sizes() {
    let mut bytes = image(false, -32, &[100, 100], &[], floats(vec![1.0; 10_000]));
    bytes.truncate(2880 + 39_999);
    let file = on_disk("short.fits", &bytes);
    let fits = FitsFile::open(&file.path).unwrap();
    let error = fits.reader(0).unwrap_err();
    assert!(
        matches!(
            error,
            FitsError {
                hdu: Some(0),
                kind: FitsErrorKind::Truncated {
                    needed: 42_880,
                    present: 42_879,
                },
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(fits.warnings().len(), 1);
    // Missing padding harms nobody.
    bytes = image(false, -32, &[100, 100], &[], floats(vec![1.0; 10_000]));
    bytes.truncate(2880 + 40_000);
    let file = on_disk("unpadded.fits", &bytes);
    assert_eq!(read(&file, 0, 0).len(), 10_000);
}

/// Who shows an error puts file and HDU before the reason: it must not name them itself.
#[test]
fn reasons_and_warnings_do_not_name_the_file() {
    let good = image(false, 8, &[4, 1], &[], vec![1, 2, 3, 4]);
    let mut short = image(true, 8, &[4000, 1], &[], vec![]);
    short.truncate(2880 + 100);
    let broken: [(&str, Vec<u8>); 7] = [
        ("empty.fits", vec![]),
        ("text.fits", b"not a FITS file".to_vec()),
        ("header.fits", good[..100].to_vec()),
        ("bitpix.fits", image(false, 7, &[4, 1], &[], vec![])),
        ("axes.fits", image(false, 8, &[4, 1, 2], &[], vec![0; 8])),
        ("short.fits", [good.clone(), short].concat()),
        ("tail.fits", [good, b"garbage".to_vec()].concat()),
    ];
    for (name, bytes) in broken {
        let file = on_disk(name, &bytes);
        let said: Vec<String> = match FitsFile::open(&file.path) {
            Ok(fits) => {
                let errors = (0..=fits.hdus().len()).filter_map(|hdu| fits.reader(hdu).err());
                let warnings = fits.warnings().iter().cloned();
                errors
                    .inspect(|e| assert_eq!(e.path, file.path))
                    .map(|e| e.to_string())
                    .chain(warnings)
                    .collect()
            }
            Err(error) => {
                assert_eq!(error.path, file.path);
                vec![error.to_string()]
            }
        };
        assert!(!said.is_empty(), "{name}");
        assert!(said.iter().all(|line| !line.contains(name)), "{said:?}");
    }
}

#[test]
fn a_file_that_shrinks_after_it_was_opened() {
    let bytes = image(false, -32, &[100, 100], &[], floats(vec![1.0; 10_000]));
    let file = on_disk("shrinks.fits", &bytes);
    let reader = FitsFile::open(&file.path).unwrap().reader(0).unwrap();
    std::fs::write(&file.path, &bytes[..10_000]).unwrap();
    let error = reader.read_rows(0, 50..60, &mut [0.0; 1000]).unwrap_err();
    assert_eq!(error.code(), "truncated");
    std::fs::remove_file(&file.path).unwrap();
    let error = reader.read_rows(0, 50..60, &mut [0.0; 1000]).unwrap_err();
    assert_eq!(error.code(), "not_found");
}

#[test]
fn a_broken_chain_keeps_the_good_hdus() {
    let good = image(false, 8, &[4, 1], &[], vec![1, 2, 3, 4]);
    let tails: [Vec<u8>; 4] = [
        vec![0; 2880],
        b"garbage".to_vec(),
        pad(support::card("XTENSION= 'IMAGE'"), b' '),
        image(true, 7, &[4, 1], &[], vec![]),
    ];
    for tail in tails {
        let file = on_disk("chain.fits", &[good.clone(), tail].concat());
        let fits = FitsFile::open(&file.path).unwrap();
        assert_eq!((fits.hdus().len(), fits.warnings().len()), (1, 1));
        assert_eq!(read(&file, 0, 0), [1.0, 2.0, 3.0, 4.0]);
    }
}

#[test]
fn headers_that_cannot_be() {
    let code = |bytes: &[u8]| {
        FitsFile::open(&on_disk("bad.fits", bytes).path)
            .unwrap_err()
            .code()
    };
    assert_eq!(code(b""), "not_fits");
    assert_eq!(code(b"SIMPLE  =                    T"), "truncated");
    assert_eq!(code(&image(false, 12, &[1], &[], vec![])), "bad_header");
    assert_eq!(
        code(&image(false, 8, &[usize::MAX >> 1, 4], &[], vec![])),
        "bad_header"
    );
    assert_eq!(code(&pad(b"SIMPLE  = T".to_vec(), b' ')), "truncated");
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        FitsFile::open(folder.path()).unwrap_err().code(),
        "not_fits"
    );
    let missing = folder.path().join("none.fits");
    assert_eq!(FitsFile::open(&missing).unwrap_err().code(), "not_found");
}

#[test]
fn scaling_that_is_no_number() {
    for card in [
        "BSCALE  = 'one'",
        "BZERO   = T",
        "BLANK   = 1.5",
        "BLANK   = 'none'",
    ] {
        let file = on_disk("scale.fits", &image(false, 8, &[1, 1], &[card], vec![1]));
        let error = FitsFile::open(&file.path).unwrap().reader(0).unwrap_err();
        assert_eq!(error.code(), "bad_header", "{card}");
    }
}

#[test]
fn requests_outside_the_image() {
    let file = on_disk("a.fits", &image(false, 8, &[2, 2], &[], vec![1; 4]));
    let reader = FitsFile::open(&file.path).unwrap().reader(0).unwrap();
    let backwards = std::ops::Range { start: 2, end: 1 };
    for (plane, rows, pixels) in [(1, 0..1, 2), (0, 0..3, 6), (0, 0..1, 3), (0, backwards, 0)] {
        let error = reader
            .read_rows(plane, rows, &mut vec![0.0; pixels])
            .unwrap_err();
        assert_eq!(error.code(), "out_of_range");
    }
    assert_eq!(reader.read_rows(0, 1..1, &mut []).unwrap().bytes, 0);
}

#[test]
fn scaling_as_it_is_really_written() {
    let data = |v: &[i16]| v.iter().flat_map(|v| v.to_be_bytes()).collect::<Vec<u8>>();
    let read = |cards: &[&str]| bits(&one(16, cards, data(&[10, -32768])));
    let plain = bits(&[10.0, -32768.0]);
    assert_eq!(read(&["BSCALE  = '1       '", "BZERO   = '0'"]), plain);
    assert_eq!(read(&["BSCALE  =", "BLANK   ="]), plain);
    assert_eq!(read(&["BLANK   = ' '"]), plain);
    assert_eq!(read(&["BSCALE  = '2.0D0'"]), bits(&[20.0, -65536.0]));
    let holes = bits(&[10.0, f32::NAN]);
    assert_eq!(read(&["BLANK   =  -32768.0"]), holes);
    assert_eq!(read(&["BLANK   = '-32768'"]), holes);
}

/// The file of `image` with other bytes for its END card.
fn ended(end: &[u8]) -> Vec<u8> {
    let mut bytes = image(
        false,
        -32,
        &[30, 30],
        &[],
        floats((0..900).map(|n| n as f32)),
    );
    let at = bytes
        .chunks(80)
        .position(|card| card.starts_with(b"END "))
        .unwrap()
        * 80;
    bytes[at..at + end.len()].copy_from_slice(end);
    bytes
}

#[test]
fn something_behind_end_is_told() {
    let mut zeros = [0; 80];
    zeros[..3].copy_from_slice(b"END");
    for end in [&zeros[..], b"END / of header"] {
        let file = on_disk("end.fits", &ended(end));
        let opened = FitsFile::open(&file.path).unwrap();
        let mut row = [0.0; 30];
        opened
            .reader(0)
            .unwrap()
            .read_rows(0, 1..2, &mut row)
            .unwrap();
        assert_eq!(row[29], 59.0);
        assert!(
            opened.warnings()[0].contains("END"),
            "{:?}",
            opened.warnings()
        );
    }
    assert!(
        FitsFile::open(&on_disk("end.fits", &ended(b"END")).path)
            .unwrap()
            .warnings()
            .is_empty()
    );
}

#[test]
fn an_end_that_is_none_is_called_that() {
    for (end, word) in [
        (&b"end"[..], "capitals"),
        (b"   ", "missing"),
        (b"ENDING  = 1", "missing"),
    ] {
        let file = on_disk("end.fits", &ended(end));
        let error = FitsFile::open(&file.path).unwrap_err();
        assert_eq!(
            (error.code(), error.keyword()),
            ("bad_header", Some("END")),
            "{word}"
        );
        assert!(error.to_string().contains(word), "{error}");
    }
    // What is really cut off still says so.
    let short = &ended(b"   ")[..2880];
    let error = FitsFile::open(&on_disk("cut.fits", short).path).unwrap_err();
    assert_eq!(error.code(), "truncated");
}

#[test]
fn zero_bytes_in_a_header_are_blanks() {
    let mut bytes = image(false, 8, &[1, 1], &["EXPTIME = 150.5"], vec![7]);
    let at = bytes
        .windows(15)
        .position(|w| w == b"EXPTIME = 150.5")
        .unwrap();
    bytes[at + 15..at + 40].fill(0);
    let file = FitsFile::open(&on_disk("zero.fits", &bytes).path).unwrap();
    assert_eq!(file.hdus()[0].header.number("EXPTIME"), Some(150.5));
}

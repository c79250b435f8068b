//! Every pixel type, scaling, cubes and several HDUs.

use zemosaic_fits::{FitsFile, HduKind};

use crate::support::{floats, image, on_disk};
use crate::{bits, one, read};

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
            let columns = 1..width - 1;
            let mut part = vec![0.0; 2 * columns.len()];
            reader
                .read_box(p, 1..3, columns.clone(), &mut part)
                .unwrap();
            let rows = expected.chunks(width);
            let expected: Vec<f32> = rows
                .flat_map(|row| &row[columns.clone()])
                .copied()
                .collect();
            assert_eq!(part, expected, "columns of file {n}, plane {p}");
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
    let wide = reader.read_box(0, 0..1, 1..3, &mut [0.0; 2]).unwrap_err();
    assert_eq!(wide.code(), "out_of_range");
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

/// The ends that are found without making numbers of pixels are those of the numbers.
#[test]
fn ends_of_whole_numbers() {
    let ends = |bitpix: i32, cards: &[&str], data: &[u8], planes: usize| {
        let pixels = data.len() / (bitpix.unsigned_abs() as usize / 8) / planes;
        let axes = if planes == 1 {
            vec![pixels, 1]
        } else {
            vec![pixels, 1, planes]
        };
        let file = on_disk(
            "ends.fits",
            &image(false, bitpix, &axes, cards, data.to_vec()),
        );
        let reader = FitsFile::open(&file.path).unwrap().reader(0).unwrap();
        let (mut values, mut all) = (vec![0.0; pixels], Vec::new());
        for plane in 0..planes {
            reader.read_rows(plane, 0..1, &mut values).unwrap();
            all.extend(values.iter().copied().filter(|v| v.is_finite()));
        }
        let found = reader.extremes().unwrap();
        if let Some(found) = found {
            assert_eq!(found.values as usize, all.len());
            assert_eq!(found.values + found.blanks, (planes * pixels) as u64);
            let least = all.iter().copied().reduce(f32::min);
            let most = all.iter().copied().reduce(f32::max);
            assert_eq!(
                found.ends,
                least.zip(most).map(|(a, b)| [a, b]),
                "{cards:?}"
            );
        }
        found.is_some()
    };
    let short: Vec<u8> = (0..300_000_i32)
        .flat_map(|n| ((n * 7919 % 65_000 - 32_000) as i16).to_be_bytes())
        .collect();
    let unsigned = ["BZERO   = 32768", "BLANK   = -32000"];
    for cards in [
        &[][..],
        &unsigned[..1],
        &unsigned,
        &["BSCALE  = -0.37", "BLANK   = 5", "BZERO   = 1"],
    ] {
        assert!(ends(16, cards, &short, 1));
        assert!(ends(16, cards, &short, 3));
        assert!(ends(8, cards, &short, 1));
        assert!(ends(32, cards, &short, 1));
        assert!(ends(64, cards, &short, 1));
    }
    // A blank that no pixel can hold, pixels that are all blank, and values that f32 cannot hold.
    assert!(ends(8, &["BLANK   = 256"], &[1, 2, 0], 1));
    assert!(ends(8, &["BLANK   = 7"], &[7, 7], 1));
    assert!(!ends(32, &["BSCALE  = 1E36"], &short, 1));
    assert!(!ends(-32, &[], &short, 1));
}

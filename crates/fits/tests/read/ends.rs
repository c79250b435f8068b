//! What stands in the place of END and behind it.

use zemosaic_fits::FitsFile;

use crate::support::{floats, image, on_disk};

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

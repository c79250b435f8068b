//! What is cut off, contradicts itself or is not FITS.

use zemosaic_fits::{FitsError, FitsErrorKind, FitsFile, ImageReader};

use crate::read;
use crate::support::{card, floats, image, on_disk, pad};

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
    // Missing padding does no harm.
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
    let code = |reader: &ImageReader| {
        let read = reader.read_rows(0, 50..60, &mut [0.0; 1000]);
        read.map_or_else(|e| e.code().to_owned(), |_| "read".to_owned())
    };
    assert_eq!(code(&reader), "changed");
    std::fs::write(&file.path, &bytes).unwrap();
    assert_eq!(
        code(&reader),
        "changed",
        "rows read later would be of another time"
    );
    let reader = FitsFile::open(&file.path).unwrap().reader(0).unwrap();
    assert_eq!(code(&reader), "read");
    std::fs::remove_file(&file.path).unwrap();
    assert_eq!(code(&reader), "not_found");
    std::fs::create_dir(&file.path).unwrap();
    assert_eq!(code(&reader), "not_fits");
}

#[cfg(unix)]
#[test]
fn a_file_of_the_same_size_and_time_is_known_by_its_header_and_a_digest() {
    let bytes = |value: f32, card: &str| {
        image(
            false,
            -32,
            &[100, 100],
            &[card],
            floats(vec![value; 10_000]),
        )
    };
    let file = on_disk("same.fits", &bytes(1.0, "OBJECT  = 'A'"));
    let written = std::fs::metadata(&file.path).unwrap().modified().unwrap();
    let put = |bytes: &[u8]| {
        let new = file.folder.path().join("new");
        std::fs::write(&new, bytes).unwrap();
        std::fs::File::options()
            .append(true)
            .open(&new)
            .unwrap()
            .set_modified(written)
            .unwrap();
        std::fs::rename(&new, &file.path).unwrap();
    };
    let row = |reader: &ImageReader| reader.read_rows(0, 50..51, &mut [0.0; 100]).is_ok();
    let open = || FitsFile::open(&file.path).unwrap().reader(0).unwrap();
    let reader = open();
    assert!(row(&reader));
    put(&bytes(1.0, "OBJECT  = 'A'"));
    assert!(row(&reader), "a copy");
    put(&bytes(2.0, "OBJECT  = 'A'"));
    assert!(!row(&reader), "other pixels");
    let reader = open();
    put(&bytes(2.0, "OBJECT  = 'B'"));
    assert!(!row(&reader), "another header, before any pixel was read");
}

#[test]
fn a_broken_chain_keeps_the_good_hdus() {
    let good = image(false, 8, &[4, 1], &[], vec![1, 2, 3, 4]);
    let tails: [Vec<u8>; 4] = [
        vec![0; 2880],
        b"garbage".to_vec(),
        pad(card("XTENSION= 'IMAGE'"), b' '),
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

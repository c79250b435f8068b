//! Files that are no FITS files, told by their first bytes: what they are, and what their owner can do.

use std::path::Path;

use crate::error::FitsErrorKind;

/// First bytes, what such a file is, and the way out.
const KINDS: [(&[u8], &str, &str); 31] = [
    (b"XISF0100", "an XISF file of PixInsight", SAVE),
    (b"II*\0", "a TIFF image", SAVE),
    (b"MM\0*", "a TIFF image", SAVE),
    (b"II+\0", "a TIFF image", SAVE),
    (b"MM\0+", "a TIFF image", SAVE),
    (b"\xFF\xD8\xFF", "a JPEG image", SAVE),
    (b"\x89PNG", "a PNG image", SAVE),
    (b"GIF8", "a GIF image", SAVE),
    (b"8BPS", "a Photoshop image", SAVE),
    (b"\0\0\0\x0CjP  ", "a JPEG 2000 image", SAVE),
    (b"FUJIFILMCCD-RAW", RAW, DEVELOP),
    (b"IIRO", RAW, DEVELOP),
    (b"IIRS", RAW, DEVELOP),
    (b"IIU\0", RAW, DEVELOP),
    (b"FOVb", RAW, DEVELOP),
    (
        b"LUCAM-RECORDER",
        "a SER video",
        "stack it and save the result as FITS",
    ),
    (
        b"RIFF",
        "an AVI video",
        "stack it and save the result as FITS",
    ),
    (b"PK\x03\x04", "a zip archive", "unpack it first"),
    (
        b"\xFD7zXZ\0",
        "compressed with xz",
        "unpack it with unxz first",
    ),
    (
        b"\x28\xB5\x2F\xFD",
        "compressed with zstd",
        "unpack it with unzstd first",
    ),
    (
        b"\x1F\x9D",
        "compressed with compress",
        "unpack it with uncompress first",
    ),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive", "unpack it first"),
    (b"Rar!", "a rar archive", "unpack it first"),
    (b"\x89HDF", "an HDF5 file", SAVE),
    (b"#ASDF", "an ASDF file", SAVE),
    (b"%PDF", "a PDF document", OUT),
    (
        b"version https://git-lfs",
        "a Git LFS pointer",
        "fetch the file itself with git lfs pull",
    ),
    (b"<!doctype html", PAGE, AGAIN),
    (b"<html", PAGE, AGAIN),
    (b"<?xml", "an XML document", AGAIN),
    (
        b"\xEF\xBB\xBFSIMPLE",
        "a header that a text editor has changed",
        AGAIN,
    ),
];
const SAVE: &str = "save it as FITS first";
const RAW: &str = "a raw file of a camera";
const DEVELOP: &str = "convert it to FITS and plate-solve it first";
const PAGE: &str = "a web page, perhaps the error message of a download";
const AGAIN: &str = "download it again";
const OUT: &str = "leave it out";
/// Endings of raw files that begin as TIFF images do.
const RAW_NAMES: [&str; 10] = [
    "cr2", "nef", "nrw", "arw", "sr2", "dng", "pef", "srw", "3fr", "erf",
];

/// The error of a file whose first block `start` does not begin with SIMPLE.
pub(crate) fn foreign(path: &Path, start: &[u8]) -> FitsErrorKind {
    let told = |what: &str, way_out: &'static str| FitsErrorKind::Foreign {
        what: what.to_owned(),
        way_out,
    };
    if start.is_empty() {
        return told("empty", AGAIN);
    }
    if start.iter().all(|b| *b == 0) {
        return told("filled with zero bytes", "copy or download it again");
    }
    let text = start.trim_ascii_start();
    let begins = |bytes: &[u8]| {
        let at = if bytes[0] == b'<' { text } else { start };
        at.get(..bytes.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(bytes))
    };
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    let is_raw = ending.is_some_and(|e| RAW_NAMES.contains(&e.as_str()));
    match KINDS.iter().find(|(bytes, ..)| begins(bytes)) {
        Some((_, "a TIFF image", _)) if is_raw || start.get(8..10) == Some(b"CR") => {
            told(RAW, DEVELOP)
        }
        Some((_, what, way_out)) => told(what, way_out),
        None if start.get(4..8) == Some(b"ftyp") && start.get(8..12) == Some(b"crx ") => {
            told(RAW, DEVELOP)
        }
        None if start.get(4..8) == Some(b"ftyp") => told("a HEIF image or a video", SAVE),
        None if start.get(257..262) == Some(b"ustar") => told("a tar archive", "unpack it first"),
        None if start.starts_with(b"XTENSION") => FitsErrorKind::NotFits {
            reason: "it starts with an extension, its primary HDU is missing".into(),
        },
        None => FitsErrorKind::NotFits {
            reason: "it does not start with SIMPLE".into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::foreign;
    use std::path::Path;

    #[test]
    fn files_are_named_as_what_they_are() {
        let mut tar = vec![b'x'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        for (name, start, what, way_out) in [
            ("a.xisf", &b"XISF0100...."[..], "XISF", "save it as FITS"),
            ("a.tif", b"II*\0\x08\0\0\0", "TIFF", "save it as FITS"),
            ("a.NEF", b"MM\0*\0\0\0\x08", "raw file", "convert"),
            ("a.fits", b"II*\0\x10\0\0\0CR\x02\0", "raw file", "convert"),
            ("a.cr3", b"\0\0\0\x18ftypcrx \0", "raw file", "convert"),
            ("a.jpg", b"\xFF\xD8\xFF\xE0", "JPEG", "save it as FITS"),
            ("a.fits.xz", b"\xFD7zXZ\0\0", "xz", "unxz"),
            ("a.zip", b"PK\x03\x04", "zip", "unpack"),
            ("a.fits", b"\n <!DOCTYPE HTML>", "web page", "download"),
            ("a.fits", b"<HTML><body>", "web page", "download"),
            (
                "a.fits",
                b"version https://git-lfs.github.com/spec/v1",
                "LFS",
                "git lfs pull",
            ),
            ("a.fits", b"", "empty", "download"),
            ("a.fits", &[0; 2880], "zero bytes", "download"),
            ("a.fits", &tar, "tar archive", "unpack"),
            ("a.fits", b"XTENSION= 'IMAGE   '", "primary HDU", "leave"),
            ("a.fits", b"something", "SIMPLE", "leave"),
        ] {
            let text = foreign(Path::new(name), start).to_string();
            assert!(
                text.contains(what) && text.contains(way_out),
                "{name}: {text}"
            );
        }
    }
}

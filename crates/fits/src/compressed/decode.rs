//! Decodes the bytes of one tile to the numbers that were stored.

use std::io::{ErrorKind, Read};

use zemosaic_room::{collected, filled, short};

use super::cfitsio;
use super::memory::DECODING;

/// How tiles are compressed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Method {
    /// Pixels coded in `bytes` bytes each, in blocks of `block`.
    Rice {
        bytes: usize,
        block: usize,
    },
    /// `shuffled`: the first bytes of all pixels come first (`GZIP_2`).
    Gzip {
        shuffled: bool,
    },
    Hcompress {
        smooth: bool,
    },
    Plio,
    /// Uncompressed big-endian pixels.
    Plain,
}

/// The numbers of a tile.
#[derive(Debug, PartialEq)]
pub(crate) enum Stored {
    Integers(Vec<i32>),
    Long(Vec<i64>),
    Floats(Vec<f32>),
    Doubles(Vec<f64>),
}

/// What the numbers of a tile are expected to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    pub pixels: usize,
    /// Columns and rows of the tile; its other axes are 1.
    pub sides: (usize, usize),
    /// Bytes per floating-point pixel if the tile was not quantized.
    pub float: Option<usize>,
}

/// Decodes a tile; None when the bytes do not encode such a tile.
pub(crate) fn decode(method: Method, bytes: &[u8], expected: Expected) -> Option<Stored> {
    match method {
        Method::Gzip { shuffled } => {
            let mut raw = inflate(bytes, expected.pixels.checked_mul(8)?)?;
            if shuffled {
                raw = unshuffle(&raw, expected.pixels);
            }
            return numbers(&raw, expected);
        }
        Method::Plain => return numbers(bytes, expected),
        _ => {}
    }
    let mut out = filled(expected.pixels, 0, DECODING);
    match method {
        Method::Rice {
            bytes: width,
            block,
        } => cfitsio::rice(bytes, width, block, &mut out),
        Method::Hcompress { smooth } => cfitsio::hcompress(bytes, expected.sides, smooth, &mut out),
        _ => cfitsio::plio(map(bytes, i16::from_be_bytes), &mut out),
    }?;
    Some(Stored::Integers(out))
}

/// Unpacks at most `most` bytes; a longer result is not a valid tile.
fn inflate(bytes: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut raw = Vec::new();
    let decoder = flate2::bufread::GzDecoder::new(bytes);
    match decoder.take(most as u64 + 1).read_to_end(&mut raw) {
        Err(error) if error.kind() == ErrorKind::OutOfMemory => short(most as u64, DECODING),
        read => read.ok()?,
    };
    (raw.len() <= most).then_some(raw)
}

/// Reorders all first bytes, all second bytes and so on back into pixels.
fn unshuffle(raw: &[u8], pixels: usize) -> Vec<u8> {
    let width = raw.len() / pixels;
    let mut out = filled(raw.len(), 0, DECODING);
    for (byte, lane) in raw.chunks_exact(pixels).enumerate() {
        for (pixel, &value) in out.chunks_exact_mut(width).zip(lane) {
            pixel[byte] = value;
        }
    }
    out
}

/// Big-endian numbers, whose width follows from the number of bytes.
fn numbers(raw: &[u8], expected: Expected) -> Option<Stored> {
    if !raw.len().is_multiple_of(expected.pixels) {
        return None;
    }
    let width = raw.len() / expected.pixels;
    if expected.float.is_some_and(|bytes| bytes != width) {
        return None;
    }
    let integer = expected.float.is_none();
    Some(match width {
        1 => Stored::Integers(map(raw, |[b]| i32::from(b))),
        2 => Stored::Integers(map(raw, |b| i32::from(i16::from_be_bytes(b)))),
        4 if integer => Stored::Integers(map(raw, i32::from_be_bytes)),
        8 if integer => Stored::Long(map(raw, i64::from_be_bytes)),
        4 => Stored::Floats(map(raw, f32::from_be_bytes)),
        8 => Stored::Doubles(map(raw, f64::from_be_bytes)),
        _ => return None,
    })
}

fn map<const N: usize, T>(raw: &[u8], convert: impl Fn([u8; N]) -> T) -> Vec<T> {
    collected(raw.as_chunks::<N>().0.iter().map(|&b| convert(b)), DECODING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_in_order() {
        assert_eq!(unshuffle(&[1, 4, 2, 5, 3, 6], 2), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn tiles_of_the_wrong_size_are_refused() {
        let expected = |float| Expected {
            pixels: 3,
            sides: (3, 1),
            float,
        };
        let plain = |bytes: &[u8], float| decode(Method::Plain, bytes, expected(float));
        assert_eq!(
            plain(&[1, 2, 3], None),
            Some(Stored::Integers(vec![1, 2, 3]))
        );
        assert_eq!(
            plain(&[0, 1, 0xFF, 0xFF, 0, 3], None),
            Some(Stored::Integers(vec![1, -1, 3]))
        );
        for bytes in [&[][..], &[1, 2], &[1, 2, 3, 4], &[0; 9], &[0; 48]] {
            assert_eq!(plain(bytes, None), None);
        }
        assert_eq!(plain(&[0; 12], Some(8)), None);
        assert_eq!(plain(&[0; 12], Some(4)), Some(Stored::Floats(vec![0.0; 3])));
    }

    #[test]
    fn a_gzip_bomb_is_no_tile() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut encoder, &vec![0; 1 << 20]).unwrap();
        let bomb = encoder.finish().unwrap();
        let expected = Expected {
            pixels: 100,
            sides: (100, 1),
            float: None,
        };
        assert_eq!(
            decode(Method::Gzip { shuffled: false }, &bomb, expected),
            None
        );
    }
}

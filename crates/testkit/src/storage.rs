//! How the pixels of a tile are stored: besides plain floats what surveys and cameras write, for benches.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use rayon::prelude::*;

use crate::fits_writer::{Card, write_fits, write_hdu};
use crate::rice::rice;

/// The form of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// Floats in the primary image.
    #[default]
    Plain,
    /// The same, and an image of opacity: soft towards the corners, which are transparent.
    Alpha,
    /// 16-bit pixels, rounded, compressed row by row with `RICE_1`, as `fpack` does.
    Rice,
    /// Floats, compressed row by row with `GZIP_1`.
    Gzip,
}

/// BZERO of 16-bit pixels, which makes them unsigned.
const UNSIGNED: f32 = 32_768.0;

impl Storage {
    /// Writes an image of planes x height x width pixels, plane by plane, with `cards` in its header.
    pub(crate) fn write(
        self,
        out: &mut impl Write,
        shape: [usize; 3],
        cards: &[Card],
        pixels: &[f32],
    ) -> io::Result<()> {
        match self {
            Self::Plain => write_fits(out, shape, cards, pixels),
            Self::Alpha => {
                write_fits(out, shape, cards, pixels)?;
                write_alpha(out, shape)
            }
            Self::Rice => {
                let more = [Card::real("BZERO", f64::from(UNSIGNED))];
                let cards = [cards, &more].concat();
                write_packed(out, shape, [16, 16], "RICE_1", &cards, pixels, |row| {
                    let signed = |v: &f32| (v.round().clamp(0.0, 65_535.0) - UNSIGNED) as i16;
                    rice(&row.iter().map(signed).collect::<Vec<_>>())
                })
            }
            Self::Gzip => write_packed(out, shape, [-32, 0], "GZIP_1", cards, pixels, |row| {
                let bytes: Vec<u8> = row.iter().flat_map(|v| v.to_be_bytes()).collect();
                let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
                // Writing into a list cannot fail.
                let _ = packed.write_all(&bytes);
                packed.finish().unwrap_or_default()
            }),
        }
    }
}

fn write_alpha(out: &mut impl Write, [_, height, width]: [usize; 3]) -> io::Result<()> {
    let half = [width, height].map(|n| n as f64 / 2.0);
    let mut bytes = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let [u, v] =
                [(x, half[0]), (y, half[1])].map(|(at, half)| (at as f64 + 0.5) / half - 1.0);
            let opacity = (1.3 - (u * u + v * v).sqrt()) / 0.3;
            bytes.push((255.0 * opacity).clamp(0.0, 255.0) as u8);
        }
    }
    let cards = [
        Card::text("XTENSION", "IMAGE"),
        Card::integer("BITPIX", 8),
        Card::integer("NAXIS", 2),
        Card::integer("NAXIS1", width as i64),
        Card::integer("NAXIS2", height as i64),
        Card::integer("PCOUNT", 0),
        Card::integer("GCOUNT", 1),
        Card::text("EXTNAME", "ALPHA"),
    ];
    write_hdu(out, &cards, &bytes)
}

/// FITS standard 4.0, section 10.1: a table with a compressed row of pixels in each of its rows. `bits`: BITPIX of the
/// pixels, and of what Rice codes, if that is the method.
fn write_packed(
    out: &mut impl Write,
    shape: [usize; 3],
    bits: [i64; 2],
    method: &str,
    cards: &[Card],
    pixels: &[f32],
    pack: impl Fn(&[f32]) -> Vec<u8> + Sync + Send,
) -> io::Result<()> {
    let [planes, height, width] = shape;
    let rows: Vec<Vec<u8>> = pixels.par_chunks(width.max(1)).map(pack).collect();
    let mut data = Vec::new();
    let mut at = 0;
    for row in &rows {
        data.extend((row.len() as u32).to_be_bytes());
        data.extend((at as u32).to_be_bytes());
        at += row.len();
    }
    data.extend(rows.iter().flatten());
    write_hdu(
        out,
        &[
            Card::logical("SIMPLE", true),
            Card::integer("BITPIX", 8),
            Card::integer("NAXIS", 0),
            Card::logical("EXTEND", true),
        ],
        &[],
    )?;
    let axes: &[usize] = if planes == 1 {
        &[width, height]
    } else {
        &[width, height, planes]
    };
    let mut header = vec![
        Card::text("XTENSION", "BINTABLE"),
        Card::integer("BITPIX", 8),
        Card::integer("NAXIS", 2),
        Card::integer("NAXIS1", 8),
        Card::integer("NAXIS2", rows.len() as i64),
        Card::integer("PCOUNT", at as i64),
        Card::integer("GCOUNT", 1),
        Card::integer("TFIELDS", 1),
        Card::text("TTYPE1", "COMPRESSED_DATA"),
        Card::text("TFORM1", "1PB"),
        Card::logical("ZIMAGE", true),
        Card::text("ZCMPTYPE", method),
        Card::integer("ZBITPIX", bits[0]),
        Card::integer("ZNAXIS", axes.len() as i64),
    ];
    for (axis, &length) in (1..).zip(axes) {
        header.push(Card::integer(&format!("ZNAXIS{axis}"), length as i64));
        let tile = if axis == 1 { length } else { 1 };
        header.push(Card::integer(&format!("ZTILE{axis}"), tile as i64));
    }
    if bits[1] != 0 {
        header.extend([
            Card::text("ZNAME1", "BLOCKSIZE"),
            Card::integer("ZVAL1", crate::rice::BLOCK as i64),
            Card::text("ZNAME2", "BYTEPIX"),
            Card::integer("ZVAL2", bits[1] / 8),
        ]);
    }
    header.extend_from_slice(cards);
    write_hdu(out, &header, &data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_whole_blocks_and_compression_makes_them_smaller() {
        let shape = [1, 40, 300];
        let pixels: Vec<f32> = (0..40 * 300).map(|i| 1000.0 + (i % 23) as f32).collect();
        let size = |storage: Storage| {
            let mut file = Vec::new();
            storage.write(&mut file, shape, &[], &pixels).unwrap();
            assert_eq!(file.len() % 2880, 0);
            file.len()
        };
        let plain = size(Storage::Plain);
        assert!(size(Storage::Rice) < plain / 3);
        assert!(size(Storage::Gzip) < plain);
        assert_eq!(
            size(Storage::Alpha),
            plain + 2880 + (40_usize * 300).next_multiple_of(2880)
        );
    }
}

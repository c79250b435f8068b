//! What a compressed image claims, compared with what the file holds, before the decompressor allocates by it.

use std::fs::File;

use super::failed;
use super::table::{Extent, HeapColumn, Table};
use crate::error::FitsError;
use crate::hdu::Hdu;
use crate::header::Header;
use crate::position::read_exact_at;

/// Axes the decompressor can handle.
const MAX_AXES: usize = 6;
/// A tile of up to this many pixels (a 4096 x 4096 image in one piece) may be compressed as well as it likes.
const FREE_PIXELS: u64 = 1 << 24;
/// Larger tiles: no method packs more pixels of a real image into a byte (gzip ends at 1032 to 1).
const PIXELS_PER_BYTE: u64 = 1032;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Method {
    Rice,
    Gzip,
    Hcompress,
    Plio,
}

/// Sizes of the image and its tiles along each axis.
struct Tiling {
    axes: Vec<u64>,
    tile: Vec<u64>,
}

/// Every tile must have its row in the table and lie in the heap, with sizes that fit the tile's pixels.
pub(crate) fn check(hdu: &Hdu, header: &Header) -> Result<(), FitsError> {
    let method = method(hdu, header)?;
    let tiling = Tiling::new(hdu, header)?;
    let table = Table::new(hdu, header)?;
    if tiling.tiles() != Some(table.rows) {
        return Err(hdu.bad("NAXIS2", "the table has not one row for each tile"));
    }
    let Some(compressed) = table.heap_column("COMPRESSED_DATA")? else {
        return Err(hdu.bad("TTYPE1", "there is no column COMPRESSED_DATA"));
    };
    if method == Method::Plio && compressed.element != 2 {
        return Err(hdu.bad("TFORM1", "PLIO_1 needs 16-bit elements"));
    }
    if method != Method::Plio && compressed.element != 1 {
        return Err(hdu.bad("TFORM1", "COMPRESSED_DATA needs 8-bit elements"));
    }
    let gzip = table.heap_column("GZIP_COMPRESSED_DATA")?;
    let plain = table.heap_column("UNCOMPRESSED_DATA")?;
    let columns: Vec<HeapColumn> = [Some(compressed), gzip, plain]
        .into_iter()
        .flatten()
        .collect();

    let file = File::open(hdu.storage.readable())
        .map_err(|e| FitsError::reading(hdu.storage.path(), "open it", e))?;
    table.extents(&file, &columns, |tile, extents| {
        let pixels = tiling.pixels(tile);
        let bytes: u64 = extents
            .iter()
            .zip(&columns)
            .map(|(e, c)| e.count * c.element)
            .sum();
        if pixels > FREE_PIXELS.max(bytes.saturating_mul(PIXELS_PER_BYTE)) {
            return Err(failed(
                hdu,
                format!("tile {} claims {pixels} pixels in {bytes} bytes", tile + 1),
            ));
        }
        let fits = match (extents[0].count, method) {
            (0, _) => {
                plain.is_none()
                    || extents
                        .last()
                        .is_none_or(|e| e.count == pixels || e.count == 0)
            }
            (count, Method::Rice) => count > 4,
            (_, Method::Gzip) => true,
            (_, Method::Hcompress) => hcompress_fits(hdu, &file, extents[0], pixels)?,
            (_, Method::Plio) => plio_fits(hdu, &file, extents[0])?,
        };
        if fits {
            Ok(())
        } else {
            Err(failed(hdu, format!("tile {} is damaged", tile + 1)))
        }
    })
}

fn method(hdu: &Hdu, header: &Header) -> Result<Method, FitsError> {
    let name = header.text("ZCMPTYPE").unwrap_or_default();
    let method = match name.as_str() {
        "RICE_1" | "RICE_ONE" => Method::Rice,
        "GZIP_1" | "GZIP_2" => Method::Gzip,
        "HCOMPRESS_1" => Method::Hcompress,
        "PLIO_1" => Method::Plio,
        _ => {
            return Err(hdu.bad(
                "ZCMPTYPE",
                format!("'{name}' is no method this version knows; funpack it first"),
            ));
        }
    };
    if method == Method::Rice {
        // The decoder looks for the end of its bytes once a block.
        let number = |key| header.integer(key);
        let (block, bytes) = (number("ZVAL1"), number("ZVAL2").unwrap_or(4));
        if !(matches!(block, Some(1..=256)) && (1..=256).contains(&bytes)) {
            return Err(hdu.bad(
                "ZVAL1",
                "the block size of RICE_1 is missing or not in 1..256",
            ));
        }
    }
    Ok(method)
}

impl Tiling {
    fn new(hdu: &Hdu, header: &Header) -> Result<Tiling, FitsError> {
        let axes = hdu.axes.clone();
        if axes.len() > MAX_AXES {
            return Err(hdu.bad(
                "ZNAXIS",
                format!("compressed images have up to {MAX_AXES} axes"),
            ));
        }
        let mut tile = Vec::with_capacity(axes.len());
        for (n, &length) in axes.iter().enumerate() {
            let key = format!("ZTILE{}", n + 1);
            let default = if n == 0 { length } else { 1 };
            let side = match header.get(&key) {
                None => Some(default),
                Some(_) => header.integer(&key).and_then(|n| u64::try_from(n).ok()),
            };
            // The decompressor counts in C's int.
            match side {
                Some(side @ 1..=0x7FFF_FFFF) if length <= 0x7FFF_FFFF => tile.push(side),
                _ => return Err(hdu.bad(&key, "the tile has no size that can be")),
            }
        }
        // The buffers are made for whole tiles, however much hangs over the edge.
        let whole = tile.iter().try_fold(1_u64, |n, &side| n.checked_mul(side));
        let image = axes.iter().try_fold(1_u64, |n, &side| n.checked_mul(side));
        match (whole, image) {
            (Some(whole), Some(image))
                if whole <= 0x7FFF_FFFF && whole <= image.saturating_mul(4).max(1 << 16) =>
            {
                Ok(Tiling { axes, tile })
            }
            _ => Err(hdu.bad("ZTILE1", "the tiles are too large for the image")),
        }
    }

    fn tiles(&self) -> Option<u64> {
        let sides = self.axes.iter().zip(&self.tile);
        sides
            .map(|(&n, &side)| n.div_ceil(side))
            .try_fold(1_u64, u64::checked_mul)
    }

    /// Pixels of a tile; those at the far edges are smaller.
    fn pixels(&self, mut tile: u64) -> u64 {
        let mut pixels = 1;
        for (&n, &side) in self.axes.iter().zip(&self.tile) {
            let count = n.div_ceil(side);
            let start = tile % count * side;
            pixels *= side.min(n - start);
            tile /= count;
        }
        pixels
    }
}

/// An HCOMPRESS stream starts with a code and its own idea of the tile's two sides (White & Percival, 1994).
fn hcompress_fits(hdu: &Hdu, file: &File, extent: Extent, pixels: u64) -> Result<bool, FitsError> {
    let mut start = [0; 10];
    // Behind these come scale, sum, three bit planes: 25 bytes before the first coefficient.
    if extent.count < 25 {
        return Ok(false);
    }
    read_exact_at(file, &mut start, extent.start)
        .map_err(|e| FitsError::reading(hdu.storage.path(), "read it", e))?;
    let side = |at: usize| {
        start[at..]
            .first_chunk()
            .map_or(0, |b| u64::from(u32::from_be_bytes(*b)))
    };
    Ok(start[..2] == [0xDD, 0x99] && side(2).checked_mul(side(6)) == Some(pixels))
}

/// A PLIO line list tells its own length, in one of two formats (IRAF's plio).
fn plio_fits(hdu: &Hdu, file: &File, extent: Extent) -> Result<bool, FitsError> {
    let mut start = [0; 14];
    if extent.count < 7 {
        return Ok(false);
    }
    read_exact_at(file, &mut start, extent.start)
        .map_err(|e| FitsError::reading(hdu.storage.path(), "read it", e))?;
    let word = |n: usize| i64::from(i16::from_be_bytes([start[2 * n], start[2 * n + 1]]));
    let length = if word(2) > 0 {
        word(2)
    } else {
        (word(4) << 15) + word(3)
    };
    Ok(u64::try_from(length).is_ok_and(|n| n <= extent.count))
}

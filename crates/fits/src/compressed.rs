//! Tile-compressed images (FITS standard 4.0, section 10.1): tiles in the rows and the heap of a binary table.

mod cfitsio;
mod check;
mod decode;
mod memory;
mod quantize;
mod table;
mod tiling;

use std::fs::File;
use std::ops::Range;

use zemosaic_room::filled;

use crate::error::FitsError;
use crate::hdu::Hdu;
use crate::header::Header;
use crate::image::{AxisMap, Flags, ReadStats};
use crate::position::read_exact_at;

use check::Plan;
use decode::{Expected, Method, decode};
use memory::DECODING;
use quantize::{Dither, TileScale, Zeros};
use table::Extent;
use tiling::{MAX_AXES, PixelBox, for_common_runs};

/// An image whose tiles have all been located in the file.
#[derive(Debug, Clone)]
pub(crate) struct CompressedImage {
    hdu: Hdu,
    map: AxisMap,
    plan: Plan,
    /// Pixels are read as 1 where these are set and 0 elsewhere.
    pub flags: Option<Flags>,
}

impl CompressedImage {
    /// Checks the position and size of every tile against the file.
    pub fn new(hdu: &Hdu, table: &Header, map: AxisMap) -> Result<Self, FitsError> {
        Ok(CompressedImage {
            plan: Plan::new(hdu, table)?,
            hdu: hdu.clone(),
            map,
            flags: None,
        })
    }

    /// Height of its tiles.
    pub fn rows_at_once(&self) -> usize {
        self.plan.tiling.side(self.map.y)
    }

    pub fn times(&mut self, factor: f64) {
        let (scale, zero) = self.plan.image;
        self.plan.image = (scale * factor, zero * factor);
    }

    pub fn guess_zeros(&mut self) {
        if let Dither::Subtractive { zeros, .. } = &mut self.plan.dither
            && *zeros == Zeros::Rounded
        {
            *zeros = Zeros::Guessed;
        }
    }

    /// Decodes the tiles that overlap the rows. The caller has checked plane, rows and the length of `out`.
    pub fn read_box(
        &self,
        plane: usize,
        rows: Range<usize>,
        columns: Range<usize>,
        out: &mut [f32],
    ) -> Result<ReadStats, FitsError> {
        let mut wanted = PixelBox {
            start: [0; MAX_AXES],
            size: [1; MAX_AXES],
        };
        wanted.start[self.map.x] = columns.start;
        wanted.size[self.map.x] = columns.len();
        wanted.start[self.map.y] = rows.start;
        wanted.size[self.map.y] = rows.len();
        if self.map.plane < MAX_AXES {
            wanted.start[self.map.plane] = plane;
        }
        let file = self.hdu.storage.open()?;
        let mut bytes = 0;
        for tile in self.plan.tiling.meeting(&wanted) {
            let place = self.plan.tiling.place(tile);
            let (pixels, read) = self.tile(&file, tile, &place)?;
            bytes += read;
            // The window has one more axis than `out`, of one pixel, which changes no position in it.
            for_common_runs(&place, &wanted, |from, to, length| {
                out[to..to + length].copy_from_slice(&pixels[from..from + length]);
            });
        }
        self.hdu.storage.still(&file)?;
        Ok(ReadStats { bytes })
    }

    /// The pixels of a tile, and the number of bytes read from the file.
    fn tile(
        &self,
        file: &File,
        tile: usize,
        place: &PixelBox,
    ) -> Result<(Vec<f32>, u64), FitsError> {
        let plan = &self.plan;
        let fields = plan.table.row(file, &self.hdu, tile)?;
        let damaged = || self.hdu.damaged(format!("tile {} is damaged", tile + 1));
        let mut expected = Expected {
            pixels: place.pixels(),
            sides: place.sides(),
            float: None,
        };
        let raw_float =
            (self.hdu.bitpix < 0).then_some(self.hdu.bitpix.unsigned_abs() as usize / 8);
        let extent = |column| plan.table.extent(&self.hdu, tile, &fields, column);
        let mut scale = TileScale {
            tile: (plan.scale.of(&fields), plan.zero.of(&fields)),
            image: plan.image,
            blank: plan.blank.map(|b| b.of(&fields) as i64),
            dither: plan.dither,
            flags: self.flags,
        };
        let compressed = extent(plan.compressed)?;
        let (method, extent) = if compressed.bytes > 0 {
            if !plan.quantized {
                expected.float = raw_float;
                scale.dither = Dither::None;
            }
            (plan.method, compressed)
        } else {
            // A tile that could not be quantized was kept as floating point.
            expected.float = raw_float;
            match (
                plan.gzip.map(extent).transpose()?,
                plan.plain.map(extent).transpose()?,
            ) {
                (Some(gzip), _) if gzip.bytes > 0 => (Method::Gzip { shuffled: false }, gzip),
                (_, Some(plain)) if plain.bytes > 0 => (Method::Plain, plain),
                _ => return Err(damaged()),
            }
        };
        let packed = self.bytes(file, extent)?;
        let stored = decode(method, &packed, expected).ok_or_else(damaged)?;
        let is_float = matches!(
            stored,
            decode::Stored::Floats(_) | decode::Stored::Doubles(_)
        );
        if is_float != expected.float.is_some() {
            return Err(damaged());
        }
        Ok((scale.pixels(&stored, tile), extent.bytes))
    }

    fn bytes(&self, file: &File, extent: Extent) -> Result<Vec<u8>, FitsError> {
        // All sizes have been checked against the file, so a failed allocation is a shortage of memory, not a damaged
        // file.
        let length = usize::try_from(extent.bytes).unwrap_or(usize::MAX);
        let mut bytes = filled(length, 0, DECODING);
        read_exact_at(file, &mut bytes, extent.start)
            .map_err(|e| self.hdu.storage.failed("read it", e))?;
        Ok(bytes)
    }
}

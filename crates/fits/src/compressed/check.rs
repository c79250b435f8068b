//! Compares what a compressed image claims with what the file contains, before memory is allocated for it.

use super::cfitsio;
use super::decode::Method;
use super::quantize::{Dither, Zeros};
use super::table::{HeapColumn, Number, Table};
use super::tiling::Tiling;
use crate::error::FitsError;
use crate::hdu::Hdu;
use crate::header::Header;
use crate::plain::scaling;

/// Up to this many pixels (a 4096 x 4096 image in one piece) a tile may have any compression ratio.
const FREE_PIXELS: usize = 1 << 24;
/// Larger tiles: no method packs more pixels of a real image into a byte (gzip reaches at most 1032 to 1).
const PIXELS_PER_BYTE: u64 = 1032;

/// Everything about a compressed image except its pixels.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub method: Method,
    pub tiling: Tiling,
    pub table: Table,
    /// `COMPRESSED_DATA`, and the two columns for tiles that could not be compressed that way.
    pub compressed: HeapColumn,
    pub gzip: Option<HeapColumn>,
    pub plain: Option<HeapColumn>,
    /// ZSCALE, ZZERO and ZBLANK, either per tile or for all tiles.
    pub scale: Number,
    pub zero: Number,
    pub blank: Option<Number>,
    /// BSCALE and BZERO.
    pub image: (f64, f64),
    pub dither: Dither,
    /// Whether floating-point pixels were quantized to integers.
    pub quantized: bool,
}

impl Plan {
    /// Every tile must have a row in the table and lie in the heap, with no more pixels than its bytes can encode.
    pub fn new(hdu: &Hdu, header: &Header) -> Result<Plan, FitsError> {
        let table = Table::new(hdu, header)?;
        let tiling = Tiling::new(hdu, header)?;
        if tiling.tiles() != Some(table.rows) {
            return Err(hdu.bad("NAXIS2", "the table does not have one row for each tile"));
        }
        let Some(compressed) = table.heap_column(hdu, header, "COMPRESSED_DATA")? else {
            return Err(hdu.bad("TTYPE1", "there is no column COMPRESSED_DATA"));
        };
        let scale = table.number(hdu, header, "ZSCALE")?;
        let zero = table.number(hdu, header, "ZZERO")?;
        let blank = match table.number(hdu, header, "ZBLANK")? {
            None if hdu.bitpix > 0 => table.number(hdu, header, "BLANK")?,
            found => found,
        };
        let quantizer = header.text("ZQUANTIZ").unwrap_or_default();
        let quantized = hdu.bitpix < 0 && quantizer != "NONE" && scale.is_some();
        let method = method(hdu, header)?;
        let mut image = scaling(hdu, header)?;
        if method == Method::Plio && image.1 == 32768.0 {
            // PLIO lists have no negative numbers, so unsigned 16-bit pixels are stored without subtracting BZERO.
            image.1 = 0.0;
        }
        let plan = Plan {
            method,
            compressed,
            gzip: table.heap_column(hdu, header, "GZIP_COMPRESSED_DATA")?,
            plain: table.heap_column(hdu, header, "UNCOMPRESSED_DATA")?,
            scale: scale.unwrap_or(Number::Same(1.0)),
            zero: zero.unwrap_or(Number::Same(0.0)),
            blank,
            image,
            dither: dither(hdu, header, &quantizer)?,
            quantized,
            tiling,
            table,
        };
        plan.check_tiles(hdu)?;
        Ok(plan)
    }

    /// The columns that may contain the bytes of a tile.
    pub fn columns(&self) -> impl Iterator<Item = HeapColumn> {
        [Some(self.compressed), self.gzip, self.plain]
            .into_iter()
            .flatten()
    }

    fn check_tiles(&self, hdu: &Hdu) -> Result<(), FitsError> {
        if self.method == Method::Plio && self.compressed.element != 2 {
            return Err(hdu.bad("TFORM1", "PLIO_1 needs 16-bit elements"));
        }
        let file = hdu.storage.open()?;
        self.table.for_rows(&file, hdu, |tile, fields| {
            let mut bytes = 0;
            for column in self.columns() {
                bytes += self.table.extent(hdu, tile, fields, column)?.bytes;
            }
            let place = self.tiling.place(tile);
            if matches!(self.method, Method::Hcompress { .. })
                && !cfitsio::hcompress_holds(place.sides())
            {
                let number = tile + 1;
                let reason = format!(
                    "tile {number} is a single row or column, which HCOMPRESS_1 cannot encode"
                );
                return Err(hdu.damaged(reason));
            }
            let pixels = place.pixels();
            if pixels > FREE_PIXELS && pixels as u64 > bytes.saturating_mul(PIXELS_PER_BYTE) {
                let reason = format!("tile {} claims {pixels} pixels in {bytes} bytes", tile + 1);
                return Err(hdu.damaged(reason));
            }
            Ok(())
        })
    }
}

fn method(hdu: &Hdu, header: &Header) -> Result<Method, FitsError> {
    let name = header.text("ZCMPTYPE").unwrap_or_default();
    // Parameters are found by name, or by number because old files leave the names out.
    let parameter = |name: &str, number: usize| {
        let named = (1..=9).find(|n| header.text(&format!("ZNAME{n}")).is_some_and(|t| t == name));
        let unnamed = !header.contains("ZNAME1");
        let at = named.or(unnamed.then_some(number))?;
        header.number(&format!("ZVAL{at}"))
    };
    Ok(match name.as_str() {
        "RICE_1" | "RICE_ONE" => {
            let block = parameter("BLOCKSIZE", 1).unwrap_or(32.0);
            let bytes = parameter("BYTEPIX", 2).unwrap_or(4.0);
            let possible = (1.0..=cfitsio::MAX_RICE_BLOCK as f64).contains(&block);
            if !possible || ![1.0, 2.0, 4.0].contains(&bytes) {
                return Err(hdu.bad(
                    "ZVAL1",
                    "not a block size or pixel size that RICE_1 can have",
                ));
            }
            Method::Rice {
                bytes: bytes as usize,
                block: block as usize,
            }
        }
        "GZIP_1" => Method::Gzip { shuffled: false },
        "GZIP_2" => Method::Gzip { shuffled: true },
        "HCOMPRESS_1" => Method::Hcompress {
            smooth: parameter("SMOOTH", 2).is_some_and(|s| s != 0.0),
        },
        "PLIO_1" => Method::Plio,
        "NOCOMPRESS" => Method::Plain,
        _ => {
            let reason =
                format!("'{name}' is not a method this version knows (funpack may unpack it)");
            return Err(hdu.bad("ZCMPTYPE", reason));
        }
    })
}

fn dither(hdu: &Hdu, header: &Header, quantizer: &str) -> Result<Dither, FitsError> {
    let zeros = match quantizer {
        "SUBTRACTIVE_DITHER_1" => Zeros::Rounded,
        "SUBTRACTIVE_DITHER_2" => Zeros::Kept,
        "" | "NONE" | "NO_DITHER" => return Ok(Dither::None),
        other => {
            return Err(hdu.bad(
                "ZQUANTIZ",
                format!("'{other}' is not known (funpack may unpack it)"),
            ));
        }
    };
    match header.integer("ZDITHER0").unwrap_or(1) {
        seed @ 1..=10_000 => Ok(Dither::Subtractive {
            seed: seed as usize,
            zeros,
        }),
        seed => Err(hdu.bad("ZDITHER0", format!("{seed} is not in 1..10000"))),
    }
}

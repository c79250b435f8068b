//! The same image cut into tiles and compressed (FITS standard 4.0, section 10).

use super::stored::{QUANTIZED, Stored};
use crate::build::{gzipped, hdu, valued};
use crate::encode;

/// How tiles are compressed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    Gzip1,
    Gzip2,
    Rice,
    Hcompress,
    Plio,
    None,
}

impl Stored {
    /// A binary table with a row for each tile (FITS standard 4.0, section 10.1).
    pub fn table(
        &self,
        name: &str,
        more: Vec<String>,
        method: Method,
        sides: [usize; 3],
        wide: bool,
    ) -> Vec<u8> {
        let axes = self.axes();
        let (method, tile) = fitted(method, &axes, sides);
        let (mut rows, mut heap) = (Vec::new(), Vec::new());
        let mut count = 0;
        for pixels in tiles(&axes, &tile) {
            let packed = self.pack(method, &pixels, &tile_sides(&axes, &tile, count));
            if wide {
                rows.extend((packed.len() as u64 / method.element()).to_be_bytes());
                rows.extend((heap.len() as u64).to_be_bytes());
            } else {
                rows.extend((packed.len() as u32 / method.element() as u32).to_be_bytes());
                rows.extend((heap.len() as u32).to_be_bytes());
            }
            if self.quantized {
                rows.extend(QUANTIZED.map(f64::to_be_bytes).concat());
            }
            heap.extend(packed);
            count += 1;
        }
        let row_bytes = rows.len() / count;
        let mut cards = vec![
            "XTENSION= 'BINTABLE'".to_owned(),
            valued("BITPIX", 8),
            valued("NAXIS", 2),
        ];
        cards.extend([
            valued("NAXIS1", row_bytes),
            valued("NAXIS2", count),
            valued("PCOUNT", heap.len()),
        ]);
        cards.extend([
            valued("GCOUNT", 1),
            valued("TFIELDS", if self.quantized { 3 } else { 1 }),
        ]);
        cards.push("TTYPE1  = 'COMPRESSED_DATA'".to_owned());
        let letter = if wide { 'Q' } else { 'P' };
        let element = if method.element() == 2 { 'I' } else { 'B' };
        cards.push(format!("TFORM1  = '1{letter}{element}'"));
        if self.quantized {
            for (n, word) in [(2, "ZSCALE"), (3, "ZZERO")] {
                cards.push(format!("TTYPE{n}  = '{word}'"));
                cards.push(format!("TFORM{n}  = '1D'"));
            }
        }
        cards.extend([
            valued("ZIMAGE", "T"),
            valued("ZBITPIX", self.bitpix),
            valued("ZNAXIS", axes.len()),
        ]);
        for (n, (axis, side)) in (1..).zip(axes.iter().zip(&tile)) {
            cards.extend([
                valued(&format!("ZNAXIS{n}"), axis),
                valued(&format!("ZTILE{n}"), side),
            ]);
        }
        cards.push(format!("ZCMPTYPE= '{}'", method.name()));
        if method == Method::Rice {
            let bytes = self.bits() / 8;
            cards.extend(["ZNAME1  = 'BLOCKSIZE'".to_owned(), valued("ZVAL1", 32)]);
            cards.extend(["ZNAME2  = 'BYTEPIX'".to_owned(), valued("ZVAL2", bytes)]);
        }
        if self.bitpix < 0 && !self.quantized {
            cards.push("ZQUANTIZ= 'NONE'".to_owned());
        }
        cards.push(format!("EXTNAME = '{name}'"));
        cards.extend(more);
        hdu(&cards, &[rows, heap].concat())
    }

    fn pack(&self, method: Method, pixels: &[usize], sides: &[usize]) -> Vec<u8> {
        let integers =
            || -> Vec<i32> { pixels.iter().map(|&at| self.integer(at) as i32).collect() };
        let raw = || -> Vec<u8> { pixels.iter().flat_map(|&at| self.raw(at)).collect() };
        match method {
            Method::None => raw(),
            Method::Gzip1 => gzipped(&raw()),
            Method::Gzip2 => {
                let (raw, width) = (raw(), self.bits().unsigned_abs() as usize / 8);
                let lane = |byte: usize| raw[byte..].iter().step_by(width).copied();
                gzipped(&(0..width).flat_map(lane).collect::<Vec<u8>>())
            }
            Method::Rice => encode::rice(&integers(), self.bits() as usize / 8, 32),
            Method::Hcompress => {
                encode::hcompress(&integers(), sides[0], sides[1..].iter().product())
            }
            Method::Plio => encode::plio(&integers()),
        }
    }
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Gzip1 => "GZIP_1",
            Self::Gzip2 => "GZIP_2",
            Self::Rice => "RICE_1",
            Self::Hcompress => "HCOMPRESS_1",
            Self::Plio => "PLIO_1",
            Self::None => "NOCOMPRESS",
        }
    }

    /// Bytes of an element of the heap.
    fn element(self) -> u64 {
        if self == Self::Plio { 2 } else { 1 }
    }
}

/// The sides of tiles within the image. HCOMPRESS has no single rows or columns: the image in one piece then, or gzip.
fn fitted(method: Method, axes: &[usize], sides: [usize; 3]) -> (Method, Vec<usize>) {
    let tile: Vec<usize> = axes
        .iter()
        .zip(sides)
        .map(|(axis, side)| side.min(*axis))
        .collect();
    let thin = |(axis, side): (&usize, &usize)| *side == 1 || axis % side == 1;
    if method != Method::Hcompress || !axes.iter().zip(&tile).any(thin) {
        return (method, tile);
    }
    let rows: usize = axes[1..].iter().product();
    if axes[0] > 1 && rows > 1 {
        (method, axes.to_vec())
    } else {
        (Method::Gzip1, tile)
    }
}

/// First pixel and size of tile number `n` along each axis.
fn place(axes: &[usize], tile: &[usize], mut n: usize) -> Vec<(usize, usize)> {
    let along = |(axis, side): (&usize, &usize)| {
        let count = axis.div_ceil(*side);
        let start = n % count * side;
        n /= count;
        (start, (*side).min(axis - start))
    };
    axes.iter().zip(tile).map(along).collect()
}

fn tile_sides(axes: &[usize], tile: &[usize], n: usize) -> Vec<usize> {
    place(axes, tile, n).iter().map(|(_, size)| *size).collect()
}

/// Places in the image of the pixels of each tile.
fn tiles(axes: &[usize], tile: &[usize]) -> Vec<Vec<usize>> {
    let count: usize = axes
        .iter()
        .zip(tile)
        .map(|(axis, side)| axis.div_ceil(*side))
        .product();
    let pixels = |n: usize| {
        let mut places = vec![0];
        let mut stride: usize = axes.iter().product();
        for ((start, size), axis) in place(axes, tile, n).into_iter().zip(axes).rev() {
            stride /= axis;
            places = places
                .iter()
                .flat_map(|base| (start..start + size).map(move |at| base + at * stride))
                .collect();
        }
        places
    };
    (0..count).map(pixels).collect()
}

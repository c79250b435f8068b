//! How an image is cut into tiles (FITS standard 4.0, section 10.1.1). Tile numbers increase along axis 1 first.

use zemosaic_room::reserve;

use super::memory::DECODING;
use crate::error::FitsError;
use crate::hdu::Hdu;
use crate::header::Header;

/// The most axes an image may have here; missing ones have one pixel.
pub(crate) const MAX_AXES: usize = 6;

/// The largest tile: its pixels are counted in C's int, and need contiguous buffers.
const MAX_TILE: usize = 1 << 28;

/// One number per axis.
pub(crate) type PerAxis = [usize; MAX_AXES];

/// Sizes of the image and of its tiles.
#[derive(Debug, Clone)]
pub(crate) struct Tiling {
    image: PerAxis,
    tile: PerAxis,
    /// Tiles along each axis.
    count: PerAxis,
}

/// A box of pixels: its first pixel and its length along each axis. Tiles at the far edges are smaller.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PixelBox {
    pub start: PerAxis,
    pub size: PerAxis,
}

impl PixelBox {
    pub fn pixels(&self) -> usize {
        self.size.iter().product()
    }

    /// Columns and rows, with all further axes counted as rows.
    pub fn sides(&self) -> (usize, usize) {
        (self.size[0], self.size[1..].iter().product())
    }
}

impl Tiling {
    /// From `ZNAXISn` and `ZTILEn`; where the latter are missing, each row is a tile.
    pub fn new(hdu: &Hdu, header: &Header) -> Result<Tiling, FitsError> {
        let mut tiling = Tiling {
            image: [1; MAX_AXES],
            tile: [1; MAX_AXES],
            count: [1; MAX_AXES],
        };
        if hdu.axes.len() > MAX_AXES {
            return Err(hdu.bad(
                "ZNAXIS",
                format!("compressed images have up to {MAX_AXES} axes"),
            ));
        }
        let (mut pixels, mut tile_pixels) = (1_usize, 1_usize);
        for (axis, &length) in hdu.axes.iter().enumerate() {
            let key = format!("ZTILE{}", axis + 1);
            let default = if axis == 0 { length } else { 1 };
            let side = match header.get(&key) {
                None => Some(default),
                Some(_) => header.integer(&key).and_then(|n| u64::try_from(n).ok()),
            };
            let length = usize::try_from(length).unwrap_or(0);
            let side = usize::try_from(side.unwrap_or(0))
                .unwrap_or(usize::MAX)
                .min(length);
            if side == 0 {
                return Err(hdu.bad(&key, "the tile has no pixels"));
            }
            pixels = pixels.saturating_mul(length);
            tile_pixels = tile_pixels.saturating_mul(side);
            tiling.image[axis] = length;
            tiling.tile[axis] = side;
            tiling.count[axis] = length.div_ceil(side);
        }
        if tile_pixels > MAX_TILE || pixels == usize::MAX {
            return Err(hdu.bad("ZTILE1", format!("a tile has more than {MAX_TILE} pixels")));
        }
        Ok(tiling)
    }

    /// Number of tiles.
    pub fn tiles(&self) -> Option<usize> {
        self.count
            .iter()
            .try_fold(1_usize, |n, &count| n.checked_mul(count))
    }

    /// Length of tiles along an axis; the last may be shorter.
    pub fn side(&self, axis: usize) -> usize {
        self.tile[axis]
    }

    /// The box of a tile in the image.
    pub fn place(&self, mut tile: usize) -> PixelBox {
        let mut place = PixelBox {
            start: [0; MAX_AXES],
            size: [1; MAX_AXES],
        };
        for axis in 0..MAX_AXES {
            place.start[axis] = tile % self.count[axis] * self.tile[axis];
            place.size[axis] = self.tile[axis].min(self.image[axis] - place.start[axis]);
            tile /= self.count[axis];
        }
        place
    }

    /// Numbers of the tiles that overlap a box inside the image, in order.
    pub fn meeting(&self, wanted: &PixelBox) -> Vec<usize> {
        let mut tiles = vec![0];
        let mut stride = 1;
        let mut strides = [0; MAX_AXES];
        for (axis, value) in strides.iter_mut().enumerate() {
            *value = stride;
            stride *= self.count[axis];
        }
        for axis in (0..MAX_AXES).rev() {
            let first = wanted.start[axis] / self.tile[axis];
            let last = (wanted.start[axis] + wanted.size[axis] - 1) / self.tile[axis];
            let along = (first..=last).map(|n| n * strides[axis]);
            let mut all = Vec::new();
            reserve(&mut all, tiles.len() * (last + 1 - first), DECODING);
            for base in tiles {
                all.extend(along.clone().map(|offset| base + offset));
            }
            tiles = all;
        }
        tiles
    }
}

/// Calls `run` for each run of pixels along axis 1 that both boxes have: its position in the first box, its position in
/// the second, and its length; both boxes are stored axis 1 first.
pub(crate) fn for_common_runs(
    a: &PixelBox,
    b: &PixelBox,
    mut run: impl FnMut(usize, usize, usize),
) {
    let mut common = *a;
    for axis in 0..MAX_AXES {
        let start = a.start[axis].max(b.start[axis]);
        let end = (a.start[axis] + a.size[axis]).min(b.start[axis] + b.size[axis]);
        if end <= start {
            return;
        }
        common.start[axis] = start;
        common.size[axis] = end - start;
    }
    let offset = |of: &PixelBox, at: &PerAxis| {
        (0..MAX_AXES)
            .rev()
            .fold(0, |n, axis| n * of.size[axis] + at[axis] - of.start[axis])
    };
    let mut at = common.start;
    loop {
        run(offset(a, &at), offset(b, &at), common.size[0]);
        // The next position, axis 2 first; done when all axes have wrapped.
        let mut axis = 1;
        while axis < MAX_AXES {
            at[axis] += 1;
            if at[axis] < common.start[axis] + common.size[axis] {
                break;
            }
            at[axis] = common.start[axis];
            axis += 1;
        }
        if axis == MAX_AXES {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiling(image: [usize; 3], tile: [usize; 3]) -> Tiling {
        let six = |three: [usize; 3]| [three[0], three[1], three[2], 1, 1, 1];
        let (image, tile) = (six(image), six(tile));
        let mut count = [1; MAX_AXES];
        for axis in 0..MAX_AXES {
            count[axis] = image[axis].div_ceil(tile[axis]);
        }
        Tiling { image, tile, count }
    }

    /// Every pixel of a window comes from exactly one tile, and from its own position there.
    #[test]
    fn tiles_cover_a_window_once() {
        let size = [7, 9, 3];
        let tiling = tiling(size, [3, 4, 2]);
        assert_eq!(tiling.tiles(), Some(18));
        let wanted = PixelBox {
            start: [0, 2, 1, 0, 0, 0],
            size: [7, 5, 1, 1, 1, 1],
        };
        let mut seen = vec![0; wanted.pixels()];
        let tiles = tiling.meeting(&wanted);
        assert_eq!(tiles, [0, 1, 2, 3, 4, 5]);
        for tile in tiles {
            let place = tiling.place(tile);
            for_common_runs(&place, &wanted, |from, to, length| {
                for n in 0..length {
                    seen[to + n] += 1;
                    let (x, y) = ((to + n) % 7, (to + n) / 7 + 2);
                    let inside = [x - place.start[0], y - place.start[1], 1 - place.start[2]];
                    let expected =
                        (inside[2] * place.size[1] + inside[1]) * place.size[0] + inside[0];
                    assert_eq!(from + n, expected);
                }
            });
        }
        assert!(seen.iter().all(|&n| n == 1), "{seen:?}");
    }
}

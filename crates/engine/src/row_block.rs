//! A block of a tile's rows in memory.

use std::ops::Range;
use std::sync::Arc;

use zemosaic_coadd::{Window, drop_without};
use zemosaic_fits::FitsError;

use crate::background::Correction;
use crate::spare::Spare;
use crate::tile::{ReadRows, Tile, read_by_row};

/// Consecutive rows of a tile, decoded once: the planes of the channels, then the maps. Chunks share it.
#[derive(Debug)]
pub(crate) struct RowBlock {
    rows: Range<usize>,
    /// Plane after plane; perhaps more than these.
    pixels: Vec<f32>,
    channels: usize,
    /// Where the pixels are returned to.
    spare: Arc<Spare>,
}

/// What a block is made of.
pub(crate) struct RowSource<'a> {
    pub tile: &'a Tile,
    pub channels: &'a Range<usize>,
    /// How the values of a plane are changed, if they are.
    pub correction: &'a dyn Fn(usize) -> Option<Correction>,
    pub spare: &'a Arc<Spare>,
}

impl Drop for RowBlock {
    fn drop(&mut self) {
        self.spare.put(std::mem::take(&mut self.pixels));
    }
}

impl RowSource<'_> {
    /// Planes of a block.
    pub fn planes(&self) -> usize {
        let maps = [self.tile.has_variances(), self.tile.has_alphas()];
        self.channels.len() + maps.into_iter().filter(|has| *has).count()
    }

    /// Reads `rows` into a buffer that has room for `most` rows. Returns also the bytes read.
    ///
    /// A row that cannot be read becomes NaN, and the first error is returned as well.
    pub fn load(&self, rows: Range<usize>, most: usize) -> (RowBlock, u64, Option<FitsError>) {
        let Self { tile, channels, .. } = *self;
        let width = tile.shape.width;
        let plane = rows.len() * width;
        let (mut bytes, mut damage) = (0, None);
        let mut fill = |out: &mut [f32], read: ReadRows<'_>| {
            let (more, error) = read_by_row(rows.clone(), width, out, read);
            bytes += more;
            damage = damage.take().or(error);
        };
        let mut pixels = self.spare.take(self.planes() * most * width);
        let (values, maps) = pixels.split_at_mut(channels.len() * plane);
        let (variances, rest) = maps.split_at_mut(if tile.has_variances() { plane } else { 0 });
        let alphas = &mut rest[..if tile.has_alphas() { plane } else { 0 }];
        if !variances.is_empty() {
            fill(variances, &mut |rows, out| tile.read_variances(rows, out));
        }
        if !alphas.is_empty() {
            fill(alphas, &mut |rows, out| tile.read_alphas(rows, out));
        }
        let maps = [&*variances, &*alphas];
        for (channel, out) in channels.clone().zip(values.chunks_exact_mut(plane.max(1))) {
            let correction = (self.correction)(tile.plane(channel));
            fill(out, &mut |part, out| {
                let first_row = part.start;
                let from = (first_row - rows.start) * width;
                let bytes = tile.read_values(tile.plane(channel), part, out)?;
                for map in maps.into_iter().filter(|map| !map.is_empty()) {
                    drop_without(&map[from..from + out.len()], out);
                }
                tile.seen().look(out);
                if let Some(correction) = &correction {
                    correction.apply(first_row, width, out);
                }
                Ok(bytes)
            });
        }
        let block = RowBlock {
            rows,
            pixels,
            channels: channels.len(),
            spare: Arc::clone(self.spare),
        };
        (block, bytes, damage)
    }
}

impl RowBlock {
    /// The block in the form that kernels take.
    pub fn window(&self, tile: &Tile) -> Window<'_> {
        let [width, height] = tile.size();
        let mut planes = self
            .pixels
            .chunks_exact((self.rows.len() * width as usize).max(1));
        Window {
            first_row: self.rows.start as u32,
            rows: self.rows.len() as u32,
            stride: width,
            first_column: 0,
            width,
            height,
            values: planes.by_ref().take(self.channels).collect(),
            variances: if tile.has_variances() {
                planes.next()
            } else {
                None
            },
            alphas: if tile.has_alphas() {
                planes.next()
            } else {
                None
            },
        }
    }
}

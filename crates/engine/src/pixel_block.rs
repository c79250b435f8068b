//! A block of a tile's pixels in memory.

use std::ops::Range;
use std::sync::Arc;

use zemosaic_coadd::{Window, drop_without};
use zemosaic_fits::FitsError;

use crate::background::Correction;
use crate::spare::Spare;
use crate::tile::{Part, ReadPart, Tile, read_by_row};

/// Some columns of consecutive rows of a tile, decoded once: the planes of the channels, then the maps. Chunks share it.
#[derive(Debug)]
pub(crate) struct PixelBlock {
    part: Part,
    /// Plane after plane; perhaps more than these.
    pixels: Vec<f32>,
    channels: usize,
    /// Where the pixels are returned to.
    spare: Arc<Spare>,
}

/// What a block is made of.
pub(crate) struct BlockSource<'a> {
    pub tile: &'a Tile,
    pub channels: &'a Range<usize>,
    /// How the values of a plane are changed, if they are.
    pub correction: &'a dyn Fn(usize) -> Option<Correction>,
    pub spare: &'a Arc<Spare>,
}

impl Drop for PixelBlock {
    fn drop(&mut self) {
        self.spare.put(std::mem::take(&mut self.pixels));
    }
}

impl BlockSource<'_> {
    /// Planes of a block.
    pub fn planes(&self) -> usize {
        let maps = [self.tile.has_variances(), self.tile.has_alphas()];
        self.channels.len() + maps.into_iter().filter(|has| *has).count()
    }

    /// Reads a part of the tile into a buffer that has room for `most` pixels of each plane. Returns also the bytes read.
    ///
    /// A row that cannot be read becomes NaN, and the first error is returned as well.
    pub fn load(&self, part: Part, most: usize) -> (PixelBlock, u64, Option<FitsError>) {
        let Self { tile, channels, .. } = *self;
        let plane = part.pixels();
        let (mut bytes, mut damage) = (0, None);
        let mut fill = |out: &mut [f32], read: ReadPart<'_>| {
            let (more, error) = read_by_row(&part, out, read);
            bytes += more;
            damage = damage.take().or(error);
        };
        let mut pixels = self.spare.take(self.planes() * most);
        let (values, maps) = pixels.split_at_mut(channels.len() * plane);
        let (variances, rest) = maps.split_at_mut(if tile.has_variances() { plane } else { 0 });
        let alphas = &mut rest[..if tile.has_alphas() { plane } else { 0 }];
        // Where channels have maps of their own, they are made one by one.
        let first = tile.plane(channels.start);
        if !variances.is_empty() {
            let read = &mut |part, out: &mut [f32]| tile.read_variances(first, &part, out);
            fill(variances, read);
        }
        if !alphas.is_empty() {
            let read = &mut |part, out: &mut [f32]| tile.read_alphas(first, &part, out);
            fill(alphas, read);
        }
        let maps = [&*variances, &*alphas];
        for (channel, out) in channels.clone().zip(values.chunks_exact_mut(plane.max(1))) {
            let correction = (self.correction)(tile.plane(channel));
            fill(out, &mut |rows, out| {
                let from = (rows.rows.start - part.rows.start) * part.columns.len();
                let bytes = tile.read_values(tile.plane(channel), &rows, out)?;
                for map in maps.into_iter().filter(|map| !map.is_empty()) {
                    drop_without(&map[from..from + out.len()], out);
                }
                tile.seen().look(out);
                if let Some(correction) = &correction {
                    correction.apply(&rows, out);
                }
                Ok(bytes)
            });
        }
        let block = PixelBlock {
            part,
            pixels,
            channels: channels.len(),
            spare: Arc::clone(self.spare),
        };
        (block, bytes, damage)
    }
}

impl PixelBlock {
    /// The block in the form that kernels take.
    pub fn window(&self, tile: &Tile) -> Window<'_> {
        let [width, height] = tile.size();
        let Part { rows, columns } = &self.part;
        let mut planes = self.pixels.chunks_exact(self.part.pixels().max(1));
        Window {
            first_row: rows.start as u32,
            rows: rows.len() as u32,
            stride: columns.len() as u32,
            first_column: columns.start as u32,
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

//! How each kernel adds the samples of a tile to a block of output pixels.

use zemosaic_wcs::lattice::LatticeRows;

use super::Block;
use crate::job::TileJob;
use crate::sample::Sampler;
use crate::sample::exact::Pixels;

/// A kernel, from the point of view of a block.
pub(crate) trait Method {
    /// Columns and rows of places that it reads in addition to those of the pixels.
    const PLACES_MORE: u32;

    /// Adds a tile; the block's first pixel is output pixel `origin`, and so is the lattice's first row.
    fn add_tile(block: &mut Block, lattice: &LatticeRows, origin: [u32; 2], tile: &TileJob);

    /// Adds what [`Self::add_tile`] left for later.
    fn add_astride(_: &mut Block, _: &TileJob) {}
}

impl<S: Sampler> Method for S {
    const PLACES_MORE: u32 = 0;

    #[inline(always)]
    fn add_tile(block: &mut Block, lattice: &LatticeRows, origin: [u32; 2], tile: &TileJob) {
        block.add_tile::<S>(lattice, origin[0], tile);
    }

    #[inline(always)]
    fn add_astride(block: &mut Block, tile: &TileJob) {
        block.add_astride::<S>(tile);
    }
}

/// The exact kernel, which reads corners.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exact;

impl Method for Exact {
    const PLACES_MORE: u32 = 1;

    fn add_tile(block: &mut Block, lattice: &LatticeRows, origin: [u32; 2], tile: &TileJob) {
        block.begin_tile();
        let size = block.size();
        let mut areas = std::mem::take(&mut block.areas);
        let pixels = Pixels { origin, size };
        areas.sample_tile(lattice, pixels, tile, |channel, at, sample| {
            block.put_sample(channel, at, sample, tile.weight);
        });
        block.areas = areas;
    }
}

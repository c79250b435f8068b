//! How each kernel adds the samples of a tile to a block of output pixels.

use zemosaic_wcs::lattice::LatticeRows;

use super::Block;
use crate::constants::LEAST_WEIGHT;
use crate::job::TileJob;
use crate::sample::exact::{Pixels, Receive};
use crate::sample::{GROUP, Sample, Sampler};

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

    #[inline(always)]
    fn add_tile(block: &mut Block, lattice: &LatticeRows, origin: [u32; 2], tile: &TileJob) {
        block.begin_tile();
        let size = block.size();
        let mut areas = std::mem::take(&mut block.areas);
        let pixels = Pixels { origin, size };
        let mut weighing = Weighing {
            block,
            weight: tile.weight,
        };
        areas.sample_tile(lattice, pixels, tile, &mut weighing);
        block.areas = areas;
    }
}

/// Puts samples into a block, with the weight of their tile.
struct Weighing<'a> {
    block: &'a mut Block,
    weight: f32,
}

impl Receive for Weighing<'_> {
    #[inline(always)]
    fn group(
        &mut self,
        channel: usize,
        at: usize,
        values: &[f32; GROUP],
        weights: &[f32; GROUP],
        alphas: &[f32; GROUP],
    ) {
        let weights = weights.map(|weight| (self.weight * weight).max(LEAST_WEIGHT));
        self.block.put_whole(channel, at, values, &weights, alphas);
    }

    fn one(&mut self, channel: usize, at: usize, sample: Sample) {
        self.block.put_sample(channel, at, sample, self.weight);
    }
}

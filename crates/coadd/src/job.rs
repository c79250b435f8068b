//! What a backend has to do, and what it returns.

use std::ops::Range;
use std::time::Duration;

use crate::combine::Combine;
use crate::constants::LEAST_WEIGHT;
use crate::rows::TileRows;
use zemosaic_wcs::lattice::{Lattice, Places, Profile};

/// How a tile is interpolated at a position between its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// The pixel that holds the position.
    Nearest,
    /// Linear in both axes over 2x2 pixels.
    Bilinear,
    /// Keys' cubic over 4x4 pixels.
    Bicubic,
    /// Lanczos over 6x6 pixels.
    Lanczos3,
    /// Lanczos over 8x8 pixels.
    Lanczos4,
    /// All tile pixels that the output pixel covers, weighted by the shared area.
    Exact,
}

impl Kernel {
    /// The kernels that GPUs have.
    pub const ON_DEVICES: [Self; 5] = [
        Self::Nearest,
        Self::Bilinear,
        Self::Bicubic,
        Self::Lanczos3,
        Self::Lanczos4,
    ];
    /// Every kernel; the CPU has them all.
    pub const ALL: [Self; 6] = [
        Self::Nearest,
        Self::Bilinear,
        Self::Bicubic,
        Self::Lanczos3,
        Self::Lanczos4,
        Self::Exact,
    ];
}

impl Kernel {
    /// Its number in the kernels of devices; `None` if they do not have it.
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// Which places the lattices and profiles of its tiles must have.
    pub fn places(self) -> Places {
        match self {
            Self::Exact => Places::Corners,
            _ => Places::Centres,
        }
    }
}

/// Consecutive rows of one tile, row-major, `stride` px from one to the next: whole rows or, where samples need the end of one
/// block and the beginning of the next, parts of rows that are brought together.
#[derive(Clone, Debug)]
pub struct Window<'a> {
    /// Tile row of the first row held.
    pub first_row: u32,
    /// Rows held.
    pub rows: u32,
    /// Pixels from a row to the next.
    pub stride: u32,
    /// Tile column of the first pixel held, of the first row.
    pub first_column: u32,
    /// Tile width, px.
    pub width: u32,
    /// Tile height, px.
    pub height: u32,
    /// One slice per channel; NaN (any non-finite value) means no value. A pixel without weight or opacity has none
    /// (see [`drop_without`]).
    pub values: Vec<&'a [f32]>,
    /// 1 / weight of each pixel, if the tile has a map or a soft edge: finite wherever there is a value
    /// (see [`to_variances`]).
    pub variances: Option<&'a [f32]>,
    /// Opacity 0..1, when the tile has one.
    pub alphas: Option<&'a [f32]>,
}

impl<'a> Window<'a> {
    /// Size (width, height) of the whole tile, px.
    #[inline]
    pub fn tile(&self) -> [u32; 2] {
        [self.width, self.height]
    }

    /// True when every valid pixel has the same weight and opacity.
    #[inline]
    pub fn is_plain(&self) -> bool {
        self.variances.is_none() && self.alphas.is_none()
    }

    /// All planes: the channels, the variances, the opacities.
    pub fn planes(&self) -> impl Iterator<Item = &'a [f32]> + '_ {
        let maps = self.variances.into_iter().chain(self.alphas);
        self.values.iter().copied().chain(maps)
    }

    /// Index of a pixel of the tile, if it is held.
    #[inline]
    pub(crate) fn index(&self, column: i32, row: i32) -> i32 {
        (row - self.first_row as i32)
            .wrapping_mul(self.stride as i32)
            .wrapping_add(column - self.first_column as i32)
    }
}

/// Turns map weights into the variances of a [`Window`]: 1 / weight, and 0 where the weight is not finite or not
/// above 0. Weights beyond 2^100 either way count as these, so that sums of products stay in range.
pub fn to_variances(weights: &mut [f32]) {
    for weight in weights {
        let valid = *weight > 0.0 && *weight < f32::INFINITY;
        let variance = 1.0 / weight.clamp(LEAST_WEIGHT, 1.0 / LEAST_WEIGHT);
        *weight = if valid { variance } else { 0.0 };
    }
}

/// Removes the values of pixels that have no variance or no opacity: where `map` is not above 0.
pub fn drop_without(map: &[f32], values: &mut [f32]) {
    for (values, map) in values.chunks_mut(LOOKED_AT).zip(map.chunks(LOOKED_AT)) {
        // Mostly there is nothing to remove, and values need not be touched.
        let with = |all: u32, of: &f32| all & u32::from(*of > 0.0);
        if map.iter().fold(1, with) == 1 {
            continue;
        }
        for (value, map) in values.iter_mut().zip(map) {
            *value = if *map > 0.0 { *value } else { f32::NAN };
        }
    }
}

/// Pixels of a map that are looked at together.
const LOOKED_AT: usize = 512;

/// One tile of a chunk.
#[derive(Clone, Debug)]
pub struct TileJob<'a> {
    /// Where output pixels fall on the tile, by centre or by corner as the kernel needs.
    pub lattice: &'a Lattice,
    /// Which output columns meet the tile, for each block of rows.
    pub profile: &'a Profile,
    /// Its pixels.
    pub rows: TileRows<'a>,
    /// Tile weight, at least 2^-100.
    pub weight: f32,
}

/// Consecutive output rows to make, from tiles in input order.
#[derive(Clone, Debug)]
pub struct ChunkJob<'a> {
    /// Output rows, absolute.
    pub rows: Range<u32>,
    /// Output width, px.
    pub width: u32,
    /// Channels; every window holds as many planes.
    pub channels: usize,
    /// The tiles that meet the chunk.
    pub tiles: Vec<TileJob<'a>>,
    /// Interpolation.
    pub kernel: Kernel,
    /// How several samples are combined.
    pub combine: Combine,
}

/// A chunk without its tiles.
#[derive(Clone, Debug)]
pub struct ChunkShape {
    /// Output rows, absolute.
    pub rows: Range<u32>,
    /// Output width, px.
    pub width: u32,
    /// Channels.
    pub channels: usize,
    /// Interpolation.
    pub kernel: Kernel,
    /// How several samples are combined.
    pub combine: Combine,
}

impl From<&ChunkJob<'_>> for ChunkShape {
    fn from(job: &ChunkJob) -> Self {
        Self {
            rows: job.rows.clone(),
            width: job.width,
            channels: job.channels,
            kernel: job.kernel,
            combine: job.combine,
        }
    }
}

/// Costs and counts of a chunk. Times are sums over threads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    /// Output pixels with coverage > 0.
    pub covered: u64,
    /// Covered pixels that are NaN in at least one channel.
    pub dead_in_one_channel: u64,
    /// Some pixel has no value because a sum became too large.
    pub overflow: bool,
    /// Largest measured lattice error, px.
    pub map_error: f64,
    /// Bytes of tile pixels that were copied because samples needed them of two blocks of rows.
    pub copied: u64,
    /// Time spent on lattices.
    pub map: Duration,
    /// Time spent on sampling and accumulation.
    pub kernel: Duration,
    /// Time spent in the sink.
    pub write: Duration,
}

impl Counters {
    /// Adds the figures of another part.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            covered: self.covered + other.covered,
            dead_in_one_channel: self.dead_in_one_channel + other.dead_in_one_channel,
            overflow: self.overflow || other.overflow,
            map_error: self.map_error.max(other.map_error),
            copied: self.copied + other.copied,
            map: self.map + other.map,
            kernel: self.kernel + other.kernel,
            write: self.write + other.write,
        }
    }
}

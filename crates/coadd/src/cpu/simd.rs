//! The hot loops, compiled once for any CPU and once more for AVX2, chosen at run time.
//!
//! Both are compiled from the same source, without fused multiply-add and with the same order of sums,
//! so their results have the same bits.

// The only unsafe step is calling a function compiled for AVX2, after checking that the CPU has it.
#![allow(unsafe_code)]

use zemosaic_wcs::lattice::LatticeRows;

use crate::accumulate::{Block, BlockCounts, Method};
use crate::job::TileJob;
use crate::output::Strip;

/// Vector instructions that the kernels use on this machine.
pub fn simd() -> &'static str {
    if has_avx2() { "avx2" } else { "portable" }
}

/// Lets a test run the portable code on a CPU that has more.
#[cfg(test)]
pub(super) static PORTABLE: std::sync::atomic::AtomicBool =
    std::sync::atomic::AtomicBool::new(false);

fn has_avx2() -> bool {
    #[cfg(test)]
    if PORTABLE.load(std::sync::atomic::Ordering::SeqCst) {
        return false;
    }
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// Adds the tile's samples to the block, whose first pixel is output pixel `origin`.
pub(super) fn add_tile<K: Method>(
    block: &mut Block,
    lattice: &LatticeRows,
    origin: [u32; 2],
    tile: &TileJob,
) {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the CPU has AVX2.
        return unsafe {
            add_tile_avx2::<K>(block, lattice, origin, tile);
            if block.is_astride() {
                add_astride_avx2::<K>(block, tile);
            }
        };
    }
    K::add_tile(block, lattice, origin, tile);
    if block.is_astride() {
        K::add_astride(block, tile);
    }
}

/// Writes the block's results into the strip.
pub(super) fn finish(block: &mut Block, x: usize, width: usize, strip: &mut Strip) -> BlockCounts {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the CPU has AVX2.
        return unsafe { finish_avx2(block, x, width, strip) };
    }
    block.finish(x, width, strip)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_tile_avx2<K: Method>(
    block: &mut Block,
    lattice: &LatticeRows,
    origin: [u32; 2],
    tile: &TileJob,
) {
    K::add_tile(block, lattice, origin, tile);
}

/// Apart, because one copy of the loops to a function is optimized best.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_astride_avx2<K: Method>(block: &mut Block, tile: &TileJob) {
    K::add_astride(block, tile);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn finish_avx2(block: &mut Block, x: usize, width: usize, strip: &mut Strip) -> BlockCounts {
    block.finish(x, width, strip)
}

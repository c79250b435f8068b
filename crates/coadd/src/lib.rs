//! Samples tiles and co-adds them: the rules of pixels, and the CPU backend that is their reference.
//!
//! In: windows of tiles (f32, NaN where invalid), a lattice per tile, a chunk of output rows.
//! Out: strips of finished rows (value, coverage, alpha) handed to a [`Sink`].
//! Knows nothing of files, of memory limits or of the sky.

mod accumulate;
pub mod backend;
mod combine;
pub mod constants;
pub mod cpu;
pub mod device;
mod fold;
mod job;
mod sample;
mod stack;

/// What devices read of a tile's place on the grid; they depend on this crate alone.
pub use zemosaic_wcs::lattice;

pub use combine::Combine;
pub use constants::STRIP_ROWS;
pub use job::{ChunkJob, Counters, Kernel, Sink, Strip, TileJob, Window, fold_weights};

//! Samples tiles and co-adds them: the rules of pixels, and the CPU backend that is their reference.
//!
//! In: windows of tiles (f32, NaN where invalid), a lattice per tile, a chunk of output rows.
//! Out: strips of finished rows (value, coverage, alpha) handed to a [`Sink`].
//! Knows nothing of files, of memory limits or of the sky.

mod accumulate;
pub mod backend;
mod combine;
pub mod cpu;
pub mod device;
mod job;
mod reduce;
mod sample;
mod stack;

/// What devices read of a tile's place on the grid; they depend on this crate alone.
pub use zemosaic_wcs::lattice;

pub use combine::Combine;
pub use job::{ChunkJob, Counters, Kernel, Sink, Strip, TileJob, Window, fold_weights};
pub use reduce::{PixelSample, reduce};

/// Output rows per work item, and the alignment of work items in absolute rows.
pub const STRIP_ROWS: u32 = 32;

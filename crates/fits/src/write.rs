//! The mosaic's output: laid out first, filled from many threads, visible only when complete.

mod checksum;
mod draft;
mod encode;
mod format;
mod layout;
mod part;
mod rows;
mod writer;

pub use writer::{FinishStats, MosaicSpec, MosaicWriter};

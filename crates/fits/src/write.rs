//! The output of the mosaic: laid out first, filled from many threads, visible only when complete.

mod checksum;
mod draft;
mod encode;
mod format;
mod layout;
mod part;
mod resume;
mod rows;
mod spec;
mod sums;
mod writer;

pub use layout::UNIT_OF_WEIGHTS;
pub use resume::DoneRows;
pub use spec::MosaicSpec;
pub use writer::{FinishStats, MosaicWriter};

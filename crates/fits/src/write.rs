//! The output of the mosaic: laid out first, filled from many threads, visible only when complete.

mod checksum;
mod claim;
mod draft;
mod encode;
mod format;
mod layout;
mod order;
mod part;
mod place;
mod rename;
mod resume;
mod rows;
mod spec;
mod sums;
mod writer;

pub use claim::{Claim, check_unfinished};
pub use layout::UNIT_OF_WEIGHTS;
pub use place::{OutputPart, is_published, place_parts};
pub use resume::DoneRows;
pub use spec::MosaicSpec;
pub use writer::{FinishStats, MosaicWriter};

//! A small PNG picture of a mosaic of any size.
//!
//! Rows come in through a closure and are averaged down as they arrive, so memory holds only the small picture and one
//! row; nothing here knows where the rows come from.

mod preview;
mod reduce;
mod stretch;

pub use preview::{DEFAULT_MAX_SIDE, Mosaic, Picture, PreviewError, write_map_png, write_png};

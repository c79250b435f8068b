//! A small PNG picture of a mosaic of any size.
//!
//! Rows come in through a closure, on several threads, and are averaged down as they arrive, so memory holds only the small
//! picture and some rows for each thread; nothing here knows where the rows come from.

mod preview;
mod reduce;
mod stretch;
mod tones;

pub use preview::{DEFAULT_MAX_SIDE, Mosaic, Picture, PreviewError, write_map_png, write_png};

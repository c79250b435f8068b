//! The name under which memory for compressed tiles is requested. A shortage unwinds the read; the file is not damaged.

/// The purpose, as [`zemosaic_room`] shows it in messages.
pub(crate) const DECODING: &str = "a compressed tile";

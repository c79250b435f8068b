//! What memory is for when compressed tiles are read. Where there is none, reading unwinds: the file is not damaged.

/// As [`zemosaic_room`] names it.
pub(crate) const DECODING: &str = "a compressed tile";

//! The location of a plane of pixels.

use std::path::PathBuf;

/// An image in a file.
#[derive(Clone, Debug)]
pub struct PlaneSource {
    /// The file.
    pub path: PathBuf,
    /// HDU index, 0 = primary.
    pub hdu: usize,
}

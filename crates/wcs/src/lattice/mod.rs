//! The lattice: tells kernels where an output pixel falls on a tile, so that they need not know about WCSs.
//!
//! Output pixels are cut into square cells anchored to absolute multiples of the spacing, so no chunk or thread
//! boundary can move a node. A cell has the exact mapping at 3x3 nodes and is evaluated as a biquadratic; a cell whose
//! measured error is too large, or that has a node without sky, is halved, down to single exact pixels. Each row of a
//! cell becomes one [`Run`]: a quadratic in wrapping 32-bit fixed point, which every backend evaluates to the same
//! integers.

mod band;
mod cell;
mod profile;
mod run;
#[cfg(test)]
mod tests;
mod torn;

pub use band::Band;
pub use cell::{Lattice, LatticeRows};
pub use profile::{BLOCK_ROWS, BlockNeed, Profile};
pub use run::{FRACTION_BITS, MAX_RUN, Run};

use crate::mapping::Mapping;

/// What the memory is needed for, in messages.
const PURPOSE: &str = "the lattice";

/// Which points of an output pixel a lattice maps to the tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    /// Its centre.
    Centres,
    /// Its corners.
    Corners,
}

/// Lattice and profile of a tile of `tile` (width, height) px on a grid of `grid` (width, height) px; `tolerance` is
/// the largest allowed interpolation error, px.
pub fn lay(
    mapping: Mapping,
    tile: [u32; 2],
    grid: [u32; 2],
    tolerance: f64,
    places: Places,
) -> (Lattice, Profile) {
    let profile = Profile::new(&mapping, tile, grid, places);
    let lattice = Lattice::new(mapping, tile, grid[0], tolerance, profile.extent);
    match places {
        Places::Centres => (lattice, profile),
        Places::Corners => (lattice.of_corners(), profile),
    }
}

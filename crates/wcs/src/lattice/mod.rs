//! The lattice: how kernels learn where an output pixel falls on a tile without ever seeing a WCS.
//!
//! Output pixels are cut into square cells anchored to absolute multiples of the spacing, so no
//! chunk or thread boundary can move a node. A cell holds the exact mapping at 3x3 nodes and is
//! read as a biquadratic; a cell whose measured error is too large, or that has a node without
//! sky, is halved, down to single exact pixels. Each row of a cell becomes one [`Run`]: a
//! quadratic in wrapping 32-bit fixed point, which every backend evaluates to the same integers.

mod cell;
mod profile;
mod run;
#[cfg(test)]
mod tests;

pub use cell::{Lattice, LatticeRows};
pub use profile::{BLOCK_ROWS, BlockNeed, Profile};
pub use run::{FRACTION_BITS, MAX_RUN, Run};

//! What all devices share on the host: the lattice of a chunk, cut and sorted for one thread per pixel, its
//! windows, its finished rows and the account of its memory; and what output rows need of the tiles, which
//! determines the bytes of a chunk.
//!
//! A block is 32 absolute rows by 1024 columns of the output; its cells are 32 columns of one row.

mod block;
mod layout;
mod ledger;
mod need;
mod needs;
mod parts;
mod piece;
mod rows;
mod window;

pub use block::{BlockRuns, Rect};
pub use layout::Member;
pub use ledger::{Entry, Ledger};
pub use need::{Need, Planes, PlannedTile};
pub use needs::Needs;
pub use parts::{Part, Parts};
pub use piece::{Piece, pieces, pieces_within};
pub use rows::hand_over;
pub use window::WindowRect;

/// Alignment in bytes of any array on a device, and of the rows of windows.
pub const ALIGN: u64 = 256;

/// Rounds up to that alignment.
pub fn pad(bytes: u64) -> u64 {
    bytes.next_multiple_of(ALIGN)
}

pub use crate::constants::{BLOCK_COLUMNS, CELL_COLUMNS};

/// (Row, cell)s of a block.
pub const BLOCK_CELLS: usize = crate::constants::BLOCK_CELLS as usize;

/// Cells across a block.
const CELLS: usize = crate::constants::CELLS as usize;

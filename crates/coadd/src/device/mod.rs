//! What devices share on the host: the lattice of a chunk, cut and sorted for one thread per pixel, its
//! windows, its finished rows, and the count of its memory.
//!
//! A block is 32 absolute rows by 1024 columns of the output; its cells are 32 columns of one row.

mod block;
mod layout;
mod ledger;
mod parts;
mod piece;
mod rows;
mod window;

pub use block::{BlockRuns, Rect};
pub use layout::Member;
pub use ledger::{Entry, Ledger};
pub use parts::{Part, Parts};
pub use piece::{Piece, pieces, pieces_within};
pub use rows::HandOver;
pub use window::WindowRect;

pub use crate::constants::{BLOCK_COLUMNS, CELL_COLUMNS};

/// (Row, cell)s of a block.
pub const BLOCK_CELLS: usize = crate::constants::BLOCK_CELLS as usize;

/// Cells across a block.
const CELLS: usize = crate::constants::CELLS as usize;

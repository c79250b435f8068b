//! Tiles of noise on a grid, in memory, which the tests of the CPU and of the devices co-add.
//!
//! Only for tests; nothing that is shipped depends on it.

mod blocks;
mod definition;
mod drawn;
mod golden;
mod output;
mod scene;
pub mod sets;
pub mod suite;
mod tile;
mod tolerance;

pub use definition::assert_definition;
pub use drawn::{Drawn, drawn};
pub use golden::{assert_golden, size_line};
pub use output::{Collect, Nowhere, Output};
pub use scene::Scene;
pub use tile::TestTile;
pub use tolerance::Tolerance;

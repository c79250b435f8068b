//! The points at which two tiles are compared.

/// What the memory is needed for, in messages.
pub const PURPOSE: &str = "comparing tiles";
/// A cell is this many lattice points wide and high.
pub const CELL_POINTS: u32 = 8;

/// One point of the sky seen by both tiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Column and row on the lattice of points; cells are cut at multiples of [`CELL_POINTS`].
    pub at: [u32; 2],
    /// Values of the first and of the second tile; a point that is not finite in both is not used.
    pub values: [f32; 2],
}

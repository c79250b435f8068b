//! What the kernels read: the shapes of `kernel/types.cuh`.

use crate::pinned::Plain;

/// Threads per group, and groups per block.
pub(crate) const GROUP_THREADS: u32 = 256;
/// Groups that make one block.
pub(crate) const GROUPS_PER_BLOCK: u32 = 128;

/// `Tile`: the part of one tile that is on the device.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct GpuTile {
    pub values: u64,
    pub weights: u64,
    pub alphas: u64,
    pub plane: u32,
    pub pitch: u32,
    pub column: i32,
    pub row: i32,
    pub columns: u32,
    pub rows: u32,
    pub width: i32,
    pub height: i32,
    pub weight: f32,
    pub unused: u32,
}

// SAFETY: numbers only, and `unused` fills what would be padding (asserted below).
#[allow(unsafe_code)] // Laid over pinned memory.
unsafe impl Plain for GpuTile {}

/// `Launch`: the one argument of a kernel.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Launch {
    pub runs: u64,
    pub owners: u64,
    pub index: u64,
    pub tiles: u64,
    pub values: u64,
    pub coverage: u64,
    pub alpha: u64,
    pub fault: u64,
    pub table: u64,
    pub stack: u64,
    pub plane: u32,
    pub width: u32,
    pub channels: u32,
    pub with_alpha: u32,
    pub first_row: u32,
    pub first_strip: u32,
    pub first_block: u32,
    pub columns_of_blocks: u32,
    pub x: [u32; 2],
    pub y: [u32; 2],
    pub rule: u32,
    pub depth: u32,
    pub stack_pixels: u32,
    pub stack_row: u32,
    pub stack_rows: u32,
    pub stack_column: u32,
    pub stack_columns: u32,
    pub unused: u32,
}

const _: () = assert!(size_of::<GpuTile>() == 64 && size_of::<Launch>() == 160);
const _: () = assert!(size_of::<zemosaic_coadd::lattice::Run>() == 40);

//! What the kernels read: the shapes of `kernel/types.wgsl`.

use bytemuck::{Pod, Zeroable};
use zemosaic_coadd::Kernel;
use zemosaic_coadd::lattice::Run;

/// Groups of 256 threads that make one block of 32 x 1024 pixels: the x extent of a launch, whose y
/// extent is the number of blocks.
pub(crate) const GROUPS_PER_BLOCK: u32 = 128;
/// Columns that a group of `finish` makes.
pub(crate) const FINISH_COLUMNS: u32 = 256;
/// Bytes of a number, of whatever kind.
pub(crate) const FLOAT: u64 = size_of::<f32>() as u64;
/// Planes of a stack per sample: value, weight, value in order.
pub(crate) const STACK_KINDS: u64 = 3;
/// A plane that a tile does not have.
pub(crate) const ABSENT: u32 = u32::MAX;

/// `kernel`; `None` for one that only the CPU has.
pub(crate) fn kernel_number(kernel: Kernel) -> Option<u32> {
    match kernel {
        Kernel::Nearest => Some(0),
        Kernel::Bilinear => Some(1),
        Kernel::Bicubic => Some(2),
        Kernel::Lanczos3 => Some(3),
        Kernel::Lanczos4 => Some(4),
        Kernel::Exact => None,
    }
}

/// `Run`.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct GpuRun {
    x: u32,
    len: u32,
    owner: u32,
    base: [i32; 2],
    p: [i32; 2],
    d: [i32; 2],
    e: [i32; 2],
}

impl GpuRun {
    pub fn new(owner: u32, run: &Run) -> Self {
        Self {
            x: run.x,
            len: run.len,
            owner,
            base: run.base,
            p: run.p,
            d: run.d,
            e: run.e,
        }
    }
}

/// `Tile`.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct GpuTile {
    pub values: u32,
    pub weights: u32,
    pub alphas: u32,
    pub plane: u32,
    pub pitch: u32,
    pub column: i32,
    pub row: i32,
    pub columns: u32,
    pub rows: u32,
    pub width: i32,
    pub height: i32,
    pub weight: f32,
}

/// `Launch`.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Launch {
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
    pub index: u32,
    pub stack: u32,
    pub stack_block: u32,
    pub stack_plane: u32,
    pub stack_size: [u32; 2],
    pub depth: u32,
}

const _: () =
    assert!(size_of::<GpuRun>() == 44 && size_of::<GpuTile>() == 48 && size_of::<Launch>() == 76);

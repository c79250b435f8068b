//! Where everything of a chunk lies on the device, and so how many bytes it takes.
//!
//! All of a chunk's device memory is allocated before its first copy, so the sum below is the peak.
//! With `pad(n)` = n rounded up to 256, for a chunk of `rows` x `width` pixels with `channels`:
//!
//! ```text
//! strips      = blocks of 32 absolute rows that the chunk's rows meet
//! across      = ceil(width / 1024)
//! part_strips = clamp(floor(32 / across), 1, strips)
//! parts       = ceil(strips / part_strips)
//! part_pixels = min(rows, 32 part_strips) x width
//! cells       = sum over tiles of rows x (ceil(x1 / 32) - floor(x0 / 32)),  x0..x1 = need(rows).out_x
//! least       = max(4096, 32 tiles)
//! runs        = clamp(ceil(cells part_strips / strips), least, max(262144, least))
//!
//! table       = 4 x 513 x (bicubic 4, lanczos3 6, lanczos4 8; other kernels 0)
//! depth       = most tiles whose out_x meets one block of 64 rows (of the profile) by 1024 columns
//! sample      = median 4, winsorized and kappa-sigma 12; other rules 0
//! pixels      = rows < 32 ? rows x min(1024, 32 ceil(width / 32)) : 32768 part_strips across
//! stack       = max(32, min(pixels, 32 MB / (sample depth))) x sample x depth, not rounded
//!
//! bytes = 256 + pad(table)                                                            fault, table
//!       + sum over tiles of planes x pad(4 x columns') x window_rows                  windows
//!       + 2 x (pad(40 runs) + pad(4 runs) + pad(4 (1024 part_strips across + 1)) + pad(64 tiles))
//!       + pad(stack)                                                                  sample stack
//!       + min(parts, 2) x (pad(4 channels part_pixels) + pad(4 part_pixels) + pad(part_pixels))
//! ```
//!
//! where `planes` = channels + 1 with a weight map + 1 more with an opacity, `columns'` =
//! max(1, columns of `need(rows).tile_x`), and `window_rows` = rows of `need(rows).tile_y` that the
//! window holds, at least 1. A chunk without tiles takes the same sum with `tiles` = 0 and no windows.
//!
//! Ignored: the context and the code (some 300 MB that the driver takes when a device is opened), the
//! driver's rounding of each of the at most seven allocations up to 2 MB, and pinned host memory.

use zemosaic_coadd::backend::DeviceError;
use zemosaic_coadd::device::{Parts, WindowRect};
use zemosaic_coadd::{ChunkJob, TileJob};

use crate::layout::GpuTile;
use crate::stack::StackPlan;

/// Rounds up to where any array may begin.
pub(crate) fn pad(bytes: u64) -> u64 {
    bytes.next_multiple_of(256)
}

/// A tile's window on the device: a rectangle of it, in planes one after another.
#[derive(Clone, Debug)]
pub(crate) struct WindowPlan {
    /// What of the tile.
    pub rect: WindowRect,
    /// Floats from row to row and from plane to plane.
    pub pitch: u32,
    pub plane: u32,
    /// Planes: the channels, then the weights, then the opacities.
    pub planes: u32,
    /// Byte of the windows' buffer.
    pub at: u64,
}

/// Bytes of the arrays in a lattice buffer, and where they begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LatticePlan {
    /// Runs that fit.
    pub runs: usize,
    pub owners_at: u64,
    pub index_at: u64,
    pub tiles_at: u64,
    pub bytes: u64,
}

/// Where the arrays of an output buffer begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutputPlan {
    pub coverage_at: u64,
    pub alpha_at: u64,
    pub bytes: u64,
}

/// The whole chunk.
#[derive(Clone, Debug)]
pub(crate) struct ChunkPlan {
    pub parts: Parts,
    pub windows: Vec<WindowPlan>,
    pub windows_bytes: u64,
    pub lattice: LatticePlan,
    pub output: OutputPlan,
    pub stack: StackPlan,
    /// Bytes of the fault word and the kernel's table behind it.
    pub constants_bytes: u64,
}

/// Where the kernel's table begins behind the fault word.
pub(crate) const TABLE_AT: u64 = 256;

/// Device bytes that the chunk takes at its peak.
pub fn chunk_bytes(job: &ChunkJob) -> Result<u64, DeviceError> {
    ChunkPlan::new(job).map(|plan| plan.bytes())
}

impl ChunkPlan {
    pub fn new(job: &ChunkJob) -> Result<Self, DeviceError> {
        let parts = Parts::new(job, u32::MAX);
        let tiles = job.tiles.len() as u64;
        let mut windows = Vec::with_capacity(job.tiles.len());
        let mut windows_bytes = 0;
        for tile in &job.tiles {
            let window = WindowPlan::new(job, tile, windows_bytes)?;
            windows_bytes += u64::from(window.plane) * 4 * u64::from(window.planes);
            windows.push(window);
        }

        let runs = parts.run_capacity(job);
        let owners_at = pad(40 * runs);
        let index_at = owners_at + pad(4 * runs);
        let tiles_at = index_at + pad(4 * parts.index_entries());
        let lattice = LatticePlan {
            runs: runs as usize,
            owners_at,
            index_at,
            tiles_at,
            bytes: tiles_at + pad(size_of::<GpuTile>() as u64 * tiles),
        };

        let pixels = parts.most_pixels();
        within_u32(pixels, "output rows")?;
        let coverage_at = pad(4 * job.channels as u64 * pixels);
        let alpha_at = coverage_at + pad(4 * pixels);
        let output = OutputPlan {
            coverage_at,
            alpha_at,
            bytes: alpha_at + pad(pixels),
        };
        Ok(Self {
            stack: StackPlan::new(job, &parts),
            parts,
            windows,
            windows_bytes,
            lattice,
            output,
            constants_bytes: TABLE_AT + pad(4 * job.kernel.table().len() as u64),
        })
    }

    /// Sizes of the buffers: constants, windows, lattice, output, stack.
    pub fn shape(&self) -> [u64; 5] {
        let (lattice, output) = (self.lattice.bytes, self.output.bytes);
        let stack = self.stack.bytes;
        [
            self.constants_bytes,
            self.windows_bytes,
            lattice,
            output,
            stack,
        ]
    }

    /// Device bytes at the peak.
    pub fn bytes(&self) -> u64 {
        let [constants, windows, lattice, output, stack] = self.shape();
        constants + windows + 2 * lattice + self.parts.slots() * output + stack
    }
}

impl WindowPlan {
    fn new(job: &ChunkJob, tile: &TileJob, at: u64) -> Result<Self, DeviceError> {
        let (window, rect) = (&tile.window, WindowRect::new(job, tile));
        Ok(Self {
            pitch: within_u32(rect.pitch, "a window")?,
            plane: within_u32(rect.plane(), "a window")?,
            rect,
            planes: job.channels as u32
                + u32::from(window.weights.is_some())
                + u32::from(window.weights.is_some() && window.alphas.is_some()),
            at,
        })
    }
}

/// Kernels count floats in 32 bits.
fn within_u32(floats: u64, at: &'static str) -> Result<u32, DeviceError> {
    u32::try_from(floats)
        .ok()
        .filter(|n| *n < u32::MAX / 2)
        .ok_or(DeviceError::TooBigEver {
            asked: floats.saturating_mul(4),
            limit: u64::from(u32::MAX / 2) * 4,
            at,
        })
}

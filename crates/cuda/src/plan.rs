//! Where everything of a chunk lies on the device, and so how many bytes it takes.
//!
//! A plan depends on the chunk's shape and on what it needs of its tiles; it is the same whether the chunk is made
//! or only estimated. Everything is allocated before the first copy, so its bytes are the peak.
//!
//! Not included: the context and the code (some 300 MB that the driver takes when a device is opened), and the driver's
//! rounding of each of the at most seven allocations up to 2 MB.

use zemosaic_coadd::backend::{ChunkSize, DeviceError};
use zemosaic_coadd::device::{Need, Parts, WindowRect, pad};
use zemosaic_coadd::lattice::Run;
use zemosaic_coadd::{ChunkJob, ChunkShape, TileJob};

use crate::layout::GpuTile;
use crate::stack::StackPlan;

/// Where the kernel's table begins behind the fault word; the fault word takes as much behind rows that are read back.
pub(crate) const TABLE_AT: u64 = 256;
/// Bytes of a pinned slab for windows, unless one row is longer.
const SLAB: u64 = 8 << 20;
const WORD: u64 = size_of::<u32>() as u64;

/// Bytes of the arrays in a lattice buffer, and where they begin. There are two such buffers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LatticePlan {
    /// Runs that fit.
    pub runs: usize,
    pub owners_at: u64,
    pub index_at: u64,
    pub tiles_at: u64,
    pub bytes: u64,
}

/// Where the arrays of an output buffer begin: values, then coverage, then alpha.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutputPlan {
    pub coverage_at: u64,
    pub alpha_at: u64,
    pub bytes: u64,
}

/// The plan of the whole chunk.
#[derive(Clone, Debug)]
pub(crate) struct ChunkPlan {
    pub parts: Parts,
    /// Bytes of the fault word and the kernel's table behind it.
    pub constants_bytes: u64,
    pub windows_bytes: u64,
    /// Bytes of the two slabs for windows.
    pub slab: u64,
    pub lattice: LatticePlan,
    pub output: OutputPlan,
    pub stack: StackPlan,
}

/// The bytes that a chunk of this shape takes on any CUDA device.
pub fn chunk_size(shape: &ChunkShape, need: &Need) -> ChunkSize {
    ChunkPlan::new(shape, need).size()
}

/// Peak device bytes of a job, or why it can never be made.
pub fn chunk_bytes(job: &ChunkJob) -> Result<u64, DeviceError> {
    ChunkPlan::of(job).map(|(plan, _)| plan.size().device)
}

impl ChunkPlan {
    /// The plan of the chunk, without the places of windows in their buffer.
    pub fn new(shape: &ChunkShape, need: &Need) -> Self {
        let parts = Parts::new(shape.rows.clone(), shape.width, u32::MAX);
        let windows_bytes = need.windows(shape.channels);
        Self {
            constants_bytes: TABLE_AT + pad(WORD * shape.kernel.table().len() as u64),
            windows_bytes,
            slab: SLAB.max(need.longest_row).min(windows_bytes),
            lattice: LatticePlan::new(&parts, need),
            output: OutputPlan::new(parts.most_pixels(), shape.channels),
            stack: StackPlan::new(shape, &parts, need.depth),
            parts,
        }
    }

    /// The plan of a chunk that is to be made, and its windows.
    pub fn of(job: &ChunkJob) -> Result<(Self, Vec<WindowPlan>), DeviceError> {
        let plan = Self::new(&job.into(), &Need::of(job));
        within_u32(plan.parts.most_pixels(), "output rows")?;
        let (windows, bytes) = WindowPlan::place(job)?;
        assert_eq!(bytes, plan.windows_bytes, "windows are as planned");
        Ok((plan, windows))
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

    /// The total bytes.
    pub fn size(&self) -> ChunkSize {
        let [constants, windows, lattice, output, stack] = self.shape();
        let outputs = self.parts.slots();
        ChunkSize {
            device: constants + windows + 2 * lattice + outputs * output + stack,
            largest: windows.max(lattice).max(output).max(stack),
            staging: 2 * self.slab + 2 * lattice + outputs * self.output.staging(),
        }
    }
}

impl LatticePlan {
    fn new(parts: &Parts, need: &Need) -> Self {
        let runs = parts.run_capacity(need);
        let owners_at = pad(size_of::<Run>() as u64 * runs);
        let index_at = owners_at + pad(WORD * runs);
        let tiles_at = index_at + pad(WORD * parts.index_entries());
        Self {
            runs: runs as usize,
            owners_at,
            index_at,
            tiles_at,
            bytes: tiles_at + pad(size_of::<GpuTile>() as u64 * need.tiles),
        }
    }
}

impl OutputPlan {
    fn new(pixels: u64, channels: usize) -> Self {
        let coverage_at = pad(WORD * channels as u64 * pixels);
        let alpha_at = coverage_at + pad(WORD * pixels);
        Self {
            coverage_at,
            alpha_at,
            bytes: alpha_at + pad(pixels),
        }
    }

    /// Pinned bytes for reading rows back, with the fault word behind them.
    pub fn staging(&self) -> u64 {
        self.bytes + TABLE_AT
    }
}

/// A tile's window on the device: a rectangle of it, in planes one after another.
#[derive(Clone, Debug)]
pub(crate) struct WindowPlan {
    /// The part of the tile.
    pub rect: WindowRect,
    /// Floats from row to row and from plane to plane.
    pub pitch: u32,
    pub plane: u32,
    /// Offset in the windows' buffer, bytes.
    pub at: u64,
}

impl WindowPlan {
    /// The windows of a job, one after another, and their bytes.
    fn place(job: &ChunkJob) -> Result<(Vec<Self>, u64), DeviceError> {
        let mut windows = Vec::with_capacity(job.tiles.len());
        let mut end = 0;
        for tile in &job.tiles {
            let window = Self::new(job, tile, end)?;
            end += WORD * u64::from(window.plane) * planes(job, tile);
            windows.push(window);
        }
        Ok((windows, end))
    }

    fn new(job: &ChunkJob, tile: &TileJob, at: u64) -> Result<Self, DeviceError> {
        let rect = WindowRect::new(job, tile);
        Ok(Self {
            pitch: within_u32(rect.pitch, "a window")?,
            plane: within_u32(rect.plane(), "a window")?,
            rect,
            at,
        })
    }
}

/// Planes of a window: the channels, then the variances, then the opacities.
fn planes(job: &ChunkJob, tile: &TileJob) -> u64 {
    let maps = [tile.rows.has_variances(), tile.rows.has_alphas()];
    job.channels as u64 + maps.map(u64::from).into_iter().sum::<u64>()
}

/// Kernels count floats in 32 bits.
fn within_u32(floats: u64, at: &'static str) -> Result<u32, DeviceError> {
    u32::try_from(floats)
        .ok()
        .filter(|n| *n < u32::MAX / 2)
        .ok_or(DeviceError::TooBigEver {
            asked: floats.saturating_mul(WORD),
            limit: u64::from(u32::MAX / 2) * WORD,
            at,
        })
}

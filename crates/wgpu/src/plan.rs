//! Where everything of a chunk lies on the device, and so how many bytes it takes.
//!
//! A plan depends on the chunk's shape, on what it needs of its tiles and on the device's limits; it is the same whether
//! the chunk is made or only estimated. Everything is allocated before the first copy, so its bytes are the peak.
//!
//! A chunk can never be made if the values of one tile's window, or the lattice, or the sums exceed the largest binding
//! that a kernel can work on. Windows of several tiles are spread over buffers within it.
//!
//! Not included: what the driver and wgpu take when a device is opened, and their rounding of buffers. Staging and
//! read-back buffers are included, although on cards with their own memory they lie in host memory.

use std::ops::Range;

use zemosaic_coadd::backend::{ChunkSize, DeviceError};
use zemosaic_coadd::device::{Need, Part, Parts, pad};
use zemosaic_coadd::{ChunkJob, ChunkShape, STRIP_ROWS};

use crate::layout::{FINISH_COLUMNS, FLOAT, GpuRun, GpuTile};
use crate::stack::StackPlan;
use crate::windows::Windows;

/// Bytes of a staging slab, if that is enough for one row.
const SLAB: u64 = 8 << 20;
/// Groups along one axis of a launch that every device allows.
const MOST_GROUPS: u64 = 65_535;
/// Bytes of the fault word and of the launch parameters, each with the padding that follows.
pub(crate) const WORD_BYTES: u64 = 256;

/// What a device can hold, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest buffer.
    pub buffer: u64,
    /// Largest part of a buffer that a kernel can access.
    pub binding: u64,
}

impl Limits {
    pub(crate) fn of(limits: &wgpu::Limits) -> Self {
        Self {
            buffer: limits.max_buffer_size,
            binding: limits.max_storage_buffer_binding_size,
        }
    }

    /// The largest buffer that a kernel can work on, a multiple of 256. Some drivers count bytes in
    /// 32 bits, whatever they report.
    pub fn largest_binding(&self) -> u64 {
        self.buffer.min(self.binding).min((1 << 32) - 256) / 256 * 256
    }
}

/// Bytes of the arrays in a lattice buffer, and where they begin; the launch parameters come first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LatticePlan {
    /// Runs that fit.
    pub runs: usize,
    pub tiles_at: u64,
    /// The kernel's table, followed by the index.
    pub words_at: u64,
    /// Words of the table.
    pub table: u32,
    pub runs_at: u64,
    pub bytes: u64,
}

/// The plan of the whole chunk.
#[derive(Clone, Debug)]
pub(crate) struct ChunkPlan {
    pub parts: Parts,
    pub windows_bytes: u64,
    /// Bytes of the values of the largest window, because those of one tile are never spread.
    pub largest_window: u64,
    /// Bytes of the two slabs for windows.
    pub slab: u64,
    pub lattice: LatticePlan,
    pub with_alpha: bool,
    /// Sums and stack.
    pub sums: u64,
    pub stack: StackPlan,
    /// Bytes of a read-back buffer's planes; the fault word follows.
    pub rows: u64,
}

/// The bytes that a chunk of this shape takes on a device with these limits.
pub fn chunk_size(shape: &ChunkShape, need: &Need, limits: &Limits) -> ChunkSize {
    ChunkPlan::new(shape, need, limits).size()
}

/// Peak device bytes of a job on a device with these limits, or why it can never be made there.
pub fn chunk_bytes(job: &ChunkJob, limits: &Limits) -> Result<u64, DeviceError> {
    ChunkPlan::of(job, limits).map(|(plan, _)| plan.size().device)
}

impl ChunkPlan {
    /// The plan of the chunk, without the places of windows in buffers. A chunk that exceeds the limits is planned too.
    pub fn new(shape: &ChunkShape, need: &Need, limits: &Limits) -> Self {
        let limit = limits.largest_binding();
        let (channels, alpha) = (shape.channels as u64, u64::from(need.opacity));
        // For each channel the sums of values and of weights, and what two rules keep aside; and the opacity.
        let kinds = 2 + u64::from(shape.combine.keeps_aside());
        let pixel_bytes = FLOAT * (kinds * channels + alpha);
        let strip_bytes = u64::from(STRIP_ROWS) * u64::from(shape.width) * pixel_bytes;
        let stacked = StackPlan::of_block(shape, need.depth);
        // Strips whose sums fit into one binding together with one block's stack.
        let fit = limit.saturating_sub(stacked.block) / strip_bytes.max(1);
        let most_strips = fit.min(u64::from(u32::MAX)) as u32;
        let parts = Parts::new(shape.rows.clone(), shape.width, most_strips);
        let pixels = parts.most_pixels();
        let planes = pad(pixel_bytes * pixels);
        let (stack, stack_bytes) = stacked.of_part(&parts, planes, limit);
        let windows_bytes = need.windows(shape.channels);
        Self {
            windows_bytes,
            largest_window: channels * need.largest_plane,
            slab: SLAB.max(need.longest_row).min(windows_bytes),
            lattice: LatticePlan::new(
                need.tiles,
                shape.kernel.table().len() as u64,
                parts.index_entries(),
                parts.run_capacity(need),
            ),
            with_alpha: need.opacity,
            sums: planes + stack_bytes,
            stack,
            rows: pad(FLOAT * (channels + 1 + alpha) * pixels),
            parts,
        }
    }

    /// The plan of a chunk that is to be made within the limits, and its windows.
    pub fn of(job: &ChunkJob, limits: &Limits) -> Result<(Self, Windows), DeviceError> {
        let limit = limits.largest_binding();
        let plan = Self::new(&job.into(), &Need::of(job), limits);
        within(plan.stack.at, limit, "output rows")?;
        within(plan.sums, limit, "samples")?;
        within_groups(job.width)?;
        within(plan.lattice.bytes, limit, "lattice")?;
        within(plan.largest_window, limit, "a window")?;
        let windows = Windows::place(job, limit);
        assert_eq!(
            windows.bytes(),
            plan.windows_bytes,
            "windows are as planned"
        );
        Ok((plan, windows))
    }

    /// Blocks of the part that are made together: those whose stack exists at the same time.
    pub fn batches(&self, part: &Part) -> impl Iterator<Item = Range<u32>> + use<> {
        let all = self.parts.blocks(part);
        let step = match self.stack.blocks {
            0 => all.max(1),
            blocks => blocks,
        };
        (0..all)
            .step_by(step as usize)
            .map(move |first| first..(first + step).min(all))
    }

    /// The total bytes.
    pub fn size(&self) -> ChunkSize {
        let lattice = self.lattice.bytes;
        let outputs = self.parts.slots() * self.staging();
        // Counts twice, because these are device buffers that the host can access too.
        let staging = 2 * self.slab + 2 * lattice + outputs;
        ChunkSize {
            device: WORD_BYTES + self.windows_bytes + lattice + self.sums + staging,
            largest: self.largest_window.max(lattice).max(self.sums),
            staging,
        }
    }

    /// Bytes of a read-back buffer for rows, with the fault word behind them.
    pub fn staging(&self) -> u64 {
        self.rows + WORD_BYTES
    }
}

impl LatticePlan {
    fn new(tiles: u64, table: u64, entries: u64, runs: u64) -> Self {
        let tiles_at = WORD_BYTES;
        let words_at = tiles_at + pad(size_of::<GpuTile>() as u64 * tiles.max(1));
        let runs_at = words_at + pad(FLOAT * (table + entries));
        Self {
            runs: runs as usize,
            tiles_at,
            words_at,
            table: table as u32,
            runs_at,
            bytes: runs_at + pad(size_of::<GpuRun>() as u64 * runs),
        }
    }
}

/// `finish` makes a row of the output in one row of groups.
fn within_groups(width: u32) -> Result<(), DeviceError> {
    let widest = u64::from(FINISH_COLUMNS) * MOST_GROUPS;
    let [asked, limit] = [u64::from(width), widest].map(|pixels| FLOAT * pixels);
    within(asked, limit, "an output row").map(drop)
}

fn within(bytes: u64, limit: u64, at: &'static str) -> Result<u64, DeviceError> {
    if bytes > limit {
        return Err(DeviceError::TooBigEver {
            asked: bytes,
            limit,
            at,
        });
    }
    Ok(bytes)
}

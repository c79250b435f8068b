//! Where everything of a chunk lies on the device, and so how many bytes it takes.
//!
//! All of a chunk's device memory is allocated before its first copy, so the sum below is the peak.
//! With `pad(n)` = n rounded up to 256, for a chunk of `rows` x `width` pixels with `channels`, and
//! `alpha` = 1 where some tile has an opacity (else 0):
//!
//! ```text
//! strips      = blocks of 32 absolute rows that the chunk's rows meet
//! across      = ceil(width / 1024)
//! depth       = most tiles that meet one block of 64 absolute rows by 1024 columns
//! block       = 12 channels depth min(rows, 32) min(1024, 32 ceil(width / 32))
//!               for median, winsorized and kappa-sigma, else 0
//! fit         = floor((binding - block) / (128 width (2 channels + alpha)))   strips whose sums fit one binding
//! part_strips = clamp(min(floor(32 / across), fit), 1, strips)
//! parts       = ceil(strips / part_strips)
//! part_pixels = min(rows, 32 part_strips) x width
//! planes      = pad(4 (2 channels + alpha) part_pixels)
//! stack       = pad(min(part_strips across block, max(min(16 MB, binding - planes), block)))
//! cells       = sum over tiles of rows x (ceil(x1 / 32) - floor(x0 / 32)),  x0..x1 = need(rows).out_x
//! least       = max(4096, 32 tiles)
//! runs        = clamp(ceil(cells part_strips / strips), least, max(262144, least))
//! table       = 513 taps                            taps = 4 bicubic, 6 and 8 Lanczos, 0 other kernels
//! lattice     = 256 + pad(48 max(tiles, 1)) + pad(4 (table + 1024 part_strips across + 1)) + pad(44 runs)
//! windows     = sum over tiles of planes x pad(4 x columns') x window_rows
//! slab        = min(max(8 MB, longest pad(4 x columns')), windows)
//!
//! bytes = 256                                                            fault
//!       + windows
//!       + 2 slab                                                         staging of windows
//!       + 3 lattice                                                      one, and its staging twice
//!       + planes + stack                                                 sums
//!       + min(parts, 2) x (256 + pad(4 (channels + 1 + alpha) part_pixels))   read back
//! ```
//!
//! where a tile's `planes` = channels + 1 with a weight map + 1 more with an opacity, `columns'` =
//! max(1, columns of `need(rows).tile_x`), and `window_rows` = rows of `need(rows).tile_y` that the
//! window holds, at least 1. A chunk without tiles takes the same sum with `tiles` = 0 and no windows.
//!
//! Limits: with `binding` = the smaller of the largest buffer and the largest binding, a chunk is too
//! big ever when `channels` x pad(4 x columns') x `window_rows` of one tile, or `lattice`, or the sums,
//! exceed it. Windows of several tiles are spread over buffers within it.
//!
//! Ignored: what the driver and wgpu take when a device is opened, and their rounding of the buffers.
//! Staging and read-back count although they lie in host memory on cards with memory of their own.

use std::ops::Range;

use zemosaic_coadd::backend::DeviceError;
use zemosaic_coadd::device::{BLOCK_COLUMNS, CELL_COLUMNS, Part, Parts, WindowRect};
use zemosaic_coadd::{ChunkJob, STRIP_ROWS, TileJob};

use crate::layout::{FINISH_COLUMNS, GpuRun, GpuTile, STACK_KINDS};

/// Bytes of a staging slab, when that is enough for one row.
const SLAB: u64 = 8 << 20;
/// Bytes of a stack, when that is enough for one block: more would save launches alone.
const STACK: u64 = 16 << 20;
/// Samples that one launch of `reduce` looks at, about: some systems end a launch that takes two seconds, and
/// a slow GPU moves a thousand million a second.
const MOST_LOOKS: u64 = 1 << 29;
/// Groups along one axis of a launch, on every device.
const MOST_GROUPS: u64 = 65_535;
/// Bytes of the fault word and of the launch parameters, each with the distance to what follows.
pub(crate) const WORD_BYTES: u64 = 256;

/// What a device can hold, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest buffer.
    pub buffer: u64,
    /// Largest part of one that a kernel sees.
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
    /// 32 bits, whatever they say.
    pub fn largest_binding(&self) -> u64 {
        self.buffer.min(self.binding).min((1 << 32) - 256) / 256 * 256
    }
}

/// Rounds up to where any array may begin.
pub(crate) fn pad(bytes: u64) -> u64 {
    bytes.next_multiple_of(256)
}

/// A tile's window on the device: a rectangle of it, in planes that lie one after another by kind.
#[derive(Clone, Debug)]
pub(crate) struct WindowPlan {
    /// What of the tile.
    pub rect: WindowRect,
    /// Floats from row to row and from plane to plane.
    pub pitch: u32,
    pub plane: u32,
    /// Byte of the group's buffer of each kind; `None` without one.
    pub at: [Option<u64>; KINDS],
}

/// Kinds of planes: values, weights, opacities.
pub(crate) const KINDS: usize = 3;

/// Consecutive tiles whose windows share buffers, one per kind.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub tiles: Range<usize>,
    /// Bytes of each kind.
    pub bytes: [u64; KINDS],
}

/// Bytes of the arrays in a lattice buffer, and where they begin; the launch parameters come first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LatticePlan {
    /// Runs that fit.
    pub runs: usize,
    pub tiles_at: u64,
    /// The kernel's table, with the index behind it.
    pub words_at: u64,
    /// Words of the table.
    pub table: u32,
    pub runs_at: u64,
    pub bytes: u64,
}

/// Samples of some blocks at a time, for rules that need all of a pixel's; behind the sums.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StackPlan {
    /// Byte of the sums where it begins.
    pub at: u64,
    /// Rows and columns of a block in it.
    pub size: [u32; 2],
    /// Samples of a pixel that it holds.
    pub depth: u32,
    /// Blocks that it holds; 0 where the rule needs none.
    pub blocks: u32,
}

/// The whole chunk.
#[derive(Clone, Debug)]
pub(crate) struct ChunkPlan {
    pub parts: Parts,
    pub windows: Vec<WindowPlan>,
    pub groups: Vec<Group>,
    pub windows_bytes: u64,
    pub slab: u64,
    pub lattice: LatticePlan,
    pub with_alpha: bool,
    /// Sums and stack.
    pub sums: u64,
    pub stack: StackPlan,
    /// Bytes of a read-back buffer's planes; the fault word follows.
    pub rows: u64,
}

/// Device bytes that the chunk takes at its peak on a device of these limits.
pub fn chunk_bytes(job: &ChunkJob, limits: &Limits) -> Result<u64, DeviceError> {
    ChunkPlan::new(job, limits).map(|plan| plan.bytes())
}

impl ChunkPlan {
    pub fn new(job: &ChunkJob, limits: &Limits) -> Result<Self, DeviceError> {
        let limit = limits.largest_binding();
        let with_alpha = job.tiles.iter().any(|t| t.window.alphas.is_some());
        let (channels, alpha) = (job.channels as u64, u64::from(with_alpha));
        let strip_bytes = 4 * u64::from(STRIP_ROWS) * u64::from(job.width) * (2 * channels + alpha);
        let depth = if job.combine.needs_stack() {
            Parts::new(job, 1).depth(job)
        } else {
            0
        };
        let size = [
            STRIP_ROWS.min(job.rows.len().max(1) as u32),
            job.width.min(BLOCK_COLUMNS).next_multiple_of(CELL_COLUMNS),
        ];
        let block_pixels: u64 = size.iter().map(|n| u64::from(*n)).product();
        let block = 4 * STACK_KINDS * block_pixels * channels * u64::from(depth);
        let fit = limit.saturating_sub(block) / strip_bytes.max(1);
        let parts = Parts::new(job, fit.min(u64::from(u32::MAX)) as u32);
        let pixels = parts.most_pixels();
        let planes = within(
            pad(4 * (2 * channels + alpha) * pixels),
            limit,
            "output rows",
        )?;
        let room = STACK.min(limit - planes).max(block);
        let stack_bytes = pad(room.min(parts.most_blocks() * block));
        let sums = within(planes + stack_bytes, limit, "samples")?;
        let stack = StackPlan {
            at: planes,
            size,
            depth,
            blocks: stack_bytes.checked_div(block).unwrap_or(0) as u32,
        };
        let widest = u64::from(FINISH_COLUMNS) * MOST_GROUPS;
        if u64::from(job.width) > widest {
            return Err(DeviceError::TooBigEver {
                asked: 4 * u64::from(job.width),
                limit: 4 * widest,
                at: "an output row",
            });
        }

        let lattice = LatticePlan::new(
            job.tiles.len() as u64,
            job.kernel.table().len() as u64,
            parts.index_entries(),
            parts.run_capacity(job),
        );
        within(lattice.bytes, limit, "lattice")?;

        let (windows, groups) = place_windows(job, limit)?;
        let windows_bytes: u64 = groups.iter().flat_map(|g| g.bytes).sum();
        let longest = windows.iter().map(|w| 4 * u64::from(w.pitch)).max();
        Ok(Self {
            parts,
            slab: SLAB.max(longest.unwrap_or(0)).min(windows_bytes),
            windows,
            groups,
            windows_bytes,
            lattice,
            with_alpha,
            sums,
            stack,
            rows: pad(4 * (channels + 1 + alpha) * pixels),
        })
    }

    /// Blocks of the part that go together: those whose stack is there at a time.
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

    /// Device bytes at the peak.
    pub fn bytes(&self) -> u64 {
        WORD_BYTES
            + self.windows_bytes
            + 2 * self.slab
            + 3 * self.lattice.bytes
            + self.sums
            + self.parts.slots() * (WORD_BYTES + self.rows)
    }
}

impl StackPlan {
    /// Launches that `reduce` is cut into, by rows of the block: one unless the stack is deep.
    pub fn slices(&self) -> u32 {
        if self.blocks != 1 {
            return 1;
        }
        // Each sample is sorted in among half of those before it, and looked at by some rounds of the rules.
        let depth = u64::from(self.depth);
        let pixels: u64 = self.size.iter().map(|n| u64::from(*n)).product();
        let looks = pixels * depth * (depth / 4 + 128);
        let slices = looks.div_ceil(MOST_LOOKS).clamp(1, u64::from(STRIP_ROWS));
        slices.next_power_of_two() as u32
    }
}

impl LatticePlan {
    fn new(tiles: u64, table: u64, entries: u64, runs: u64) -> Self {
        let tiles_at = WORD_BYTES;
        let words_at = tiles_at + pad(size_of::<GpuTile>() as u64 * tiles.max(1));
        let runs_at = words_at + pad(4 * (table + entries));
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

/// Spreads the tiles' windows over groups whose buffers stay within `limit` bytes.
fn place_windows(job: &ChunkJob, limit: u64) -> Result<(Vec<WindowPlan>, Vec<Group>), DeviceError> {
    let mut windows = Vec::with_capacity(job.tiles.len());
    let mut groups: Vec<Group> = Vec::new();
    for (i, tile) in job.tiles.iter().enumerate() {
        let (mut window, bytes) = WindowPlan::new(job, tile, limit)?;
        let fits = groups.last().is_some_and(|g| {
            let mut both = g.bytes.iter().zip(&bytes);
            both.all(|(held, more)| held + more <= limit)
        });
        if !fits {
            groups.push(Group {
                tiles: i..i,
                bytes: [0; KINDS],
            });
        }
        if let Some(group) = groups.last_mut() {
            for ((at, held), more) in window.at.iter_mut().zip(&mut group.bytes).zip(bytes) {
                *at = (more > 0).then_some(*held);
                *held += more;
            }
            group.tiles.end = i + 1;
        }
        windows.push(window);
    }
    Ok((windows, groups))
}

impl WindowPlan {
    /// The window, not placed yet, and its bytes by kind.
    fn new(
        job: &ChunkJob,
        tile: &TileJob,
        limit: u64,
    ) -> Result<(Self, [u64; KINDS]), DeviceError> {
        let (window, rect) = (&tile.window, WindowRect::new(job, tile));
        let plane = 4 * rect.plane();
        let has_weights = window.weights.is_some();
        let bytes = [
            plane * job.channels as u64,
            plane * u64::from(has_weights),
            plane * u64::from(has_weights && window.alphas.is_some()),
        ];
        within(bytes[0].max(plane), limit, "a window")?;
        let planned = Self {
            pitch: rect.pitch as u32,
            plane: (plane / 4) as u32,
            rect,
            at: [None; KINDS],
        };
        Ok((planned, bytes))
    }
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

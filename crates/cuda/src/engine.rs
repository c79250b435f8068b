//! One chunk: windows, lattices and kernels in parts of whole strips, so that the copies of the next
//! part, the kernel of this one and the rows of the last one overlap.
//!
//! Three streams. What waits for what: a kernel for the copies of its runs and windows, and for the
//! rows that its output buffer held; a copy of runs for the kernel that read the buffer before;
//! a copy of rows for its kernel; the host, before it writes pinned memory again, for what reads it.

// The driver's interface is C.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ops::Range;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cudarc::driver::{CudaContext, CudaEvent, CudaStream, DriverError, result, sys};
use rayon::prelude::*;
use zemosaic_coadd::backend::{ChunkError, DeviceCounters, DeviceError};
use zemosaic_coadd::{ChunkJob, Counters, STRIP_ROWS, Sink, Strip};
use zemosaic_wcs::lattice::{LatticeRows, Run};

use crate::block::{BlockRuns, Rect};
use crate::buffer::{Allocator, DeviceBuffer};
use crate::error::outcome;
use crate::layout::{
    BLOCK_CELLS, BLOCK_COLUMNS, CELL_COLUMNS, GROUP_THREADS, GROUPS_PER_BLOCK, GpuTile, Launch,
};
use crate::pinned::Pinned;
use crate::plan::{ChunkPlan, OutputPlan};
use crate::upload::Slabs;

/// Pinned memory, kept from chunk to chunk.
#[derive(Default)]
pub(crate) struct Staging {
    slabs: [Pinned; 2],
    lattices: [Pinned; 2],
    outputs: [Pinned; 2],
}

impl Staging {
    /// Bytes held.
    pub fn bytes(&self) -> u64 {
        let all = [&self.slabs, &self.lattices, &self.outputs];
        all.into_iter().flatten().map(|p| p.bytes() as u64).sum()
    }
}

/// What a chunk needs of the open device.
pub(crate) struct Engine<'a> {
    pub context: &'a Arc<CudaContext>,
    /// Copies up, kernels, copies down.
    pub streams: &'a [Arc<CudaStream>; 3],
    pub kernel: sys::CUfunction,
    pub job: &'a ChunkJob<'a>,
}

const UP: usize = 0;
const RUN: usize = 1;
const DOWN: usize = 2;

/// Everything on the device for one chunk.
struct Buffers {
    fault: DeviceBuffer,
    windows: Option<DeviceBuffer>,
    lattices: [DeviceBuffer; 2],
    outputs: Vec<DeviceBuffer>,
}

/// Consecutive blocks of a part, or a rectangle of one, that go into one launch.
struct Piece {
    first: u32,
    count: u32,
    rect: Option<Rect>,
}

/// How a chunk stands.
struct Progress<'a> {
    slabs: Slabs<'a>,
    /// Tile rows on the device.
    sent: Vec<Range<u32>>,
    launches: usize,
    /// Per lattice buffer: its copy up, and the kernel that reads it.
    copied: [Option<Rc<CudaEvent>>; 2],
    computed: [Option<Rc<CudaEvent>>; 2],
    /// Per output buffer: its copy down.
    fetched: [Option<Rc<CudaEvent>>; 2],
    /// Per stream: begin and end of what it did.
    spans: [Vec<[Rc<CudaEvent>; 2]>; 3],
    counters: DeviceCounters,
}

impl Engine<'_> {
    /// Makes the chunk. On return nothing is queued, and the chunk's buffers are gone.
    pub fn run<S: Sink>(
        &self,
        allocator: &mut Allocator,
        staging: &mut Staging,
        sink: &S,
    ) -> Result<DeviceCounters, ChunkError<S::Error>> {
        let plan = ChunkPlan::new(self.job)?;
        allocator.begin_chunk();
        let buffers = Buffers::new(allocator, &plan)?;
        let result = self.parts(&plan, &buffers, staging, sink);
        // Before any buffer goes, on the way of errors too: what is queued may still use it.
        let idle = self.context.synchronize();
        drop(buffers);
        let mut counters = result?;
        idle.map_err(|e| outcome(e, "the end of a chunk"))?;
        counters.peak_bytes = allocator.peak();
        Ok(counters)
    }

    fn parts<S: Sink>(
        &self,
        plan: &ChunkPlan,
        buffers: &Buffers,
        staging: &mut Staging,
        sink: &S,
    ) -> Result<DeviceCounters, ChunkError<S::Error>> {
        const AT: &str = "pinned staging";
        let Staging {
            slabs,
            lattices,
            outputs,
        } = staging;
        for slot in 0..2 {
            lattices[slot].reserve(self.context, plan.lattice.bytes as usize, AT)?;
            if (slot as u64) < plan.outputs {
                outputs[slot].reserve(self.context, plan.output.bytes as usize + 256, AT)?;
            }
        }
        let mut progress = Progress {
            slabs: Slabs::new(self.context, &self.streams[UP], slabs, plan.windows_bytes),
            sent: plan
                .windows
                .iter()
                .map(|w| w.rows.start..w.rows.start)
                .collect(),
            launches: 0,
            copied: [None, None],
            computed: [None, None],
            fetched: [None, None],
            spans: [vec![], vec![], vec![]],
            counters: DeviceCounters::default(),
        };
        let spare = Mutex::new(Vec::new());
        // SAFETY: the word lies inside its buffer.
        unsafe {
            result::memset_d8_async(buffers.fault.address(0), 0, 4, self.streams[UP].cu_stream())
        }
        .map_err(|e| outcome(e, AT))?;
        let mut last: Option<(usize, Range<u32>)> = None;
        for (part, start) in plan
            .strips
            .clone()
            .step_by(plan.part_strips as usize)
            .enumerate()
        {
            let strips = start..(start + plan.part_strips).min(plan.strips.end);
            let rows = (strips.start * STRIP_ROWS).max(self.job.rows.start)
                ..(strips.end * STRIP_ROWS).min(self.job.rows.end);
            let slot = part % 2;
            self.compute(plan, buffers, lattices, &mut progress, slot, &strips, &rows)?;
            self.fetch(plan, buffers, outputs, &mut progress, slot, &rows)?;
            if let Some((slot, rows)) = last.replace((slot, rows)) {
                self.hand_over(
                    plan,
                    &outputs[slot],
                    &mut progress,
                    slot,
                    &rows,
                    &spare,
                    sink,
                )?;
            }
        }
        if let Some((slot, rows)) = last {
            self.hand_over(
                plan,
                &outputs[slot],
                &mut progress,
                slot,
                &rows,
                &spare,
                sink,
            )?;
        }
        progress
            .finish()
            .map_err(|e| outcome(e, "the clock").into())
    }

    /// Emits a part's lattice, and queues its copies and kernels.
    #[allow(clippy::too_many_arguments)] // The chunk's four stores, and which part.
    fn compute(
        &self,
        plan: &ChunkPlan,
        buffers: &Buffers,
        lattices: &mut [Pinned; 2],
        progress: &mut Progress,
        output: usize,
        strips: &Range<u32>,
        rows: &Range<u32>,
    ) -> Result<(), DeviceError> {
        const AT: &str = "a kernel";
        let fail = |e: DriverError| outcome(e, AT);
        let [up, run, _] = self.streams;
        let blocks = self.emit(plan, strips, &mut progress.counters.common);
        for piece in pieces(&blocks, plan.lattice.runs) {
            let slot = progress.launches % 2;
            if let Some(copied) = progress.copied[slot].take() {
                copied.synchronize().map_err(fail)?;
            }
            if let Some(computed) = progress.computed[slot].take() {
                up.wait(&computed).map_err(fail)?;
            }
            let up_began = self.mark(UP).map_err(fail)?;
            self.send_windows(plan, buffers, progress, rows)?;
            let staged = &mut lattices[slot];
            let runs = fill(plan, staged, &blocks, &piece);
            self.describe_tiles(plan, buffers, progress, staged);
            progress.counters.bytes_up +=
                send_lattice(plan, staged, &buffers.lattices[slot], runs, &piece, up)?;
            let copied = self.mark(UP).map_err(fail)?;

            run.wait(&copied).map_err(fail)?;
            if let Some(fetched) = progress.fetched[output].take() {
                run.wait(&fetched).map_err(fail)?;
            }
            let run_began = self.mark(RUN).map_err(fail)?;
            let launch = self.launch(plan, buffers, slot, output, strips, rows, &piece);
            self.start(launch, piece.count).map_err(fail)?;
            let computed = self.mark(RUN).map_err(fail)?;
            progress.spans[UP].push([up_began, Rc::clone(&copied)]);
            progress.spans[RUN].push([run_began, Rc::clone(&computed)]);
            progress.copied[slot] = Some(copied);
            progress.computed[slot] = Some(computed);
            progress.launches += 1;
        }
        Ok(())
    }

    /// The runs of the blocks of a part, on all threads.
    fn emit(
        &self,
        plan: &ChunkPlan,
        strips: &Range<u32>,
        counters: &mut Counters,
    ) -> Vec<BlockRuns> {
        let made: Vec<(BlockRuns, f64, Duration)> = (0..strips.len() as u32 * plan.across)
            .into_par_iter()
            .with_max_len(1)
            .map_init(LatticeRows::default, |scratch, block| {
                let began = Instant::now();
                let strip = strips.start + block / plan.across;
                let runs = BlockRuns::emit(self.job, strip, block % plan.across, scratch);
                (runs, scratch.worst_error(), began.elapsed())
            })
            .collect();
        let mut blocks = Vec::with_capacity(made.len());
        for (runs, error, spent) in made {
            counters.map_error = counters.map_error.max(error);
            counters.map += spent;
            blocks.push(runs);
        }
        blocks
    }

    /// Queues the tile rows that output rows `rows` need and that are not on the device yet.
    fn send_windows(
        &self,
        plan: &ChunkPlan,
        buffers: &Buffers,
        progress: &mut Progress,
        rows: &Range<u32>,
    ) -> Result<(), DeviceError> {
        let Some(windows) = &buffers.windows else {
            return Ok(());
        };
        for ((tile, window), sent) in self
            .job
            .tiles
            .iter()
            .zip(&plan.windows)
            .zip(&mut progress.sent)
        {
            let need = tile.profile.need([rows.start, rows.end]);
            let low = need.tile_y[0].max(window.rows.start);
            let high = need.tile_y[1].min(window.rows.end);
            if need.is_empty() || low >= high {
                continue;
            }
            // One range at all times: a gap between what is there and what is asked for goes along.
            let (before, after) = if Range::is_empty(sent) {
                (low..low, low..high)
            } else {
                (
                    low.min(sent.start)..sent.start,
                    sent.end..high.max(sent.end),
                )
            };
            let start = if Range::is_empty(sent) {
                low
            } else {
                low.min(sent.start)
            };
            *sent = start..after.end;
            let source = &tile.window;
            let weights = source.weights.into_iter();
            let alphas = source.alphas.filter(|_| source.weights.is_some());
            let planes = source.values.iter().copied().chain(weights).chain(alphas);
            for (i, plane) in planes.enumerate() {
                let to = windows.address(window.at) + i as u64 * u64::from(window.plane) * 4;
                for part in [before.clone(), after.clone()] {
                    let from = (source.first_row, source.width);
                    progress.slabs.send(window, plane, from, part, to)?;
                }
            }
        }
        Ok(())
    }

    /// Writes what the kernels must know of the tiles as they are on the device now.
    fn describe_tiles(
        &self,
        plan: &ChunkPlan,
        buffers: &Buffers,
        progress: &Progress,
        staged: &mut Pinned,
    ) {
        let Some(windows) = &buffers.windows else {
            return;
        };
        let out = staged.view_mut::<GpuTile>(plan.lattice.tiles_at as usize, plan.windows.len());
        for (i, (window, tile)) in plan.windows.iter().zip(&self.job.tiles).enumerate() {
            let sent = &progress.sent[i];
            let skipped = u64::from(sent.start - window.rows.start) * u64::from(window.pitch);
            let base = windows.address(window.at) + 4 * skipped;
            let plane = |n: usize| base + n as u64 * u64::from(window.plane) * 4;
            let channels = self.job.channels;
            let has_weights = tile.window.weights.is_some();
            let has_alphas = has_weights && tile.window.alphas.is_some();
            out[i] = GpuTile {
                values: base,
                weights: if has_weights { plane(channels) } else { 0 },
                alphas: if has_alphas { plane(channels + 1) } else { 0 },
                plane: window.plane,
                pitch: window.pitch,
                column: window.columns.start as i32,
                row: sent.start as i32,
                columns: window.columns.len() as u32,
                rows: sent.len() as u32,
                width: tile.window.width as i32,
                height: tile.window.height as i32,
                weight: tile.weight,
                unused: 0,
            };
        }
    }

    #[allow(clippy::too_many_arguments)] // The chunk's stores, and which part of each.
    fn launch(
        &self,
        plan: &ChunkPlan,
        buffers: &Buffers,
        slot: usize,
        output: usize,
        strips: &Range<u32>,
        rows: &Range<u32>,
        piece: &Piece,
    ) -> Launch {
        let lattice = &buffers.lattices[slot];
        let out = &buffers.outputs[output];
        let (mut x, mut y) = ([0, self.job.width], [rows.start, rows.end]);
        if let Some(rect) = &piece.rect {
            let column = piece.first % plan.across * BLOCK_COLUMNS;
            let top = (strips.start + piece.first / plan.across) * STRIP_ROWS;
            let cell = |i: usize| column + i as u32 * CELL_COLUMNS;
            x = [cell(rect.cells.start), cell(rect.cells.end).min(x[1])];
            y = [
                (top + rect.rows.start as u32).max(y[0]),
                (top + rect.rows.end as u32).min(y[1]),
            ];
        }
        Launch {
            runs: lattice.address(0),
            owners: lattice.address(plan.lattice.owners_at),
            index: lattice.address(plan.lattice.index_at),
            // Never read when there are no tiles.
            tiles: lattice.address(plan.lattice.tiles_at.min(plan.lattice.bytes - 1)),
            values: out.address(0),
            coverage: out.address(plan.output.coverage_at),
            alpha: out.address(plan.output.alpha_at),
            fault: buffers.fault.address(0),
            plane: pixels(self.job, rows),
            width: self.job.width,
            channels: self.job.channels as u32,
            with_alpha: u32::from(self.job.tiles.iter().any(|t| t.window.alphas.is_some())),
            first_row: rows.start,
            first_strip: strips.start,
            first_block: piece.first,
            columns_of_blocks: plan.across,
            x,
            y,
        }
    }

    fn start(&self, mut launch: Launch, blocks: u32) -> Result<(), DriverError> {
        self.context.bind_to_thread()?;
        let mut arguments = [(&raw mut launch).cast::<c_void>()];
        // SAFETY: the kernel takes one `Launch` by value, captured by this call; what it points to is
        // alive until the streams have been waited for.
        unsafe {
            result::launch_kernel(
                self.kernel,
                (blocks * GROUPS_PER_BLOCK, 1, 1),
                (GROUP_THREADS, 1, 1),
                0,
                self.streams[RUN].cu_stream(),
                &mut arguments,
            )
        }
    }

    /// Queues the copy of finished rows to pinned memory, the fault word behind them.
    fn fetch(
        &self,
        plan: &ChunkPlan,
        buffers: &Buffers,
        outputs: &mut [Pinned; 2],
        progress: &mut Progress,
        slot: usize,
        rows: &Range<u32>,
    ) -> Result<(), DeviceError> {
        let down = &self.streams[DOWN];
        let count = pixels(self.job, rows) as usize;
        let plan = &plan.output;
        let (from, to) = (&buffers.outputs[slot], &mut outputs[slot]);
        let mut queue = || -> Result<[Rc<CudaEvent>; 2], DriverError> {
            for computed in progress.computed.iter().flatten() {
                down.wait(computed)?;
            }
            let began = self.mark(DOWN)?;
            let stream = down.cu_stream();
            // SAFETY: both sides hold `plan.bytes`, and `count` pixels fit in the plan; the pinned side is
            // read after the event below, and written again after that.
            unsafe {
                let values = to.view_mut::<f32>(0, count * self.job.channels);
                result::memcpy_dtoh_async(values, from.address(0), stream)?;
                let coverage = to.view_mut::<f32>(plan.coverage_at as usize, count);
                result::memcpy_dtoh_async(coverage, from.address(plan.coverage_at), stream)?;
                let alpha = to.view_mut::<u8>(plan.alpha_at as usize, count);
                result::memcpy_dtoh_async(alpha, from.address(plan.alpha_at), stream)?;
                let fault = to.view_mut::<u32>(plan.bytes as usize, 1);
                result::memcpy_dtoh_async(fault, buffers.fault.address(0), stream)?;
            }
            Ok([began, self.mark(DOWN)?])
        };
        let span = queue().map_err(|e| outcome(e, "the copy of rows"))?;
        progress.counters.bytes_down += count as u64 * (4 * self.job.channels as u64 + 5) + 4;
        progress.fetched[slot] = Some(Rc::clone(&span[1]));
        progress.spans[DOWN].push(span);
        Ok(())
    }

    /// Waits for a part's rows and hands them to the sink, strip by strip.
    #[allow(clippy::too_many_arguments)] // Where rows come from, which, and where they go.
    fn hand_over<S: Sink>(
        &self,
        plan: &ChunkPlan,
        rows_at: &Pinned,
        progress: &mut Progress,
        slot: usize,
        rows: &Range<u32>,
        spare: &Mutex<Vec<Strip>>,
        sink: &S,
    ) -> Result<(), ChunkError<S::Error>> {
        if let Some(fetched) = &progress.fetched[slot] {
            fetched.synchronize().map_err(|e| outcome(e, "a kernel"))?;
        }
        if rows_at.view::<u32>(plan.output.bytes as usize, 1)[0] != 0 {
            let message = "a tile's window lacks pixels that its lattice asks for";
            return Err(DeviceError::Failed(message.into()).into());
        }
        let strips = rows.start / STRIP_ROWS..rows.end.div_ceil(STRIP_ROWS);
        let job = self.job;
        let counted = strips
            .into_par_iter()
            .with_max_len(1)
            .map(|index| {
                let part =
                    (index * STRIP_ROWS).max(rows.start)..((index + 1) * STRIP_ROWS).min(rows.end);
                let taken = spare.lock().ok().and_then(|mut s| s.pop());
                let mut strip = taken.unwrap_or_default();
                let mut counters = copy_strip(job, &plan.output, rows_at, rows, &part, &mut strip);
                let began = Instant::now();
                sink.take(&mut strip)?;
                counters.write = began.elapsed();
                if let Ok(mut spare) = spare.lock() {
                    spare.push(strip);
                }
                Ok(counters)
            })
            .try_reduce(Counters::default, |a, b| Ok(a.with(b)))
            .map_err(ChunkError::Sink)?;
        progress.counters.common = progress.counters.common.with(counted);
        Ok(())
    }

    fn mark(&self, stream: usize) -> Result<Rc<CudaEvent>, DriverError> {
        let timed = Some(sys::CUevent_flags::CU_EVENT_DEFAULT);
        self.streams[stream].record_event(timed).map(Rc::new)
    }
}

impl Buffers {
    fn new(allocator: &mut Allocator, plan: &ChunkPlan) -> Result<Self, DeviceError> {
        let windows = (plan.windows_bytes > 0)
            .then(|| allocator.allocate(plan.windows_bytes, "windows"))
            .transpose()?;
        let fault = allocator.allocate(256, "counters")?;
        let mut lattice = || allocator.allocate(plan.lattice.bytes, "lattice");
        let lattices = [lattice()?, lattice()?];
        let outputs = (0..plan.outputs)
            .map(|_| allocator.allocate(plan.output.bytes, "output rows"))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            fault,
            windows,
            lattices,
            outputs,
        })
    }
}

impl Progress<'_> {
    /// The counters, with the times that the device measured; everything queued must be done.
    fn finish(self) -> Result<DeviceCounters, DriverError> {
        let mut counters = self.counters;
        counters.bytes_up += self.slabs.bytes;
        let mut spent = [Duration::ZERO; 3];
        for (spent, spans) in spent.iter_mut().zip(&self.spans) {
            for [began, ended] in spans {
                let ms = f64::from(began.elapsed_ms(ended)?).max(0.0);
                *spent += Duration::from_secs_f64(ms / 1e3);
            }
        }
        (counters.upload, counters.common.kernel, counters.download) =
            (spent[UP], spent[RUN], spent[DOWN]);
        Ok(counters)
    }
}

/// Copies rows `part` out of the pinned rows `rows`, and counts.
fn copy_strip(
    job: &ChunkJob,
    plan: &OutputPlan,
    rows_at: &Pinned,
    rows: &Range<u32>,
    part: &Range<u32>,
    strip: &mut Strip,
) -> Counters {
    let count = pixels(job, rows) as usize;
    let width = job.width as usize;
    let range =
        (part.start - rows.start) as usize * width..(part.end - rows.start) as usize * width;
    (strip.first_row, strip.rows) = (part.start, part.len() as u32);
    strip.values.resize_with(job.channels, Vec::new);
    let values = rows_at.view::<f32>(0, count * job.channels);
    for (to, from) in strip.values.iter_mut().zip(values.chunks(count.max(1))) {
        replace(to, &from[range.clone()]);
    }
    replace(
        &mut strip.coverage,
        &rows_at.view::<f32>(plan.coverage_at as usize, count)[range.clone()],
    );
    replace(
        &mut strip.alpha,
        &rows_at.view::<u8>(plan.alpha_at as usize, count)[range],
    );
    let mut counters = Counters::default();
    for (i, coverage) in strip.coverage.iter().enumerate() {
        if *coverage > 0.0 {
            counters.covered += 1;
            let dead = strip.values.len() > 1 && strip.values.iter().any(|p| p[i].is_nan());
            counters.dead_in_one_channel += u64::from(dead);
        }
    }
    counters
}

fn replace<T: Copy>(to: &mut Vec<T>, from: &[T]) {
    to.clear();
    to.extend_from_slice(from);
}

fn pixels(job: &ChunkJob, rows: &Range<u32>) -> u32 {
    rows.len() as u32 * job.width
}

/// Cuts a part's blocks into launches of at most `capacity` runs.
fn pieces(blocks: &[BlockRuns], capacity: usize) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    let mut held = usize::MAX;
    for (i, block) in blocks.iter().enumerate() {
        let count = block.runs.len();
        if count > capacity {
            let mut rects = Vec::new();
            block.cut(Rect::WHOLE, capacity, &mut rects);
            out.extend(rects.into_iter().map(|rect| Piece {
                first: i as u32,
                count: 1,
                rect: Some(rect),
            }));
            held = usize::MAX;
            continue;
        }
        match out.last_mut() {
            Some(piece) if held.saturating_add(count) <= capacity => {
                piece.count += 1;
                held += count;
            }
            _ => {
                out.push(Piece {
                    first: i as u32,
                    count: 1,
                    rect: None,
                });
                held = count;
            }
        }
    }
    out
}

/// Writes a piece's runs, owners and index to pinned memory; returns how many runs.
fn fill(plan: &ChunkPlan, staged: &mut Pinned, blocks: &[BlockRuns], piece: &Piece) -> usize {
    let blocks = &blocks[piece.first as usize..(piece.first + piece.count) as usize];
    let rect = piece.rect.clone().unwrap_or(Rect::WHOLE);
    let total = blocks
        .iter()
        .map(|b| b.runs.len())
        .sum::<usize>()
        .min(plan.lattice.runs);
    let mut ranges: Vec<(usize, Range<usize>)> = Vec::new();
    let index = staged.view_mut::<u32>(
        plan.lattice.index_at as usize,
        blocks.len() * BLOCK_CELLS + 1,
    );
    let mut at = 0u32;
    for (b, block) in blocks.iter().enumerate() {
        let to = &mut index[b * BLOCK_CELLS..];
        if piece.rect.is_none() {
            for (to, from) in to.iter_mut().zip(&block.index) {
                *to = at + from;
            }
            ranges.push((b, 0..block.runs.len()));
            at += block.runs.len() as u32;
            continue;
        }
        let cells = BLOCK_CELLS / STRIP_ROWS as usize;
        for (i, to) in to.iter_mut().enumerate().take(BLOCK_CELLS) {
            *to = at;
            if rect.rows.contains(&(i / cells)) && rect.cells.contains(&(i % cells)) {
                at += block.index[i + 1] - block.index[i];
            }
        }
        ranges.extend(rect.rows.clone().map(|row| (b, block.row(&rect, row))));
    }
    index[blocks.len() * BLOCK_CELLS] = at;
    let runs = staged.view_mut::<Run>(0, total);
    let mut to = 0;
    for (b, range) in &ranges {
        runs[to..to + range.len()].copy_from_slice(&blocks[*b].runs[range.clone()]);
        to += range.len();
    }
    let owners = staged.view_mut::<u32>(plan.lattice.owners_at as usize, total);
    to = 0;
    for (b, range) in &ranges {
        owners[to..to + range.len()].copy_from_slice(&blocks[*b].owners[range.clone()]);
        to += range.len();
    }
    to
}

/// Queues the copies of what `fill` and the tiles wrote; returns the bytes.
fn send_lattice(
    plan: &ChunkPlan,
    staged: &Pinned,
    to: &DeviceBuffer,
    runs: usize,
    piece: &Piece,
    stream: &CudaStream,
) -> Result<u64, DeviceError> {
    let lattice = &plan.lattice;
    let parts = [
        (0, runs * size_of::<Run>()),
        (lattice.owners_at, runs * 4),
        (
            lattice.index_at,
            (piece.count as usize * BLOCK_CELLS + 1) * 4,
        ),
        (lattice.tiles_at, plan.windows.len() * size_of::<GpuTile>()),
    ];
    let mut bytes = 0;
    for (at, count) in parts.into_iter().filter(|p| p.1 > 0) {
        let from = staged.view::<u8>(at as usize, count);
        // SAFETY: both sides hold the plan's bytes; the pinned side is left alone until the copy's event.
        unsafe { result::memcpy_htod_async(to.address(at), from, stream.cu_stream()) }
            .map_err(|e| outcome(e, "the copy of a lattice"))?;
        bytes += count as u64;
    }
    Ok(bytes)
}

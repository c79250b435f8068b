//! One chunk: windows, lattices and kernels in parts of whole strips, so that the copies of the next
//! part, the kernel of this one and the rows of the previous one overlap.
//!
//! Three streams. A kernel waits for the copies of its runs and windows; a copy of runs for the kernel
//! that read the buffer before; a copy of rows for its kernel; and the host, before it writes pinned
//! memory again, for the copies that read it. The host hands over a part's rows before it begins the
//! part after the next, which uses the same output buffer.

// The driver has a C interface.
#![allow(unsafe_code)]

mod compute;
mod piece;
mod rows;
mod windows;

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use cudarc::driver::{CudaContext, CudaEvent, CudaStream, DriverError, result, sys};
use zemosaic_coadd::backend::{ChunkError, DeviceCounters, DeviceError};
use zemosaic_coadd::device::Part;
use zemosaic_coadd::{ChunkJob, Sink};

use crate::buffer::{Allocator, DeviceBuffer};
use crate::error::outcome;
use crate::pinned::Pinned;
use crate::plan::{ChunkPlan, TABLE_AT, WindowPlan};
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
    /// Streams for copies up, kernels, and copies down.
    pub streams: &'a [Arc<CudaStream>; 3],
    pub kernel: sys::CUfunction,
    pub job: &'a ChunkJob<'a>,
}

const UP: usize = 0;
const RUN: usize = 1;
const DOWN: usize = 2;

/// Everything that one chunk has on the device.
struct Buffers {
    /// The fault word, and the kernel's table.
    constants: DeviceBuffer,
    windows: Option<DeviceBuffer>,
    lattices: [DeviceBuffer; 2],
    outputs: Vec<DeviceBuffer>,
    stack: Option<DeviceBuffer>,
}

/// A chunk that has its memory.
struct Chunk<'a> {
    engine: &'a Engine<'a>,
    plan: ChunkPlan,
    windows: Vec<WindowPlan>,
    buffers: Buffers,
}

/// The progress of a chunk.
struct Progress<'a> {
    slabs: Slabs<'a>,
    /// Tile rows on the device.
    sent: Vec<Range<u32>>,
    launches: usize,
    /// Per lattice buffer: the copy up, and the kernel that reads it.
    copied: [Option<Rc<CudaEvent>>; 2],
    computed: [Option<Rc<CudaEvent>>; 2],
    /// Per output buffer: the copy down.
    fetched: [Option<Rc<CudaEvent>>; 2],
    /// Per stream: begin and end of its work.
    spans: [Vec<[Rc<CudaEvent>; 2]>; 3],
    counters: DeviceCounters,
}

impl Engine<'_> {
    /// Makes the chunk. On return nothing is queued, and the chunk's buffers are released.
    pub fn run<S: Sink>(
        &self,
        allocator: &mut Allocator,
        staging: &mut Staging,
        sink: &S,
    ) -> Result<DeviceCounters, ChunkError<S::Error>> {
        let (plan, windows) = ChunkPlan::of(self.job)?;
        allocator.begin_chunk(&plan.shape())?;
        let chunk = Chunk {
            engine: self,
            buffers: Buffers::new(allocator, &plan)?,
            plan,
            windows,
        };
        let result = chunk.run(staging, sink);
        // Before any buffer is released, also after an error, because queued work may still use it.
        let idle = self.context.synchronize();
        drop(chunk);
        let mut counters = result?;
        idle.map_err(|e| outcome(e, "the end of a chunk"))?;
        counters.peak_bytes = allocator.ledger.peak();
        Ok(counters)
    }
}

impl Chunk<'_> {
    fn run<S: Sink>(
        &self,
        staging: &mut Staging,
        sink: &S,
    ) -> Result<DeviceCounters, ChunkError<S::Error>> {
        const AT: &str = "pinned staging";
        let (plan, context) = (&self.plan, self.engine.context);
        let up = &self.engine.streams[UP];
        let Staging {
            slabs,
            lattices,
            outputs,
        } = staging;
        for slot in 0..2 {
            lattices[slot].reserve(context, plan.lattice.bytes as usize, AT)?;
            if (slot as u64) < plan.parts.slots() {
                outputs[slot].reserve(context, plan.output.staging() as usize, AT)?;
            }
        }
        let mut progress = Progress {
            slabs: Slabs::new(context, up, slabs, plan.slab),
            sent: self
                .windows
                .iter()
                .map(|w| w.rect.rows.start..w.rect.rows.start)
                .collect(),
            launches: 0,
            copied: [None, None],
            computed: [None, None],
            fetched: [None, None],
            spans: [vec![], vec![], vec![]],
            counters: DeviceCounters::default(),
        };
        progress.counters.bytes_up += self.send_constants()?;
        let mut last: Option<Part> = None;
        for part in plan.parts.iter() {
            self.compute(lattices, &mut progress, &part)?;
            self.fetch(outputs, &mut progress, &part)?;
            if let Some(part) = last.replace(part) {
                self.hand_over(&mut outputs[part.slot], &mut progress, &part, sink)?;
            }
        }
        if let Some(part) = last {
            self.hand_over(&mut outputs[part.slot], &mut progress, &part, sink)?;
        }
        progress
            .finish()
            .map_err(|e| outcome(e, "the clock").into())
    }

    /// Clears the fault word and queues the copy of the kernel's table. Returns its bytes.
    fn send_constants(&self) -> Result<u64, DeviceError> {
        let (to, up) = (&self.buffers.constants, &self.engine.streams[UP]);
        // SAFETY: the word lies inside its buffer.
        unsafe { result::memset_d8_async(to.address(0), 0, 4, up.cu_stream()) }
            .map_err(|e| outcome(e, "the clearing of counters"))?;
        let table = self.engine.job.kernel.table();
        if !table.is_empty() {
            // SAFETY: the buffer holds the table behind its first 256 bytes, and the table lives forever.
            unsafe { result::memcpy_htod_async(to.address(TABLE_AT), table, up.cu_stream()) }
                .map_err(|e| outcome(e, "the copy of a kernel's table"))?;
        }
        Ok(size_of_val(table) as u64)
    }

    fn mark(&self, stream: usize) -> Result<Rc<CudaEvent>, DriverError> {
        // Events with times. A host that waits for one sleeps, so that its core can make lattices.
        let timed = Some(sys::CUevent_flags::CU_EVENT_BLOCKING_SYNC);
        self.engine.streams[stream].record_event(timed).map(Rc::new)
    }
}

impl Buffers {
    fn new(allocator: &mut Allocator, plan: &ChunkPlan) -> Result<Self, DeviceError> {
        let windows = (plan.windows_bytes > 0)
            .then(|| allocator.allocate(plan.windows_bytes, "windows"))
            .transpose()?;
        let constants = allocator.allocate(plan.constants_bytes, "counters")?;
        let mut lattice = || allocator.allocate(plan.lattice.bytes, "lattice");
        let lattices = [lattice()?, lattice()?];
        let stack = (plan.stack.bytes > 0)
            .then(|| allocator.allocate(plan.stack.bytes, "sample stack"))
            .transpose()?;
        let outputs = (0..plan.parts.slots())
            .map(|_| allocator.allocate(plan.output.bytes, "output rows"))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            constants,
            windows,
            lattices,
            outputs,
            stack,
        })
    }
}

impl Progress<'_> {
    /// The counters, with the times that the device measured. All queued work must be done.
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

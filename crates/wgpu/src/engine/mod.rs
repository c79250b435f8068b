//! One chunk: windows, then lattices and kernels in parts of whole strips, so that the host makes the
//! next lattice and hands rows over while the device computes.
//!
//! There is one queue, in order. The host waits only for staging buffers that the device still reads, and for rows.

mod compute;
mod rows;
mod staged;
mod upload;

use wgpu::{BufferUsages, Device, Queue};
use zemosaic_coadd::backend::{ChunkError, DeviceCounters, DeviceError};
use zemosaic_coadd::device::Part;
use zemosaic_coadd::{ChunkJob, Sink, StripRoom};

use crate::buffer::{Allocator, DeviceBuffer, Request};
use crate::kernels::{Kernels, Pipelines};
use crate::plan::{ChunkPlan, Limits, WORD_BYTES};
use crate::trouble::Trouble;
use crate::windows::{KINDS, Windows};
use staged::Staged;
use upload::Slabs;

/// What a chunk needs of the open device.
pub(crate) struct Engine<'a> {
    pub device: &'a Device,
    pub queue: &'a Queue,
    pub trouble: &'a Trouble,
    pub kernels: &'a Kernels,
    pub pipelines: &'a Pipelines,
    pub limits: &'a Limits,
    pub job: &'a ChunkJob<'a>,
}

/// Everything that one chunk has on the device.
struct Buffers {
    fault: DeviceBuffer,
    /// Per group of tiles: values, variances, opacities.
    windows: Vec<[Option<DeviceBuffer>; KINDS]>,
    lattice: DeviceBuffer,
    sums: DeviceBuffer,
}

/// Buffers that the host and the device use in turn.
struct Staging {
    slabs: Option<Slabs>,
    lattices: [Staged; 2],
    outputs: Vec<Staged>,
}

/// A chunk that has its memory.
struct Chunk<'a> {
    engine: &'a Engine<'a>,
    plan: ChunkPlan,
    windows: Windows,
    buffers: Buffers,
}

/// The progress of a chunk.
struct Progress {
    staging: Staging,
    /// How many groups have their windows on the device.
    groups_sent: usize,
    launches: usize,
    counters: DeviceCounters,
}

impl Engine<'_> {
    /// Makes the chunk. On return nothing is queued, and the chunk's buffers are released.
    pub fn run<S: Sink>(
        &self,
        allocator: &mut Allocator,
        sink: &S,
    ) -> Result<DeviceCounters, ChunkError<S::Error>> {
        self.trouble.check()?;
        if self.job.rows.is_empty() || self.job.width == 0 {
            return Ok(DeviceCounters::default());
        }
        let planned = ChunkPlan::of(self.job, self.limits)?;
        allocator.ledger.begin_chunk();
        let result = self.attempt(planned, allocator, sink);
        // Destroyed buffers return to the driver once no queued work uses them. A lost device may be noticed
        // only here, after calls that failed for no apparent reason.
        match (result, allocator.trim()) {
            (_, Err(DeviceError::Lost(why))) => Err(DeviceError::Lost(why).into()),
            (Ok(_), Err(error)) => Err(error.into()),
            (Ok(mut counters), Ok(())) => {
                counters.peak_bytes = allocator.ledger.peak();
                Ok(counters)
            }
            (Err(error), _) => Err(error),
        }
    }

    fn attempt<S: Sink>(
        &self,
        (plan, windows): (ChunkPlan, Windows),
        allocator: &mut Allocator,
        sink: &S,
    ) -> Result<DeviceCounters, ChunkError<S::Error>> {
        let (buffers, staging) = allocate(allocator, &plan, &windows)?;
        let chunk = Chunk {
            engine: self,
            plan,
            windows,
            buffers,
        };
        chunk.run(staging, sink)
    }
}

/// Allocates all of a chunk's memory, or none.
fn allocate(
    allocator: &mut Allocator,
    plan: &ChunkPlan,
    planned: &Windows,
) -> Result<(Buffers, Staging), DeviceError> {
    let mut of = |bytes, usage, at| {
        allocator.allocate(Request {
            bytes,
            usage,
            mapped: usage.contains(BufferUsages::MAP_WRITE),
            at,
        })
    };
    let window = BufferUsages::STORAGE | BufferUsages::COPY_DST;
    let staged = BufferUsages::MAP_WRITE | BufferUsages::COPY_SRC;
    let worked = window | BufferUsages::COPY_SRC;

    let mut windows = Vec::with_capacity(planned.groups.len());
    for group in &planned.groups {
        let mut kinds = [None, None, None];
        for (held, bytes) in kinds.iter_mut().zip(group.bytes) {
            *held = (bytes > 0)
                .then(|| of(bytes, window, "windows"))
                .transpose()?;
        }
        windows.push(kinds);
    }
    let buffers = Buffers {
        windows,
        fault: of(WORD_BYTES, worked, "counters")?,
        lattice: of(
            plan.lattice.bytes,
            window | BufferUsages::UNIFORM,
            "lattice",
        )?,
        sums: of(plan.sums, worked, "sums")?,
    };
    let slabs = if plan.slab > 0 {
        let mut slab = || of(plan.slab, staged, "staging of windows").map(Staged::to_write);
        Some(Slabs::new([slab()?, slab()?], plan.slab))
    } else {
        None
    };
    let mut lattice =
        || of(plan.lattice.bytes, staged, "staging of lattices").map(Staged::to_write);
    let lattices = [lattice()?, lattice()?];
    let back = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
    let outputs = (0..plan.parts.slots())
        .map(|_| of(plan.staging(), back, "output rows").map(Staged::to_read))
        .collect::<Result<_, _>>()?;
    let staging = Staging {
        slabs,
        lattices,
        outputs,
    };
    Ok((buffers, staging))
}

impl Chunk<'_> {
    fn run<S: Sink>(
        &self,
        staging: Staging,
        sink: &S,
    ) -> Result<DeviceCounters, ChunkError<S::Error>> {
        let mut progress = Progress {
            staging,
            groups_sent: 0,
            launches: 0,
            counters: DeviceCounters::default(),
        };
        let mut room = StripRoom::default();
        let mut last: Option<Part> = None;
        for part in self.plan.parts.iter() {
            self.compute(&mut progress, &part)?;
            self.fetch(&mut progress, &part);
            if let Some(part) = last.replace(part) {
                self.hand_over(&mut progress, &part, &mut room, sink)?;
            }
        }
        if let Some(part) = last {
            self.hand_over(&mut progress, &part, &mut room, sink)?;
        }
        Ok(progress.counters)
    }
}

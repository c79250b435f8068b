//! The engine's view of a backend: facts about memory, and a finished chunk or a typed reason why there is none.

use thiserror::Error;

use crate::device::{Ledger, Need};
use crate::job::{ChunkJob, ChunkShape, Counters};
use crate::output::Sink;

/// Device memory in bytes, as measured by a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceMemory {
    /// Bytes that can be allocated now.
    pub free: u64,
    /// Total bytes of the device.
    pub total: u64,
}

/// What a probe reports instead of the device's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pretended {
    /// This memory.
    Memory(DeviceMemory),
    /// Nothing: the probe fails.
    NoProbe,
}

/// How a device's allocator is limited, for tests and for sharing a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AllocatorOptions {
    /// Most bytes that may be allocated at the same time.
    pub grant: Option<u64>,
    /// What probes report.
    pub pretended: Option<Pretended>,
}

/// Why a device did not make a chunk. Distinguished by type, never by message text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DeviceError {
    /// The memory is not available now; a smaller or a later chunk may fit.
    #[error("out of device memory: {asked} bytes requested for {at}")]
    OutOfMemory {
        /// Bytes requested.
        asked: u64,
        /// Bytes free at that time, if known.
        free: Option<u64>,
        /// Total bytes of the device, if known.
        total: Option<u64>,
        /// Which buffer.
        at: &'static str,
    },
    /// The device cannot have such a large buffer at all.
    #[error("{at} needs {asked} bytes; this device's limit is {limit}")]
    TooBigEver {
        /// Bytes requested.
        asked: u64,
        /// The limit, bytes.
        limit: u64,
        /// Which buffer.
        at: &'static str,
    },
    /// The device is gone for the rest of the run.
    #[error("the device was lost: {0}")]
    Lost(String),
    /// Any other failure.
    #[error("{0}")]
    Failed(String),
}

/// Why a chunk was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChunkError<E> {
    /// The device.
    Device(DeviceError),
    /// The sink that receives rows.
    Sink(E),
}

impl<E> From<DeviceError> for ChunkError<E> {
    fn from(error: DeviceError) -> Self {
        Self::Device(error)
    }
}

/// What the device did for a chunk, in addition to the common counters.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeviceCounters {
    /// Counts and times; `map` is host time in lattices, `kernel` device time, `write` time in the sink.
    pub common: Counters,
    /// Time spent copying to the device.
    pub upload: std::time::Duration,
    /// Time spent copying from the device.
    pub download: std::time::Duration,
    /// Bytes copied to the device.
    pub bytes_up: u64,
    /// Bytes copied from the device.
    pub bytes_down: u64,
    /// Peak device bytes of this chunk.
    pub peak_bytes: u64,
}

/// The bytes that a chunk takes on a device, without those that the driver takes when a device is opened, and without
/// its rounding of buffers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChunkSize {
    /// Peak device memory.
    pub device: u64,
    /// The largest buffer, which some devices limit.
    pub largest: u64,
    /// Host memory of the staging buffers for copies.
    pub staging: u64,
}

/// A device that makes chunks by the same rules as [`crate::cpu`], with the same covered pixels.
pub trait Backend {
    /// Free and total memory, after waiting for the device and trimming its pools; `None` when unknown.
    fn probe(&mut self) -> Option<DeviceMemory>;

    /// The ledger of its memory, which also holds the grant, pretended values and injected failures.
    fn ledger(&mut self) -> &mut Ledger;

    /// Largest single buffer, bytes; `None` without a limit.
    fn max_buffer(&self) -> Option<u64>;

    /// The bytes that a chunk of this shape takes if it needs `need` of its tiles: exactly those that
    /// [`Self::run_chunk`] allocates for it.
    fn size(&self, shape: &ChunkShape, need: &Need) -> ChunkSize;

    /// Makes the chunk and hands its strips to `sink`; on an error the chunk's buffers are released.
    fn run_chunk<S: Sink>(
        &mut self,
        job: &ChunkJob,
        sink: &S,
    ) -> Result<DeviceCounters, ChunkError<S::Error>>;

    /// Releases everything that can be released: buffers kept for reuse, and pools.
    fn reclaim(&mut self);
}

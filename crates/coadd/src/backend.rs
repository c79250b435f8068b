//! What every backend is to the engine: memory facts, a chunk made or a typed reason why not.

use thiserror::Error;

use crate::device::{Ledger, Need};
use crate::job::{ChunkJob, ChunkShape, Counters, Sink};

/// Device memory in bytes, as a probe found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceMemory {
    /// Bytes that can be allocated now.
    pub free: u64,
    /// Bytes of the device.
    pub total: u64,
}

/// What a probe is made to report, in place of the device's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pretended {
    /// These figures.
    Memory(DeviceMemory),
    /// A probe that finds nothing.
    NoProbe,
}

/// How a device's allocator is limited, for tests and for sharing a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AllocatorOptions {
    /// Most bytes that may be allocated at a time.
    pub grant: Option<u64>,
    /// What probes report.
    pub pretended: Option<Pretended>,
}

/// Why a device did not make a chunk. Told by type, never by message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DeviceError {
    /// The memory was not there now; a smaller chunk, or a later one, may fit.
    #[error("out of device memory: {asked} bytes asked for {at}")]
    OutOfMemory {
        /// Bytes asked for.
        asked: u64,
        /// Bytes free then, when known.
        free: Option<u64>,
        /// Bytes of the device, when known.
        total: Option<u64>,
        /// Which buffer.
        at: &'static str,
    },
    /// No buffer of this device is ever that large.
    #[error("{at} needs {asked} bytes; this device's limit is {limit}")]
    TooBigEver {
        /// Bytes asked for.
        asked: u64,
        /// The limit, bytes.
        limit: u64,
        /// Which buffer.
        at: &'static str,
    },
    /// The device is gone for the rest of the run.
    #[error("the device was lost: {0}")]
    Lost(String),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

/// Why a chunk was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChunkError<E> {
    /// The device.
    Device(DeviceError),
    /// The place that rows go to.
    Sink(E),
}

impl<E> From<DeviceError> for ChunkError<E> {
    fn from(error: DeviceError) -> Self {
        Self::Device(error)
    }
}

/// What the device did for a chunk, beside the common counters.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeviceCounters {
    /// Counts and times; `map` is host time in lattices, `kernel` device time, `write` time in the sink.
    pub common: Counters,
    /// Time of copies to the device.
    pub upload: std::time::Duration,
    /// Time of copies from the device.
    pub download: std::time::Duration,
    /// Bytes copied to the device.
    pub bytes_up: u64,
    /// Bytes copied from the device.
    pub bytes_down: u64,
    /// Device bytes at the peak of this chunk.
    pub peak_bytes: u64,
}

/// What a chunk takes on a device, bytes. Left out: what the driver takes when a device is opened, and its
/// rounding of buffers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChunkSize {
    /// Device memory at the peak.
    pub device: u64,
    /// The largest buffer, which some devices limit.
    pub largest: u64,
    /// Host memory that the copies go through.
    pub staging: u64,
}

/// A device that makes chunks by the same rules, to the same covered pixels, as [`crate::cpu`].
pub trait Backend {
    /// Free and total memory, after waiting for the device and trimming its pools; `None` when unknown.
    fn probe(&mut self) -> Option<DeviceMemory>;

    /// The count of its memory, with the grant, the pretences and the failures that bind it.
    fn ledger(&mut self) -> &mut Ledger;

    /// Largest single buffer, bytes; `None` without a limit.
    fn max_buffer(&self) -> Option<u64>;

    /// What a chunk of this shape takes that needs so much of its tiles: the very bytes that
    /// [`Self::run_chunk`] allocates for it.
    fn size(&self, shape: &ChunkShape, need: &Need) -> ChunkSize;

    /// Makes the chunk and hands its strips to `sink`; on an error the chunk's buffers are released.
    fn run_chunk<S: Sink>(
        &mut self,
        job: &ChunkJob,
        sink: &S,
    ) -> Result<DeviceCounters, ChunkError<S::Error>>;

    /// Gives back everything that can be: buffers kept for reuse, pools.
    fn reclaim(&mut self);
}

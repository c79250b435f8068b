//! The GPU of a run, whichever it is; and what is known of those there are.

use zemosaic_coadd::backend::{Backend, ChunkError, DeviceCounters, DeviceMemory};
use zemosaic_coadd::{ChunkJob, Sink};
use zemosaic_cuda::{AllocatorOptions, CudaBackend, DeviceFacts, Pretended, Unavailable};

/// A device that is open.
pub enum Device {
    /// An NVIDIA GPU.
    Cuda(Box<CudaBackend>),
}

/// Limits and pretences of one channel, for tests and for sharing a device.
#[derive(Clone, Copy, Debug, Default)]
pub struct Levers {
    /// Most bytes that may be allocated at a time.
    pub grant: Option<u64>,
    /// What probes report instead of the truth.
    pub pretended: Option<Pretended>,
}

impl Device {
    /// Opens CUDA device `index`.
    pub fn cuda(index: usize) -> Result<Self, Unavailable> {
        let backend = CudaBackend::open(index, AllocatorOptions::default())?;
        Ok(Self::Cuda(Box::new(backend)))
    }

    /// CUDA devices of this machine.
    pub fn cuda_devices() -> Result<Vec<DeviceFacts>, Unavailable> {
        CudaBackend::devices()
    }

    /// Sets the levers for the chunks and probes to come.
    pub fn set_levers(&mut self, levers: Levers) {
        let Self::Cuda(backend) = self;
        backend.set_grant(levers.grant);
        backend.set_pretended(levers.pretended);
    }

    /// Makes the next `count` chunk attempts run out of memory at their first allocation.
    pub fn inject_oom(&mut self, count: u32) {
        let Self::Cuda(backend) = self;
        backend.inject_oom(count);
    }
}

impl Backend for Device {
    fn probe(&mut self) -> Option<DeviceMemory> {
        let Self::Cuda(backend) = self;
        backend.probe()
    }

    fn max_buffer(&self) -> Option<u64> {
        let Self::Cuda(backend) = self;
        backend.max_buffer()
    }

    fn run_chunk<S: Sink>(
        &mut self,
        job: &ChunkJob,
        sink: &S,
    ) -> Result<DeviceCounters, ChunkError<S::Error>> {
        let Self::Cuda(backend) = self;
        backend.run_chunk(job, sink)
    }

    fn reclaim(&mut self) {
        let Self::Cuda(backend) = self;
        backend.reclaim();
    }
}

//! The GPU of a run, of either kind; and facts about the available ones.

use thiserror::Error;
use zemosaic_coadd::backend::{
    AllocatorOptions, Backend, ChunkError, ChunkSize, DeviceCounters, DeviceMemory,
};
use zemosaic_coadd::device::{Ledger, Need};
use zemosaic_coadd::{ChunkJob, ChunkShape, Sink};
use zemosaic_cuda::CudaBackend;
use zemosaic_wgpu::WgpuBackend;

/// A device that is open.
pub enum Device {
    /// An NVIDIA GPU.
    Cuda(Box<CudaBackend>),
    /// Any other, through Vulkan, Metal or DirectX 12.
    Wgpu(Box<WgpuBackend>),
}

/// Why no device can be opened.
#[derive(Clone, Debug, Error)]
pub enum Unavailable {
    /// By CUDA.
    #[error(transparent)]
    Cuda(#[from] zemosaic_cuda::Unavailable),
    /// By wgpu.
    #[error(transparent)]
    Wgpu(#[from] zemosaic_wgpu::Unavailable),
}

impl Unavailable {
    /// Stable name of the kind.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cuda(e) => e.code(),
            Self::Wgpu(e) => e.code(),
        }
    }
}

/// Calls the same method on whichever backend is open.
macro_rules! either {
    ($device:expr, $backend:ident => $call:expr) => {
        match $device {
            Device::Cuda($backend) => $call,
            Device::Wgpu($backend) => $call,
        }
    };
}

impl Device {
    /// Opens CUDA device `index`.
    pub fn cuda(index: usize) -> Result<Self, Unavailable> {
        let backend = CudaBackend::open(index, AllocatorOptions::default())?;
        Ok(Self::Cuda(Box::new(backend)))
    }

    /// Opens wgpu adapter `index`, hardware before software.
    pub fn wgpu(index: usize) -> Result<Self, Unavailable> {
        let backend = WgpuBackend::open(index, AllocatorOptions::default())?;
        Ok(Self::Wgpu(Box::new(backend)))
    }
}

impl Backend for Device {
    fn probe(&mut self) -> Option<DeviceMemory> {
        either!(self, backend => backend.probe())
    }

    fn ledger(&mut self) -> &mut Ledger {
        either!(self, backend => backend.ledger())
    }

    fn max_buffer(&self) -> Option<u64> {
        either!(self, backend => backend.max_buffer())
    }

    fn size(&self, shape: &ChunkShape, need: &Need) -> ChunkSize {
        either!(self, backend => backend.size(shape, need))
    }

    fn run_chunk<S: Sink>(
        &mut self,
        job: &ChunkJob,
        sink: &S,
    ) -> Result<DeviceCounters, ChunkError<S::Error>> {
        either!(self, backend => backend.run_chunk(job, sink))
    }

    fn reclaim(&mut self) {
        either!(self, backend => backend.reclaim());
    }
}

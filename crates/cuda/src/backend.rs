//! One open CUDA device as a backend.

use std::sync::Arc;

use cudarc::driver::{CudaContext, CudaStream, DriverError};
use zemosaic_coadd::backend::{
    AllocatorOptions, Backend, ChunkError, ChunkSize, DeviceCounters, DeviceMemory,
};
use zemosaic_coadd::device::{Ledger, Need};
use zemosaic_coadd::{ChunkJob, ChunkShape, Sink};

use crate::buffer::Allocator;
use crate::engine::{Engine, Staging};
use crate::error::{is_out_of_memory, outcome};
use crate::module::{self, Modules};
use crate::open::{self, DeviceFacts, FreeOf};
use crate::plan::ChunkPlan;
use crate::unavailable::Unavailable;

/// Makes chunks on one NVIDIA device. Fields are released in order, those that use the context first.
pub struct CudaBackend {
    facts: DeviceFacts,
    staging: Staging,
    allocator: Allocator,
    modules: Modules,
    streams: [Arc<CudaStream>; 3],
    context: Arc<CudaContext>,
}

impl CudaBackend {
    /// The CUDA devices of this machine; with the free memory of some, which takes longer.
    pub fn devices(free_of: FreeOf) -> Result<Vec<DeviceFacts>, Unavailable> {
        open::devices(free_of)
    }

    /// Opens device `index` and loads the kernels.
    pub fn open(index: usize, options: AllocatorOptions) -> Result<Self, Unavailable> {
        let (context, facts) = open::open(index)?;
        let build = || -> Result<Self, DriverError> {
            let streams = [
                context.new_stream()?,
                context.new_stream()?,
                context.new_stream()?,
            ];
            Ok(Self {
                facts,
                staging: Staging::default(),
                allocator: Allocator::new(&context, &streams[0], options)?,
                modules: Modules::new(&context)?,
                streams,
                context,
            })
        };
        build().map_err(|e| {
            if is_out_of_memory(e) {
                Unavailable::Full { index }
            } else {
                e.into()
            }
        })
    }

    /// Facts about the device; its free memory is that at opening.
    pub fn facts(&self) -> &DeviceFacts {
        &self.facts
    }

    /// Pinned host bytes kept for the next chunk.
    pub fn pinned_bytes(&self) -> u64 {
        self.staging.bytes()
    }
}

impl Backend for CudaBackend {
    fn probe(&mut self) -> Option<DeviceMemory> {
        self.allocator.probe()
    }

    fn ledger(&mut self) -> &mut Ledger {
        &mut self.allocator.ledger
    }

    fn max_buffer(&self) -> Option<u64> {
        None
    }

    fn size(&self, shape: &ChunkShape, need: &Need) -> ChunkSize {
        ChunkPlan::new(shape, need).size()
    }

    fn run_chunk<S: Sink>(
        &mut self,
        job: &ChunkJob,
        sink: &S,
    ) -> Result<DeviceCounters, ChunkError<S::Error>> {
        let name = module::name(job.kernel, job.combine);
        let kernel = self.modules.get(&name);
        let kernel = kernel.map_err(|e| outcome(e, "the loading of a kernel"))?;
        let engine = Engine {
            context: &self.context,
            streams: &self.streams,
            kernel,
            job,
        };
        engine.run(&mut self.allocator, &mut self.staging, sink)
    }

    fn reclaim(&mut self) {
        self.staging = Staging::default();
        // A device that cannot be waited for has nothing to release.
        self.context.record_err(self.allocator.trim());
    }
}

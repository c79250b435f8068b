//! One open CUDA device as a backend.

// The driver's interface is C.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::sync::Arc;

use cudarc::driver::{CudaContext, CudaStream, DriverError, result, sys};
use zemosaic_coadd::backend::{
    AllocatorOptions, Backend, ChunkError, DeviceCounters, DeviceError, DeviceMemory,
};
use zemosaic_coadd::device::Ledger;
use zemosaic_coadd::{ChunkJob, Combine, Kernel, Sink};

use crate::buffer::Allocator;
use crate::engine::{Engine, Staging};
use crate::open::{self, DeviceFacts};
use crate::unavailable::Unavailable;

/// The kernels, compiled by `kernel/build.py`.
const PTX: &str = include_str!("../kernel/kernel.ptx");

/// Makes chunks on one NVIDIA device. Fields are released in order: what uses the context first.
pub struct CudaBackend {
    facts: DeviceFacts,
    staging: Staging,
    allocator: Allocator,
    module: Module,
    streams: [Arc<CudaStream>; 3],
    context: Arc<CudaContext>,
}

/// Kernels by their name in the PTX, after `coadd_`, or `stack_` where the rule needs a stack.
const KERNELS: [(Kernel, &str); 5] = [
    (Kernel::Nearest, "nearest"),
    (Kernel::Bilinear, "bilinear"),
    (Kernel::Bicubic, "bicubic"),
    (Kernel::Lanczos3, "lanczos3"),
    (Kernel::Lanczos4, "lanczos4"),
];

/// The loaded kernels.
struct Module {
    handle: sys::CUmodule,
    /// In the order of [`KERNELS`], without and with a stack.
    functions: Vec<[sys::CUfunction; 2]>,
    context: Arc<CudaContext>,
}

// SAFETY: handles that the driver lets any thread use; every use binds the context first.
unsafe impl Send for Module {}

impl Module {
    fn load(context: &Arc<CudaContext>) -> Result<Self, DriverError> {
        context.bind_to_thread()?;
        let image =
            CString::new(PTX).map_err(|_| DriverError(sys::CUresult::CUDA_ERROR_INVALID_PTX))?;
        // SAFETY: PTX text that ends in a zero.
        let module = unsafe { result::module::load_data(image.as_ptr().cast()) }?;
        let mut loaded = Self {
            handle: module,
            functions: Vec::with_capacity(KERNELS.len()),
            context: Arc::clone(context),
        };
        // SAFETY: the module was just loaded.
        let function = |name: String| unsafe {
            let name = CString::new(name).unwrap_or_default();
            result::module::get_function(module, name)
        };
        for (_, name) in KERNELS {
            let both = [format!("coadd_{name}"), format!("stack_{name}")];
            let [fold, stack] = both.map(function);
            loaded.functions.push([fold?, stack?]);
        }
        Ok(loaded)
    }

    fn function(&self, kernel: Kernel, combine: Combine) -> Option<sys::CUfunction> {
        let place = KERNELS.iter().position(|k| k.0 == kernel)?;
        let both = self.functions.get(place)?;
        Some(both[usize::from(combine.needs_stack())])
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        let unloaded = self.context.bind_to_thread().and_then(|()| {
            // SAFETY: loaded in `load`, unloaded once.
            unsafe { result::module::unload(self.handle) }
        });
        self.context.record_err(unloaded);
    }
}

impl CudaBackend {
    /// The CUDA devices of this machine.
    pub fn devices() -> Result<Vec<DeviceFacts>, Unavailable> {
        open::devices()
    }

    /// Opens device `index`, loads the kernels.
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
                module: Module::load(&context)?,
                streams,
                context,
            })
        };
        build().map_err(|e| {
            if crate::error::is_out_of_memory(e) {
                Unavailable::Full { index }
            } else {
                e.into()
            }
        })
    }

    /// What is known of the device; its free memory as it was when opened.
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

    fn run_chunk<S: Sink>(
        &mut self,
        job: &ChunkJob,
        sink: &S,
    ) -> Result<DeviceCounters, ChunkError<S::Error>> {
        let Some(kernel) = self.module.function(job.kernel, job.combine) else {
            let message = format!("the CUDA backend has no kernel {:?}", job.kernel);
            return Err(DeviceError::Failed(message).into());
        };
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
        // A device that cannot be waited for has nothing to give back.
        self.context.record_err(self.allocator.trim());
    }
}

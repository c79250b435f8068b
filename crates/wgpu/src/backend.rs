//! One open adapter as a backend.

use wgpu::{
    Device, DeviceDescriptor, DownlevelFlags, ErrorFilter, ExperimentalFeatures, Features,
    MemoryHints, Queue, Trace,
};
use zemosaic_coadd::backend::{
    AllocatorOptions, Backend, ChunkError, ChunkSize, DeviceCounters, DeviceMemory,
};
use zemosaic_coadd::constants::GROUP_THREADS;
use zemosaic_coadd::device::{Ledger, Need};
use zemosaic_coadd::{ChunkJob, ChunkShape, Combine, Kernel, Sink};

use crate::adapter::{self, AdapterFacts, now};
use crate::buffer::Allocator;
use crate::engine::Engine;
use crate::kernels::{Kernels, STORAGE_BUFFERS};
use crate::plan::{ChunkPlan, Limits};
use crate::trouble::Trouble;
use crate::unavailable::Unavailable;

/// Makes chunks on one adapter.
///
/// Times in its counters are measured on the host: `upload` is packing and staging, `kernel` the time the host waited
/// for the device, `download` copying out of mapped memory.
pub struct WgpuBackend {
    facts: AdapterFacts,
    allocator: Allocator,
    kernels: Kernels,
    trouble: Trouble,
    queue: Queue,
    device: Device,
}

impl WgpuBackend {
    /// Opens adapter `index` of [`crate::adapters`], and compiles the most common kernels to check that it can.
    pub fn open(index: usize, options: AllocatorOptions) -> Result<Self, Unavailable> {
        adapter::guarded(|| Self::open_adapter(index, options))
    }

    fn open_adapter(index: usize, options: AllocatorOptions) -> Result<Self, Unavailable> {
        let (adapter, facts) = adapter::adapter(index)?;
        let limits = adapter.limits();
        let lacks = if !adapter
            .get_downlevel_capabilities()
            .flags
            .contains(DownlevelFlags::COMPUTE_SHADERS)
        {
            Some("it has no compute shaders".to_owned())
        } else if limits.max_storage_buffers_per_shader_stage < STORAGE_BUFFERS {
            let has = limits.max_storage_buffers_per_shader_stage;
            Some(format!("{has} storage buffers of {STORAGE_BUFFERS}"))
        } else if limits.max_compute_invocations_per_workgroup < GROUP_THREADS
            || limits.max_compute_workgroup_size_x < GROUP_THREADS
        {
            let has = limits.max_compute_invocations_per_workgroup;
            Some(format!("{has} threads in a group of {GROUP_THREADS}"))
        } else {
            None
        };
        if let Some(lacks) = lacks {
            let name = facts.name;
            return Err(Unavailable::TooWeak { name, lacks });
        }
        let failed = |why: String| Unavailable::Driver {
            name: facts.name.clone(),
            why,
        };
        let (device, queue) = now(adapter.request_device(&DeviceDescriptor {
            label: Some("zemosaic"),
            required_features: Features::empty(),
            required_limits: limits,
            experimental_features: ExperimentalFeatures::disabled(),
            memory_hints: MemoryHints::MemoryUsage,
            trace: Trace::Off,
        }))
        .map_err(|e| failed(e.to_string()))?;
        let trouble = Trouble::of(&device);
        let scopes = [
            ErrorFilter::OutOfMemory,
            ErrorFilter::Internal,
            ErrorFilter::Validation,
        ]
        .map(|filter| device.push_error_scope(filter));
        let mut kernels = Kernels::new(&device);
        let made = kernels.pipelines(&device, &trouble, Kernel::Bilinear, Combine::Mean);
        // Innermost first.
        for scope in scopes.into_iter().rev() {
            if let Some(error) = now(scope.pop()) {
                return Err(failed(error.to_string()));
            }
        }
        trouble.check().map_err(|e| failed(e.to_string()))?;
        made.map_err(|e| failed(e.to_string()))?;
        Ok(Self {
            allocator: Allocator::new(adapter, &device, &trouble, facts.limits, options),
            facts,
            kernels,
            trouble,
            queue,
            device,
        })
    }

    /// Facts about the adapter; its memory is that at opening.
    pub fn facts(&self) -> &AdapterFacts {
        &self.facts
    }

    /// From now on behaves like a device with these limits, where they are lower than its own.
    pub fn lower_limits(&mut self, limits: Limits) {
        let own = &mut self.facts.limits;
        own.buffer = own.buffer.min(limits.buffer);
        own.binding = own.binding.min(limits.binding);
        self.allocator.limits = *own;
    }
}

impl Drop for WgpuBackend {
    fn drop(&mut self) {
        // Drivers and wgpu have crashed when a lost device was cleaned up, so it is left as it is.
        if self.trouble.lost() {
            std::mem::forget((self.device.clone(), self.queue.clone()));
        }
    }
}

impl Backend for WgpuBackend {
    fn probe(&mut self) -> Option<DeviceMemory> {
        self.allocator.probe()
    }

    fn ledger(&mut self) -> &mut Ledger {
        &mut self.allocator.ledger
    }

    fn max_buffer(&self) -> Option<u64> {
        Some(self.facts.limits.largest_binding())
    }

    fn size(&self, shape: &ChunkShape, need: &Need) -> ChunkSize {
        ChunkPlan::new(shape, need, &self.facts.limits).size()
    }

    fn run_chunk<S: Sink>(
        &mut self,
        job: &ChunkJob,
        sink: &S,
    ) -> Result<DeviceCounters, ChunkError<S::Error>> {
        self.trouble.check()?;
        let made = self
            .kernels
            .pipelines(&self.device, &self.trouble, job.kernel, job.combine)?;
        let engine = Engine {
            device: &self.device,
            queue: &self.queue,
            trouble: &self.trouble,
            kernels: &self.kernels,
            pipelines: &made,
            limits: &self.facts.limits,
            job,
        };
        engine.run(&mut self.allocator, sink)
    }

    fn reclaim(&mut self) {
        // A device that cannot be waited for has nothing to release.
        drop(self.allocator.trim());
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use zemosaic_coadd::Strip;
    use zemosaic_coadd::backend::DeviceError;

    use super::*;

    /// Accepts every strip; loses the device at a given one.
    struct Nowhere(Option<Device>);

    impl Sink for Nowhere {
        type Error = Infallible;

        fn take(&self, _: &mut Strip) -> Result<(), Infallible> {
            if let Some(device) = &self.0 {
                device.destroy();
            }
            Ok(())
        }
    }

    fn attempt(
        backend: &mut WgpuBackend,
        height: u32,
        sink: &Nowhere,
    ) -> Result<DeviceCounters, DeviceError> {
        let job = ChunkJob {
            rows: 0..height,
            width: 100,
            channels: 1,
            tiles: vec![],
            kernel: Kernel::Bilinear,
            combine: Combine::Mean,
        };
        let made = backend.run_chunk(&job, sink).map_err(|e| match e {
            ChunkError::Device(e) => e,
            ChunkError::Sink(never) => match never {},
        });
        assert_eq!(backend.ledger().live(), 0);
        made
    }

    fn open(test: &str) -> Option<WgpuBackend> {
        let Ok(facts) = crate::choose(None, true) else {
            eprintln!("{test}: skipped 1: no adapter");
            return None;
        };
        let opened = WgpuBackend::open(facts.index, AllocatorOptions::default());
        Some(opened.expect("an adapter that was listed opens"))
    }

    #[test]
    fn a_lost_device_says_so_and_stays_lost() {
        let Some(mut backend) = open("a_lost_device_says_so_and_stays_lost") else {
            return;
        };
        let sink = Nowhere(None);
        assert_eq!(attempt(&mut backend, 0, &sink).map(|c| c.peak_bytes), Ok(0));
        assert!(attempt(&mut backend, 40, &sink).is_ok());
        backend.device.destroy();
        for _ in 0..3 {
            let outcome = attempt(&mut backend, 40, &sink);
            assert!(matches!(outcome, Err(DeviceError::Lost(_))), "{outcome:?}");
        }
        assert_eq!(backend.probe(), None);
        backend.reclaim();
    }

    #[test]
    fn a_device_lost_in_the_middle_says_so() {
        let Some(mut backend) = open("a_device_lost_in_the_middle_says_so") else {
            return;
        };
        let sink = Nowhere(Some(backend.device.clone()));
        // Five parts; the first rows are handed over while the second is made.
        let outcome = attempt(&mut backend, 5000, &sink);
        assert!(matches!(outcome, Err(DeviceError::Lost(_))), "{outcome:?}");
    }
}

//! The only way to device memory: counted, limited by a grant, refused with a typed error.

// The driver has a C interface.
#![allow(unsafe_code)]

use std::sync::Arc;

use cudarc::driver::{CudaContext, CudaStream, DriverError, result, sys};
use zemosaic_coadd::backend::{AllocatorOptions, DeviceError, DeviceMemory};
use zemosaic_coadd::device::{Entry, Ledger};

use crate::error::{is_out_of_memory, outcome};

/// Hands out all device memory.
pub(crate) struct Allocator {
    context: Arc<CudaContext>,
    stream: Arc<CudaStream>,
    /// The device's pool, if it has one, which keeps freed memory for the next chunk.
    pool: Option<sys::CUmemoryPool>,
    pub ledger: Ledger,
    /// Sizes of the last chunk's buffers, which the pool may still keep.
    shape: [u64; 5],
}

// SAFETY: the driver allows any thread to use the handle of a pool.
unsafe impl Send for Allocator {}

impl Allocator {
    /// `stream` orders allocations and releases.
    pub fn new(
        context: &Arc<CudaContext>,
        stream: &Arc<CudaStream>,
        options: AllocatorOptions,
    ) -> Result<Self, DriverError> {
        let mut pool = None;
        if context.has_async_alloc() {
            // SAFETY: the device of a live context.
            let found = unsafe { result::device::get_default_mem_pool(context.cu_device()) }?;
            let mut keep = u64::MAX;
            // SAFETY: the threshold is a 64-bit integer.
            unsafe {
                result::mem_pool::set_attribute(
                    found,
                    sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD,
                    (&raw mut keep).cast(),
                )
            }?;
            pool = Some(found);
        }
        Ok(Self {
            context: Arc::clone(context),
            stream: Arc::clone(stream),
            pool,
            ledger: Ledger::new(options),
            shape: [0; 5],
        })
    }

    /// Free and total memory after all work is done and pools are trimmed; `None` when unknown.
    pub fn probe(&self) -> Option<DeviceMemory> {
        self.trim().ok()?;
        self.ledger.known(|| ask(&self.context))
    }

    /// Waits for the device and releases what the pool keeps.
    pub fn trim(&self) -> Result<(), DriverError> {
        self.context.synchronize()?;
        match self.pool {
            // SAFETY: the pool of a live context.
            Some(pool) => unsafe { result::mem_pool::trim_to(pool, 0) },
            None => Ok(()),
        }
    }

    /// Begins an attempt at a chunk: resets the peak, and arms an injected failure.
    ///
    /// First releases what the pool kept from a chunk of another shape, because it would add to this one.
    pub fn begin_chunk(&mut self, shape: &[u64; 5]) -> Result<(), DeviceError> {
        if self.shape != *shape {
            self.shape = *shape;
            self.trim().map_err(|e| outcome(e, "the pool"))?;
        }
        self.ledger.begin_chunk();
        Ok(())
    }

    /// `bytes` (> 0) of device memory; `at` names the buffer.
    pub fn allocate(&mut self, bytes: u64, at: &'static str) -> Result<DeviceBuffer, DeviceError> {
        let known = || ask(&self.context);
        self.ledger.admit(bytes, at, known)?;
        let size = usize::try_from(bytes).map_err(|_| DeviceError::TooBigEver {
            asked: bytes,
            limit: usize::MAX as u64,
            at,
        })?;
        self.context.bind_to_thread().map_err(|e| outcome(e, at))?;
        // SAFETY: owned by the buffer, which frees it the same way.
        let made = unsafe {
            match self.pool {
                Some(_) => result::malloc_async(self.stream.cu_stream(), size),
                None => result::malloc_sync(size),
            }
        };
        let address = made.map_err(|e| {
            if is_out_of_memory(e) {
                self.ledger.refusal(bytes, at, known)
            } else {
                outcome(e, at)
            }
        })?;
        Ok(DeviceBuffer {
            address,
            pooled: self.pool.is_some(),
            stream: Arc::clone(&self.stream),
            entry: self.ledger.enter(bytes),
        })
    }
}

/// The memory according to the driver.
fn ask(context: &CudaContext) -> Option<DeviceMemory> {
    let (free, total) = context.mem_get_info().ok()?;
    Some(DeviceMemory {
        free: free as u64,
        total: total as u64,
    })
}

/// Device memory, freed with its owner.
///
/// The owner makes sure that no queued work still uses it.
#[derive(Debug)]
pub(crate) struct DeviceBuffer {
    address: sys::CUdeviceptr,
    pooled: bool,
    stream: Arc<CudaStream>,
    entry: Entry,
}

impl DeviceBuffer {
    /// The address of its byte `at`.
    pub fn address(&self, at: u64) -> sys::CUdeviceptr {
        debug_assert!(at < self.entry.bytes());
        self.address + at
    }
}

impl Drop for DeviceBuffer {
    fn drop(&mut self) {
        let context = self.stream.context();
        // A lost device cannot free anything; its memory is gone with it.
        let freed = context.bind_to_thread().and_then(|()| {
            // SAFETY: allocated in `allocate` in the same way, and freed once.
            unsafe {
                if self.pooled {
                    result::free_async(self.address, self.stream.cu_stream())
                } else {
                    result::free_sync(self.address)
                }
            }
        });
        context.record_err(freed);
    }
}

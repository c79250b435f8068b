//! The only way to device memory: counted, limited by a grant, refused with a typed error.

use wgpu::{Adapter, Buffer, BufferDescriptor, BufferUsages, Device, ErrorFilter, PollType};
use zemosaic_coadd::backend::{AllocatorOptions, DeviceError, DeviceMemory};
use zemosaic_coadd::device::{Entry, Ledger};

use crate::adapter::now;
use crate::memory;
use crate::plan::Limits;
use crate::trouble::{Trouble, outcome};

/// Hands out all device memory.
pub(crate) struct Allocator {
    adapter: Adapter,
    device: Device,
    trouble: Trouble,
    pub limits: Limits,
    pub ledger: Ledger,
}

/// A buffer to be allocated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    /// Bytes, > 0 and a multiple of 4.
    pub bytes: u64,
    pub usage: BufferUsages,
    /// Whether it is mapped at creation, to be written.
    pub mapped: bool,
    /// Its name in errors.
    pub at: &'static str,
}

impl Allocator {
    pub fn new(
        adapter: Adapter,
        device: &Device,
        trouble: &Trouble,
        limits: Limits,
        options: AllocatorOptions,
    ) -> Self {
        Self {
            adapter,
            device: device.clone(),
            trouble: trouble.clone(),
            limits,
            ledger: Ledger::new(options),
        }
    }

    /// Free and total memory after all work is done; `None` when unknown.
    pub fn probe(&self) -> Option<DeviceMemory> {
        self.trim().ok()?;
        self.ledger.known(|| memory::ask(&self.adapter))
    }

    /// Waits for the device, which then frees released buffers.
    pub fn trim(&self) -> Result<(), DeviceError> {
        let how = PollType::wait_indefinitely();
        self.trouble
            .wait(&self.device, how, "waiting for the device")
    }

    /// Allocates the requested buffer.
    pub fn allocate(&mut self, request: Request) -> Result<DeviceBuffer, DeviceError> {
        let Request {
            bytes,
            usage,
            mapped,
            at,
        } = request;
        let bound = usage.contains(BufferUsages::STORAGE);
        let limit = if bound {
            self.limits.largest_binding()
        } else {
            self.limits.buffer
        };
        if bytes > limit {
            return Err(DeviceError::TooBigEver {
                asked: bytes,
                limit,
                at,
            });
        }
        let known = || memory::ask(&self.adapter);
        self.ledger.admit(bytes, at, known)?;
        let memory = self.device.push_error_scope(ErrorFilter::OutOfMemory);
        let validity = self.device.push_error_scope(ErrorFilter::Validation);
        let buffer = self.device.create_buffer(&BufferDescriptor {
            label: Some(at),
            size: bytes,
            usage,
            mapped_at_creation: mapped,
        });
        let (invalid, full) = (now(validity.pop()), now(memory.pop()));
        if full.is_some() {
            return Err(self.ledger.refusal(bytes, at, known));
        }
        if let Some(error) = invalid {
            return Err(outcome(&error, at));
        }
        self.trouble.check()?;
        Ok(DeviceBuffer {
            buffer,
            _entry: self.ledger.enter(bytes),
        })
    }
}

/// Device memory, released with its owner once no queued work uses it.
#[derive(Debug)]
pub(crate) struct DeviceBuffer {
    pub buffer: Buffer,
    /// Its bytes, counted while it exists.
    _entry: Entry,
}

impl Drop for DeviceBuffer {
    fn drop(&mut self) {
        self.buffer.destroy();
    }
}

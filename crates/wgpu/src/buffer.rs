//! The one way to device memory: counted, bounded by a grant, refused by type.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wgpu::{Adapter, Buffer, BufferDescriptor, BufferUsages, Device, ErrorFilter, PollType};
use zemosaic_coadd::backend::{AllocatorOptions, DeviceError, DeviceMemory, Pretended};

use crate::adapter::now;
use crate::memory;
use crate::plan::Limits;
use crate::trouble::{Trouble, outcome};

/// Bytes live and at their peak, shared with every buffer.
#[derive(Debug, Default)]
struct Ledger {
    live: AtomicU64,
    peak: AtomicU64,
}

/// Hands out all device memory.
pub(crate) struct Allocator {
    adapter: Adapter,
    device: Device,
    trouble: Trouble,
    pub limits: Limits,
    ledger: Arc<Ledger>,
    pub options: AllocatorOptions,
    /// Chunk attempts still to fail.
    pub inject: u32,
    fail_next: bool,
}

/// A buffer to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    /// Bytes, > 0 and a multiple of 4.
    pub bytes: u64,
    pub usage: BufferUsages,
    /// Born mapped, to be written.
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
            ledger: Arc::default(),
            options,
            inject: 0,
            fail_next: false,
        }
    }

    /// Free and total memory once everything is done; `None` when unknown.
    pub fn probe(&self) -> Option<DeviceMemory> {
        self.trim().ok()?;
        self.known()
    }

    fn known(&self) -> Option<DeviceMemory> {
        match self.options.pretended {
            Some(Pretended::Memory(memory)) => Some(memory),
            Some(Pretended::NoProbe) => None,
            None => memory::ask(&self.adapter),
        }
    }

    /// Waits for the device, which then gives released buffers back.
    pub fn trim(&self) -> Result<(), DeviceError> {
        let waited = self.device.poll(PollType::wait_indefinitely());
        self.trouble.check()?;
        waited.map_err(|e| DeviceError::Failed(format!("waiting for the device: {e}")))?;
        Ok(())
    }

    /// Begins an attempt at a chunk: the peak starts anew, and an injected failure is armed.
    pub fn begin_chunk(&mut self) {
        self.ledger.peak.store(self.live(), Ordering::Relaxed);
        self.fail_next = self.inject > 0;
        self.inject = self.inject.saturating_sub(1);
    }

    pub fn live(&self) -> u64 {
        self.ledger.live.load(Ordering::Relaxed)
    }

    pub fn peak(&self) -> u64 {
        self.ledger.peak.load(Ordering::Relaxed)
    }

    /// The buffer asked for.
    pub fn allocate(&mut self, request: Request) -> Result<DeviceBuffer, DeviceError> {
        let Request {
            bytes,
            usage,
            mapped,
            at,
        } = request;
        if std::mem::take(&mut self.fail_next) {
            return Err(self.refused(bytes, at, None));
        }
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
        let live = self.live();
        if let Some(grant) = self.options.grant
            && bytes > grant.saturating_sub(live)
        {
            return Err(self.refused(bytes, at, Some(grant.saturating_sub(live))));
        }
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
            return Err(self.refused(bytes, at, None));
        }
        if let Some(error) = invalid {
            return Err(outcome(&error, at));
        }
        self.trouble.check()?;
        let live = self.ledger.live.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.ledger.peak.fetch_max(live, Ordering::Relaxed);
        Ok(DeviceBuffer {
            buffer,
            ledger: Arc::clone(&self.ledger),
        })
    }

    /// The refusal, with the memory as it is now or is made to look.
    fn refused(&self, asked: u64, at: &'static str, free: Option<u64>) -> DeviceError {
        let known = self.known();
        DeviceError::OutOfMemory {
            asked,
            free: free.or(known.map(|m| m.free)),
            total: known.map(|m| m.total),
            at,
        }
    }
}

/// Device memory, released with its owner once nothing queued uses it.
#[derive(Debug)]
pub(crate) struct DeviceBuffer {
    pub buffer: Buffer,
    ledger: Arc<Ledger>,
}

impl Drop for DeviceBuffer {
    fn drop(&mut self) {
        self.buffer.destroy();
        self.ledger
            .live
            .fetch_sub(self.buffer.size(), Ordering::Relaxed);
    }
}

//! Page-locked host memory, kept between chunks.

// The driver has a C interface.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::sync::Arc;

use cudarc::driver::{CudaContext, result};
use zemosaic_coadd::backend::DeviceError;

use crate::error::{is_out_of_memory, outcome};

/// Plain old data that may be laid over pinned bytes.
///
/// # Safety
/// Every bit pattern is a value, alignment is at most 256, and there is no padding.
pub(crate) unsafe trait Plain: Copy + Send + Sync {}

// SAFETY: a plain number.
unsafe impl Plain for f32 {}
// SAFETY: a plain number.
unsafe impl Plain for u32 {}
// SAFETY: a plain number.
unsafe impl Plain for u8 {}
// SAFETY: ten 32-bit integers.
unsafe impl Plain for zemosaic_coadd::lattice::Run {}

/// Pinned bytes that can grow, and are freed with their owner.
#[derive(Default)]
pub(crate) struct Pinned {
    held: Option<Held>,
}

struct Held {
    at: *mut u8,
    bytes: usize,
    context: Arc<CudaContext>,
}

// SAFETY: owned memory; `Pinned` lends it only by `&` and `&mut`.
unsafe impl Send for Held {}
// SAFETY: as above.
unsafe impl Sync for Held {}

impl Drop for Held {
    fn drop(&mut self) {
        let freed = self.context.bind_to_thread().and_then(|()| {
            // SAFETY: allocated by malloc_host and freed once.
            unsafe { result::free_host(self.at.cast::<c_void>()) }
        });
        self.context.record_err(freed);
    }
}

impl Pinned {
    /// Makes it hold at least `bytes`; its contents are lost if it must grow.
    ///
    /// No queued work may use it.
    pub fn reserve(
        &mut self,
        context: &Arc<CudaContext>,
        bytes: usize,
        at: &'static str,
    ) -> Result<(), DeviceError> {
        if self.bytes() >= bytes {
            return Ok(());
        }
        self.held = None;
        context.bind_to_thread().map_err(|e| outcome(e, at))?;
        // Flags 0: not write-combined, so that reading it is as fast as reading any memory.
        // SAFETY: owned by `Held`, and filled below before anything reads it.
        let made = unsafe { result::malloc_host(bytes, 0) }.map_err(|e| {
            if is_out_of_memory(e) {
                DeviceError::OutOfMemory {
                    asked: bytes as u64,
                    free: None,
                    total: None,
                    at,
                }
            } else {
                outcome(e, at)
            }
        })?;
        // SAFETY: `bytes` bytes were just allocated.
        unsafe { made.cast::<u8>().write_bytes(0, bytes) };
        self.held = Some(Held {
            at: made.cast(),
            bytes,
            context: Arc::clone(context),
        });
        Ok(())
    }

    pub fn bytes(&self) -> usize {
        self.held.as_ref().map_or(0, |h| h.bytes)
    }

    fn checked<T>(&self, at: usize, count: usize) -> *mut T {
        let base = self.held.as_ref().map_or(std::ptr::null_mut(), |h| h.at);
        let bytes = count
            .checked_mul(size_of::<T>())
            .and_then(|n| n.checked_add(at));
        assert!(
            !base.is_null()
                && bytes.is_some_and(|end| end <= self.bytes())
                && at.is_multiple_of(256),
            "a view beyond pinned memory"
        );
        // SAFETY: inside the allocation.
        unsafe { base.add(at).cast() }
    }

    /// `count` values from byte `at` (a multiple of 256).
    pub fn view<T: Plain>(&self, at: usize, count: usize) -> &[T] {
        let first = self.checked::<T>(at, count);
        // SAFETY: checked to lie inside and to be aligned; initialised; any bits are a value.
        unsafe { std::slice::from_raw_parts(first, count) }
    }

    /// Like [`Self::view`], for writing.
    pub fn view_mut<T: Plain>(&mut self, at: usize, count: usize) -> &mut [T] {
        let first = self.checked::<T>(at, count);
        // SAFETY: as in `view`, and borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(first, count) }
    }

    /// All of it, for writing, from which views can be split off.
    pub fn all_mut(&mut self) -> Bytes<'_> {
        let bytes = self.bytes();
        Bytes(self.view_mut(0, bytes))
    }
}

/// Pinned bytes lent for writing.
pub(crate) struct Bytes<'a>(&'a mut [u8]);

impl<'a> Bytes<'a> {
    /// Those before byte `at`, and the others.
    pub fn split(self, at: u64) -> [Self; 2] {
        let (before, behind) = self.0.split_at_mut(at as usize);
        [Self(before), Self(behind)]
    }

    /// The first `count` values.
    pub fn into_slice<T: Plain>(self, count: usize) -> &'a mut [T] {
        let bytes = count.checked_mul(size_of::<T>());
        let first = self.0.as_mut_ptr().cast::<T>();
        assert!(
            first.is_aligned() && bytes.is_some_and(|bytes| bytes <= self.0.len()),
            "values beyond pinned bytes"
        );
        // SAFETY: checked to lie inside and to be aligned; initialised; any bits are a value; borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(first, count) }
    }
}

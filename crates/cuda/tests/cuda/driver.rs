//! Tests the fake driver itself with calls that the backend does not make; a real driver passes too.

// The driver has a C interface.
#![allow(unsafe_code)]

use std::ffi::c_void;

use cudarc::driver::sys::{self, CUmemorytype, CUresult};
use cudarc::driver::{CudaContext, DriverError, result};

use crate::fake::on_fake;

/// Device memory for a test.
struct Memory(sys::CUdeviceptr);

impl Memory {
    fn new(bytes: usize) -> Self {
        // SAFETY: freed on drop.
        Self(unsafe { result::malloc_sync(bytes) }.expect("memory"))
    }

    fn read(&self, count: usize) -> Vec<u8> {
        let mut out = vec![0; count];
        // SAFETY: `count` bytes were allocated.
        unsafe { result::memcpy_dtoh_sync(&mut out, self.0) }.expect("a copy");
        out
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: allocated in `new`.
        unsafe { result::free_sync(self.0) }.expect("freed once");
    }
}

#[test]
fn rectangles_and_patterns_are_copied() {
    on_fake("driver::rectangles_and_patterns_are_copied", &[], || {
        let context = CudaContext::new(0).expect("a context");
        let memory = Memory::new(64);
        // SAFETY: inside the allocation.
        unsafe {
            result::memset_d8_sync(memory.0, 7, 64).expect("a fill");
            let word = 0x0403_0201;
            sys::cuMemsetD32_v2(memory.0 + 56, word, 2)
                .result()
                .expect("a fill");
        }
        // 3 rows of 4 bytes out of rows of 6, into rows of 16.
        let host: Vec<u8> = (0..18).collect();
        let copy = sys::CUDA_MEMCPY2D {
            srcXInBytes: 1,
            srcY: 0,
            srcMemoryType: CUmemorytype::CU_MEMORYTYPE_HOST,
            srcHost: host.as_ptr().cast::<c_void>(),
            srcDevice: 0,
            srcArray: std::ptr::null_mut(),
            srcPitch: 6,
            dstXInBytes: 2,
            dstY: 1,
            dstMemoryType: CUmemorytype::CU_MEMORYTYPE_DEVICE,
            dstHost: std::ptr::null_mut(),
            dstDevice: memory.0,
            dstArray: std::ptr::null_mut(),
            dstPitch: 16,
            WidthInBytes: 4,
            Height: 3,
        };
        // SAFETY: both sides hold the rectangle.
        unsafe { sys::cuMemcpy2D_v2(&raw const copy) }
            .result()
            .expect("a copy");
        let found = memory.read(64);
        for row in 0..3 {
            let at = 16 * (row + 1);
            let from = 6 * row + 1;
            assert_eq!(found[at..at + 2], [7, 7], "row {row}");
            assert_eq!(found[at + 2..at + 6], host[from..from + 4], "row {row}");
        }
        assert_eq!(found[..16], [7; 16]);
        assert_eq!(found[54..], [7, 7, 1, 2, 3, 4, 1, 2, 3, 4]);
        drop(memory);
        drop(context);
    });
}

#[test]
fn pageable_memory_may_change_at_once() {
    on_fake("driver::pageable_memory_may_change_at_once", &[], || {
        let context = CudaContext::new(0).expect("a context");
        let stream = context.new_stream().expect("a stream");
        let memory = Memory::new(16);
        let mut host = vec![5u8; 16];
        // SAFETY: both sides hold 16 bytes; pageable memory is read before the call returns.
        unsafe { result::memcpy_htod_async(memory.0, &host, stream.cu_stream()) }.expect("a copy");
        host.fill(9);
        stream.synchronize().expect("done");
        assert_eq!(memory.read(16), [5; 16]);
    });
}

#[test]
fn contexts_may_be_made_and_ended() {
    on_fake("driver::contexts_may_be_made_and_ended", &[], || {
        let primary = CudaContext::new(0).expect("the primary context");
        let other = CudaContext::new_non_primary(0, 0).expect("another");
        assert_ne!(primary.cu_ctx(), other.cu_ctx());
        assert!(
            other
                .mem_get_info()
                .is_ok_and(|(free, total)| free <= total)
        );
        drop(other);
        assert!(primary.synchronize().is_ok());
    });
}

#[test]
fn a_thread_without_a_context_is_refused() {
    on_fake("driver::a_thread_without_a_context_is_refused", &[], || {
        let context = CudaContext::new(0).expect("a context");
        let refused = std::thread::spawn(|| {
            // SAFETY: without a current context nothing is made.
            unsafe { result::malloc_sync(16) }.err()
        });
        let invalid = DriverError(CUresult::CUDA_ERROR_INVALID_CONTEXT);
        assert_eq!(refused.join().expect("a code"), Some(invalid));
        drop(context);
    });
}

#[test]
fn errors_have_names() {
    on_fake("driver::errors_have_names", &[], || {
        let context = CudaContext::new(0).expect("a context");
        let error = DriverError(CUresult::CUDA_ERROR_OUT_OF_MEMORY);
        let name = error.error_name().expect("a name");
        assert_eq!(name.to_string_lossy(), "CUDA_ERROR_OUT_OF_MEMORY");
        assert!(error.error_string().is_ok_and(|s| !s.is_empty()));
        // SAFETY: text that is not PTX makes nothing.
        let refused = unsafe { result::module::load_data(c"no PTX".as_ptr().cast()) };
        assert!(refused.is_err());
        // SAFETY: more than any device has, so there is nothing to free.
        let refused = unsafe { result::malloc_sync(1 << 50) };
        assert_eq!(refused.err(), Some(error));
        drop(context);
    });
}

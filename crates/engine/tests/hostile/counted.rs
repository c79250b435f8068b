//! Bytes that a thread takes from the C allocator: those of Rust's allocator, which asks there, and cfitsio's alike.

#![allow(unsafe_code)] // an allocator that counts

use std::cell::Cell;

thread_local! {
    static LIVE: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

/// Most bytes that `work` held at the same time on this thread, in addition to those before; 0 if nothing is counted.
pub fn peak_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = LIVE.get();
    PEAK.set(before);
    let result = work();
    (result, usize::try_from(PEAK.get() - before).unwrap_or(0))
}

/// The C library's names, which the linker finds here first.
#[cfg(all(target_os = "linux", target_env = "gnu", not(sanitized)))]
mod hooks {
    use super::{LIVE, PEAK};
    use std::ffi::c_void;

    unsafe extern "C" {
        fn __libc_malloc(bytes: usize) -> *mut c_void;
        fn __libc_calloc(count: usize, bytes: usize) -> *mut c_void;
        fn __libc_realloc(at: *mut c_void, bytes: usize) -> *mut c_void;
        fn __libc_free(at: *mut c_void);
        fn malloc_usable_size(at: *mut c_void) -> usize;
    }

    fn enter(at: *mut c_void) -> *mut c_void {
        // SAFETY: null, or just given by the allocator.
        let live = LIVE.get() + unsafe { malloc_usable_size(at) } as i64;
        LIVE.set(live);
        PEAK.set(PEAK.get().max(live));
        at
    }

    fn leave(at: *mut c_void) {
        // SAFETY: null, or given by the allocator and not yet given back.
        LIVE.set(LIVE.get() - unsafe { malloc_usable_size(at) } as i64);
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn malloc(bytes: usize) -> *mut c_void {
        // SAFETY: the caller's promises are the library's, here and below.
        enter(unsafe { __libc_malloc(bytes) })
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn calloc(count: usize, bytes: usize) -> *mut c_void {
        // SAFETY: as above.
        enter(unsafe { __libc_calloc(count, bytes) })
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn realloc(at: *mut c_void, bytes: usize) -> *mut c_void {
        // The old and the new block may both be there for a while.
        PEAK.set(PEAK.get().max(LIVE.get() + bytes as i64));
        leave(at);
        // SAFETY: as above.
        let moved = unsafe { __libc_realloc(at, bytes) };
        let kept = moved.is_null() && bytes > 0;
        enter(if kept { at } else { moved });
        moved
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn free(at: *mut c_void) {
        leave(at);
        // SAFETY: as above.
        unsafe { __libc_free(at) }
    }
}

/// Rust's vectors and the library's blocks are both seen, or nothing that follows means anything.
#[cfg(all(target_os = "linux", target_env = "gnu", not(sanitized)))]
#[test]
fn allocations_of_both_languages_are_counted() {
    use std::hint::black_box;

    // Seen from outside: memory that nobody looks at may never be allocated.
    let (block, peak) = peak_of(|| black_box(vec![1_u8; 1 << 20]));
    assert!((1 << 20..2 << 20).contains(&peak), "{peak}");
    drop(block);
    let ((), peak) = peak_of(|| {
        let mut block = black_box(vec![1_u8; 1 << 20]);
        block.reserve_exact(1 << 20);
        black_box(block);
    });
    assert!(peak >= 3 << 20, "{peak}");
    // HCOMPRESS takes a scratch row of its own.
    let pixels: Vec<i32> = (0..64 * 64).collect();
    let (_, peak) = peak_of(|| crate::encode::hcompress(&pixels, 64, 64));
    let (_, without) = peak_of(|| black_box(vec![0_u8; 64 * 64 * 8 + 4096]));
    assert!(peak > without, "{peak} {without}");
}

//! An allocator of which one block fails, for tests: of Rust and of C libraries, on the thread that asks.

#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![allow(unsafe_code)] // an allocator that fails

use std::cell::Cell;
use std::ffi::c_void;
use std::ops::Range;

thread_local! {
    /// Sizes that count, and which of them is to fail, counted down; it has when this is 0.
    static SIZES: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    static LEFT: Cell<usize> = const { Cell::new(0) };
}

/// Runs `work` with the `nth` block of such a size failing (from 1). Returns whether there was one.
pub fn failing<T>(nth: usize, sizes: &Range<usize>, work: impl FnOnce() -> T) -> (T, bool) {
    LEFT.set(nth);
    SIZES.set((sizes.start, sizes.end));
    let done = work();
    SIZES.set((0, 0));
    (done, LEFT.get() == 0)
}

fn fails(bytes: usize) -> bool {
    let (from, to) = SIZES.get();
    if !(from..to).contains(&bytes) || LEFT.get() == 0 {
        return false;
    }
    LEFT.set(LEFT.get() - 1);
    LEFT.get() == 0
}

unsafe extern "C" {
    fn __libc_malloc(bytes: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, bytes: usize) -> *mut c_void;
    fn __libc_realloc(at: *mut c_void, bytes: usize) -> *mut c_void;
}

#[unsafe(no_mangle)]
unsafe extern "C" fn malloc(bytes: usize) -> *mut c_void {
    if fails(bytes) {
        return std::ptr::null_mut();
    }
    // SAFETY: the caller's promises are the library's, here and below.
    unsafe { __libc_malloc(bytes) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn calloc(count: usize, bytes: usize) -> *mut c_void {
    if fails(count * bytes) {
        return std::ptr::null_mut();
    }
    // SAFETY: as above.
    unsafe { __libc_calloc(count, bytes) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(at: *mut c_void, bytes: usize) -> *mut c_void {
    if fails(bytes) {
        return std::ptr::null_mut();
    }
    // SAFETY: as above.
    unsafe { __libc_realloc(at, bytes) }
}

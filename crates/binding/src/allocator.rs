//! Settings of the system's allocator for pixel buffers.

/// From this size on a buffer is a mapping of its own, which is returned to the system when it is freed. By default glibc
/// raises this threshold whenever a large buffer is freed. Such buffers then fragment its arenas: with 400 tiles the process
/// held a third more memory than it used.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MAPPED_FROM: i32 = 1 << 20;

/// Runs when the addon is loaded.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[napi_derive::module_init]
fn large_buffers_go_back() {
    // SAFETY: glibc allows this call at any time; it takes two numbers and no pointers.
    unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_FROM) };
}

//! How the system's allocator treats pixel buffers.

/// From this size on a buffer is a mapping of its own, and goes back to the system when it is freed. Left to itself
/// glibc raises the bound with every large buffer freed, and such buffers then fragment its arenas: with 400 tiles
/// a third more memory than was in use.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MAPPED_FROM: i32 = 1 << 20;

/// Runs when the addon is loaded.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[napi_derive::module_init]
fn large_buffers_go_back() {
    // SAFETY: glibc lets this be called at any time; it takes two numbers.
    unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_FROM) };
}

//! Facts about this computer: memory, processors, disk space, power. No policy: the caller decides what they mean.
//!
//! On Linux everything is read from the `/proc` and `/sys` trees by functions that take the root folder, so that tests
//! can pass trees of other computers.

#[cfg(target_os = "linux")]
mod cgroup;
mod disk;
mod error;
mod gpu;
mod memory;
mod power;

pub use disk::disk_free;
pub use error::ProbeError;
pub use gpu::{has_cuda_library, has_graphics_driver, may_have_gpu};
pub use memory::{HostMemory, MemorySource, memory, peak_rss};
pub use power::{Power, power};

/// Number of threads worth starting: the processors this process may use, limited by the quota of its control group; at
/// least 1.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_is_a_thread_to_run_on() {
        assert!(super::threads() >= 1);
    }
}

//! The configuration of the driver, from the environment.

use std::env;
use std::path::PathBuf;

use crate::block::Fresh;

const MB: u64 = 1 << 20;

/// Which streams run before the one that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// All others, oldest first: reveals memory that is reused before its readers are done.
    First,
    /// All others, newest first: reveals work that does not wait for what it reads.
    Last,
    /// Only those that the wait needs: reveals host memory that is reused before it has been copied.
    Needed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Works,
    /// A driver with no device.
    NoDevice,
    /// A driver too old for the PTX.
    OldPtx,
    /// A driver without the library that compiles PTX.
    NoJit,
    /// The library for linking from the CUDA toolkit, in place of a driver.
    Stub,
    /// A driver that never answers.
    Hangs,
    /// A driver that ends the process.
    Crashes,
}

/// How launches run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kernels {
    /// The kernels' source, compiled for the CPU.
    Source,
    /// The PTX that is loaded, interpreted; or in its place that of a file.
    Ptx(Option<PathBuf>),
    /// Not at all, and copies neither, so that only the host's work takes time.
    Null,
}

impl Kernels {
    fn from_environment() -> Self {
        let set = |name: &str| env::var_os(name).filter(|v| !v.is_empty() && v != "0");
        match (set("FAKE_CUDA_NULL"), set("FAKE_CUDA_PTX")) {
            (Some(_), _) => Self::Null,
            (None, Some(value)) => Self::Ptx((value != "1").then(|| value.into())),
            (None, None) => Self::Source,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub total: u64,
    /// Bytes that another program holds.
    pub taken: u64,
    pub fail_alloc: Option<u64>,
    pub lose_at: Option<u64>,
    pub order: Order,
    /// Compute capability, times ten.
    pub compute: i32,
    /// The device has memory pools.
    pub pools: bool,
    /// Streams do not wait for events: proves that tests would notice this.
    pub drop_waits: bool,
    pub mode: Mode,
    pub kernels: Kernels,
}

impl Config {
    pub fn from_environment() -> Self {
        let number = |name: &str| env::var(name).ok().and_then(|v| v.parse::<u64>().ok());
        let total = number("FAKE_CUDA_TOTAL_MB")
            .unwrap_or(8192)
            .saturating_mul(MB);
        let free = number("FAKE_CUDA_FREE_MB").map_or(total, |mb| mb.saturating_mul(MB));
        let word = |name: &str| env::var(name).unwrap_or_default();
        Self {
            total,
            taken: total.saturating_sub(free),
            fail_alloc: number("FAKE_CUDA_FAIL_ALLOC"),
            lose_at: number("FAKE_CUDA_LOSE_AT"),
            order: match word("FAKE_CUDA_ORDER").as_str() {
                "first" => Order::First,
                "needed" => Order::Needed,
                _ => Order::Last,
            },
            compute: number("FAKE_CUDA_COMPUTE").map_or(86, |n| n as i32),
            pools: number("FAKE_CUDA_POOLS") != Some(0),
            drop_waits: number("FAKE_CUDA_DROP_WAITS") == Some(1),
            mode: match word("FAKE_CUDA_MODE").as_str() {
                "nodevice" => Mode::NoDevice,
                "oldptx" => Mode::OldPtx,
                "nojit" => Mode::NoJit,
                "stub" => Mode::Stub,
                "hang" => Mode::Hangs,
                "crash" => Mode::Crashes,
                _ => Mode::Works,
            },
            kernels: Kernels::from_environment(),
        }
    }

    pub fn is_null(&self) -> bool {
        self.kernels == Kernels::Null
    }

    /// What new device memory holds.
    pub fn device_memory(&self) -> Fresh {
        match self.kernels {
            Kernels::Source => Fresh::Poison,
            Kernels::Ptx(_) => Fresh::Flagged,
            Kernels::Null => Fresh::Untouched,
        }
    }

    /// What new pinned memory holds.
    pub fn pinned_memory(&self) -> Fresh {
        if self.is_null() {
            Fresh::Untouched
        } else {
            Fresh::Poison
        }
    }
}

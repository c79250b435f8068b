//! Why no GPU can be used through wgpu here.

use thiserror::Error;

/// Why there is no adapter to work with: one line, with what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unavailable {
    /// No loader, no driver, or a driver that sees nothing.
    #[error(
        "no GPU was found through Vulkan, Metal or DirectX 12; install the driver of your GPU \
         (on Debian or Ubuntu: libvulkan1 and mesa-vulkan-drivers)"
    )]
    NoAdapter,
    /// Only adapters that compute on the CPU.
    #[error(
        "the only adapter, {name}, computes on the CPU and is slower than the CPU backend; \
         to use it anyway, name the wgpu backend explicitly"
    )]
    OnlySoftware {
        /// The adapter.
        name: String,
    },
    /// There is no adapter with that number.
    #[error("there is no adapter {index}; wgpu sees {count}, numbered from 0")]
    NoSuchAdapter {
        /// The number requested.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// The adapter lacks what the kernels need.
    #[error("{name} cannot run the kernels: {lacks}; update its driver or use another device")]
    TooWeak {
        /// The adapter.
        name: String,
        /// What it lacks.
        lacks: String,
    },
    /// The adapter could not be opened.
    #[error(
        "{name} cannot be opened: {}; check that its driver works (vulkaninfo) and that it has free memory",
        why.trim_end_matches('.')
    )]
    Driver {
        /// The adapter, or the driver's name.
        name: String,
        /// What it reported.
        why: String,
    },
}

impl Unavailable {
    /// Stable code of the kind.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoAdapter => "wgpu_no_adapter",
            Self::OnlySoftware { .. } => "wgpu_only_software",
            Self::NoSuchAdapter { .. } => "wgpu_no_such_adapter",
            Self::TooWeak { .. } => "wgpu_adapter_too_weak",
            Self::Driver { .. } => "wgpu_driver_failed",
        }
    }
}

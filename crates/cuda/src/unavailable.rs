//! Why CUDA cannot be used here.

use thiserror::Error;

/// Why there is no device to work with: one line, with what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unavailable {
    /// There is no driver library.
    #[error("no NVIDIA driver: libcuda was not found; install the NVIDIA driver to use a GPU")]
    NoDriver,
    /// The driver lacks what this program needs.
    #[error("the NVIDIA driver is too old ({found}): update it to 530 (CUDA 12.1) or later")]
    DriverTooOld {
        /// What it has or lacks.
        found: String,
    },
    /// The driver has no device.
    #[error("the NVIDIA driver sees no GPU; check nvidia-smi and CUDA_VISIBLE_DEVICES")]
    NoDevice,
    /// The driver cannot compile the kernels.
    #[error(
        "the NVIDIA driver cannot compile the kernels ({why}): install its libnvidia-ptxjitcompiler, and unset CUDA_DISABLE_PTX_JIT"
    )]
    NoCompiler {
        /// What it answered.
        why: String,
    },
    /// There is no device with that number.
    #[error("there is no CUDA device {index}; the driver sees {count}, numbered from 0")]
    NoSuchDevice {
        /// The number requested.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// The device is older than the kernels.
    #[error("{name} has compute capability {found}; 7.5 (Turing) or later is needed")]
    DeviceTooOld {
        /// The device.
        name: String,
        /// Its capability.
        found: String,
    },
    /// The device does not even have the memory to be opened.
    #[error("CUDA device {index} has no free memory; close programs that use it")]
    Full {
        /// The device.
        index: usize,
    },
    /// Any other error of the driver.
    #[error("the NVIDIA driver failed: {0}; check that nvidia-smi works")]
    Driver(String),
}

impl Unavailable {
    /// Stable code of the kind.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoDriver => "cuda_no_driver",
            Self::DriverTooOld { .. } => "cuda_driver_too_old",
            Self::NoDevice => "cuda_no_device",
            Self::NoCompiler { .. } => "cuda_no_compiler",
            Self::NoSuchDevice { .. } => "cuda_no_such_device",
            Self::DeviceTooOld { .. } => "cuda_device_too_old",
            Self::Full { .. } => "cuda_device_full",
            Self::Driver(_) => "cuda_driver_failed",
        }
    }
}

//! Translates the driver's codes into the outcomes that the rest of the program knows.

use cudarc::driver::DriverError;
use cudarc::driver::sys::CUresult as Code;
use zemosaic_coadd::backend::DeviceError;

/// Name and description of a driver error.
pub(crate) fn text(error: DriverError) -> String {
    let text = |found: Result<&std::ffi::CStr, DriverError>| {
        found.map_or_else(
            |_| format!("{:?}", error.0),
            |t| t.to_string_lossy().into_owned(),
        )
    };
    format!(
        "{} ({})",
        text(error.error_string()),
        text(error.error_name())
    )
}

/// True if memory was not available.
pub(crate) fn is_out_of_memory(error: DriverError) -> bool {
    error.0 == Code::CUDA_ERROR_OUT_OF_MEMORY
}

/// The outcome of a failed call other than an allocation; `at` says which call.
pub(crate) fn outcome(error: DriverError, at: &'static str) -> DeviceError {
    match error.0 {
        Code::CUDA_ERROR_OUT_OF_MEMORY => DeviceError::OutOfMemory {
            asked: 0,
            free: None,
            total: None,
            at,
        },
        // After these errors every call on the context fails.
        Code::CUDA_ERROR_DEINITIALIZED
        | Code::CUDA_ERROR_DEVICE_UNAVAILABLE
        | Code::CUDA_ERROR_NO_DEVICE
        | Code::CUDA_ERROR_ECC_UNCORRECTABLE
        | Code::CUDA_ERROR_NVLINK_UNCORRECTABLE
        | Code::CUDA_ERROR_ILLEGAL_ADDRESS
        | Code::CUDA_ERROR_LAUNCH_TIMEOUT
        | Code::CUDA_ERROR_CONTEXT_IS_DESTROYED
        | Code::CUDA_ERROR_ASSERT
        | Code::CUDA_ERROR_HARDWARE_STACK_ERROR
        | Code::CUDA_ERROR_ILLEGAL_INSTRUCTION
        | Code::CUDA_ERROR_MISALIGNED_ADDRESS
        | Code::CUDA_ERROR_INVALID_ADDRESS_SPACE
        | Code::CUDA_ERROR_INVALID_PC
        | Code::CUDA_ERROR_LAUNCH_FAILED
        | Code::CUDA_ERROR_SYSTEM_NOT_READY
        | Code::CUDA_ERROR_UNKNOWN => DeviceError::Lost(format!("{at}: {}", text(error))),
        _ => DeviceError::Failed(format!("CUDA failed in {at}: {}", text(error))),
    }
}

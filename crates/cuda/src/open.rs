//! Finds the driver and its devices, and opens one. Never panics if something is missing.

// The driver has a C interface.
#![allow(unsafe_code)]

use std::panic::catch_unwind;
use std::sync::Arc;

use cudarc::driver::sys::{self, CUresult as Code};
use cudarc::driver::{CudaContext, DriverError, result};

use crate::error::{is_out_of_memory, text};
use crate::unavailable::Unavailable;

/// The kernels are PTX 8.1, which needs this driver.
const OLDEST_DRIVER: i32 = 12010;
/// The architecture that the kernels are compiled for.
const OLDEST_DEVICE: [i32; 2] = [7, 5];

/// Every symbol that is called, because the loader would panic at the first use of a missing one.
const SYMBOLS: [&str; 40] = [
    "cuCtxGetCurrent",
    "cuCtxSetCurrent",
    "cuCtxSynchronize",
    "cuDeviceGet",
    "cuDeviceGetAttribute",
    "cuDeviceGetCount",
    "cuDeviceGetDefaultMemPool",
    "cuDeviceGetName",
    "cuDevicePrimaryCtxRelease_v2",
    "cuDevicePrimaryCtxRetain",
    "cuDeviceTotalMem_v2",
    "cuDriverGetVersion",
    "cuEventCreate",
    "cuEventDestroy_v2",
    "cuEventElapsedTime",
    "cuEventRecord",
    "cuEventSynchronize",
    "cuGetErrorName",
    "cuGetErrorString",
    "cuInit",
    "cuLaunchKernel",
    "cuMemAllocAsync",
    "cuMemAlloc_v2",
    "cuMemFreeAsync",
    "cuMemFreeHost",
    "cuMemFree_v2",
    "cuMemGetInfo_v2",
    "cuMemHostAlloc",
    "cuMemPoolSetAttribute",
    "cuMemPoolTrimTo",
    "cuMemcpyDtoHAsync_v2",
    "cuMemcpyHtoDAsync_v2",
    "cuMemsetD8Async",
    "cuModuleGetFunction",
    "cuModuleLoadData",
    "cuModuleUnload",
    "cuStreamCreate",
    "cuStreamDestroy_v2",
    "cuStreamSynchronize",
    "cuStreamWaitEvent",
];

/// One device, as the driver describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceFacts {
    /// Its number, from 0.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Compute capability, major and minor.
    pub compute: [i32; 2],
    /// The CUDA version that the driver supports, such as `12.4`.
    pub driver: String,
    /// Total bytes of memory.
    pub total: u64,
    /// Bytes free now; `None` if not requested, or if the device did not report them.
    pub free: Option<u64>,
    /// What tells how fast it may be.
    pub speed: Speed,
}

/// What a device is built of. A figure that the driver does not tell is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Speed {
    /// Multiprocessors.
    pub multiprocessors: u32,
    /// Their peak clock, kHz.
    pub clock_khz: u32,
    /// The peak clock of the memory, kHz.
    pub memory_khz: u32,
    /// Width of the way to the memory, bits.
    pub bus_bits: u32,
    /// Whether it shares the memory of the CPU.
    pub integrated: bool,
}

/// The devices whose free memory is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreeOf {
    /// None of them.
    None,
    /// One, by its number.
    One(usize),
    /// All of them.
    All,
}

impl FreeOf {
    fn includes(self, index: usize) -> bool {
        match self {
            Self::None => false,
            Self::One(wanted) => wanted == index,
            Self::All => true,
        }
    }
}

impl DeviceFacts {
    /// Whether the kernels can run on it.
    pub fn usable(&self) -> bool {
        self.compute >= OLDEST_DEVICE
    }
}

impl From<DriverError> for Unavailable {
    fn from(error: DriverError) -> Self {
        match error.0 {
            Code::CUDA_ERROR_NO_DEVICE => Self::NoDevice,
            Code::CUDA_ERROR_STUB_LIBRARY => Self::NoDriver,
            Code::CUDA_ERROR_UNSUPPORTED_PTX_VERSION | Code::CUDA_ERROR_SYSTEM_DRIVER_MISMATCH => {
                Self::DriverTooOld { found: text(error) }
            }
            Code::CUDA_ERROR_JIT_COMPILER_NOT_FOUND
            | Code::CUDA_ERROR_JIT_COMPILATION_DISABLED
            | Code::CUDA_ERROR_NO_BINARY_FOR_GPU => Self::NoCompiler { why: text(error) },
            _ => Self::Driver(text(error)),
        }
    }
}

/// All devices of this machine. The driver reports free memory only to a context, which takes time and memory
/// on each device, so it is read only on request.
pub(crate) fn devices(free_of: FreeOf) -> Result<Vec<DeviceFacts>, Unavailable> {
    guarded(|| {
        let (count, driver) = start()?;
        let describe = |index| {
            let mut facts = facts(index, &driver)?;
            if free_of.includes(index) {
                // A full device has no room for a context.
                let free = CudaContext::new(index).and_then(|c| c.mem_get_info());
                facts.free = free.ok().map(|(free, _)| free as u64);
            }
            Ok(facts)
        };
        (0..count).map(describe).collect()
    })
}

/// A context on device `index`.
pub(crate) fn open(index: usize) -> Result<(Arc<CudaContext>, DeviceFacts), Unavailable> {
    guarded(|| {
        let (count, driver) = start()?;
        if index >= count {
            return Err(Unavailable::NoSuchDevice { index, count });
        }
        let mut facts = facts(index, &driver)?;
        if !facts.usable() {
            return Err(Unavailable::DeviceTooOld {
                name: facts.name,
                found: format!("{}.{}", facts.compute[0], facts.compute[1]),
            });
        }
        let context = CudaContext::new(index).map_err(|e| {
            if is_out_of_memory(e) {
                Unavailable::Full { index }
            } else {
                e.into()
            }
        })?;
        facts.free = context.mem_get_info().ok().map(|(free, _)| free as u64);
        Ok((context, facts))
    })
}

/// The binding to the driver panics when it cannot find something; this turns the panic into an error.
fn guarded<T>(work: impl FnOnce() -> Result<T, Unavailable>) -> Result<T, Unavailable> {
    let caught = catch_unwind(std::panic::AssertUnwindSafe(work));
    caught.unwrap_or_else(|_| Err(Unavailable::Driver("it could not be loaded".into())))
}

/// Loads and starts the driver: number of devices, and its version.
fn start() -> Result<(usize, String), Unavailable> {
    // SAFETY: loading the driver runs its initialisers, as in any program that uses it.
    if !unsafe { sys::is_culib_present() } {
        return Err(Unavailable::NoDriver);
    }
    // SAFETY: as above; it was just found.
    let library = unsafe { sys::culib() };
    let missing = SYMBOLS.iter().find(|name| {
        // SAFETY: only looked up, never called through this type.
        unsafe { library.get::<unsafe extern "C" fn()>(name.as_bytes()) }.is_err()
    });
    if let Some(name) = missing {
        return Err(Unavailable::DriverTooOld {
            found: format!("it has no {name}"),
        });
    }
    result::init()?;
    let mut version = 0;
    // SAFETY: writes one integer.
    unsafe { sys::cuDriverGetVersion(&raw mut version) }.result()?;
    let driver = format!("{}.{}", version / 1000, version % 1000 / 10);
    if version < OLDEST_DRIVER {
        return Err(Unavailable::DriverTooOld {
            found: format!("CUDA {driver}"),
        });
    }
    match usize::try_from(result::device::get_count()?) {
        Ok(0) | Err(_) => Err(Unavailable::NoDevice),
        Ok(count) => Ok((count, driver)),
    }
}

/// All facts except the free memory.
fn facts(index: usize, driver: &str) -> Result<DeviceFacts, Unavailable> {
    let device = result::device::get(index as i32)?;
    let name = result::device::get_name(device)?;
    // SAFETY: the driver counted this device.
    let (total, major, minor) = unsafe {
        use sys::CUdevice_attribute_enum as Attribute;
        (
            result::device::total_mem(device)?,
            result::device::get_attribute(
                device,
                Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR,
            )?,
            result::device::get_attribute(
                device,
                Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR,
            )?,
        )
    };
    Ok(DeviceFacts {
        index,
        name,
        compute: [major, minor],
        driver: driver.to_owned(),
        total: total as u64,
        free: None,
        speed: speed(device),
    })
}

fn speed(device: sys::CUdevice) -> Speed {
    use sys::CUdevice_attribute_enum as Attribute;
    let ask = |attribute| {
        // SAFETY: the driver counted this device.
        let value = unsafe { result::device::get_attribute(device, attribute) };
        value.ok().and_then(|v| u32::try_from(v).ok()).unwrap_or(0)
    };
    Speed {
        multiprocessors: ask(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
        clock_khz: ask(Attribute::CU_DEVICE_ATTRIBUTE_CLOCK_RATE),
        memory_khz: ask(Attribute::CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE),
        bus_bits: ask(Attribute::CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH),
        integrated: ask(Attribute::CU_DEVICE_ATTRIBUTE_INTEGRATED) != 0,
    }
}

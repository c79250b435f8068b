//! The GPUs of the machine, or why there are none.

use napi_derive::napi;
use zemosaic_engine::{
    AdapterFacts, AdapterKind, CudaBackend, CudaDeviceFacts, CudaFreeOf, wgpu_adapters,
};

use crate::door::{Failure, Result, now};
use crate::words::Kernel;

/// One CUDA device.
#[napi(object)]
pub struct CudaDevice {
    pub index: u32,
    pub name: String,
    /// Compute capability.
    pub compute: String,
    /// CUDA version of the driver.
    pub driver: String,
    /// Bytes.
    pub total: f64,
    /// Bytes; absent when not requested, or when the device did not report them.
    pub free: Option<f64>,
    /// Whether the device is new enough for the kernels.
    pub usable: bool,
    /// What tells how fast it may be; absent where the driver does not tell.
    pub multiprocessors: Option<u32>,
    pub clock_mhz: Option<f64>,
    pub memory_mhz: Option<f64>,
    /// Width of the way to its memory.
    pub bus_bits: Option<u32>,
    /// Whether it shares the memory of the CPU.
    pub integrated: bool,
}

/// CUDA on this machine: the devices, or why there are none.
#[napi(object)]
pub struct CudaFacts {
    pub devices: Vec<CudaDevice>,
    pub problem: Option<Failure>,
}

/// One adapter of wgpu.
#[napi(object)]
pub struct WgpuAdapter {
    pub index: u32,
    pub name: String,
    /// vulkan, metal or dx12
    pub api: String,
    pub driver: String,
    /// A software adapter, which computes on the CPU.
    pub software: bool,
    /// A card with memory of its own.
    pub discrete: bool,
    /// Largest buffer, and largest part of a buffer that a kernel can access, bytes.
    pub max_buffer: f64,
    pub max_binding: f64,
    /// Bytes; absent when the driver does not report them.
    pub total: Option<f64>,
    pub free: Option<f64>,
}

/// wgpu on this machine: the adapters, hardware first, or why there are none.
#[napi(object)]
pub struct WgpuFacts {
    pub adapters: Vec<WgpuAdapter>,
    pub problem: Option<Failure>,
}

/// Kernels that GPUs have; the CPU has all kernels.
#[napi]
pub fn device_kernels() -> Vec<Kernel> {
    zemosaic_coadd::Kernel::ON_DEVICES.map(Kernel::from).into()
}

/// Whether there are files of a driver of CUDA, and of one that wgpu uses; nothing is loaded.
#[napi(object)]
pub struct DriverFiles {
    pub cuda: bool,
    pub wgpu: bool,
}

#[napi]
pub fn driver_files() -> DriverFiles {
    DriverFiles {
        cuda: zemosaic_probe::has_cuda_library(),
        wgpu: zemosaic_probe::has_graphics_driver(),
    }
}

/// Looks for CUDA devices; having none is not an error. Learning the free memory of one, or of all, takes longer.
#[napi]
pub fn cuda_facts(with_free: bool, device: Option<u32>) -> Result<CudaFacts> {
    let free_of = match device {
        _ if !with_free => CudaFreeOf::None,
        None => CudaFreeOf::All,
        Some(index) => CudaFreeOf::One(index as usize),
    };
    now(|| {
        Ok(match CudaBackend::devices(free_of) {
            Ok(devices) => CudaFacts {
                devices: devices.into_iter().map(cuda_device).collect(),
                problem: None,
            },
            Err(e) => CudaFacts {
                devices: Vec::new(),
                problem: Some(Failure::new(e.code(), e.to_string())),
            },
        })
    })
}

/// Looks for adapters; having none is not an error.
#[napi]
pub fn wgpu_facts() -> Result<WgpuFacts> {
    now(|| {
        Ok(match wgpu_adapters() {
            Ok(adapters) => WgpuFacts {
                adapters: adapters.into_iter().map(wgpu_adapter).collect(),
                problem: None,
            },
            Err(e) => WgpuFacts {
                adapters: Vec::new(),
                problem: Some(Failure::new(e.code(), e.to_string())),
            },
        })
    })
}

fn cuda_device(facts: CudaDeviceFacts) -> CudaDevice {
    let told = |figure: u32| Some(figure).filter(|f| *f > 0);
    let mhz = |khz| told(khz).map(|khz| f64::from(khz) / 1000.0);
    CudaDevice {
        multiprocessors: told(facts.speed.multiprocessors),
        clock_mhz: mhz(facts.speed.clock_khz),
        memory_mhz: mhz(facts.speed.memory_khz),
        bus_bits: told(facts.speed.bus_bits),
        integrated: facts.speed.integrated,
        usable: facts.usable(),
        index: facts.index as u32,
        name: facts.name,
        compute: format!("{}.{}", facts.compute[0], facts.compute[1]),
        driver: facts.driver,
        total: facts.total as f64,
        free: facts.free.map(|b| b as f64),
    }
}

fn wgpu_adapter(facts: AdapterFacts) -> WgpuAdapter {
    WgpuAdapter {
        index: facts.index as u32,
        name: facts.name,
        api: facts.api.into(),
        driver: facts.driver,
        software: facts.kind == AdapterKind::Software,
        discrete: facts.kind == AdapterKind::Discrete,
        max_buffer: facts.limits.buffer as f64,
        max_binding: facts.limits.binding as f64,
        total: facts.memory.map(|m| m.total as f64),
        free: facts.memory.map(|m| m.free as f64),
    }
}

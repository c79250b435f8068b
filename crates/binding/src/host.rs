//! What the machine has.

use std::path::Path;

use napi_derive::napi;

use crate::door::{Failure, Result, now};
use crate::facts::Problem;

/// Facts about this machine and this process; sizes in bytes.
#[napi(object)]
pub struct HostFacts {
    pub threads: u32,
    pub ram_total: f64,
    pub ram_available: f64,
    pub cgroup_limit: Option<f64>,
    /// mains, battery or unknown
    pub power: String,
    pub peak_rss: f64,
    /// Vector instructions that the kernels use here.
    pub simd: String,
    pub version: String,
}

/// Reads them now.
#[napi]
pub fn host_facts() -> Result<HostFacts> {
    now(|| {
        let memory = zemosaic_probe::memory().map_err(|e| Failure::new(e.code(), e.to_string()))?;
        Ok(HostFacts {
            threads: zemosaic_probe::threads() as u32,
            ram_total: memory.total as f64,
            ram_available: memory.available as f64,
            cgroup_limit: memory.cgroup_limit.map(|b| b as f64),
            power: zemosaic_probe::power().name().into(),
            peak_rss: zemosaic_probe::peak_rss().unwrap_or(0) as f64,
            simd: zemosaic_coadd::cpu::simd().into(),
            version: env!("CARGO_PKG_VERSION").into(),
        })
    })
}

/// Free bytes where `path` is or would be; null when unknown.
#[napi]
pub fn disk_free(path: String) -> Result<Option<f64>> {
    now(|| {
        Ok(zemosaic_probe::disk_free(Path::new(&path))
            .ok()
            .map(|b| b as f64))
    })
}

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
    /// Bytes; absent when the device would not say.
    pub free: Option<f64>,
}

/// CUDA on this machine: its devices, or why there are none.
#[napi(object)]
pub struct CudaFacts {
    pub devices: Vec<CudaDevice>,
    pub problem: Option<Problem>,
}

/// Looks for CUDA devices; never throws for want of one.
#[napi]
pub fn cuda_facts() -> Result<CudaFacts> {
    now(|| {
        Ok(match zemosaic_engine::Device::cuda_devices() {
            Ok(devices) => CudaFacts {
                devices: devices.into_iter().map(cuda_device).collect(),
                problem: None,
            },
            Err(e) => CudaFacts {
                devices: Vec::new(),
                problem: Some(Problem {
                    code: e.code().into(),
                    message: e.to_string(),
                }),
            },
        })
    })
}

fn cuda_device(facts: zemosaic_engine::DeviceFacts) -> CudaDevice {
    CudaDevice {
        index: facts.index as u32,
        name: facts.name,
        compute: format!("{}.{}", facts.compute[0], facts.compute[1]),
        driver: facts.driver,
        total: facts.total as f64,
        free: facts.free.map(|b| b as f64),
    }
}

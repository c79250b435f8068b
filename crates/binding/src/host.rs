//! Facts about the machine.

use std::path::Path;

use napi_derive::napi;

use crate::door::{Failure, Result, now};

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
    /// False when there certainly is no GPU.
    pub may_have_gpu: bool,
    /// Vector instructions that the kernels use on this machine.
    pub simd: String,
    pub version: String,
}

/// Reads the facts now.
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
            may_have_gpu: zemosaic_probe::may_have_gpu(),
            simd: zemosaic_coadd::cpu::simd().into(),
            version: env!("CARGO_PKG_VERSION").into(),
        })
    })
}

/// Free bytes on the disk that holds `path`, or would hold it; null when unknown.
#[napi]
pub fn disk_free(path: String) -> Result<Option<f64>> {
    now(|| {
        Ok(zemosaic_probe::disk_free(Path::new(&path))
            .ok()
            .map(|b| b as f64))
    })
}

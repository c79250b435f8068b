//! Finds adapters, describes and orders them, and opens one; never panics where something is missing.

use std::future::Future;
use std::pin::pin;
use std::sync::Once;
use std::task::{Context, Poll, Waker};

use wgpu::{Adapter, Backends, DeviceType, Instance, InstanceDescriptor, InstanceFlags};

use crate::guard;
use crate::memory;
use crate::plan::Limits;
use crate::unavailable::Unavailable;
use zemosaic_coadd::backend::DeviceMemory;

/// Where an adapter computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdapterKind {
    /// On a GPU.
    Hardware,
    /// On the CPU (llvmpipe, WARP).
    Software,
}

/// One adapter, as its driver tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterFacts {
    /// Its number, from 0: discrete GPUs first, then others, then software.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// How it is reached: `vulkan`, `metal` or `dx12`.
    pub api: &'static str,
    /// The driver and its version.
    pub driver: String,
    /// Hardware or software.
    pub kind: AdapterKind,
    /// What it can hold.
    pub limits: Limits,
    /// Free and total memory; `None` when it does not tell.
    pub memory: Option<DeviceMemory>,
}

/// The adapters of this machine; an empty list is an error.
pub fn adapters() -> Result<Vec<AdapterFacts>, Unavailable> {
    guarded(|| {
        let found = enumerate()?;
        Ok(found.iter().enumerate().map(|(i, a)| facts(i, a)).collect())
    })
}

/// The adapter to use: number `index`, or the first; a software one only where `allow_software`.
pub fn choose(index: Option<usize>, allow_software: bool) -> Result<AdapterFacts, Unavailable> {
    let mut all = adapters()?;
    let (count, wanted) = (all.len(), index.unwrap_or(0));
    if wanted >= count {
        return Err(Unavailable::NoSuchAdapter {
            index: wanted,
            count,
        });
    }
    let chosen = all.swap_remove(wanted);
    if chosen.kind == AdapterKind::Software && !allow_software {
        return Err(Unavailable::OnlySoftware { name: chosen.name });
    }
    Ok(chosen)
}

/// Adapter `index` itself.
pub(crate) fn adapter(index: usize) -> Result<(Adapter, AdapterFacts), Unavailable> {
    let mut found = enumerate()?;
    if index >= found.len() {
        return Err(Unavailable::NoSuchAdapter {
            index,
            count: found.len(),
        });
    }
    let adapter = found.swap_remove(index);
    let facts = facts(index, &adapter);
    Ok((adapter, facts))
}

/// Drivers are foreign code: what panics on the way to them is told, not suffered.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Unavailable>) -> Result<T, Unavailable> {
    guard::guarded(work).unwrap_or_else(|_| {
        Err(Unavailable::Driver {
            name: "the GPU driver".into(),
            why: "it could not be loaded".into(),
        })
    })
}

/// Waits for what needs no waiting: natively wgpu answers at once.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::yield_now(),
        }
    }
}

fn enumerate() -> Result<Vec<Adapter>, Unavailable> {
    skip_device_select();
    let mut descriptor = InstanceDescriptor::new_without_display_handle();
    descriptor.backends = Backends::VULKAN | Backends::METAL | Backends::DX12;
    descriptor.flags = InstanceFlags::empty();
    let instance = Instance::new(descriptor);
    let mut found = now(instance.enumerate_adapters(Backends::all()));
    if found.is_empty() {
        return Err(Unavailable::NoAdapter);
    }
    found.sort_by_key(|a| rank(a.get_info().device_type));
    Ok(found)
}

fn rank(device: DeviceType) -> u8 {
    match device {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}

fn facts(index: usize, adapter: &Adapter) -> AdapterFacts {
    let info = adapter.get_info();
    AdapterFacts {
        index,
        name: info.name,
        api: info.backend.to_str(),
        driver: format!("{} {}", info.driver, info.driver_info)
            .trim()
            .to_owned(),
        kind: match info.device_type {
            DeviceType::Cpu => AdapterKind::Software,
            _ => AdapterKind::Hardware,
        },
        limits: Limits::of(&adapter.limits()),
        memory: memory::ask(adapter),
    }
}

/// Keeps Mesa's device-selection layer out: it opens a display connection for each instance, and some
/// versions crash where there is no display.
#[allow(unsafe_code)] // The environment is the only way to tell a Vulkan layer anything.
fn skip_device_select() {
    static ONCE: Once = Once::new();
    const NAME: &str = "NODEVICE_SELECT";
    ONCE.call_once(|| {
        if std::env::var_os(NAME).is_none() {
            // SAFETY: before the first Vulkan call of this process, once, under a lock that Rust's own
            // readers of the environment share; a process whose C code reads the environment from other
            // threads at this moment sets the variable itself before it starts.
            unsafe { std::env::set_var(NAME, "1") };
        }
    });
}

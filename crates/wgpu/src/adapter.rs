//! Finds adapters, describes and orders them, and opens one. Never panics if something is missing.

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
    /// On a card with memory of its own.
    Discrete,
    /// On another GPU.
    Hardware,
    /// On the CPU (llvmpipe, WARP).
    Software,
}

/// One adapter, as its driver describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterFacts {
    /// Its number, from 0: discrete GPUs first, then others, then software.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Its interface: `vulkan`, `metal` or `dx12`.
    pub api: &'static str,
    /// The driver and its version.
    pub driver: String,
    /// Discrete, other hardware or software.
    pub kind: AdapterKind,
    /// Its limits.
    pub limits: Limits,
    /// Free and total memory; `None` if it does not report them.
    pub memory: Option<DeviceMemory>,
}

/// The adapters of this machine; an empty list is an error.
pub fn adapters() -> Result<Vec<AdapterFacts>, Unavailable> {
    guarded(|| {
        let found = enumerate()?;
        Ok(found.iter().enumerate().map(|(i, a)| facts(i, a)).collect())
    })
}

/// The adapter to use: number `index`, or the first; a software adapter only with `allow_software`.
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

/// Drivers are foreign code, so a panic on the way to them is turned into an error.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Unavailable>) -> Result<T, Unavailable> {
    guard::guarded(work).unwrap_or_else(|_| {
        Err(Unavailable::Driver {
            name: "the GPU driver".into(),
            why: "it could not be loaded".into(),
        })
    })
}

/// Takes a future's result without waiting, because native wgpu answers immediately.
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
            DeviceType::DiscreteGpu => AdapterKind::Discrete,
            _ => AdapterKind::Hardware,
        },
        limits: Limits::of(&adapter.limits()),
        memory: memory::ask(adapter),
    }
}

/// Disables Mesa's device-selection layer: it opens a display connection for each instance, and some
/// versions crash without a display.
#[allow(unsafe_code)] // A Vulkan layer can only be configured by the environment.
fn skip_device_select() {
    static ONCE: Once = Once::new();
    const NAME: &str = "NODEVICE_SELECT";
    ONCE.call_once(|| {
        if std::env::var_os(NAME).is_none() {
            // SAFETY: happens once, before the first Vulkan call of this process, under a lock that Rust's own
            // readers of the environment share. A process whose C code may read the environment from other
            // threads at this moment must set the variable itself before it starts.
            unsafe { std::env::set_var(NAME, "1") };
        }
    });
}

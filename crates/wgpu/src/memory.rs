//! Free and total memory of an adapter, from the interface below wgpu; `None` if it does not report them.

// The interfaces below wgpu are C interfaces.
#![allow(unsafe_code)]

use wgpu::Adapter;
use zemosaic_coadd::backend::DeviceMemory;

/// Asks the driver.
pub(crate) fn ask(adapter: &Adapter) -> Option<DeviceMemory> {
    match adapter.get_info().backend {
        #[cfg(not(target_vendor = "apple"))]
        wgpu::Backend::Vulkan => vulkan(adapter),
        #[cfg(windows)]
        wgpu::Backend::Dx12 => dxgi(adapter),
        #[cfg(target_vendor = "apple")]
        wgpu::Backend::Metal => metal(adapter),
        _ => None,
    }
}

/// The largest heap of the device's own memory, by `VK_EXT_memory_budget`.
#[cfg(not(target_vendor = "apple"))]
fn vulkan(adapter: &Adapter) -> Option<DeviceMemory> {
    use ash::vk;

    // SAFETY: only queried, and released at the end of this function.
    let hal = unsafe { adapter.as_hal::<wgpu::hal::api::Vulkan>() }?;
    let shared = hal.shared_instance();
    let tells = hal
        .physical_device_capabilities()
        .supports_extension(ash::ext::memory_budget::NAME);
    if !tells || shared.instance_api_version() < vk::API_VERSION_1_1 {
        return None;
    }
    let mut budget = vk::PhysicalDeviceMemoryBudgetPropertiesEXT::default();
    let mut found = vk::PhysicalDeviceMemoryProperties2::default().push_next(&mut budget);
    // SAFETY: a live physical device of this instance, which has the call since 1.1; the device knows the
    // chained structure.
    unsafe {
        shared
            .raw_instance()
            .get_physical_device_memory_properties2(hal.raw_physical_device(), &mut found);
    }
    let memory = found.memory_properties;
    let heaps = memory.memory_heaps_as_slice().iter().enumerate();
    let (i, heap) = heaps
        .filter(|(_, h)| h.flags.contains(vk::MemoryHeapFlags::DEVICE_LOCAL))
        .max_by_key(|(_, h)| h.size)?;
    let (most, used) = (budget.heap_budget[i], budget.heap_usage[i]);
    Some(DeviceMemory {
        free: most.saturating_sub(used).min(heap.size),
        total: heap.size,
    })
}

/// The segment of the adapter's own memory, by `IDXGIAdapter3::QueryVideoMemoryInfo`.
#[cfg(windows)]
fn dxgi(adapter: &Adapter) -> Option<DeviceMemory> {
    use windows::Win32::Graphics::Dxgi::{
        DXGI_MEMORY_SEGMENT_GROUP_LOCAL, DXGI_QUERY_VIDEO_MEMORY_INFO,
    };

    // SAFETY: only queried, and released at the end of this function.
    let hal = unsafe { adapter.as_hal::<wgpu::hal::api::Dx12>() }?;
    let raw = hal.raw_adapter();
    let mut info = DXGI_QUERY_VIDEO_MEMORY_INFO::default();
    // SAFETY: a live adapter writes one structure.
    let (asked, description) = unsafe {
        (
            raw.QueryVideoMemoryInfo(0, DXGI_MEMORY_SEGMENT_GROUP_LOCAL, &mut info),
            raw.GetDesc(),
        )
    };
    asked.ok()?;
    let description = description.ok()?;
    let total = dxgi_total(
        adapter.get_info().device_type,
        description.DedicatedVideoMemory as u64,
        description.SharedSystemMemory as u64,
    );
    Some(DeviceMemory {
        free: info.Budget.saturating_sub(info.CurrentUsage).min(total),
        total,
    })
}

/// Bytes that the local segment can have. The dedicated memory of an integrated GPU is only a carve-out, on Intel 128 MB
/// for old programs; its local segment is the machine's memory.
#[cfg(any(windows, test))]
fn dxgi_total(kind: wgpu::DeviceType, own: u64, shared: u64) -> u64 {
    match kind {
        wgpu::DeviceType::DiscreteGpu if own > 0 => own,
        _ => own + shared,
    }
}

/// The most memory that Metal recommends to hold, minus what this process holds.
#[cfg(target_vendor = "apple")]
fn metal(adapter: &Adapter) -> Option<DeviceMemory> {
    use objc2_metal::MTLDevice as _;

    // SAFETY: only queried, and released at the end of this function.
    let hal = unsafe { adapter.as_hal::<wgpu::hal::api::Metal>() }?;
    let device = hal.raw_device();
    let total = device.recommendedMaxWorkingSetSize();
    let used = device.currentAllocatedSize() as u64;
    (total > 0).then_some(DeviceMemory {
        free: total.saturating_sub(used),
        total,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wgpu::DeviceType;

    #[test]
    fn an_integrated_gpu_has_more_than_its_carve_out() {
        const MB: u64 = 1 << 20;
        let total = |kind, own, shared| dxgi_total(kind, own * MB, shared * MB) / MB;
        assert_eq!(total(DeviceType::IntegratedGpu, 128, 8000), 8128);
        assert_eq!(total(DeviceType::DiscreteGpu, 6000, 8000), 6000);
        assert_eq!(total(DeviceType::DiscreteGpu, 0, 8000), 8000);
        assert_eq!(total(DeviceType::Cpu, 0, 8000), 8000);
    }
}

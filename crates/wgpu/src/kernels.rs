//! The kernels, compiled for the open device.

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindGroupLayoutDescriptor,
    BindGroupLayoutEntry, BindingResource, BindingType, BufferBindingType, ComputePipeline,
    ComputePipelineDescriptor, Device, PipelineCompilationOptions, PipelineLayoutDescriptor,
    ShaderModuleDescriptor, ShaderSource, ShaderStages,
};

/// All of `kernel/`, which is one module in six files.
const SOURCE: &str = concat!(
    include_str!("../kernel/types.wgsl"),
    include_str!("../kernel/sample.wgsl"),
    include_str!("../kernel/nearest.wgsl"),
    include_str!("../kernel/bilinear.wgsl"),
    include_str!("../kernel/coadd.wgsl"),
    include_str!("../kernel/finish.wgsl"),
);

/// Storage buffers that `coadd` sees.
pub(crate) const STORAGE_BUFFERS: u32 = 8;
/// Threads of a group.
pub(crate) const GROUP_THREADS: u32 = 256;

/// Pipelines and the layouts of what they read.
pub(crate) struct Kernels {
    pub nearest: ComputePipeline,
    pub bilinear: ComputePipeline,
    pub finish: ComputePipeline,
    coadd_layout: BindGroupLayout,
    finish_layout: BindGroupLayout,
}

impl Kernels {
    /// Errors are reported through the device's scopes.
    pub fn compile(device: &Device) -> Self {
        let module = device.create_shader_module(ShaderModuleDescriptor {
            label: Some("coadd"),
            source: ShaderSource::Wgsl(SOURCE.into()),
        });
        let uniform = BufferBindingType::Uniform;
        let read = BufferBindingType::Storage { read_only: true };
        let write = BufferBindingType::Storage { read_only: false };
        let coadd_layout = layout(
            device,
            &[uniform, write, read, read, read, read, read, read, write],
        );
        let finish_layout = layout(device, &[uniform, write]);
        let pipeline = |entry: &str, layout: &BindGroupLayout, kernel: Option<f64>| {
            let layouts = device.create_pipeline_layout(&PipelineLayoutDescriptor {
                label: Some(entry),
                bind_group_layouts: &[Some(layout)],
                immediate_size: 0,
            });
            let constants: Vec<_> = kernel.map(|k| ("kernel", k)).into_iter().collect();
            device.create_compute_pipeline(&ComputePipelineDescriptor {
                label: Some(entry),
                layout: Some(&layouts),
                module: &module,
                entry_point: Some(entry),
                compilation_options: PipelineCompilationOptions {
                    constants: &constants,
                    zero_initialize_workgroup_memory: false,
                },
                cache: None,
            })
        };
        Self {
            nearest: pipeline("coadd", &coadd_layout, Some(0.0)),
            bilinear: pipeline("coadd", &coadd_layout, Some(1.0)),
            finish: pipeline("finish", &finish_layout, None),
            coadd_layout,
            finish_layout,
        }
    }

    /// What one launch of `coadd` reads and writes, in the order of `types.wgsl`.
    pub fn bind_coadd(&self, device: &Device, resources: [BindingResource; 9]) -> BindGroup {
        bind(device, &self.coadd_layout, resources)
    }

    /// The launch parameters and the sums.
    pub fn bind_finish(&self, device: &Device, resources: [BindingResource; 2]) -> BindGroup {
        bind(device, &self.finish_layout, resources)
    }
}

fn layout(device: &Device, kinds: &[BufferBindingType]) -> BindGroupLayout {
    let entries: Vec<_> = (0..)
        .zip(kinds)
        .map(|(binding, ty)| BindGroupLayoutEntry {
            binding,
            visibility: ShaderStages::COMPUTE,
            ty: BindingType::Buffer {
                ty: *ty,
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        })
        .collect();
    device.create_bind_group_layout(&BindGroupLayoutDescriptor {
        label: None,
        entries: &entries,
    })
}

fn bind<const N: usize>(
    device: &Device,
    layout: &BindGroupLayout,
    resources: [BindingResource; N],
) -> BindGroup {
    let entries: Vec<_> = (0..)
        .zip(resources)
        .map(|(binding, resource)| BindGroupEntry { binding, resource })
        .collect();
    device.create_bind_group(&BindGroupDescriptor {
        label: None,
        layout,
        entries: &entries,
    })
}

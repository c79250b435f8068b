//! The kernels, compiled for the open device at their first use.

use std::collections::HashMap;

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindGroupLayoutDescriptor,
    BindGroupLayoutEntry, BindingResource, BindingType, BufferBindingType, ComputePipeline,
    ComputePipelineDescriptor, Device, ErrorFilter, PipelineCompilationOptions, PipelineLayout,
    PipelineLayoutDescriptor, ShaderModule, ShaderModuleDescriptor, ShaderSource, ShaderStages,
};
use zemosaic_coadd::backend::DeviceError;
use zemosaic_coadd::{Combine, Kernel};

use crate::adapter::now;
use crate::layout::kernel_number;
use crate::trouble::{Trouble, outcome};

/// All files of `kernel/`, which form one module.
pub(crate) const SOURCE: &str = concat!(
    include_str!("../kernel/constants.wgsl"),
    include_str!("../kernel/types.wgsl"),
    include_str!("../kernel/sample.wgsl"),
    include_str!("../kernel/nearest.wgsl"),
    include_str!("../kernel/bilinear.wgsl"),
    include_str!("../kernel/separable.wgsl"),
    include_str!("../kernel/fold.wgsl"),
    include_str!("../kernel/coadd.wgsl"),
    include_str!("../kernel/stack.wgsl"),
    include_str!("../kernel/halves.wgsl"),
    include_str!("../kernel/reduce.wgsl"),
    include_str!("../kernel/finish.wgsl"),
);

/// Storage buffers that `coadd` uses.
pub(crate) const STORAGE_BUFFERS: u32 = 8;

/// The module, the layouts of what it reads, and the pipelines compiled so far.
pub(crate) struct Kernels {
    module: ShaderModule,
    coadd: Layout,
    finish: Layout,
    compiled: HashMap<[u32; 2], Pipelines>,
}

/// What a chunk runs: `coadd` per launch, `reduce_columns` once per stack where the rule needs one, `finish` once
/// per part.
#[derive(Clone, Debug)]
pub(crate) struct Pipelines {
    pub coadd: ComputePipeline,
    pub reduce: Option<ComputePipeline>,
    pub finish: ComputePipeline,
}

/// What a kernel reads and writes.
struct Layout {
    bindings: BindGroupLayout,
    pipeline: PipelineLayout,
}

impl Kernels {
    /// Errors are reported through the device's scopes.
    pub fn new(device: &Device) -> Self {
        let module = device.create_shader_module(ShaderModuleDescriptor {
            label: Some("coadd"),
            source: ShaderSource::Wgsl(SOURCE.into()),
        });
        let uniform = BufferBindingType::Uniform;
        let read = BufferBindingType::Storage { read_only: true };
        let write = BufferBindingType::Storage { read_only: false };
        Self {
            module,
            coadd: layout(
                device,
                &[uniform, write, write, read, read, read, read, read, read],
            ),
            finish: layout(device, &[uniform, write, write]),
            compiled: HashMap::new(),
        }
    }

    /// The pipelines of a kernel and a rule, compiled at the first call for them.
    pub fn pipelines(
        &mut self,
        device: &Device,
        trouble: &Trouble,
        kernel: Kernel,
        combine: Combine,
    ) -> Result<Pipelines, DeviceError> {
        let missing = || DeviceError::Failed(format!("the wgpu backend has no kernel {kernel:?}"));
        let number = kernel_number(kernel).ok_or_else(missing)?;
        let numbers = [number, combine.number()];
        if let Some(found) = self.compiled.get(&numbers) {
            return Ok(found.clone());
        }
        let scopes = [
            ErrorFilter::OutOfMemory,
            ErrorFilter::Internal,
            ErrorFilter::Validation,
        ]
        .map(|filter| device.push_error_scope(filter));
        let made = Pipelines {
            coadd: self.compile(device, "coadd", &self.coadd, numbers),
            reduce: combine
                .needs_stack()
                .then(|| self.compile(device, "reduce_columns", &self.finish, numbers)),
            finish: self.compile(device, "finish", &self.finish, numbers),
        };
        // Innermost first; every scope is closed, whatever the others report.
        let found: Vec<_> = scopes
            .into_iter()
            .rev()
            .filter_map(|s| now(s.pop()))
            .collect();
        trouble.check()?;
        if let Some(error) = found.first() {
            return Err(outcome(error, "the compilation of kernels"));
        }
        self.compiled.insert(numbers, made.clone());
        Ok(made)
    }

    fn compile(
        &self,
        device: &Device,
        entry: &str,
        layout: &Layout,
        [kernel, rule]: [u32; 2],
    ) -> ComputePipeline {
        device.create_compute_pipeline(&ComputePipelineDescriptor {
            label: Some(entry),
            layout: Some(&layout.pipeline),
            module: &self.module,
            entry_point: Some(entry),
            compilation_options: PipelineCompilationOptions {
                constants: &[("kernel", f64::from(kernel)), ("rule", f64::from(rule))],
                zero_initialize_workgroup_memory: false,
            },
            cache: None,
        })
    }

    /// What one launch of `coadd` reads and writes, in the order of `types.wgsl`.
    pub fn bind_coadd(&self, device: &Device, resources: [BindingResource; 9]) -> BindGroup {
        bind(device, &self.coadd.bindings, resources)
    }

    /// What `reduce_columns` and `finish` read and write: the launch parameters, the sums and the fault word.
    pub fn bind_finish(&self, device: &Device, resources: [BindingResource; 3]) -> BindGroup {
        bind(device, &self.finish.bindings, resources)
    }
}

fn layout(device: &Device, kinds: &[BufferBindingType]) -> Layout {
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
    let bindings = device.create_bind_group_layout(&BindGroupLayoutDescriptor {
        label: None,
        entries: &entries,
    });
    let pipeline = device.create_pipeline_layout(&PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &[Some(&bindings)],
        immediate_size: 0,
    });
    Layout { bindings, pipeline }
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

#[cfg(test)]
mod tests {
    use naga::ShaderStage::Compute;
    use naga::back::pipeline_constants::process_overrides;
    use naga::back::{hlsl, msl};
    use naga::valid::{Capabilities, ValidationFlags, Validator};

    use super::*;

    #[test]
    fn kernels_translate_for_metal_and_directx() {
        let module = naga::front::wgsl::parse_str(SOURCE).expect("WGSL");
        let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
        let info = validator.validate(&module).expect("no more than WGSL has");
        let constants = |kernel: u32, rule: u32| {
            let known = [("kernel", kernel), ("rule", rule)];
            known.map(|(name, n)| (name.to_owned(), f64::from(n)))
        };
        let kernels = Kernel::ON_DEVICES.map(Kernel::number).into_iter();
        let pairs = kernels.flat_map(|kernel| Combine::ALL.map(|rule| (kernel, rule.number())));
        for (kernel, rule) in pairs {
            for name in ["coadd", "reduce_columns", "finish"] {
                let entry = Some((Compute, name.to_owned()));
                let at = format!("{name}, kernel {kernel}, rule {rule}");
                let constants = constants(kernel, rule).into_iter().collect();
                let (module, info) =
                    process_overrides(&module, &info, Some((Compute, name)), &constants)
                        .expect(&at);

                let mut text = String::new();
                // The most that the compiler included in Windows accepts.
                let options = hlsl::Options {
                    fake_missing_bindings: true,
                    shader_model: hlsl::ShaderModel::V5_1,
                    ..Default::default()
                };
                let pipeline = hlsl::PipelineOptions {
                    entry_point: entry.clone(),
                };
                hlsl::Writer::new(&mut text, &options, &pipeline)
                    .write(&module, &info, None)
                    .expect(&at);
                assert!(text.contains("numthreads"), "{at}");

                let options = msl::Options {
                    fake_missing_bindings: true,
                    lang_version: (2, 0),
                    ..Default::default()
                };
                let pipeline = msl::PipelineOptions {
                    entry_point: entry,
                    ..Default::default()
                };
                let (text, _) = msl::write_string(&module, &info, &options, &pipeline).expect(&at);
                assert!(text.contains("kernel void"), "{at}");
            }
        }
    }
}

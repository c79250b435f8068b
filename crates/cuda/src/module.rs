//! The kernels, each loaded at its first use, because the driver compiles all that it is given.

// The driver has a C interface.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::sync::Arc;

use cudarc::driver::{CudaContext, DriverError, result, sys};
use zemosaic_coadd::{Combine, Kernel};

/// All kernels, compiled by `kernel/build.py`.
const PTX: &str = include_str!("../kernel/kernel.ptx");
/// What the compiler writes before the name of each kernel.
const MARK: &str = "\t// .globl\t";

/// The kernels of one device.
pub(crate) struct Modules {
    loaded: Vec<Loaded>,
    context: Arc<CudaContext>,
}

struct Loaded {
    name: String,
    module: sys::CUmodule,
    /// Null until it is loaded.
    function: sys::CUfunction,
}

// SAFETY: the driver allows any thread to use these handles; every use binds the context first.
unsafe impl Send for Modules {}

impl Modules {
    /// Loads the most common kernel, which shows whether the driver accepts them.
    pub fn new(context: &Arc<CudaContext>) -> Result<Self, DriverError> {
        let mut modules = Self {
            loaded: Vec::new(),
            context: Arc::clone(context),
        };
        modules.get(&name(Kernel::Bilinear, Combine::Mean))?;
        Ok(modules)
    }

    /// The kernel of this name.
    pub fn get(&mut self, name: &str) -> Result<sys::CUfunction, DriverError> {
        let mut known = self.loaded.iter().filter(|l| !l.function.is_null());
        if let Some(found) = known.find(|l| l.name == name) {
            return Ok(found.function);
        }
        let missing = || DriverError(sys::CUresult::CUDA_ERROR_NOT_FOUND);
        let image = image(name).ok_or_else(missing)?;
        let [image, symbol] = [&*image, name].map(CString::new);
        let (image, symbol) = (
            image.map_err(|_| missing())?,
            symbol.map_err(|_| missing())?,
        );
        self.context.bind_to_thread()?;
        // SAFETY: PTX text that ends in a zero.
        let module = unsafe { result::module::load_data(image.as_ptr().cast()) }?;
        // Stored first, so that it is unloaded whatever happens next.
        self.loaded.push(Loaded {
            name: name.to_owned(),
            module,
            function: std::ptr::null_mut(),
        });
        // SAFETY: the module was just loaded.
        let function = unsafe { result::module::get_function(module, symbol) }?;
        if let Some(last) = self.loaded.last_mut() {
            last.function = function;
        }
        Ok(function)
    }
}

impl Drop for Modules {
    fn drop(&mut self) {
        for loaded in &self.loaded {
            let unloaded = self.context.bind_to_thread().and_then(|()| {
                // SAFETY: loaded in `get`, unloaded once.
                unsafe { result::module::unload(loaded.module) }
            });
            self.context.record_err(unloaded);
        }
    }
}

/// The name in the PTX of the kernel that samples by `kernel` for `combine`.
pub(crate) fn name(kernel: Kernel, combine: Combine) -> String {
    let kind = if combine.needs_stack() {
        "stack"
    } else {
        "coadd"
    };
    format!("{kind}_{kernel:?}").to_lowercase()
}

/// The PTX of one kernel: the head of the file and the kernel's part.
fn image(name: &str) -> Option<String> {
    let mut parts = PTX.split(MARK);
    let head = parts.next()?;
    let part = parts.find(|p| p.split_once('\n').is_some_and(|(first, _)| first == name))?;
    Some([head, MARK, part].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_has_its_part_of_the_ptx() {
        for kernel in Kernel::ON_DEVICES {
            for combine in [Combine::Mean, Combine::Median] {
                let name = name(kernel, combine);
                let image = image(&name).expect("its part");
                assert!(image.contains(&format!(".entry {name}(")), "{name}");
                assert_eq!(image.matches(".entry ").count(), 1, "{name}");
                assert!(image.contains(".version") && image.trim_end().ends_with('}'));
            }
        }
        assert_eq!(image("coadd_exact"), None);
    }
}

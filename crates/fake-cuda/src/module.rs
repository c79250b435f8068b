//! Modules from PTX text, and launches.

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::fs;
use std::sync::Arc;

use crate::code::{
    Code, INVALID_HANDLE, INVALID_PTX, INVALID_VALUE, NO_JIT_COMPILER, NOT_FOUND, SUCCESS,
    UNSUPPORTED_PTX_VERSION, put,
};
use crate::config::{Kernels, Mode};
use crate::function::Function;
use crate::kernel::{find, group_threads};
use crate::ptx::{self, Program};
use crate::state::{Driver, Work, bound, with};

/// The handle of a function is this plus its place among those that were asked for.
const FIRST_FUNCTION: u64 = 0xf000_0000;

/// The kernels of a loaded text.
pub(crate) enum Module {
    /// Their names.
    Names(Vec<String>),
    /// Their instructions.
    Programs(Vec<Arc<Program>>),
}

impl Module {
    /// Reads a PTX text; what cannot be read is one line on stderr.
    fn new(kernels: &Kernels, text: &str) -> Result<Self, Code> {
        let names = text.split(".entry ").skip(1);
        let names = names.filter_map(|t| Some(t.split_once('(')?.0.trim().to_owned()));
        let Kernels::Ptx(instead) = kernels else {
            return Ok(Self::Names(names.collect()));
        };
        let instead = match instead.as_ref().map(fs::read_to_string).transpose() {
            Ok(instead) => instead,
            Err(error) => {
                eprintln!("fake-cuda: FAKE_CUDA_PTX cannot be read: {error}");
                return Err(INVALID_PTX);
            }
        };
        let text = instead.as_deref().unwrap_or(text);
        let mut programs = Vec::new();
        for name in names {
            match ptx::load(text, &name) {
                Ok(Some(program)) => {
                    if let [first, more @ ..] = &program.remarks[..] {
                        eprintln!("fake-cuda: {name}, {first}; so do {} others", more.len());
                    }
                    programs.push(Arc::new(program));
                }
                Ok(None) => {}
                Err(refusal) => {
                    eprintln!("fake-cuda: {name}, line {}: {}", refusal.line, refusal.why);
                    return Err(INVALID_PTX);
                }
            }
        }
        Ok(Self::Programs(programs))
    }

    fn function(&self, kernels: &Kernels, name: &str) -> Option<Function> {
        match self {
            Self::Programs(programs) => {
                let found = programs.iter().find(|p| p.is_named(name));
                found.map(|p| Function::Ptx(Arc::clone(p)))
            }
            Self::Names(names) => {
                let place = find(name).filter(|_| names.iter().any(|n| n == name))?;
                Some(match kernels {
                    Kernels::Null => Function::Null,
                    _ => Function::Source(place),
                })
            }
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn cuModuleLoadData(module: *mut u64, image: *const c_void) -> Code {
    if image.is_null() {
        return INVALID_VALUE;
    }
    // SAFETY: not null; a PTX image is text that ends in a zero.
    let Ok(text) = unsafe { CStr::from_ptr(image.cast()) }.to_str() else {
        return INVALID_PTX;
    };
    if !text.contains(".version") || !text.contains(".target sm_") {
        return INVALID_PTX;
    }
    bound(|d| {
        match d.config.mode {
            Mode::OldPtx => return UNSUPPORTED_PTX_VERSION,
            Mode::NoJit => return NO_JIT_COMPILER,
            _ => {}
        }
        match Module::new(&d.config.kernels, text) {
            Ok(loaded) => {
                let handle = d.new_handle();
                d.modules.insert(handle, loaded);
                put(module, handle)
            }
            Err(code) => code,
        }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuModuleUnload(module: u64) -> Code {
    with(|d| match d.modules.remove(&module) {
        Some(_) => SUCCESS,
        None => INVALID_HANDLE,
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuModuleGetFunction(function: *mut u64, module: u64, name: *const c_char) -> Code {
    if name.is_null() {
        return INVALID_VALUE;
    }
    // SAFETY: not null; the caller's text ends in a zero.
    let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
    bound(|d| {
        let Some(loaded) = d.modules.get(&module) else {
            return INVALID_HANDLE;
        };
        match loaded.function(&d.config.kernels, &name) {
            Some(found) => {
                d.functions.push(found);
                put(function, FIRST_FUNCTION + d.functions.len() as u64 - 1)
            }
            None => NOT_FOUND,
        }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuFuncGetAttribute(value: *mut c_int, _attribute: c_int, _function: u64) -> Code {
    put(value, group_threads() as c_int)
}

#[unsafe(no_mangle)]
extern "C" fn cuLaunchKernel(
    function: u64,
    grid_x: c_uint,
    grid_y: c_uint,
    grid_z: c_uint,
    block_x: c_uint,
    block_y: c_uint,
    block_z: c_uint,
    _shared_bytes: c_uint,
    stream: u64,
    arguments: *const *const u8,
    _extra: *const c_void,
) -> Code {
    let shape_fits = [grid_y, grid_z, block_y, block_z] == [1; 4];
    if !shape_fits || grid_x == 0 || arguments.is_null() {
        return INVALID_VALUE;
    }
    let place = function.wrapping_sub(FIRST_FUNCTION) as usize;
    bound(|d: &mut Driver| {
        let Some(found) = d.functions.get(place) else {
            return INVALID_HANDLE;
        };
        // SAFETY: not null; the caller points to an argument for each parameter.
        match unsafe { found.launch(arguments, grid_x, block_x) } {
            Some(launch) => d.push(stream, Work::Launch(launch)),
            None => INVALID_VALUE,
        }
    })
}

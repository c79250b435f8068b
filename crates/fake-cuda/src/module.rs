//! Modules from PTX text, and launches.

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};

use crate::code::{
    Code, INVALID_HANDLE, INVALID_PTX, INVALID_VALUE, NO_JIT_COMPILER, NOT_FOUND, SUCCESS,
    UNSUPPORTED_PTX_VERSION, put,
};
use crate::config::Mode;
use crate::kernel::{Launch, find, group_threads};
use crate::state::{Work, bound, with};

/// The handle of a function is this plus its place in the table of kernels.
const FIRST_FUNCTION: u64 = 0xf000_0000;

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
    let names = text.split(".entry ").skip(1);
    let names = names
        .filter_map(|t| Some(t.split_once('(')?.0.trim().to_owned()))
        .collect();
    bound(|d| {
        match d.config.mode {
            Mode::OldPtx => return UNSUPPORTED_PTX_VERSION,
            Mode::NoJit => return NO_JIT_COMPILER,
            _ => {}
        }
        let handle = d.new_handle();
        d.modules.insert(handle, names);
        put(module, handle)
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
        let Some(names) = d.modules.get(&module) else {
            return INVALID_HANDLE;
        };
        match find(&name).filter(|_| names.iter().any(|n| *n == name)) {
            Some(place) => put(function, FIRST_FUNCTION + place as u64),
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
    let shape_fits = [grid_y, grid_z, block_y, block_z] == [1; 4] && block_x == group_threads();
    if !shape_fits || grid_x == 0 || arguments.is_null() {
        return INVALID_VALUE;
    }
    // SAFETY: not null; the kernels have one argument, and the caller points to it.
    let argument = unsafe { arguments.read() };
    if argument.is_null() {
        return INVALID_VALUE;
    }
    let place = function.wrapping_sub(FIRST_FUNCTION) as usize;
    bound(|d| match Launch::new(place, argument, grid_x) {
        Some(launch) => d.push(stream, Work::Launch(launch)),
        None => INVALID_HANDLE,
    })
}

//! Initialisation and contexts.

use std::cell::RefCell;
use std::ffi::{c_int, c_uint, c_void};

use crate::code::{Code, INVALID_CONTEXT, INVALID_DEVICE, NO_DEVICE, STUB_LIBRARY, SUCCESS, put};
use crate::config::Mode;
use crate::current::CURRENT;
use crate::state::{Driver, bound, ready, with};

/// The one device's primary context.
const PRIMARY: u64 = 0xc0;

thread_local! {
    /// Contexts below the current one, by `cuCtxPushCurrent`.
    static BELOW: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

#[unsafe(no_mangle)]
extern "C" fn cuInit(_flags: c_uint) -> Code {
    with(|d| match d.config.mode {
        Mode::NoDevice => NO_DEVICE,
        Mode::Stub => STUB_LIBRARY,
        Mode::Hangs => loop {
            std::thread::sleep(std::time::Duration::from_secs(1));
        },
        Mode::Crashes => std::process::abort(),
        Mode::Works | Mode::OldPtx | Mode::NoJit => {
            d.initialised = true;
            SUCCESS
        }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuDriverGetVersion(version: *mut c_int) -> Code {
    let found = with(|d| {
        if d.config.mode == Mode::OldPtx {
            12000
        } else {
            12040
        }
    });
    put(version, found)
}

#[unsafe(no_mangle)]
extern "C" fn cuDevicePrimaryCtxRetain(context: *mut u64, _device: c_int) -> Code {
    ready(|_| put(context, PRIMARY))
}

#[unsafe(no_mangle)]
extern "C" fn cuDevicePrimaryCtxRelease_v2(_device: c_int) -> Code {
    SUCCESS
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxSetCurrent(context: u64) -> Code {
    if context != 0 && !is_known(context) {
        return INVALID_CONTEXT;
    }
    CURRENT.set(context);
    SUCCESS
}

fn is_known(context: u64) -> bool {
    context == PRIMARY || with(|d| d.contexts.contains(&context))
}

/// A context besides the primary one; it shares the device's memory and streams.
#[unsafe(no_mangle)]
extern "C" fn cuCtxCreate_v3(
    context: *mut u64,
    _affinities: *const c_void,
    _count: c_int,
    _flags: c_uint,
    device: c_int,
) -> Code {
    ready(|d| {
        if device != 0 {
            return INVALID_DEVICE;
        }
        let handle = d.new_handle();
        d.contexts.push(handle);
        CURRENT.set(handle);
        put(context, handle)
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxDestroy_v2(context: u64) -> Code {
    let known = with(|d| {
        let place = d.contexts.iter().position(|c| *c == context);
        place.map(|at| d.contexts.swap_remove(at)).is_some()
    });
    if !known {
        return INVALID_CONTEXT;
    }
    if CURRENT.get() == context {
        CURRENT.set(0);
    }
    SUCCESS
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxPushCurrent_v2(context: u64) -> Code {
    if !is_known(context) {
        return INVALID_CONTEXT;
    }
    BELOW.with_borrow_mut(|below| below.push(CURRENT.replace(context)));
    SUCCESS
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxPopCurrent_v2(context: *mut u64) -> Code {
    let below = BELOW.with_borrow_mut(Vec::pop).unwrap_or(0);
    match CURRENT.replace(below) {
        0 => INVALID_CONTEXT,
        popped => put(context, popped),
    }
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxGetDevice(device: *mut c_int) -> Code {
    if CURRENT.get() == 0 {
        return INVALID_CONTEXT;
    }
    put(device, 0)
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxGetStreamPriorityRange(least: *mut c_int, greatest: *mut c_int) -> Code {
    put(least, 0);
    put(greatest, 0)
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxGetCurrent(context: *mut u64) -> Code {
    put(context, CURRENT.get())
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxSynchronize() -> Code {
    bound(Driver::finish_all)
}

//! Initialisation and contexts.

use std::cell::Cell;
use std::ffi::{c_int, c_uint};

use crate::code::{Code, INVALID_CONTEXT, NO_DEVICE, STUB_LIBRARY, SUCCESS, put};
use crate::config::Mode;
use crate::state::{ready, with};

/// The one device's primary context.
const PRIMARY: u64 = 0xc0;

thread_local! {
    static CURRENT: Cell<u64> = const { Cell::new(0) };
}

#[unsafe(no_mangle)]
extern "C" fn cuInit(_flags: c_uint) -> Code {
    with(|d| match d.config.mode {
        Mode::NoDevice => NO_DEVICE,
        Mode::Stub => STUB_LIBRARY,
        Mode::Works | Mode::OldPtx => {
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
    if context != 0 && context != PRIMARY {
        return INVALID_CONTEXT;
    }
    CURRENT.set(context);
    SUCCESS
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxGetCurrent(context: *mut u64) -> Code {
    put(context, CURRENT.get())
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxSynchronize() -> Code {
    if CURRENT.get() == 0 {
        return INVALID_CONTEXT;
    }
    ready(super::state::Driver::finish_all)
}

//! The only device, and what it reports about itself.

use std::ffi::{c_char, c_int};

use crate::code::{Code, INVALID_DEVICE, INVALID_VALUE, SUCCESS, put};
use crate::config::Mode;
use crate::state::ready;

const NAME: &str = "Fake CUDA device (CPU)";

/// The attributes of the compute capability.
const MAJOR: c_int = 75;
const MINOR: c_int = 76;
/// The attribute for memory pools.
const POOLS: c_int = 115;
/// Attributes by number (cuda.h, `CUdevice_attribute`), with the values of a card of compute capability 8.6.
const ATTRIBUTES: [(c_int, c_int); 13] = [
    (1, 1024),          // threads per block
    (2, 1024),          // block x
    (3, 1024),          // block y
    (4, 64),            // block z
    (5, 2_147_483_647), // grid x
    (6, 65535),         // grid y
    (7, 65535),         // grid z
    (10, 32),           // warp
    (13, 1_500_000),    // clock, kHz
    (16, 4),            // multiprocessors
    (36, 7_000_000),    // clock of the memory, kHz
    (37, 128),          // bits of its bus
    (POOLS, 1),
];

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetCount(count: *mut c_int) -> Code {
    ready(|d| put(count, c_int::from(d.config.mode != Mode::NoDevice)))
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGet(device: *mut c_int, ordinal: c_int) -> Code {
    ready(|_| {
        if ordinal == 0 {
            put(device, 0)
        } else {
            INVALID_DEVICE
        }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetName(name: *mut c_char, len: c_int, _device: c_int) -> Code {
    let Some(room) = usize::try_from(len)
        .ok()
        .filter(|n| *n > 0 && !name.is_null())
    else {
        return INVALID_VALUE;
    };
    let text = &NAME.as_bytes()[..NAME.len().min(room - 1)];
    // SAFETY: the caller gave `len` bytes; the text and its zero fit.
    unsafe {
        name.cast::<u8>()
            .copy_from_nonoverlapping(text.as_ptr(), text.len());
        name.add(text.len()).write(0);
    }
    SUCCESS
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetUuid(uuid: *mut [u8; 16], _device: c_int) -> Code {
    put(uuid, *b"fake cuda device")
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetUuid_v2(uuid: *mut [u8; 16], device: c_int) -> Code {
    cuDeviceGetUuid(uuid, device)
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceTotalMem_v2(bytes: *mut usize, _device: c_int) -> Code {
    ready(|d| put(bytes, d.config.total as usize))
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetAttribute(value: *mut c_int, attribute: c_int, _device: c_int) -> Code {
    let found = ATTRIBUTES.iter().find(|a| a.0 == attribute);
    ready(|d| match found {
        _ if attribute == MAJOR => put(value, d.config.compute / 10),
        _ if attribute == MINOR => put(value, d.config.compute % 10),
        Some((POOLS, _)) if !d.config.pools => put(value, 0),
        _ => put(value, found.map_or(0, |a| a.1)),
    })
}

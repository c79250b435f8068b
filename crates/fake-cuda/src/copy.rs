//! Calls for copies and fills.

use std::ffi::{c_int, c_uint, c_void};

use crate::block::inside;
use crate::code::{Code, INVALID_VALUE, SUCCESS};
use crate::state::{Driver, Work, bound};
use crate::transfer::{Copy, Fill, Source};

/// Queues a fill.
fn fill(to: u64, pattern: u32, unit: usize, count: usize, stream: u64) -> Code {
    bound(|d| match count.checked_mul(unit) {
        Some(bytes) if inside(&d.blocks, to, bytes) => d.push(
            stream,
            Work::Fill(Fill {
                to,
                pattern,
                unit,
                count,
            }),
        ),
        _ => INVALID_VALUE,
    })
}

/// Queues a copy to the device.
fn upload(driver: &mut Driver, to: u64, from: *const c_void, bytes: usize, stream: u64) -> Code {
    if bytes == 0 {
        return SUCCESS;
    }
    if !inside(&driver.blocks, to, bytes) || from.is_null() {
        return INVALID_VALUE;
    }
    let mut copy = Copy::line(from as u64, to, bytes);
    if !inside(&driver.pinned, from as u64, bytes) && !driver.skips(bytes) {
        // SAFETY: the caller's host memory of `bytes` bytes.
        let captured = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), bytes) };
        copy.from = Source::Captured(captured.to_vec());
    }
    driver.push(stream, Work::Copy(copy))
}

/// Queues a copy from the device; a copy to pageable memory is done when this returns.
fn download(driver: &mut Driver, to: *mut c_void, from: u64, bytes: usize, stream: u64) -> Code {
    if bytes == 0 {
        return SUCCESS;
    }
    if !inside(&driver.blocks, from, bytes) || to.is_null() {
        return INVALID_VALUE;
    }
    let code = driver.push(stream, Work::Copy(Copy::line(from, to as u64, bytes)));
    if code == SUCCESS && !inside(&driver.pinned, to as u64, bytes) {
        return driver.finish_stream(stream);
    }
    code
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyHtoDAsync_v2(
    to: u64,
    from: *const c_void,
    bytes: usize,
    stream: u64,
) -> Code {
    bound(|d| upload(d, to, from, bytes, stream))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyHtoD_v2(to: u64, from: *const c_void, bytes: usize) -> Code {
    at_once(bound(|d| upload(d, to, from, bytes, 0)))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyDtoHAsync_v2(to: *mut c_void, from: u64, bytes: usize, stream: u64) -> Code {
    bound(|d| download(d, to, from, bytes, stream))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyDtoH_v2(to: *mut c_void, from: u64, bytes: usize) -> Code {
    at_once(bound(|d| download(d, to, from, bytes, 0)))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyDtoDAsync_v2(to: u64, from: u64, bytes: usize, stream: u64) -> Code {
    bound(|d| {
        if !inside(&d.blocks, to, bytes) || !inside(&d.blocks, from, bytes) {
            return INVALID_VALUE;
        }
        d.push(stream, Work::Copy(Copy::line(from, to, bytes)))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyDtoD_v2(to: u64, from: u64, bytes: usize) -> Code {
    at_once(cuMemcpyDtoDAsync_v2(to, from, bytes, 0))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemsetD8Async(to: u64, byte: u8, count: usize, stream: u64) -> Code {
    fill(to, u32::from_ne_bytes([byte; 4]), 1, count, stream)
}

#[unsafe(no_mangle)]
extern "C" fn cuMemsetD32Async(to: u64, word: c_uint, count: usize, stream: u64) -> Code {
    fill(to, word, 4, count, stream)
}

#[unsafe(no_mangle)]
extern "C" fn cuMemsetD8_v2(to: u64, byte: u8, count: usize) -> Code {
    at_once(cuMemsetD8Async(to, byte, count, 0))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemsetD32_v2(to: u64, word: c_uint, count: usize) -> Code {
    at_once(cuMemsetD32Async(to, word, count, 0))
}

/// Waits for work that was queued on the default stream, unless it was refused.
fn at_once(queued: Code) -> Code {
    match queued {
        SUCCESS => bound(|d| d.finish_stream(0)),
        code => code,
    }
}

/// `CUDA_MEMCPY2D` of cuda.h.
#[repr(C)]
struct Copy2d {
    from_x: usize,
    from_y: usize,
    from_type: c_int,
    from_host: *const c_void,
    from_device: u64,
    from_array: *const c_void,
    from_pitch: usize,
    to_x: usize,
    to_y: usize,
    to_type: c_int,
    to_host: *mut c_void,
    to_device: u64,
    to_array: *mut c_void,
    to_pitch: usize,
    width: usize,
    rows: usize,
}

const HOST: c_int = 1;
const DEVICE: c_int = 2;

#[unsafe(no_mangle)]
extern "C" fn cuMemcpy2DAsync_v2(copy: *const Copy2d, stream: u64) -> Code {
    if copy.is_null() {
        return INVALID_VALUE;
    }
    // SAFETY: not null; the caller points to a CUDA_MEMCPY2D.
    let c = unsafe { &*copy };
    bound(|d| {
        if c.width == 0 || c.rows == 0 {
            return SUCCESS;
        }
        let span = |pitch: usize| (c.rows - 1) * pitch + c.width;
        let from = match c.from_type {
            HOST => c.from_host as u64,
            DEVICE => c.from_device,
            _ => return INVALID_VALUE,
        } + (c.from_y * c.from_pitch + c.from_x) as u64;
        let to = match c.to_type {
            HOST => c.to_host as u64,
            DEVICE => c.to_device,
            _ => return INVALID_VALUE,
        } + (c.to_y * c.to_pitch + c.to_x) as u64;
        let from_there = c.from_type == HOST || inside(&d.blocks, from, span(c.from_pitch));
        let to_there = c.to_type == HOST || inside(&d.blocks, to, span(c.to_pitch));
        if !from_there || !to_there || c.width > c.from_pitch || c.width > c.to_pitch {
            return INVALID_VALUE;
        }
        let pageable = |kind: c_int, at: u64, pitch: usize| {
            kind == HOST && !inside(&d.pinned, at, span(pitch))
        };
        let mut work = Copy {
            from: Source::Address(from),
            from_pitch: c.from_pitch,
            to,
            to_pitch: c.to_pitch,
            width: c.width,
            rows: c.rows,
        };
        if pageable(c.from_type, from, c.from_pitch) && !d.skips(c.width * c.rows) {
            // SAFETY: the caller's host memory of this many bytes.
            let all = unsafe { std::slice::from_raw_parts(from as *const u8, span(c.from_pitch)) };
            work.from = Source::Captured(all.to_vec());
        }
        let at_once = pageable(c.to_type, to, c.to_pitch);
        match d.push(stream, Work::Copy(work)) {
            SUCCESS if at_once => d.finish_stream(stream),
            code => code,
        }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpy2D_v2(copy: *const Copy2d) -> Code {
    at_once(cuMemcpy2DAsync_v2(copy, 0))
}

//! Calls for device and pinned memory, and for the pool.

use std::ffi::{c_int, c_uint, c_void};

use crate::block::Block;
use crate::code::{Code, INVALID_VALUE, NOT_SUPPORTED, OUT_OF_MEMORY, SUCCESS, put};
use crate::state::{Work, bound, ready, with};

#[unsafe(no_mangle)]
extern "C" fn cuMemGetInfo_v2(free: *mut usize, total: *mut usize) -> Code {
    bound(|d| {
        put(free, d.free_bytes() as usize);
        put(total, d.config.total as usize)
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemAlloc_v2(to: *mut u64, bytes: usize) -> Code {
    bound(|d| match d.allocate(bytes, false) {
        Ok(address) => put(to, address),
        Err(code) => code,
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemAllocAsync(to: *mut u64, bytes: usize, stream: u64) -> Code {
    bound(|d| {
        if !d.config.pools {
            return NOT_SUPPORTED;
        }
        // Runs in the stream's order, so that memory freed on it before is available.
        let code = d.finish_stream(stream);
        if code != SUCCESS {
            return code;
        }
        match d.allocate(bytes, true) {
            Ok(address) => put(to, address),
            Err(code) => code,
        }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemFree_v2(address: u64) -> Code {
    // Freeing must work on a lost device too.
    with(|d| {
        d.finish_all();
        match d.blocks.remove(&address) {
            Some(_) => SUCCESS,
            None => INVALID_VALUE,
        }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemFreeAsync(address: u64, stream: u64) -> Code {
    bound(|d| {
        if !d.config.pools {
            NOT_SUPPORTED
        } else if d.blocks.contains_key(&address) {
            d.push(stream, Work::Free(address))
        } else {
            INVALID_VALUE
        }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemHostAlloc(to: *mut *mut c_void, bytes: usize, _flags: c_uint) -> Code {
    bound(|d| match Block::new(bytes, d.config.pinned_memory()) {
        Some(block) => {
            let address = block.address();
            d.pinned.insert(address, block);
            put(to, address as *mut c_void)
        }
        None => OUT_OF_MEMORY,
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemFreeHost(at: *mut c_void) -> Code {
    with(|d| {
        d.finish_all();
        d.shown.forget();
        match d.pinned.remove(&(at as u64)) {
            Some(_) => SUCCESS,
            None => INVALID_VALUE,
        }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetDefaultMemPool(pool: *mut u64, _device: c_int) -> Code {
    ready(|d| {
        if d.config.pools {
            put(pool, 1)
        } else {
            NOT_SUPPORTED
        }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetMemPool(pool: *mut u64, device: c_int) -> Code {
    cuDeviceGetDefaultMemPool(pool, device)
}

#[unsafe(no_mangle)]
extern "C" fn cuMemPoolTrimTo(_pool: u64, keep: usize) -> Code {
    ready(|d| {
        while d.pooled_bytes() > keep as u64 {
            d.pooled.pop();
        }
        SUCCESS
    })
}

const RELEASE_THRESHOLD: c_int = 4;
const RESERVED: c_int = 5;

#[unsafe(no_mangle)]
extern "C" fn cuMemPoolSetAttribute(_pool: u64, attribute: c_int, value: *const u64) -> Code {
    ready(|d| {
        if attribute != RELEASE_THRESHOLD || value.is_null() {
            return INVALID_VALUE;
        }
        // SAFETY: not null; this attribute is a cuuint64_t.
        d.pool_keeps = unsafe { value.read() };
        SUCCESS
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemPoolGetAttribute(_pool: u64, attribute: c_int, value: *mut u64) -> Code {
    ready(|d| match attribute {
        RELEASE_THRESHOLD => put(value, d.pool_keeps),
        RESERVED => put(value, d.pooled_bytes()),
        _ => INVALID_VALUE,
    })
}

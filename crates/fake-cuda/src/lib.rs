//! A `libcuda.so.1` without a GPU.
//!
//! Device memory is host memory with a byte budget. Streams queue their work and run it late, in an order that
//! reveals a missing wait. A launch runs the kernel's own source, compiled for the CPU; or it interprets the PTX
//! that was loaded, as it ships, and checks every access (`ptx`); or it does nothing. Built as a
//! shared library that the dynamic loader finds in place of the real driver.
//!
//! Environment, read once: `FAKE_CUDA_TOTAL_MB` (8192), `FAKE_CUDA_FREE_MB` (all of it),
//! `FAKE_CUDA_FAIL_ALLOC=n` (the n-th allocation of device memory fails), `FAKE_CUDA_LOSE_AT=n`
//! (the n-th launch loses the device), `FAKE_CUDA_ORDER=first|last|needed` (which streams run
//! ahead when one is waited for: see `state.rs`), `FAKE_CUDA_DROP_WAITS=1` (no stream waits for an
//! event), `FAKE_CUDA_COMPUTE=86`,
//! `FAKE_CUDA_POOLS=0` (a device without memory pools, as virtual ones are),
//! `FAKE_CUDA_MODE=nodevice|oldptx|nojit|stub`,
//! `FAKE_CUDA_PTX=1` (interpret the loaded PTX; slower, but what ships) or `FAKE_CUDA_PTX=FILE` (that of a file in its
//! place), `FAKE_CUDA_NULL=1` (kernels and copies cost nothing, and the output means nothing: what is left is
//! the host's work).
//!
//! To use it, `node scripts/fake-cuda.mjs` builds it and prints a folder; begin `LD_LIBRARY_PATH` with that.

// A C interface with raw pointers: every function trusts its caller, as the real driver does.
#![allow(unsafe_code)]

mod block;
mod code;
mod config;
mod context;
mod copy;
mod current;
mod device;
mod function;
mod kernel;
mod memory;
mod module;
mod ptx;
mod state;
mod stream;
mod transfer;

//! The CUDA backend on the fake driver, each test in its own process; on a real card with
//! `ZEMOSAIC_CUDA_REAL=1`.

#![cfg(target_os = "linux")] // The fake driver is a Linux shared library.

mod chunks;
mod driver;
mod estimate;
mod fake;
mod faults;
mod interpreter;
mod memory;
mod mutations;
mod rules;
mod shipped;
mod suite;

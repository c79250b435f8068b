//! The CUDA backend on the fake driver, each test in a process of its own; on a real card with
//! `ZEMOSAIC_CUDA_REAL=1`.

#![cfg(target_os = "linux")] // The fake driver is a shared library of that system.

mod chunks;
mod driver;
mod estimate;
mod fake;
mod faults;
mod memory;
mod rules;
mod suite;

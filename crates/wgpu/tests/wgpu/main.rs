//! Compares the backend with the CPU, and tests failures, on whatever adapter this machine has.

mod adapters;
mod chunks;
mod estimate;
mod memory;
mod rules;
mod suite;

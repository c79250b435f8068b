//! The backend against the CPU, and against trouble, on whatever adapter this machine has.

mod adapters;
mod chunks;
mod estimate;
mod memory;
mod rules;
mod suite;

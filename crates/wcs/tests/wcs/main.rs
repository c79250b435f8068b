//! The crate's tests through its public interface.

mod distortion;
mod golden;
mod grid;
mod header;
mod hostile;
mod oddities;
mod output;
mod property;
mod rotation;
mod support;
mod tables;

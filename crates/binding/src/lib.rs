//! The only door between TypeScript and Rust: converts, never decides; no panic crosses it.
//!
//! Pixels stay on this side. Every export catches panics (a panic would end the process) and folds
//! errors into a stable code and one line for the user.

// The macros of napi expand to unsafe calls of the Node-API.
#![allow(unsafe_code)]
// Node-API structs are documented where TypeScript reads them.
#![allow(missing_docs)]
// Under cfg(test) the macros register nothing, and all looks unused.
#![cfg_attr(test, allow(dead_code))]
// What comes from JavaScript comes by value.
#![allow(clippy::needless_pass_by_value)]

mod allocator;
mod background;
mod door;
mod facts;
mod fit;
mod gpu;
mod grid;
mod host;
mod outcome;
mod output;
mod preview;
mod session;
mod simulate;
mod tiles;
mod words;

//! The only interface between TypeScript and Rust. It converts and never decides; no panic crosses it.
//!
//! Pixels stay on this side. Every export catches panics, because a panic would end the process, and turns errors into a
//! stable code and a reason in the user's words.

// The macros of napi expand to unsafe calls of Node-API.
#![allow(unsafe_code)]
// Fields of Node-API structs are documented only where their names do not say it all.
#![allow(missing_docs)]
// Under cfg(test) the macros register nothing, so everything looks unused.
#![cfg_attr(test, allow(dead_code))]
// Arguments from JavaScript are passed by value.
#![allow(clippy::needless_pass_by_value)]

mod allocator;
mod background;
mod borders;
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
mod solutions;
mod stop;
mod tiles;
mod words;

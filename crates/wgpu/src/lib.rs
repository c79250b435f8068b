//! The wgpu backend: makes chunks on any GPU that Vulkan, Metal or DirectX 12 reaches, to the same
//! covered pixels as [`zemosaic_coadd::cpu`] and within rounding of its values.
//!
//! In: a chunk job (windows of tiles in host memory, lattices). Out: strips of finished rows and
//! their cost, or a typed reason why there are none. Has no policy: the size of chunks and what follows
//! an out-of-memory are decided elsewhere. Needs only a driver, which is loaded at run time.

mod adapter;
mod backend;
mod buffer;
mod engine;
mod guard;
mod kernels;
mod layout;
mod memory;
mod plan;
mod stack;
mod trouble;
mod unavailable;
mod windows;

pub use adapter::{AdapterFacts, AdapterKind, adapters, choose};
pub use backend::WgpuBackend;
pub use plan::{Limits, chunk_bytes, chunk_size};
pub use unavailable::Unavailable;
pub use zemosaic_coadd::backend::{AllocatorOptions, Pretended};

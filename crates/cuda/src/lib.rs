//! The CUDA backend: makes chunks on an NVIDIA GPU, with the same bits as [`zemosaic_coadd::cpu`].
//!
//! In: a chunk job (windows of tiles in host memory, lattices). Out: strips of finished rows and
//! their cost, or a typed reason why there are none. Has no policy: the size of chunks and what follows
//! an out-of-memory are decided elsewhere. Needs only the driver's library, which is loaded at run time.

mod backend;
mod buffer;
mod engine;
mod error;
mod layout;
mod module;
mod open;
mod pinned;
mod plan;
mod stack;
mod unavailable;
mod upload;

pub use backend::CudaBackend;
pub use open::{DeviceFacts, FreeOf, Speed};
pub use plan::{chunk_bytes, chunk_size};
pub use unavailable::Unavailable;
pub use zemosaic_coadd::backend::{AllocatorOptions, Pretended};

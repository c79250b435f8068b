//! Makes one chunk at a time: tile rows are read, lattices laid, the backend run and output rows written, while the
//! tile rows of the next chunk are being read.
//!
//! Reports facts and typed outcomes; decides nothing about memory, retries or which tiles to use.

mod background;
mod beyond;
mod border;
mod chunk_blocks;
mod device;
mod error;
mod feather;
mod fit;
mod keywords;
mod noise;
mod output;
mod pixel_block;
mod pixel_counts;
mod place;
mod plane;
mod reader;
mod seen;
mod session;
mod solution;
mod spare;
mod tile;
mod tile_needs;
mod unpacked;
mod weight;
mod weight_unit;

pub use background::{
    BackgroundModel, BackgroundReport, ChannelMatch, Contradiction, MatchOptions, TileMatch,
};
pub use beyond::{Beyond, beyond};
pub use border::{Blank, FoundBorder};
pub use device::{Device, Unavailable};
pub use error::EngineError;
pub use fit::{Bounds, DeviceLimits, Fit, FitRequest, Fitter, LimitedBy};
pub use keywords::Keywords;
pub use noise::tile_noise;
pub use pixel_counts::{PixelCounts, count_pixels, flagged_share, is_opacity};
pub use place::{outlier, outline_on, place_tiles};
pub use plane::{Depth, Mask, PlaneSource, WeightMap};
pub use seen::Seen;
pub use session::{BorderReport, ChunkReport, ChunkRequest, PixelOptions, Processor, Session};
pub use solution::{Beside, BesideFile, Solution, Solved, Unsolved, size_of};
pub use tile::{Tile, TileChange, TileDamage, TileSpec, opaque};
pub use unpacked::{FileState, Unpacked};
pub use zemosaic_cuda::{CudaBackend, DeviceFacts as CudaDeviceFacts, FreeOf as CudaFreeOf};
pub use zemosaic_wgpu::{AdapterFacts, AdapterKind, adapters as wgpu_adapters};

//! Why the engine stopped.

use std::path::PathBuf;

use thiserror::Error;
use zemosaic_coadd::backend::{ChunkError, DeviceError};
use zemosaic_fits::FitsError;
use zemosaic_room::NoRoom;
use zemosaic_wcs::WcsError;

/// Failures of opening tiles or running chunks; messages are for the user.
#[derive(Debug, Error)]
pub enum EngineError {
    /// A file could not be read or written.
    #[error(transparent)]
    Fits(#[from] FitsError),
    /// A header has no usable celestial WCS.
    #[error("{path} HDU {hdu}: {source}")]
    Wcs {
        /// The file.
        path: PathBuf,
        /// HDU index, 0 = primary.
        hdu: usize,
        /// What is wrong.
        source: WcsError,
    },
    /// A weight or alpha map does not fit its tile.
    #[error(
        "{map}: {map_width}x{map_height} px, but its image {path} has {width}x{height}; remove the map or pass --weights none"
    )]
    MapShape {
        /// The map's file.
        map: PathBuf,
        /// Its size, px.
        map_width: usize,
        /// Its size, px.
        map_height: usize,
        /// The image's file.
        path: PathBuf,
        /// Its size, px.
        width: usize,
        /// Its size, px.
        height: usize,
    },
    /// An image or grid is too large for 32-bit pixel arithmetic.
    #[error(
        "{what} has {width}x{height} px; the limit is 1,000,000,000 px a side and 4 GiB a window row; cut it up, or give a coarser --scale"
    )]
    TooLarge {
        /// Tile path or "the grid".
        what: String,
        /// Width, px.
        width: usize,
        /// Height, px.
        height: usize,
    },
    /// The device did not make the chunk.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A call came in the wrong order.
    #[error("{0}")]
    Order(&'static str),
    /// The host has no more memory.
    #[error(transparent)]
    Memory(#[from] NoRoom),
    /// Threads could not be started.
    #[error("cannot start {threads} worker threads: {reason}; try --threads 1")]
    Threads {
        /// Number of threads requested.
        threads: usize,
        /// The error of the system.
        reason: String,
    },
    /// A bug in the program that was caught.
    #[error("internal fault: {0}")]
    Fault(String),
}

impl From<ChunkError<FitsError>> for EngineError {
    fn from(error: ChunkError<FitsError>) -> Self {
        match error {
            ChunkError::Device(e) => e.into(),
            ChunkError::Sink(e) => e.into(),
        }
    }
}

impl EngineError {
    /// Stable name of the kind.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fits(e) => e.code(),
            Self::Wcs { source, .. } => source.code(),
            Self::MapShape { .. } => "map_shape",
            Self::TooLarge { .. } => "too_large",
            Self::Device(_) => "device",
            Self::Order(_) => "order",
            Self::Memory(_) => "out_of_memory",
            Self::Threads { .. } => "threads",
            Self::Fault(_) => "internal",
        }
    }
}

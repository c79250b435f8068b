//! Why the engine stopped.

use std::path::{Path, PathBuf};

use thiserror::Error;
use zemosaic_coadd::backend::{ChunkError, DeviceError};
use zemosaic_fits::FitsError;
use zemosaic_room::NoRoom;
use zemosaic_wcs::{GridError, WcsError};

use crate::plane::PlaneSource;

/// Failures of opening tiles or running chunks. Each displays only the reason, for the user; the file concerned is
/// reported separately.
#[derive(Debug, Error)]
pub enum EngineError {
    /// A file could not be read or written.
    #[error(transparent)]
    Fits(#[from] FitsError),
    /// A header has no usable celestial WCS.
    #[error("{source}")]
    Wcs {
        /// The file.
        path: PathBuf,
        /// HDU index, 0 = primary.
        hdu: usize,
        /// What is wrong.
        source: WcsError,
    },
    /// A file beside an image has changed since its headers were counted.
    #[error("it has no header number {header} any more; leave it as it is during a run")]
    NoHeader {
        /// The file.
        path: PathBuf,
        /// Its number, from 1.
        header: usize,
    },
    /// There is no grid for the tiles.
    #[error("{source}")]
    Grid {
        /// The tile at fault, if there is one.
        tile: Option<PlaneSource>,
        /// What is wrong.
        source: GridError,
    },
    /// A weight or alpha map does not fit its tile.
    #[error(
        "{map_width}x{map_height} px, but its image has {width}x{height}; remove the map or pass --weights none"
    )]
    MapShape {
        /// The map.
        map: PlaneSource,
        /// Its size, px.
        map_width: usize,
        /// Its size, px.
        map_height: usize,
        /// Size of the image, px.
        width: usize,
        /// Size of the image, px.
        height: usize,
    },
    /// An image is too large for 32-bit pixel arithmetic.
    #[error("{width}x{height} px; the limit is {LIMIT}; cut it into smaller images")]
    TooLarge {
        /// The image.
        image: PlaneSource,
        /// Width, px.
        width: usize,
        /// Height, px.
        height: usize,
    },
    /// The grid is too large for 32-bit pixel arithmetic.
    #[error("the grid has {width}x{height} px; the limit is {LIMIT}; give a coarser --scale")]
    GridTooLarge {
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
    /// Finding the border of a tile takes more than the run may use.
    #[error(
        "to find where its data end takes {} MB, more than the {} MB that the run may use; raise --ram-mb, or use --blank none without --trim and --feather",
        needed.div_ceil(1 << 20), most >> 20
    )]
    OverMemory {
        /// The image.
        image: PlaneSource,
        /// Bytes.
        needed: u64,
        /// Bytes.
        most: u64,
    },
    /// Threads could not be started.
    #[error(
        "cannot start {threads} worker threads: {reason}; try --threads 1, or raise the limit of processes and threads (ulimit -u)"
    )]
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

/// The limits on sides and rows.
const LIMIT: &str = "1,000,000,000 px per side and 4 GiB per window row";

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
            Self::Grid { source, .. } => source.code(),
            Self::NoHeader { .. } => "solution_headers",
            Self::MapShape { .. } => "map_shape",
            Self::TooLarge { .. } | Self::GridTooLarge { .. } => "too_large",
            Self::Device(_) => "device",
            Self::Order(_) => "order",
            Self::Memory(_) => "out_of_memory",
            Self::OverMemory { .. } => "over_memory",
            Self::Threads { .. } => "threads",
            Self::Fault(_) => "internal",
        }
    }

    /// The file that it concerns, and its HDU, if there is one.
    pub fn file(&self) -> Option<(&Path, Option<usize>)> {
        match self {
            Self::Fits(e) => Some((&e.path, e.hdu)),
            Self::Wcs { path, hdu, .. } => Some((path, Some(*hdu))),
            Self::NoHeader { path, .. } => Some((path, None)),
            Self::Grid {
                tile: Some(found), ..
            }
            | Self::MapShape { map: found, .. }
            | Self::TooLarge { image: found, .. }
            | Self::OverMemory { image: found, .. } => Some((&found.path, Some(found.hdu))),
            _ => None,
        }
    }

    /// The header keyword at fault, if there is one.
    pub fn keyword(&self) -> Option<&str> {
        match self {
            Self::Fits(e) => e.keyword(),
            Self::Wcs { source, .. } => source.keyword(),
            Self::Grid { source, .. } => source.keyword(),
            _ => None,
        }
    }
}

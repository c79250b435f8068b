//! The grid of a mosaic: a WCS and a shape that contain all tiles.

mod extent;
mod plan;

use crate::error::WcsError;
use crate::wcs::Wcs;

/// An output WCS with its shape in pixels.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Has no distortion.
    pub wcs: Wcs,
    /// Pixels along x. No memory depends on it: the caller decides whether it is absurd.
    pub width: usize,
    /// Pixels along y.
    pub height: usize,
}

/// Orientation of the grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rotation {
    /// +y is north at the centre.
    #[default]
    NorthUp,
    /// +y is the tiles' median +y, where tiles turned by 180° count as not turned.
    Auto,
}

/// What the user may set; everything else follows from the tiles.
#[derive(Clone, Debug, Default)]
pub struct GridOptions {
    /// Projection code; by default TAN up to 20° from the centre, ZEA up to 90°, otherwise AIT.
    pub projection: Option<String>,
    /// Side of a pixel, arcseconds; by default the median of the tiles.
    pub scale_arcsec: Option<f64>,
    /// Centre of the image, ICRS degrees; by default the mean of the tiles' centres.
    pub center: Option<[f64; 2]>,
    /// Width and height in pixels; by default large enough for the tiles.
    pub size: Option<[usize; 2]>,
    /// Orientation of the grid.
    pub rotation: Rotation,
}

/// Why there is no grid.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GridError {
    /// There are no tiles.
    #[error("there is no tile to make a grid from")]
    NoTiles,
    /// According to its WCS, no pixel of this tile is on the sky.
    #[error(
        "by its own WCS no pixel of the tile is on the sky; leave the tile out or plate-solve it again"
    )]
    TileOffSky {
        /// Its index in the list of tiles.
        tile: usize,
    },
    /// No pixel of this tile can be shown in the grid's projection.
    #[error(
        "the tile is outside the projection {projection} of the grid; choose another with --projection, or leave the tile out"
    )]
    TileOffProjection {
        /// Its index in the list of tiles.
        tile: usize,
        /// The projection in question.
        projection: String,
    },
    /// An option has a value that cannot be used.
    #[error("{option}: {reason}")]
    InvalidOption {
        /// The option as spelled on the command line.
        option: &'static str,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// The WCS built from the options is unusable.
    #[error(transparent)]
    Wcs(#[from] WcsError),
}

impl GridError {
    /// The stable code of this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoTiles => "grid_no_tiles",
            Self::TileOffSky { .. } => "grid_tile_off_sky",
            Self::TileOffProjection { .. } => "grid_tile_off_projection",
            Self::InvalidOption { .. } => "grid_invalid_option",
            Self::Wcs(error) => error.code(),
        }
    }

    /// The keyword at fault, if there is one.
    pub fn keyword(&self) -> Option<&str> {
        match self {
            Self::Wcs(error) => error.keyword(),
            _ => None,
        }
    }

    /// The index of the tile that is the cause, if it is one.
    pub fn tile(&self) -> Option<usize> {
        match self {
            Self::TileOffSky { tile } | Self::TileOffProjection { tile, .. } => Some(*tile),
            _ => None,
        }
    }
}

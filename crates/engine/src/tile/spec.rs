//! What the caller decides about a tile, and what is told of it.

use std::sync::Arc;

use zemosaic_fits::FitsError;

use crate::border::Blank;
use crate::plane::{Mask, PlaneSource, WeightMap};
use crate::solution::Solution;

/// What the caller decided about a tile.
#[derive(Clone, Debug)]
pub struct TileSpec {
    /// The image.
    pub image: PlaneSource,
    /// Tile weight, > 0.
    pub weight: f64,
    /// Noise of its values without the factor, from which it is weighed instead.
    pub noise: Option<f64>,
    /// Factor on its values (FLXSCALE), usually 1.
    pub flux_scale: f32,
    /// Which pixels have no data, besides those that are NaN.
    pub blank: Blank,
    /// Width of the rim that is left out, px in from the edge of its data; 0 for none.
    pub trim: f32,
    /// Map of weights per pixel.
    pub weight_map: Option<WeightMap>,
    /// Map of bad pixels, which have no data.
    pub mask: Option<Mask>,
    /// Map of opacity per pixel; integers count as n/255.
    pub alpha: Option<PlaneSource>,
    /// The last of its four planes is its opacity, and no channel.
    pub fourth_is_alpha: bool,
    /// Width of its soft edge, px; 0 for none.
    pub feather: f32,
    /// The output channel that its only plane goes to, 0-based; `None`: its planes are the channels.
    pub channel: Option<usize>,
    /// Letter of the alternate WCS to take; `None` for the primary one.
    pub alternate: Option<char>,
    /// Headers beside the image that are laid over its own, in this order.
    pub solutions: Vec<Solution>,
}

impl TileSpec {
    /// The image as it is: no maps, all values count.
    pub fn of(image: PlaneSource) -> Self {
        Self {
            image,
            weight: 1.0,
            noise: None,
            flux_scale: 1.0,
            blank: Blank::None,
            trim: 0.0,
            weight_map: None,
            mask: None,
            alpha: None,
            fourth_is_alpha: false,
            feather: 0.0,
            channel: None,
            alternate: None,
            solutions: Vec::new(),
        }
    }
}

/// What is changed of an opened tile without opening it again.
#[derive(Clone, Copy, Debug)]
pub struct TileChange {
    /// Factor on its values.
    pub flux_scale: f32,
    /// Whether its mask, if it has one, counts.
    pub masked: bool,
    /// Noise of its values without the factor, from which it is weighed.
    pub noise: Option<f64>,
}

/// Rows of a tile that could not be read; they count as uncovered.
#[derive(Clone, Debug)]
pub struct TileDamage {
    /// Index of the tile.
    pub tile: usize,
    /// The reason, which concerns the file of the tile or of its map.
    pub error: Arc<FitsError>,
}

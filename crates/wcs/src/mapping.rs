//! Output pixel to tile pixel: the one composition of two world coordinate systems.

use crate::Wcs;

/// Maps 0-based output pixels of a grid to 0-based pixels of a tile, in f64.
#[derive(Clone, Debug)]
pub struct Mapping {
    grid: Wcs,
    tile: Wcs,
}

impl Mapping {
    /// Composes the two systems; both speak ICRS directions in between.
    pub fn new(grid: &Wcs, tile: &Wcs) -> Self {
        Self {
            grid: grid.clone(),
            tile: tile.clone(),
        }
    }

    /// The tile pixel under output pixel `(x, y)`; `None` where either side has no sky.
    pub fn at(&self, x: f64, y: f64) -> Option<[f64; 2]> {
        self.tile
            .direction_to_pixel(self.grid.pixel_to_direction(x, y)?)
            .filter(|p| p[0].is_finite() && p[1].is_finite())
    }

    /// The output pixel over tile pixel `(x, y)`.
    pub fn inverse_at(&self, x: f64, y: f64) -> Option<[f64; 2]> {
        self.grid
            .direction_to_pixel(self.tile.pixel_to_direction(x, y)?)
            .filter(|p| p[0].is_finite() && p[1].is_finite())
    }
}

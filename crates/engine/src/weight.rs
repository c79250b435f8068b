//! How much a tile's samples weigh, as a whole.

use rayon::prelude::*;
use zemosaic_coadd::Kernel;
use zemosaic_coadd::constants::LEAST_WEIGHT;
use zemosaic_wcs::{Mapping, Wcs};

use crate::tile::Tile;

/// Areas that differ from one pixel by less than this count as one.
const ALIKE: f64 = 0.02;

/// The weight of each tile, whose values are multiplied by `gain(tile)`.
pub(crate) fn tile_weights(
    tiles: &[Tile],
    grid: &Wcs,
    kernel: Kernel,
    gain: &(dyn Fn(usize) -> f64 + Sync),
) -> Vec<f32> {
    let of = |(i, tile): (usize, &Tile)| {
        tile_weight(tile, &Mapping::new(grid, &tile.wcs), kernel, gain(i))
    };
    tiles.par_iter().enumerate().map(of).collect()
}

/// The weight of a tile whose values are multiplied by `gain` (besides its own factor).
///
/// A map's weights are inverse variances of the tile's own pixels. So they are divided by the square of every factor on its
/// values, and multiplied by the pixels that a sample is as deep as: then weights are depths per area of the sky, whatever the
/// scales of tiles.
fn tile_weight(tile: &Tile, mapping: &Mapping, kernel: Kernel, gain: f64) -> f32 {
    let mut weight = tile.weight;
    if tile.weighs_pixels() {
        let factor = f64::from(tile.flux_scale()) * gain;
        weight *= depth(tile, mapping, kernel) / (factor * factor);
    }
    let least = f64::from(LEAST_WEIGHT);
    weight.clamp(least, 1.0 / least) as f32
}

/// Tile pixels that a sample is as deep as, measured where the tile's centre falls on the grid.
fn depth(tile: &Tile, mapping: &Mapping, kernel: Kernel) -> f64 {
    let Some(map) = derivative(tile, mapping) else {
        return 1.0;
    };
    let [[a, b], [c, d]] = map;
    if ((a * d - b * c).abs() - 1.0).abs() < ALIKE {
        return 1.0;
    }
    let depth = kernel.depth(map);
    if depth > 0.0 && depth.is_finite() {
        depth
    } else {
        1.0
    }
}

/// How the tile position changes from one output pixel to the next, at the tile's centre: rows are tile axes, columns
/// output axes.
fn derivative(tile: &Tile, mapping: &Mapping) -> Option<[[f64; 2]; 2]> {
    let [x, y] = tile.size().map(|n| (f64::from(n) - 1.0) / 2.0);
    let [u, v] = mapping.inverse_at(x, y)?;
    let along = |du: f64, dv: f64| {
        let (after, before) = (mapping.at(u + du, v + dv)?, mapping.at(u - du, v - dv)?);
        Some([after[0] - before[0], after[1] - before[1]])
    };
    let (by_x, by_y) = (along(0.5, 0.0)?, along(0.0, 0.5)?);
    Some([[by_x[0], by_y[0]], [by_x[1], by_y[1]]])
}

//! The grid of opened tiles, and which tile to name when the grid is absurdly large.

use zemosaic_wcs::{Grid, GridError, GridOptions, outline};

use crate::error::EngineError;
use crate::tile::Tile;

/// A grid for the tiles, and the indices of tiles that cannot be placed on it.
pub fn place_tiles(
    tiles: &[Tile],
    options: &GridOptions,
) -> Result<(Grid, Vec<usize>), EngineError> {
    let mut kept: Vec<usize> = (0..tiles.len()).collect();
    let mut dropped = Vec::new();
    loop {
        let views: Vec<_> = kept
            .iter()
            .map(|&i| (&tiles[i].wcs, tiles[i].shape.width, tiles[i].shape.height))
            .collect();
        match Grid::auto(&views, options) {
            Ok(grid) => return Ok((grid, dropped)),
            Err(GridError::TileOffSky { tile } | GridError::TileOffProjection { tile, .. })
                if kept.len() > 1 =>
            {
                dropped.push(kept.remove(tile));
            }
            Err(source) => {
                let tile = source.tile().map(|at| tiles[kept[at]].source.clone());
                return Err(EngineError::Grid { tile, source });
            }
        }
    }
}

/// The tile's border in grid pixels, with at most `parts` pieces per side; `None` for points that the grid cannot show.
pub fn outline_on(tile: &Tile, grid: &Grid, parts: usize) -> Vec<Option<[f64; 2]>> {
    let [width, height] = tile.size().map(|n| n as usize);
    let step = width.max(height) as f64 / parts.max(1) as f64;
    outline(width, height, step)
        .map(|[x, y]| {
            let direction = tile.wcs.pixel_to_direction(x, y)?;
            grid.wcs.direction_to_pixel(direction)
        })
        .collect()
}

/// Index and angular distance (deg) of the tile farthest from the median direction of all.
///
/// `None` without tiles, or when no tile has sky at its centre.
pub fn outlier(tiles: &[Tile]) -> Option<(usize, f64)> {
    let centres: Vec<(usize, [f64; 3])> = tiles
        .iter()
        .enumerate()
        .filter_map(|(i, tile)| {
            let [w, h] = tile.size().map(|n| (f64::from(n) - 1.0) / 2.0);
            Some((i, tile.wcs.pixel_to_direction(w, h)?))
        })
        .collect();
    if centres.is_empty() {
        return None;
    }
    // The median per axis is robust: one stray tile does not move it.
    let median = [0, 1, 2].map(|axis| {
        let mut values: Vec<f64> = centres.iter().map(|(_, d)| d[axis]).collect();
        let middle = values.len() / 2;
        *values.select_nth_unstable_by(middle, f64::total_cmp).1
    });
    centres
        .into_iter()
        .map(|(i, d)| (i, angle_deg(d, median)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

fn angle_deg(a: [f64; 3], b: [f64; 3]) -> f64 {
    let dot: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
    let norm = |v: [f64; 3]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    (dot / (norm(a) * norm(b)).max(f64::MIN_POSITIVE))
        .clamp(-1.0, 1.0)
        .acos()
        .to_degrees()
}

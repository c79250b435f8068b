//! The mosaic that should result.

use crate::sky::{Sky, record};
use rayon::prelude::*;

/// The sky at every pixel of a grid, for tests of accuracy: `[planes, height, width]` values, plane by plane,
/// first row first, NaN where `pixel_to_direction` (0-based pixel centre to unit vector) has no direction.
pub fn truth(
    sky: &Sky,
    colour: bool,
    width: usize,
    height: usize,
    pixel_to_direction: impl Fn(f64, f64) -> Option<[f64; 3]> + Sync,
) -> Vec<f32> {
    let planes = if colour { 3 } else { 1 };
    let mut pixels = vec![f32::NAN; planes * width * height];
    let size = (width * height).max(1);
    for (plane, values) in pixels.chunks_mut(size).enumerate() {
        values
            .par_chunks_mut(width.max(1))
            .enumerate()
            .for_each(|(y, row)| {
                for (x, value) in row.iter_mut().enumerate() {
                    if let Some(direction) = pixel_to_direction(x as f64, y as f64) {
                        *value = record(sky.radiance(direction), colour, plane) as f32;
                    }
                }
            });
    }
    pixels
}

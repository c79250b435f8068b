//! Light above the level of the sky: what stars leave in the points that two tiles share.

use zemosaic_room::push;

use crate::point::{PURPOSE, Point};
use crate::robust::{median, sigma};

/// One point, by what it is above the levels of its cell.
#[derive(Clone, Copy, Debug)]
pub struct Light {
    /// Column and row on the lattice of points.
    pub at: [u32; 2],
    /// Value minus level, of the first and of the second tile.
    pub above: [f64; 2],
    /// Robust standard deviations of the cell's values.
    pub noise: [f64; 2],
}

/// The light of all points; levels and slopes cancel within a cell.
pub fn light(cells: &[&[Point]]) -> Vec<Light> {
    let mut found = Vec::new();
    for points in cells {
        let mut noise = [0.0; 2];
        let mut level = [0.0; 2];
        for side in 0..2 {
            let values: Vec<f64> = points.iter().map(|p| f64::from(p.values[side])).collect();
            level[side] = median(&mut values.clone());
            noise[side] = sigma(&values, level[side]);
        }
        for point in *points {
            let above = [0, 1].map(|side| f64::from(point.values[side]) - level[side]);
            let at = point.at;
            push(&mut found, Light { at, above, noise }, PURPOSE);
        }
    }
    found
}

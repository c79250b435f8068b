//! How deep inside its data a pixel of a tile lies.

use zemosaic_room::{collected, filled, push};

use super::BORDERS;
use super::distances::Distances;
use super::lines::Lines;

/// The distance of pixels from the edge of a tile's data, px: from the centre of a pixel to the nearest edge of its file,
/// or to half a pixel before the centre of the nearest pixel of its border. A pixel beside the edge has 0.5.
///
/// Distances are Euclidean and exact (Felzenszwalb & Huttenlocher 2012, "Distance Transforms of Sampled Functions", in
/// whole numbers), and a row needs no other row, so windows of any rows agree.
#[derive(Debug)]
pub(crate) struct Depths<'a> {
    height: usize,
    /// From the left or the right edge of the file to the centre of each pixel of a row.
    sides: Vec<f32>,
    /// Of each pixel along its column to the region outside the data; `None` when the file's edges are the only ones.
    away: Option<Distances<'a>>,
    /// Beyond this depth, px, the exact one is not needed.
    reach: f32,
    /// Columns in whose parabola the lower envelope lies, each with the square of its distance, and the first pixel
    /// there.
    envelope: Vec<Parabola>,
    row: Vec<f32>,
}

#[derive(Clone, Copy, Debug)]
struct Parabola {
    x: i64,
    height: i64,
    from: i64,
}

/// From an edge of the image to the centre of its i-th pixel of n.
pub(crate) fn side(i: usize, n: usize) -> f32 {
    i.min(n - 1 - i) as f32 + 0.5
}

impl<'a> Depths<'a> {
    /// `columns`: those of the region outside the data.
    pub(crate) fn new([width, height]: [usize; 2], columns: Option<&'a Lines>, reach: f32) -> Self {
        Self {
            height,
            sides: collected((0..width).map(|x| side(x, width)), BORDERS),
            away: columns.map(Distances::new),
            reach,
            envelope: Vec::new(),
            row: filled(width, 0.0, BORDERS),
        }
    }

    /// The depths of row `y`; those beyond the reach may be any value beyond it, up to infinity. One row after another
    /// takes the least time.
    pub(crate) fn row(&mut self, y: usize) -> &[f32] {
        let from_row = side(y, self.height);
        for (depth, side) in self.row.iter_mut().zip(&self.sides) {
            *depth = if from_row < *side { from_row } else { *side };
        }
        if self.away.is_some() {
            self.lay_envelope(y);
            self.apply_envelope();
        }
        &self.row
    }

    fn lay_envelope(&mut self, y: usize) {
        self.envelope.clear();
        // A pixel `n` away is n - 0.5 deep.
        let most = ((f64::from(self.reach) + 1.0) as i64).min(Distances::MOST);
        let away = self.away.as_mut().map(|away| away.at(y));
        let away = away.unwrap_or_default();
        for (x, &distance) in away.iter().enumerate() {
            if distance > most {
                continue;
            }
            let next = away.get(x + 1).copied();
            if distance == 0 && x > 0 && away[x - 1] == 0 && next == Some(0) {
                // For others the two ends of such a stretch are nearer.
                self.row[x] = 0.0;
                continue;
            }
            let (x, height) = (x as i64, distance * distance);
            let mut from = 0;
            while let Some(last) = self.envelope.last() {
                // The first pixel where the new parabola is lower.
                let rise = height + x * x - last.height - last.x * last.x;
                from = rise.div_euclid(2 * (x - last.x)) + 1;
                if from > last.from {
                    break;
                }
                self.envelope.pop();
                from = 0;
            }
            push(&mut self.envelope, Parabola { x, height, from }, BORDERS);
        }
    }

    fn apply_envelope(&mut self) {
        let width = self.row.len() as i64;
        for (i, found) in self.envelope.iter().enumerate() {
            let next = self.envelope.get(i + 1).map_or(width, |next| next.from);
            // Farther from the column than the reach, nothing has to be known.
            let most = self.reach.min(1e9) as i64 + 2;
            let from = found.from.max(found.x - most).max(0);
            for x in from..next.min(found.x + most).min(width) {
                let away = x - found.x;
                let squared = (away * away + found.height) as f64;
                let depth = (squared.sqrt() as f32 - 0.5).max(0.0);
                let known = &mut self.row[x as usize];
                *known = known.min(depth);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::bits::{Bits, set};
    use super::*;

    #[test]
    fn property_depths_are_the_distance_to_the_nearest_pixel_outside() {
        let (width, height) = (70, 41);
        let mut bits = Bits::new(width, height);
        for y in 0..height {
            for x in 0..width {
                let turned = x + 2 * y < 37 || 3 * x > 2 * y + 160;
                let lump = (x as i32 - 30).pow(2) + (y as i32 - 25).pow(2) < 9;
                if turned || lump {
                    set(bits.row_mut(y), x);
                }
            }
        }
        let columns = Lines::columns(&bits);
        for (reach, region) in [(1e5, true), (6.5, true), (0.3, true), (12.0, false)] {
            let mut depths = Depths::new([width, height], region.then_some(&columns), reach);
            for y in 0..height {
                let row = depths.row(y).to_vec();
                for (x, depth) in row.into_iter().enumerate() {
                    let mut expected = x.min(width - 1 - x).min(y).min(height - 1 - y) as f32 + 0.5;
                    for v in 0..height {
                        for u in (0..width).filter(|&u| region && bits.has(u, v)) {
                            let squared =
                                (x as f64 - u as f64).powi(2) + (y as f64 - v as f64).powi(2);
                            expected = expected.min((squared.sqrt() as f32 - 0.5).max(0.0));
                        }
                    }
                    if expected < reach {
                        assert_eq!(depth, expected, "{x}, {y} within {reach}");
                    } else {
                        assert!(depth >= reach, "{x}, {y}: {depth} within {reach}");
                    }
                }
            }
        }
    }
}

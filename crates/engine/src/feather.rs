//! Weights that decrease towards a tile's edges, so that seams fade.

// Inlined to be vectorized.
#![allow(clippy::inline_always)]

use zemosaic_fits::vectorized;

use crate::border::{Depths, Lines, side};

/// The soft edge of a tile: the weight of a pixel grows from almost 0 where the data end, at the edge of the image or of
/// the region without data that is joined to it, to 1 at `reach` px from there, as 3 t² - 2 t³.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Feather {
    reach: f32,
    /// Data that are left out at the edge, px.
    trim: f32,
    size: [usize; 2],
}

impl Feather {
    /// For a tile of `size` (width, height) px, of which `trim` px at the edge are left out; `None` when `reach` (px)
    /// means no soft edge.
    pub(crate) fn new(reach: f32, trim: f32, size: [usize; 2]) -> Option<Self> {
        (reach > 0.0 && reach.is_finite()).then_some(Self { reach, trim, size })
    }

    /// Fades the weights of whole rows from `first_row` on. Weights above 0 stay above 0, because a soft edge never
    /// removes a pixel. `outside`: columns of the region without data, if there is one.
    pub(crate) fn apply(&self, first_row: usize, outside: Option<&Lines>, weights: &mut [f32]) {
        let [width, height] = self.size;
        let reach = self.reach + self.trim;
        let mut depths = outside.map(|outside| Depths::new(self.size, Some(outside), reach));
        for (i, row) in weights.chunks_mut(width.max(1)).enumerate() {
            let y = first_row + i;
            if let Some(depths) = &mut depths {
                let depths = depths.row(y);
                vectorized(
                    #[inline(always)]
                    || {
                        for (weight, depth) in row.iter_mut().zip(depths) {
                            self.fade(weight, *depth);
                        }
                    },
                );
                continue;
            }
            let from_row = side(y, height);
            let ends = if from_row < reach {
                width
            } else {
                // Only the ends of the row are near an edge.
                (reach as usize).saturating_add(1)
            };
            let middle = ends.min(width)..width.saturating_sub(ends).max(ends.min(width));
            for x in (0..middle.start).chain(middle.end..width) {
                self.fade(&mut row[x], from_row.min(side(x, width)));
            }
        }
    }

    #[inline(always)]
    fn fade(&self, weight: &mut f32, depth: f32) {
        // The first pixel that is left has the depth of one at an edge, whatever was cut off.
        let share = smooth((depth - self.trim).max(0.5) / self.reach);
        let faded = (*weight * share).max(f32::MIN_POSITIVE);
        let faded = if share < 1.0 { faded } else { *weight };
        *weight = if *weight > 0.0 { faded } else { *weight };
    }
}

/// Hermite's smooth step between 0 and 1.
#[inline(always)]
fn smooth(t: f32) -> f32 {
    let t = t.min(1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faded(reach: f32, size: [usize; 2], rows: std::ops::Range<usize>) -> Vec<f32> {
        let mut weights = vec![2.0; rows.len() * size[0]];
        let feather = Feather::new(reach, 0.0, size).expect("a soft edge");
        feather.apply(rows.start, None, &mut weights);
        weights
    }

    #[test]
    fn weights_rise_from_every_edge() {
        let size = [40, 30];
        let weights = faded(8.0, size, 0..30);
        for y in 0..30 {
            for x in 0..40 {
                let depth = x.min(39 - x).min(y).min(29 - y) as f32 + 0.5;
                let t = (depth / 8.0).min(1.0);
                assert_eq!(
                    weights[y * 40 + x],
                    2.0 * t * t * (3.0 - 2.0 * t),
                    "{x}, {y}"
                );
            }
        }
        assert_eq!(weights[15 * 40 + 20], 2.0);
        assert!(weights[0] > 0.0 && weights[0] < 0.05);
    }

    #[test]
    fn property_rows_asked_for_do_not_change_weights() {
        for (reach, size) in [
            (3.0, [17, 11]),
            (0.3, [5, 4]),
            (400.0, [17, 11]),
            (9.5, [1, 1]),
        ] {
            let whole = faded(reach, size, 0..size[1]);
            let parts: Vec<f32> = (0..size[1])
                .flat_map(|y| faded(reach, size, y..y + 1))
                .collect();
            assert_eq!(parts, whole);
            assert!(whole.iter().all(|w| *w > 0.0 && *w <= 2.0));
        }
    }

    #[test]
    fn no_weight_stays_none_and_the_smallest_stays_some() {
        let feather = Feather::new(1e5, 0.0, [3, 1]).expect("a soft edge");
        let mut weights = [0.0, f32::MIN_POSITIVE, 1e-30];
        feather.apply(0, None, &mut weights);
        assert_eq!(weights[0], 0.0);
        assert!(weights[1] > 0.0 && weights[2] > 0.0);
        assert_eq!(Feather::new(0.0, 0.0, [3, 1]), None);
    }
}

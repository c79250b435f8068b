//! Weights that decrease towards a tile's edges, so that seams fade.

/// The soft edge of a tile: the weight of a pixel grows from almost 0 at the nearest edge of its image to 1 at `reach`
/// px from it, as 3 t² - 2 t³.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Feather {
    reach: f32,
    size: [usize; 2],
}

impl Feather {
    /// For a tile of `size` (width, height) px; `None` when `reach` (px) means no soft edge.
    pub(crate) fn new(reach: f32, size: [usize; 2]) -> Option<Self> {
        (reach > 0.0 && reach.is_finite()).then_some(Self { reach, size })
    }

    /// Fades the weights of whole rows from `first_row` on. Weights above 0 stay above 0, because a soft edge never
    /// removes a pixel.
    pub(crate) fn apply(&self, first_row: usize, weights: &mut [f32]) {
        let [width, height] = self.size;
        // From an edge of the image to the centre of its i-th pixel.
        let depth = |i: usize, n: usize| i.min(n - 1 - i) as f32 + 0.5;
        for (i, row) in weights.chunks_mut(width.max(1)).enumerate() {
            let from_row = depth(first_row + i, height);
            let ends = if from_row < self.reach {
                width
            } else {
                // Only the ends of the row are near an edge.
                (self.reach as usize).saturating_add(1)
            };
            let middle = ends.min(width)..width.saturating_sub(ends).max(ends.min(width));
            for x in (0..middle.start).chain(middle.end..width) {
                let share = smooth(from_row.min(depth(x, width)) / self.reach);
                if row[x] > 0.0 {
                    row[x] = (row[x] * share).max(f32::MIN_POSITIVE);
                }
            }
        }
    }
}

/// Hermite's smooth step between 0 and 1.
fn smooth(t: f32) -> f32 {
    let t = t.min(1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faded(reach: f32, size: [usize; 2], rows: std::ops::Range<usize>) -> Vec<f32> {
        let mut weights = vec![2.0; rows.len() * size[0]];
        let feather = Feather::new(reach, size).expect("a soft edge");
        feather.apply(rows.start, &mut weights);
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
        let feather = Feather::new(1e5, [3, 1]).expect("a soft edge");
        let mut weights = [0.0, f32::MIN_POSITIVE, 1e-30];
        feather.apply(0, &mut weights);
        assert_eq!(weights[0], 0.0);
        assert!(weights[1] > 0.0 && weights[2] > 0.0);
        assert_eq!(Feather::new(0.0, [3, 1]), None);
    }
}

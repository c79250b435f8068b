//! The unit of all weights of a run, so that weights of any size stay in the range of f32: only their ratios count.

use zemosaic_fits::ImageReader;
use zemosaic_room::{filled, push};

use crate::plane::Depth;

/// Weights from 2^-40 to 2^40 need no unit: their products and sums stay far from the ends of the range.
const NEAR: f64 = 40.0;
/// Powers of two by which the numbers of a map may fit into f32, whatever they are.
const POWERS: [f64; 11] = [
    0.0, 200.0, -200.0, 400.0, -400.0, 600.0, -600.0, 800.0, -800.0, 1000.0, -1000.0,
];

/// The most columns of a row that are looked at: more tell nothing more, and some headers claim a billion.
const COLUMNS: usize = 1 << 20;

/// The unit for weights of which these are typical: the even power of two near the largest, or 1.
pub(crate) fn weight_unit(typical: impl Iterator<Item = f64>) -> f64 {
    let largest = typical
        .filter(|w| *w > 0.0 && w.is_finite())
        .fold(0.0, f64::max);
    let power = largest.log2();
    if !power.is_finite() || power.abs() <= NEAR {
        return 1.0;
    }
    // Even, because the factor on standard deviations is the root.
    ((power / 2.0).round() * 2.0).exp2()
}

/// A typical weight of a map, from its middle row or those above and below; `None` where no number there is above 0, or
/// they cannot be read.
pub(crate) fn typical_weight(map: &ImageReader, holds: Depth) -> Option<f64> {
    let shape = map.shape();
    let columns = if map.reads_parts() {
        shape.width.min(COLUMNS)
    } else {
        shape.width
    };
    let first = (shape.width - columns) / 2;
    let mut row = filled(columns, 0.0, "a row of a map");
    for power in POWERS {
        let scaled = map.clone().times(power.exp2());
        for quarter in [2, 1, 3] {
            let at = (quarter * shape.height / 4).min(shape.height.saturating_sub(1));
            if scaled
                .read_box(0, at..at + 1, first..first + columns, &mut row)
                .is_err()
            {
                continue;
            }
            let mut usable: Vec<f32> = Vec::new();
            for value in row.iter().filter(|v| **v > 0.0 && v.is_finite()) {
                push(&mut usable, *value, "a row of a map");
            }
            if usable.is_empty() {
                continue;
            }
            let middle = usable.len() / 2;
            let value = *usable.select_nth_unstable_by(middle, f32::total_cmp).1;
            return Some(holds.weight(f64::from(value) * (-power).exp2()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::weight_unit;

    #[test]
    fn ordinary_weights_need_no_unit() {
        assert_eq!(weight_unit([1e-9, 0.0, 3e11].into_iter()), 1.0);
        assert_eq!(weight_unit([f64::NAN, -1.0].into_iter()), 1.0);
        assert_eq!(weight_unit([1e-300, 1.0].into_iter()), 1.0);
    }

    #[test]
    fn the_largest_comes_near_one() {
        for largest in [1e40, 3e38, 1e-30, 1e300, 1e-250] {
            let unit = weight_unit([largest, largest / 7.0].into_iter());
            assert!(
                (0.4..2.1).contains(&(largest / unit)),
                "{largest} in {unit}"
            );
            assert_eq!(unit.log2() % 2.0, 0.0);
        }
    }
}

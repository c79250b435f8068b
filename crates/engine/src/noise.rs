//! The noise of a tile, from some of its rows.

use std::ops::Range;

use zemosaic_coadd::drop_without;
use zemosaic_fits::FitsError;
use zemosaic_room::{filled, push};

use crate::tile::{Part, Tile};

/// Parts of a tile, evenly spread, that are read, and rows of each.
const PARTS: usize = 3;
const ROWS: usize = 4;
/// The most columns of them: more tell nothing more, and some headers claim a billion.
const COLUMNS: usize = 1 << 16;
/// With fewer differences than this the noise is not known.
const ENOUGH: usize = 64;
/// From the median distance of a normal distribution to its standard deviation.
const MEDIAN_TO_SIGMA: f64 = 1.4826;
/// Differences of more deviations than this are structure. Those that remain of a normal distribution have `KEPT` of its
/// variance.
const CLIP: f64 = 3.0;
const KEPT: f64 = 0.9733;
const ROUNDS: usize = 5;
/// What memory is for here.
const PURPOSE: &str = "the noise of a tile";

/// Standard deviation of the noise of its pixels, in numbers of the file: the mean of the planes' variances. `None` where too
/// few pixels with data differ.
///
/// Measured from second differences over two pixels, v - (a + b) / 2, which slopes do not change and stars and correlation
/// between neighbours hardly do (Stoehr et al. 2008, ASPC 394, 505).
pub fn tile_noise(tile: &Tile) -> Result<Option<f64>, FitsError> {
    let columns = middle(tile.shape.width);
    let most = ROWS.min(tile.shape.height) * columns.len();
    let mut values = filled(most, 0.0, PURPOSE);
    let mut valid = filled(most, 1.0, PURPOSE);
    let mut variances = Vec::new();
    for plane in 0..tile.shape.planes {
        let mut steps: Vec<f32> = Vec::new();
        for rows in some_rows(tile.shape.height) {
            let columns = columns.clone();
            let part = Part { rows, columns };
            tile.read_values(plane, &part, &mut values)?;
            if tile.has_maps() {
                tile.read_valid(plane, &part, &mut valid)?;
                drop_without(&valid, &mut values);
            }
            for row in values.chunks_exact(part.columns.len().max(1)) {
                let five = |v: &[f32]| (v[2] - 0.5 * v[0] - 0.5 * v[4]).abs();
                for step in row.windows(5).map(five).filter(|step| step.is_finite()) {
                    push(&mut steps, step, PURPOSE);
                }
            }
        }
        variances.extend(variance(steps));
    }
    if variances.is_empty() {
        return Ok(None);
    }
    let mean = variances.iter().sum::<f64>() / variances.len() as f64;
    Ok(Some(mean.sqrt() / f64::from(tile.flux_scale())))
}

/// The rows that are looked at, part by part.
pub(crate) fn some_rows(height: usize) -> impl Iterator<Item = Range<usize>> {
    let rows = ROWS.min(height);
    (1..=PARTS).map(move |part| {
        let centre = part * height / (PARTS + 1);
        let first = centre.saturating_sub(rows / 2).min(height - rows);
        first..first + rows
    })
}

/// The columns that are looked at.
pub(crate) fn middle(width: usize) -> Range<usize> {
    let count = width.min(COLUMNS);
    let first = (width - count) / 2;
    first..first + count
}

/// The variance of pixels with these second differences.
fn variance(mut steps: Vec<f32>) -> Option<f64> {
    // Some whole numbers are equal by chance; where most are, they are a fill value or saturated.
    if 2 * steps.iter().filter(|step| **step == 0.0).count() > steps.len() {
        steps.retain(|step| *step > 0.0);
    }
    if steps.len() < ENOUGH {
        return None;
    }
    let middle = steps.len() / 2;
    let median = *steps.select_nth_unstable_by(middle, f32::total_cmp).1;
    let mut deviation = MEDIAN_TO_SIGMA * f64::from(median);
    for _ in 0..ROUNDS {
        let kept = steps.iter().map(|step| f64::from(*step));
        let (count, squares) = kept
            .filter(|step| *step <= CLIP * deviation)
            .fold((0.0, 0.0), |(n, sum), step| (n + 1.0, sum + step * step));
        deviation = (squares / count / KEPT).sqrt();
    }
    // The difference has the variance of 1 + 1/4 + 1/4 pixels.
    let variance = deviation * deviation / 1.5;
    (variance > 0.0).then_some(variance)
}

#[cfg(test)]
mod tests {
    use super::{middle, variance};

    #[test]
    fn rows_of_any_width_take_little() {
        assert_eq!(middle(3000), 0..3000);
        assert_eq!(middle(1_000_000_000), 499_967_232..500_032_768);
    }

    /// Differences of white noise: the sum of twelve numbers of chance is nearly normal.
    fn steps(sigma: f64, round: bool) -> Vec<f32> {
        let mut state = 7u32;
        let mut chance = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1u32 << 24)
        };
        let level = if round { 100.0 } else { 100.0 * sigma };
        let values: Vec<f64> = (0..20_000)
            .map(|_| {
                let normal = (0..12).map(|_| chance()).sum::<f64>() - 6.0;
                let value = level + sigma * normal;
                if round { value.round() } else { value }
            })
            .collect();
        let five = |v: &[f64]| (v[2] - 0.5 * v[0] - 0.5 * v[4]).abs() as f32;
        values.windows(5).map(five).collect()
    }

    #[test]
    fn noise_is_measured_in_any_unit_and_in_whole_numbers() {
        for sigma in [1e-28, 0.01, 3.0, 1e20] {
            let found = variance(steps(sigma, false)).expect("noise").sqrt();
            assert!((found / sigma - 1.0).abs() < 0.03, "{found} of {sigma}");
        }
        for sigma in [0.6, 0.85, 1.2, 5.0] {
            let found = variance(steps(sigma, true)).expect("noise").sqrt();
            // Rounding adds the variance of a step.
            let expected = (sigma * sigma + 1.0 / 12.0f64).sqrt();
            assert!(
                (found / expected - 1.0).abs() < 0.06,
                "{found} of {expected}"
            );
        }
    }

    #[test]
    fn stars_and_fill_values_hardly_matter() {
        let mut spoiled = steps(3.0, false);
        for step in spoiled.iter_mut().step_by(20) {
            *step = 5000.0;
        }
        spoiled.extend(std::iter::repeat_n(0.0, 30_000));
        let found = variance(spoiled).expect("noise").sqrt();
        assert!((found / 3.0 - 1.0).abs() < 0.1, "{found}");
        assert_eq!(variance(vec![0.0; 1000]), None);
    }
}

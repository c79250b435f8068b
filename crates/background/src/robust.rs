//! Medians, which stars, hot pixels and trails do not move.

/// Standard deviation of a normal distribution in units of its median absolute deviation.
pub const SIGMA_PER_MAD: f64 = 1.4826;

/// Middle value, the mean of the two middle ones for an even count; reorders `values`. 0 without values.
pub fn median(values: &mut [f64]) -> f64 {
    let count = values.len();
    if count == 0 {
        return 0.0;
    }
    let (below, &mut middle, _) = values.select_nth_unstable_by(count / 2, f64::total_cmp);
    if count % 2 == 1 {
        return middle;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    f64::midpoint(lower, middle)
}

/// Robust standard deviation about `center`: 1.4826 times the median absolute deviation.
pub fn sigma(values: &[f64], center: f64) -> f64 {
    let mut distances: Vec<f64> = values.iter().map(|v| (v - center).abs()).collect();
    SIGMA_PER_MAD * median(&mut distances)
}

/// Value below which half of the weight lies; sorts by value. 0 without weight.
pub fn weighted_median(values: &mut [(f64, f64)]) -> f64 {
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let half = values.iter().map(|v| v.1).sum::<f64>() / 2.0;
    let mut below = 0.0;
    for &(value, weight) in values.iter() {
        below += weight;
        if below >= half {
            return value;
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_few_and_many() {
        assert_eq!(median(&mut []), 0.0);
        assert_eq!(median(&mut [3.0]), 3.0);
        assert_eq!(median(&mut [9.0, 1.0, 2.0, 4.0]), 3.0);
        assert_eq!(median(&mut [1e9, 1.0, 2.0]), 2.0);
        assert_eq!(sigma(&[1.0, 2.0, 3.0], 2.0), SIGMA_PER_MAD);
        let mut weighted = [(5.0, 1.0), (1.0, 1.0), (3.0, 9.0)];
        assert_eq!(weighted_median(&mut weighted), 3.0);
    }
}

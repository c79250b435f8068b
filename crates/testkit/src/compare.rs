//! How different two images are.

/// The differences between two images of one shape.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Difference {
    /// Largest absolute difference where both are finite.
    pub max: f64,
    /// Root mean square of the differences where both are finite.
    pub rms: f64,
    /// Index of the largest difference.
    pub at: usize,
    /// Pixels where both are finite.
    pub compared: usize,
    /// Pixels where exactly one of the two is NaN or infinite.
    pub unmatched: usize,
}

impl Difference {
    /// Whether the same pixels are finite.
    pub fn same_coverage(&self) -> bool {
        self.unmatched == 0
    }
}

/// Compares two images pixel by pixel.
///
/// # Panics
///
/// If their sizes differ, because they cannot be results of the same job.
pub fn compare(left: &[f32], right: &[f32]) -> Difference {
    assert_eq!(left.len(), right.len(), "images of different sizes");
    let mut difference = Difference::default();
    let mut squares = 0.0;
    for (at, (&left, &right)) in left.iter().zip(right).enumerate() {
        if left.is_finite() && right.is_finite() {
            let apart = (f64::from(left) - f64::from(right)).abs();
            difference.compared += 1;
            squares += apart * apart;
            if apart > difference.max {
                (difference.max, difference.at) = (apart, at);
            }
        } else if left.is_finite() != right.is_finite() {
            difference.unmatched += 1;
        }
    }
    if difference.compared > 0 {
        difference.rms = (squares / difference.compared as f64).sqrt();
    }
    difference
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_and_holes_are_told_apart() {
        let nan = f32::NAN;
        let difference = compare(&[1.0, 2.0, nan, nan, 5.0], &[1.0, 2.5, nan, 4.0, nan]);
        assert_eq!(
            (difference.max, difference.at, difference.compared),
            (0.5, 1, 2)
        );
        assert_eq!(difference.unmatched, 2);
        assert!(!difference.same_coverage());
        assert!(compare(&[nan], &[nan]).same_coverage());
    }
}

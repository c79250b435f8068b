//! Whether a tile has shown any pixel with data, learnt from the windows that are read anyway.

use std::sync::atomic::{AtomicBool, Ordering};

/// What was seen of a tile, over all of its windows.
#[derive(Debug, Default)]
pub struct Seen {
    /// Some rows of it were read.
    read: AtomicBool,
    /// One of its pixels has a value and a weight.
    data: AtomicBool,
}

impl Seen {
    /// Looks at a window: its values plane by plane, and its weights if they differ. Ends at the first pixel with data, so
    /// that only tiles without any are looked through.
    pub(crate) fn look(&self, planes: &[Vec<f32>], weights: Option<&[f32]>) {
        self.read.store(true, Ordering::Relaxed);
        if self.data.load(Ordering::Relaxed) {
            return;
        }
        let has_data = planes.iter().any(|plane| match weights {
            None => plane.iter().any(|value| value.is_finite()),
            Some(weights) => {
                let mut pairs = plane.iter().zip(weights);
                pairs.any(|(value, weight)| value.is_finite() && *weight > 0.0)
            }
        });
        if has_data {
            self.data.store(true, Ordering::Relaxed);
        }
    }

    /// Whether rows of it were read, and none of their pixels has a value and a weight.
    pub fn is_empty(&self) -> bool {
        self.read.load(Ordering::Relaxed) && !self.data.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn a_tile_is_empty_until_one_pixel_has_both() {
        let seen = Seen::default();
        assert!(!seen.is_empty());
        seen.look(&[vec![f32::NAN, 1.0]], Some(&[1.0, 0.0]));
        assert!(seen.is_empty());
        seen.look(&[vec![f32::NAN], vec![2.0]], Some(&[0.5]));
        assert!(!seen.is_empty());
        seen.look(&[vec![f32::NAN]], None);
        assert!(!seen.is_empty());
    }
}

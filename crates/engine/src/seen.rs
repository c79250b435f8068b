//! Whether a tile has shown any pixel with data, learnt from the rows that are read anyway.

use std::sync::atomic::{AtomicBool, Ordering};

/// What was seen of a tile, over all rows that were read.
#[derive(Debug, Default)]
pub struct Seen {
    /// Some rows of it were read.
    read: AtomicBool,
    /// One of its pixels has a value, so also a weight and an opacity.
    data: AtomicBool,
}

impl Seen {
    /// Looks at values. Ends at the first pixel with data, so that only tiles without any
    /// are looked through.
    pub(crate) fn look(&self, values: &[f32]) {
        self.read.store(true, Ordering::Relaxed);
        if self.data.load(Ordering::Relaxed) {
            return;
        }
        if values.iter().any(|value| value.is_finite()) {
            self.data.store(true, Ordering::Relaxed);
        }
    }

    /// Whether rows of it were read, and none of their pixels has a value.
    pub fn is_empty(&self) -> bool {
        self.read.load(Ordering::Relaxed) && !self.data.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn a_tile_is_empty_until_one_pixel_has_data() {
        let seen = Seen::default();
        assert!(!seen.is_empty());
        seen.look(&[f32::NAN, f32::NAN]);
        assert!(seen.is_empty());
        seen.look(&[f32::NAN, 2.0]);
        assert!(!seen.is_empty());
        seen.look(&[f32::NAN]);
        assert!(!seen.is_empty());
    }
}

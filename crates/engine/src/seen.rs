//! Whether a tile has shown any pixel with data, learnt from the windows that are read anyway.

use std::sync::atomic::{AtomicBool, Ordering};

/// What was seen of a tile, over all of its windows.
#[derive(Debug, Default)]
pub struct Seen {
    /// Some rows of it were read.
    read: AtomicBool,
    /// One of its pixels has a value, so also a weight and an opacity.
    data: AtomicBool,
}

impl Seen {
    /// Looks at the values of a window, plane by plane. Ends at the first pixel with data, so that only tiles without any
    /// are looked through.
    pub(crate) fn look(&self, planes: &[Vec<f32>]) {
        self.read.store(true, Ordering::Relaxed);
        if self.data.load(Ordering::Relaxed) {
            return;
        }
        if planes.iter().flatten().any(|value| value.is_finite()) {
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
        seen.look(&[vec![f32::NAN, f32::NAN]]);
        assert!(seen.is_empty());
        seen.look(&[vec![f32::NAN], vec![2.0]]);
        assert!(!seen.is_empty());
        seen.look(&[vec![f32::NAN]]);
        assert!(!seen.is_empty());
    }
}

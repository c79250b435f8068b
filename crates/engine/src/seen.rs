//! What a tile has shown of its pixels, learnt from the rows that are read anyway.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// What was seen of a tile, over all rows that were read.
#[derive(Debug)]
pub struct Seen {
    /// Some rows of it were read.
    read: AtomicBool,
    /// The bits of the first value of a pixel with data; NaN before there is one.
    first: AtomicU32,
    /// A pixel with another value was seen.
    varied: AtomicBool,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            read: AtomicBool::new(false),
            first: AtomicU32::new(f32::NAN.to_bits()),
            varied: AtomicBool::new(false),
        }
    }
}

impl Seen {
    /// Looks at values, NaN where a pixel has no data. Ends at the second value, so that only tiles without any are looked
    /// through.
    pub(crate) fn look(&self, values: &[f32]) {
        self.read.store(true, Ordering::Relaxed);
        if self.varied.load(Ordering::Relaxed) {
            return;
        }
        let mut data = values.iter().copied().filter(|value| value.is_finite());
        let Some(value) = data.next() else { return };
        let none = f32::NAN.to_bits();
        let (of, on) = (Ordering::Relaxed, Ordering::Relaxed);
        let known = (self.first).compare_exchange(none, value.to_bits(), of, on);
        let first = known.map_or_else(f32::from_bits, |_| value);
        if value != first || data.any(|other| other != first) {
            self.varied.store(true, Ordering::Relaxed);
        }
    }

    /// Whether rows of it were read, and none of their pixels has a value.
    pub fn is_empty(&self) -> bool {
        self.read.load(Ordering::Relaxed) && self.value().is_nan()
    }

    /// Whether all its pixels with a value have the same one.
    pub fn is_constant(&self) -> bool {
        !self.value().is_nan() && !self.varied.load(Ordering::Relaxed)
    }

    fn value(&self) -> f32 {
        f32::from_bits(self.first.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn a_tile_is_empty_until_one_pixel_has_data_and_constant_until_a_second_differs() {
        let seen = Seen::default();
        let now = || (seen.is_empty(), seen.is_constant());
        assert_eq!(now(), (false, false));
        seen.look(&[f32::NAN, f32::NAN]);
        assert_eq!(now(), (true, false));
        seen.look(&[f32::NAN, 2.0]);
        assert_eq!(now(), (false, true));
        seen.look(&[f32::NAN]);
        seen.look(&[2.0, f32::NAN, 2.0]);
        assert_eq!(now(), (false, true));
        seen.look(&[f32::NAN, 3.0]);
        assert_eq!(now(), (false, false));
        seen.look(&[2.0]);
        assert_eq!(now(), (false, false));
    }

    #[test]
    fn zeros_of_either_sign_are_one_value() {
        let seen = Seen::default();
        seen.look(&[0.0, -0.0]);
        assert!(seen.is_constant());
    }
}

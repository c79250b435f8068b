//! Room for pixels and for lists of similar length: where the system has no more memory, the work ends with a typed
//! error instead of ending the process.
//!
//! Knows only memory. Must not know what it is for, beyond a word for the user.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use thiserror::Error;

/// The host has no more memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "not enough memory: {bytes} more bytes are needed for {what}; close other programs, or lower --ram-mb"
)]
pub struct NoRoom {
    /// Bytes requested.
    pub bytes: u64,
    /// What they were for.
    pub what: &'static str,
}

/// Resizes `values` to `len`, filling with `value`; unwinds to the nearest [`caught`] when there is no memory.
///
/// It unwinds because buffers grow deep inside loops that have no other way to fail.
pub fn resize<T: Clone>(values: &mut Vec<T>, len: usize, value: T, what: &'static str) {
    reserve(values, len.saturating_sub(values.len()), what);
    values.resize(len, value);
}

/// Makes room for `more` values, or unwinds as [`resize`] does.
pub fn reserve<T>(values: &mut Vec<T>, more: usize, what: &'static str) {
    if values.try_reserve_exact(more).is_err() {
        let len = values.len() as u64 + more as u64;
        let bytes = len.saturating_mul(size_of::<T>() as u64);
        short(bytes, what);
    }
}

/// A list of `len` times the value; unwinds as [`resize`] does.
pub fn filled<T: Clone>(len: usize, value: T, what: &'static str) -> Vec<T> {
    let mut values = Vec::new();
    resize(&mut values, len, value, what);
    values
}

/// Appends a value; capacity doubles when it runs out, so that the cost per value is constant.
#[inline]
pub fn push<T>(values: &mut Vec<T>, value: T, what: &'static str) {
    if values.len() == values.capacity() {
        double(values, what);
    }
    values.push(value);
}

#[cold]
fn double<T>(values: &mut Vec<T>, what: &'static str) {
    reserve(values, values.len().max(16), what);
}

/// Collects all `items`, whose number is known; unwinds as [`resize`] does.
pub fn collected<T>(items: impl ExactSizeIterator<Item = T>, what: &'static str) -> Vec<T> {
    let mut values = Vec::new();
    reserve(&mut values, items.len(), what);
    values.extend(items);
    values
}

/// Unwinds as [`resize`] does, for callers that learn of a shortage in another way.
pub fn short(bytes: u64, what: &'static str) -> ! {
    resume_unwind(Box::new(NoRoom { bytes, what }))
}

/// Runs `work`, and returns an error when it ran out of memory. Panics pass through.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, NoRoom> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| match panic.downcast::<NoRoom>() {
        Ok(short) => *short,
        Err(panic) => resume_unwind(panic),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_told_and_what_fits_is_made() {
        assert_eq!(caught(|| filled(3, 1.5_f32, "rows")), Ok(vec![1.5; 3]));
        let more = usize::MAX / 16;
        let refused =
            caught(|| filled(more, 0.0_f32, "rows")).expect_err("no machine has that much");
        assert_eq!((refused.bytes, refused.what), (more as u64 * 4, "rows"));
        let mut kept = vec![1_u8, 2];
        assert!(caught(|| resize(&mut kept, usize::MAX / 2, 0, "rows")).is_err());
        assert_eq!(kept, [1, 2]);
    }

    #[test]
    fn lists_grow_one_by_one_or_all_at_once() {
        let mut grown = Vec::new();
        for n in 0..1000_u32 {
            push(&mut grown, n, "numbers");
        }
        assert_eq!(grown, collected(0..1000, "numbers"));
        assert!(grown.capacity() < 2048, "{}", grown.capacity());
        let many = (0..usize::MAX / 4).map(|n| n as u64);
        assert!(caught(|| collected(many.clone().take(3), "numbers")).is_ok());
        let refused = caught(|| collected(many.take(usize::MAX / 8), "numbers"));
        assert!(refused.is_err(), "no machine has that much");
    }

    #[test]
    fn panics_of_others_go_on() {
        let other = catch_unwind(|| caught(|| resume_unwind(Box::new("another"))));
        assert!(other.is_err());
    }
}

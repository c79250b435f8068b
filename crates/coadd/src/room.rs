//! Room for pixels: where the system has no more of it, the work ends with a typed reason, not the process.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use thiserror::Error;

/// The host has no more memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "not enough memory: {bytes} bytes more are needed for {what}; close other programs, or give less with --ram-mb"
)]
pub struct NoRoom {
    /// Bytes asked for.
    pub bytes: u64,
    /// What they were for.
    pub what: &'static str,
}

/// Makes `values` hold `len`, new ones as `value`; unwinds to the next [`caught`] where there is no memory.
///
/// Unwinding, because buffers grow deep inside of loops that have no other way to fail.
pub fn resize<T: Clone>(values: &mut Vec<T>, len: usize, value: T, what: &'static str) {
    reserve(values, len.saturating_sub(values.len()), what);
    values.resize(len, value);
}

/// Makes room for so many more, or unwinds as [`resize`] does.
pub fn reserve<T>(values: &mut Vec<T>, more: usize, what: &'static str) {
    if values.try_reserve_exact(more).is_err() {
        let len = values.len() as u64 + more as u64;
        let bytes = len.saturating_mul(size_of::<T>() as u64);
        resume_unwind(Box::new(NoRoom { bytes, what }));
    }
}

/// `len` times the value, as [`resize`] makes them.
pub fn filled<T: Clone>(len: usize, value: T, what: &'static str) -> Vec<T> {
    let mut values = Vec::new();
    resize(&mut values, len, value, what);
    values
}

/// Runs `work`, and tells when it had no room. Panics go on.
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
        let refused = caught(|| filled(more, 0.0_f32, "rows")).expect_err("no machine has so much");
        assert_eq!((refused.bytes, refused.what), (more as u64 * 4, "rows"));
        let mut kept = vec![1_u8, 2];
        assert!(caught(|| resize(&mut kept, usize::MAX / 2, 0, "rows")).is_err());
        assert_eq!(kept, [1, 2]);
    }

    #[test]
    fn panics_of_others_go_on() {
        let other = catch_unwind(|| caught(|| resume_unwind(Box::new("another"))));
        assert!(other.is_err());
    }
}

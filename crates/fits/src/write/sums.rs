//! The sum of every row of one plane, as it is in the file.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::checksum::fold;

/// Ones' complement sums of 32-bit words, row by row, from which any range of rows can be summed.
#[derive(Debug)]
pub(crate) struct RowSums(Mutex<Vec<u32>>);

impl RowSums {
    /// Sums for rows that are all zeros.
    pub fn new(height: usize) -> RowSums {
        RowSums(Mutex::new(vec![0; height]))
    }

    /// Sets the sums of the rows from `row0` on.
    pub fn set(&self, row0: usize, sums: &[u32]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rows) = all.get_mut(row0..row0.saturating_add(sums.len())) {
            rows.copy_from_slice(sums);
        }
    }

    /// Sets the same sum for all of `rows`.
    pub fn fill(&self, rows: Range<usize>, sum: u32) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rows) = all.get_mut(rows) {
            rows.fill(sum);
        }
    }

    /// The sum of the rows.
    pub fn of(&self, rows: Range<usize>) -> u32 {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = all.get(rows).unwrap_or_default();
        fold(rows.iter().copied().map(u64::from).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::RowSums;

    #[test]
    fn stretches_add_up_to_the_whole() {
        let sums = RowSums::new(6);
        sums.set(0, &[1, 2, 0xFFFF_FFFF]);
        sums.fill(3..6, 7);
        assert_eq!((sums.of(0..2), sums.of(1..3)), (3, 2), "carries go round");
        assert_eq!(sums.of(3..6), 21);
        sums.fill(0..6, 0);
        assert_eq!(sums.of(0..6), 0);
    }
}

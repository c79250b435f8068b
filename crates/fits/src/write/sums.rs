//! The sum of every row of one plane, as it is in the file.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::checksum::fold;
use super::order::RowSum;

/// Sums of the 32-bit words of each row, from which any range of rows can be summed.
#[derive(Debug)]
pub(crate) struct RowSums(Mutex<Vec<RowSum>>);

impl RowSums {
    /// Sums for rows that are all zeros.
    pub fn new(height: usize) -> RowSums {
        RowSums(Mutex::new(vec![RowSum::default(); height]))
    }

    /// Sets the sums of the rows from `row0` on.
    pub fn set(&self, row0: usize, sums: &[RowSum]) {
        let mut all = self.rows();
        if let Some(rows) = all.get_mut(row0..row0.saturating_add(sums.len())) {
            rows.copy_from_slice(sums);
        }
    }

    /// Sets the same sum for all of `rows`.
    pub fn fill(&self, rows: Range<usize>, sum: RowSum) {
        let mut all = self.rows();
        if let Some(rows) = all.get_mut(rows) {
            rows.fill(sum);
        }
    }

    /// The sum of the rows' words, for DATASUM.
    pub fn of(&self, rows: Range<usize>) -> u32 {
        let all = self.rows();
        let rows = all.get(rows).unwrap_or_default();
        fold(rows.iter().map(|row| u64::from(row.words)).sum())
    }

    /// What proves that the rows are in a file: it depends on every word and on its place.
    pub fn proof(&self, rows: Range<usize>) -> u32 {
        let all = self.rows();
        let of = all.get(rows.clone()).unwrap_or_default();
        proof(rows.start, of)
    }

    fn rows(&self) -> MutexGuard<'_, Vec<RowSum>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The proof of rows from `row0` on.
pub(crate) fn proof(row0: usize, rows: &[RowSum]) -> u32 {
    rows.iter().enumerate().fold(0_u32, |sum, (at, row)| {
        let odd = 2 * (row0 + at) as u32 + 1;
        sum.wrapping_add(row.order.wrapping_mul(odd))
    })
}

#[cfg(test)]
mod tests {
    use super::{RowSum, RowSums, proof};

    #[test]
    fn stretches_add_up_to_the_whole() {
        let row = |words| RowSum {
            words,
            order: words,
        };
        let sums = RowSums::new(6);
        sums.set(0, &[1, 2, 0xFFFF_FFFF].map(row));
        sums.fill(3..6, row(7));
        assert_eq!((sums.of(0..2), sums.of(1..3)), (3, 2), "carries go round");
        assert_eq!(sums.of(3..6), 21);
        assert_ne!(
            sums.proof(0..2),
            proof(0, &[2, 1].map(row)),
            "rows in another order"
        );
        sums.fill(0..6, RowSum::default());
        assert_eq!((sums.of(0..6), sums.proof(0..6)), (0, 0));
    }
}

//! Which rows have been written: each must be, exactly once.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// One bit per row.
#[derive(Debug)]
pub(crate) struct WrittenRows {
    height: usize,
    bits: Mutex<Vec<u64>>,
}

impl WrittenRows {
    pub fn new(height: usize) -> WrittenRows {
        WrittenRows {
            height,
            bits: Mutex::new(vec![0; height.div_ceil(64)]),
        }
    }

    /// Marks the rows; the error is the first row that is out of range or already marked.
    pub fn mark(&self, rows: Range<usize>) -> Result<(), usize> {
        if rows.end > self.height {
            return Err(rows.end - 1);
        }
        let mut bits = self.bits.lock().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            let bit = 1 << (row % 64);
            if bits[row / 64] & bit != 0 {
                return Err(row);
            }
            bits[row / 64] |= bit;
        }
        Ok(())
    }

    /// The first row that is missing.
    pub fn missing(&self) -> Option<usize> {
        let bits = self.bits.lock().unwrap_or_else(PoisonError::into_inner);
        (0..self.height).find(|row| bits[row / 64] & 1 << (row % 64) == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::WrittenRows;

    #[test]
    fn each_row_once() {
        let rows = WrittenRows::new(130);
        assert_eq!(rows.mark(100..130), Ok(()));
        assert_eq!(rows.mark(0..99), Ok(()));
        assert_eq!(rows.missing(), Some(99));
        assert_eq!(rows.mark(99..101), Err(100));
        assert_eq!(rows.missing(), None);
        assert_eq!(rows.mark(130..131), Err(130));
    }
}

//! The pixels of a tile that are read at once.

use std::ops::Range;

/// Some columns of some rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
}

impl Part {
    /// Number of pixels.
    pub(crate) fn pixels(&self) -> usize {
        self.rows.len() * self.columns.len()
    }

    /// The same columns of one row.
    pub(crate) fn row(&self, row: usize) -> Self {
        Self {
            rows: row..row + 1,
            columns: self.columns.clone(),
        }
    }

    /// Columns `run` of the tile, counted from the first of these; empty if none is among them.
    pub(crate) fn meet(&self, run: Range<usize>) -> Range<usize> {
        let start = run.start.clamp(self.columns.start, self.columns.end);
        let end = run.end.clamp(start, self.columns.end);
        start - self.columns.start..end - self.columns.start
    }
}

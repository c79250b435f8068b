//! The pixels of a tile that are read at once.

use std::ops::Range;

use zemosaic_coadd::TileCut;
use zemosaic_wcs::lattice::Profile;

use super::Tile;

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

impl Tile {
    /// Whole rows of it.
    pub(crate) fn rows(&self, rows: Range<usize>) -> Part {
        Part {
            rows,
            columns: 0..self.shape.width,
        }
    }

    /// How it is cut into blocks, if the output needs what the profile says.
    pub(crate) fn cut(&self, profile: &Profile) -> TileCut {
        let maps = [self.weights.as_ref().map(|w| &w.0), self.mask.as_ref()];
        let alphas = self.alphas.as_ref().map(|a| &a.reader);
        let maps = || maps.iter().chain([&alphas]).flatten();
        let mut unit = self.rows_at_once();
        for other in maps().map(|map| map.rows_at_once()) {
            // Whatever is decoded together belongs to one block, in the image and in its maps.
            if !unit.is_multiple_of(other.max(1)) {
                unit = unit.saturating_mul(other).min(self.shape.height);
            }
        }
        let at_once = unit.min(self.shape.height) as u32;
        let in_parts = self.image.reads_parts() && maps().all(|map| map.reads_parts());
        // Where the edge is soft, whole rows are looked at.
        let in_parts = in_parts && self.feather.is_none();
        TileCut::new(profile, self.size(), at_once, in_parts)
    }
}

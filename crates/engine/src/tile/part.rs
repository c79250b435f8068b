//! The pixels of a tile that are read at once.

use std::ops::Range;

use zemosaic_coadd::TileCut;
use zemosaic_fits::ImageReader;
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

    /// Whether a part of a row takes as little time and memory as its share of the row.
    pub(crate) fn reads_parts(&self) -> bool {
        self.maps().all(ImageReader::reads_parts) && self.image.reads_parts()
    }

    /// What is read beside the image.
    fn maps(&self) -> impl Iterator<Item = &ImageReader> {
        let weights = self.weights.as_ref().map(|(reader, _)| &**reader);
        let alpha = self.alphas.as_ref().map(|alpha| &*alpha.reader);
        weights.into_iter().chain(self.mask.as_deref()).chain(alpha)
    }

    /// How it is cut into blocks, if the output needs what the profile says.
    pub(crate) fn cut(&self, profile: &Profile) -> TileCut {
        let mut unit = self.rows_at_once();
        for other in self.maps().map(ImageReader::rows_at_once) {
            // Whatever is decoded together belongs to one block, in the image and in its maps.
            if !unit.is_multiple_of(other.max(1)) {
                unit = unit.saturating_mul(other).min(self.shape.height);
            }
        }
        let at_once = unit.min(self.shape.height) as u32;
        // Where the edge is soft, whole rows are looked at.
        let in_parts = self.reads_parts() && self.feather.is_none();
        TileCut::new(profile, self.size(), at_once, in_parts)
    }
}

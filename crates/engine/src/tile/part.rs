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

    /// Parts that follow each other in memory, for what is read of one reader beside these pixels: at most so many pixels
    /// each, but for the rows that are stored together.
    pub(super) fn pieces(&self, reader: &ImageReader, most: usize) -> Vec<Self> {
        self.cut_into(reader.rows_at_once().max(1), reader.reads_parts(), most)
    }

    fn cut_into(&self, at_once: usize, in_parts: bool, most: usize) -> Vec<Self> {
        let width = self.columns.len().max(1);
        let rows = at_once * (most / width / at_once).max(1);
        let columns = if in_parts { width.min(most) } else { width };
        let mut pieces = Vec::new();
        let mut row = self.rows.start;
        while row < self.rows.end {
            let end = (row / at_once * at_once + rows).min(self.rows.end);
            pieces.extend(self.columns.clone().step_by(columns).map(|column| Self {
                rows: row..end,
                columns: column..(column + columns).min(self.columns.end),
            }));
            row = end;
        }
        pieces
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

#[cfg(test)]
mod tests {
    use super::Part;

    #[test]
    fn pieces_follow_each_other_in_memory_and_are_no_larger_than_they_must_be() {
        let parts = [
            (3..20, 5..105, 1, true, 40),
            (3..20, 5..105, 1, true, 250),
            (3..20, 5..105, 8, false, 40),
            (3..20, 5..105, 4, false, 900),
            (0..7, 0..9, 1, true, 1000),
            (2..2, 0..9, 1, true, 10),
            (2..4, 6..6, 1, true, 10),
        ];
        for (rows, columns, at_once, in_parts, most) in parts {
            let part = Part { rows, columns };
            let pieces = part.cut_into(at_once, in_parts, most);
            let mut next = 0;
            for piece in &pieces {
                let first = (piece.rows.start - part.rows.start) * part.columns.len();
                assert_eq!(first + piece.columns.start - part.columns.start, next);
                assert!(piece.rows.len() == 1 || piece.columns == part.columns);
                next += piece.pixels();
                let least = if in_parts {
                    1
                } else {
                    at_once * part.columns.len()
                };
                assert!(piece.pixels() <= most.max(least), "{piece:?}");
                // No row that is stored with others is read twice.
                assert!(piece.rows.end.is_multiple_of(at_once) || piece.rows.end == part.rows.end);
            }
            assert_eq!(next, part.pixels(), "{pieces:?}");
        }
    }
}

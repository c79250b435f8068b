//! The part of a tile that a chunk needs on the device.

use std::ops::Range;

use super::pad;
use crate::{ChunkJob, TileJob};

/// Bytes per pixel of a window.
const FLOAT: u64 = size_of::<f32>() as u64;

/// A rectangle of a tile, in rows of `pitch` floats.
#[derive(Clone, Debug)]
pub struct WindowRect {
    /// Tile columns.
    pub columns: Range<u32>,
    /// Tile rows.
    pub rows: Range<u32>,
    /// Floats from row to row.
    pub pitch: u64,
}

impl WindowRect {
    /// The part of `tile` that the rows of `job` need and its window holds.
    pub fn new(job: &ChunkJob, tile: &TileJob) -> Self {
        let need = tile.profile.need([job.rows.start, job.rows.end]);
        let columns = meet(need.tile_x, &(0..tile.rows.size[0]));
        Self {
            pitch: row_bytes(columns.len() as u64) / FLOAT,
            rows: meet(need.tile_y, &tile.rows.held()),
            columns,
        }
    }

    /// Floats of one plane.
    pub fn plane(&self) -> u64 {
        plane_bytes(self.columns.len() as u64, self.rows.len() as u64) / FLOAT
    }
}

/// Device bytes of one row of a window of `columns` columns, counted as at least one.
pub(super) fn row_bytes(columns: u64) -> u64 {
    pad(FLOAT * columns.max(1))
}

/// Device bytes of one plane of a window, counted as at least one row.
pub(super) fn plane_bytes(columns: u64, rows: u64) -> u64 {
    row_bytes(columns) * rows.max(1)
}

/// The part of `need` that is held; empty if none is.
fn meet(need: [u32; 2], held: &Range<u32>) -> Range<u32> {
    let start = need[0].max(held.start);
    start..need[1].min(held.end).max(start)
}

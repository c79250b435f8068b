//! The part of a tile that a chunk needs on the device.

use std::ops::Range;

use crate::{ChunkJob, TileJob};

/// Floats that a device row is padded to: 256 bytes.
const PITCH_FLOATS: u64 = 64;

/// A rectangle of a tile, in rows of `pitch` floats.
#[derive(Clone, Debug)]
pub struct WindowRect {
    /// Tile columns.
    pub columns: Range<u32>,
    /// Tile rows.
    pub rows: Range<u32>,
    /// Floats from row to row, a multiple of 64.
    pub pitch: u64,
}

impl WindowRect {
    /// What the rows of `job` need of `tile`, as far as its window holds it.
    pub fn new(job: &ChunkJob, tile: &TileJob) -> Self {
        let need = tile.profile.need([job.rows.start, job.rows.end]);
        let window = &tile.window;
        let held = window.first_row..window.first_row.saturating_add(window.rows);
        let columns = meet(need.tile_x, &(0..window.width));
        Self {
            pitch: (columns.len().max(1) as u64).next_multiple_of(PITCH_FLOATS),
            rows: meet(need.tile_y, &held),
            columns,
        }
    }

    /// Floats of one plane.
    pub fn plane(&self) -> u64 {
        self.pitch * self.rows.len().max(1) as u64
    }
}

/// The part of `need` that is held; empty where they do not meet.
fn meet(need: [u32; 2], held: &Range<u32>) -> Range<u32> {
    let start = need[0].max(held.start);
    start..need[1].min(held.end).max(start)
}

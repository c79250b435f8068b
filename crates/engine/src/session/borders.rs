//! Where the data of the tiles end, before they are compared or read.

use std::time::{Duration, Instant};

use rayon::prelude::*;
use zemosaic_wcs::lattice::Profile;

use super::Session;
use crate::border::{FoundBorder, SCAN_BITS};
use crate::error::EngineError;
use crate::tile::{Tile, TileDamage};

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct BorderReport {
    /// Borders of one value that are no data, in the order of the tiles.
    pub found: Vec<FoundBorder>,
    /// Rows that could not be read.
    pub damaged: Vec<TileDamage>,
    /// Bytes that are held for the borders of all tiles.
    pub bytes: u64,
    /// Bytes read from the files of the tiles.
    pub bytes_read: u64,
    /// Time it took.
    pub spent: Duration,
}

impl Session {
    /// Finds the borders of all tiles that meet the output; comparing and chunks made from now on use them. Takes
    /// about `ram_bytes` while it looks, or what one tile takes where that is more, but never over `most_bytes`.
    ///
    /// Errors: `over_memory` where a tile takes more than that.
    pub fn find_borders(
        &mut self,
        ram_bytes: u64,
        most_bytes: u64,
    ) -> Result<BorderReport, EngineError> {
        let began = Instant::now();
        self.reader.clear();
        let meets = |profile: &Profile| profile.blocks.iter().any(|need| !need.is_empty());
        let tiles: Vec<(usize, &Tile)> = self
            .tiles
            .iter()
            .enumerate()
            .filter(|(i, _)| meets(&self.profiles[*i]))
            .collect();
        let takes = |tile: &Tile| (tile.shape.width * tile.shape.height) as u64 * SCAN_BITS / 8;
        let largest = tiles.iter().map(|(_, tile)| takes(tile)).max();
        let at_once = (ram_bytes / largest.unwrap_or(0).max(1)).max(1);
        zemosaic_room::caught(|| {
            for some in tiles.chunks(usize::try_from(at_once).unwrap_or(usize::MAX)) {
                self.pool.install(|| {
                    some.par_iter().for_each(|(_, tile)| {
                        tile.border(most_bytes);
                    });
                });
            }
        })?;
        let mut report = BorderReport::default();
        for (at, tile) in tiles {
            let border = tile.border(most_bytes);
            if let Some(needed) = border.too_much {
                return Err(EngineError::OverMemory {
                    image: tile.source.clone(),
                    needed,
                    most: most_bytes,
                });
            }
            report.bytes += border.bytes();
            report.bytes_read += border.bytes_read;
            let damage = border.damage.clone();
            (report.damaged).extend(damage.map(|error| TileDamage { tile: at, error }));
            if let Some((value, pixels)) = &border.blank {
                report.found.push(FoundBorder {
                    tile: at,
                    value: value.clone(),
                    pixels: *pixels,
                });
            }
        }
        report.spent = began.elapsed();
        Ok(report)
    }
}

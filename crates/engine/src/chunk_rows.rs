//! The tile rows of a chunk.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use zemosaic_coadd::{RowBlocks, TileRows};

use crate::row_block::RowBlock;
use crate::tile::{Tile, TileDamage};

/// The rows that a chunk needs: one entry per tile, `None` if the tile is not needed.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChunkRows {
    /// Channels that they hold.
    pub(crate) channels: Range<usize>,
    pub(crate) tiles: Vec<Option<TileBlocks>>,
    pub(crate) damaged: Vec<TileDamage>,
    pub(crate) bytes_read: u64,
    /// Blocks that were read for it, which no earlier chunk held.
    pub(crate) blocks_read: u64,
    /// Time the reading took.
    pub(crate) spent: Duration,
}

/// Consecutive blocks of one tile's rows.
#[derive(Clone, Debug)]
pub(crate) struct TileBlocks {
    pub(crate) cut: RowBlocks,
    /// Number of the first one.
    pub(crate) first: u32,
    pub(crate) blocks: Vec<Arc<RowBlock>>,
}

impl ChunkRows {
    /// Returns itself if it holds these channels, else nothing, because rows of another channel are of no use.
    pub(crate) fn of_channels(self, channels: &Range<usize>) -> Self {
        if self.channels == *channels {
            self
        } else {
            Self::default()
        }
    }

    /// The block of this number of a tile, if it is held.
    pub(crate) fn block(&self, tile: usize, number: u32) -> Option<&Arc<RowBlock>> {
        let held = self.tiles.get(tile)?.as_ref()?;
        let at = number.checked_sub(held.first)?;
        held.blocks.get(at as usize)
    }
}

impl TileBlocks {
    /// The rows in the form that backends take.
    pub(crate) fn rows(&self, tile: &Tile) -> TileRows<'_> {
        TileRows {
            size: tile.size(),
            cut: self.cut,
            first: self.first,
            blocks: self.blocks.iter().map(|b| b.window(tile)).collect(),
        }
    }
}

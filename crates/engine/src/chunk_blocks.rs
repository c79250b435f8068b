//! The blocks of tiles that a chunk needs.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use zemosaic_coadd::{TileCut, TileRows};

use crate::pixel_block::PixelBlock;
use crate::tile::{Tile, TileDamage};

/// The blocks that a chunk needs: one entry per tile, `None` if the tile is not needed.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChunkBlocks {
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

/// Blocks of one tile.
#[derive(Clone, Debug)]
pub(crate) struct TileBlocks {
    pub(crate) cut: TileCut,
    /// Numbers of the columns and rows of blocks in the list.
    pub(crate) columns: Range<u32>,
    pub(crate) rows: Range<u32>,
    /// Row by row of blocks; `None` where none is needed.
    pub(crate) blocks: Vec<Option<Arc<PixelBlock>>>,
}

impl ChunkBlocks {
    /// Returns itself if it holds these channels, else nothing, because rows of another channel are of no use.
    pub(crate) fn of_channels(self, channels: &Range<usize>) -> Self {
        if self.channels == *channels {
            self
        } else {
            Self::default()
        }
    }

    /// A block of a tile, if it is held.
    pub(crate) fn block(&self, place: Place) -> Option<&Arc<PixelBlock>> {
        let held = self.tiles.get(place.tile)?.as_ref()?;
        held.blocks.get(held.index(place)?)?.as_ref()
    }
}

/// A block of a tile: numbers of the tile, of the row of blocks, and of the column of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) tile: usize,
    pub(crate) row: u32,
    pub(crate) column: u32,
}

impl TileBlocks {
    /// No blocks yet, of those that are needed: the numbers of rows of blocks, each with the numbers of its columns.
    pub(crate) fn empty(cut: TileCut, needed: &[(u32, Range<u32>)]) -> Option<Self> {
        let columns = needed.iter().map(|(_, columns)| columns.clone());
        let columns = columns.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))?;
        let rows = needed.first()?.0..needed.last()?.0 + 1;
        let count = rows.len() * columns.len();
        Some(Self {
            cut,
            columns,
            rows,
            blocks: vec![None; count],
        })
    }

    /// Puts a block in its place.
    pub(crate) fn put(&mut self, place: Place, block: Arc<PixelBlock>) {
        if let Some(at) = self.index(place) {
            self.blocks[at] = Some(block);
        }
    }

    fn index(&self, Place { row, column, .. }: Place) -> Option<usize> {
        let inside = self.rows.contains(&row) && self.columns.contains(&column);
        let at = || (row - self.rows.start) as usize * self.columns.len();
        inside.then(|| at() + (column - self.columns.start) as usize)
    }

    /// The blocks in the form that backends take.
    pub(crate) fn rows(&self, tile: &Tile) -> TileRows<'_> {
        let blocks = self.blocks.iter().map(Option::as_ref);
        TileRows {
            size: tile.size(),
            cut: self.cut,
            first: [self.columns.start, self.rows.start],
            columns: self.columns.len() as u32,
            blocks: blocks.map(|block| Some(block?.window(tile))).collect(),
        }
    }
}

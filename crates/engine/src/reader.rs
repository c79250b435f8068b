//! The tile rows of the current chunk, and those of the next one, which are read ahead.

use std::ops::Range;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use rayon::ThreadPool;
use rayon::prelude::*;
use zemosaic_coadd::RowBlocks;
use zemosaic_fits::FitsError;
use zemosaic_wcs::lattice::Profile;

use crate::background::Corrections;
use crate::chunk_rows::{ChunkRows, TileBlocks};
use crate::error::EngineError;
use crate::row_block::{RowBlock, RowSource};
use crate::spare::Spare;
use crate::tile::{Tile, TileDamage};

/// Most threads that read: more would only wait for the same disk.
const MOST_THREADS: usize = 16;

/// Reads what chunks need of the tiles, in blocks of rows; every block once, as long as chunks follow each other.
pub(crate) struct RowReader {
    source: Source,
    rows: ChunkRows,
    ahead: Option<Ahead>,
}

/// What reading needs, shared with the thread that reads ahead.
#[derive(Clone)]
struct Source {
    tiles: Arc<Vec<Tile>>,
    profiles: Arc<Vec<Profile>>,
    /// How the rows of each tile are cut.
    cuts: Arc<Vec<RowBlocks>>,
    /// Threads of its own, because a thread that waits for a disk computes nothing.
    pool: Arc<ThreadPool>,
    corrections: Arc<Corrections>,
    spare: Arc<Spare>,
}

/// Rows being read for the next chunk.
struct Ahead {
    rows: Range<u32>,
    channels: Range<usize>,
    thread: JoinHandle<ChunkRows>,
}

/// A block of a tile: number of the tile, number of the block.
type Place = (usize, u32);

impl RowReader {
    pub(crate) fn new(
        tiles: &Arc<Vec<Tile>>,
        profiles: &Arc<Vec<Profile>>,
        threads: usize,
    ) -> Result<Self, EngineError> {
        let threads = threads.clamp(1, MOST_THREADS);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("read-{i}"))
            .build()
            .map_err(|e| EngineError::Threads {
                threads,
                reason: e.to_string(),
            })?;
        let cuts = tiles.iter().zip(&**profiles).map(|(t, p)| t.cut(p));
        Ok(Self {
            source: Source {
                cuts: Arc::new(cuts.collect()),
                tiles: Arc::clone(tiles),
                profiles: Arc::clone(profiles),
                pool: Arc::new(pool),
                corrections: Arc::default(),
                spare: Arc::default(),
            },
            rows: ChunkRows::default(),
            ahead: None,
        })
    }

    /// The rows of the current chunk.
    pub(crate) fn rows(&self) -> &ChunkRows {
        &self.rows
    }

    /// How many buffers were made for blocks of rows.
    pub(crate) fn buffers_made(&self) -> u64 {
        self.source.spare.made()
    }

    /// Bytes of the tile rows that these two ranges of output rows need together.
    pub(crate) fn bytes(&self, channels: &Range<usize>, of: [&Range<u32>; 2]) -> u64 {
        let [these, those] = of.map(|rows| self.source.needs(channels, rows));
        let both = these.into_iter().zip(those).enumerate();
        let bytes = both.map(|(i, (a, b))| {
            let shared = a.end.min(b.end).saturating_sub(a.start.max(b.start));
            let blocks = (a.len() + b.len()) as u64 - u64::from(shared);
            blocks * self.source.block_bytes(i, channels)
        });
        bytes.sum()
    }

    /// Starts a chunk: uses the rows that were read ahead if they are the right ones, else reads them now.
    pub(crate) fn take(&mut self, channels: &Range<usize>, rows: &Range<u32>) {
        if let Some(ahead) = self.ahead.take() {
            let fits = ahead.rows == *rows && ahead.channels == *channels;
            // When the thread that read ahead has panicked, the rows are read again here.
            if let (true, Ok(rows)) = (fits, ahead.thread.join()) {
                self.rows = rows;
                return;
            }
        }
        let last = std::mem::take(&mut self.rows).of_channels(channels);
        self.rows = self.source.read(channels, rows, last);
    }

    /// Starts reading what the next chunk needs and this one does not hold.
    pub(crate) fn read_ahead(&mut self, channels: &Range<usize>, rows: &Range<u32>) {
        let source = self.source.clone();
        let last = self.rows.clone().of_channels(channels);
        let (channels, rows) = (channels.clone(), rows.clone());
        let thread = std::thread::Builder::new()
            .name("read-ahead".into())
            .spawn({
                let (channels, rows) = (channels.clone(), rows.clone());
                move || source.read(&channels, &rows, last)
            });
        // If no thread can be started, the next chunk reads its own rows.
        self.ahead = thread.ok().map(|thread| Ahead {
            rows,
            channels,
            thread,
        });
    }

    /// Applies these corrections from now on; rows read before are dropped.
    pub(crate) fn correct(&mut self, corrections: Corrections) {
        self.clear();
        self.source.corrections = Arc::new(corrections);
    }

    /// Drops all rows.
    pub(crate) fn clear(&mut self) {
        if let Some(ahead) = self.ahead.take() {
            drop(ahead.thread.join());
        }
        self.rows = ChunkRows::default();
        self.source.spare.clear();
    }
}

impl Source {
    /// The blocks of every tile that output rows need: those that `last` holds, and the others read, in parallel.
    fn read(&self, channels: &Range<usize>, rows: &Range<u32>, last: ChunkRows) -> ChunkRows {
        let began = Instant::now();
        let needs = self.needs(channels, rows);
        let numbers = needs.iter().enumerate();
        let places: Vec<Place> = numbers
            .flat_map(|(tile, need)| need.clone().map(move |number| (tile, number)))
            .collect();
        let held: Vec<_> = places
            .iter()
            .map(|(tile, number)| last.block(*tile, *number).cloned())
            .collect();
        // What is not needed any more makes room for what is.
        drop(last);
        let missing = places.iter().zip(&held).filter(|(_, held)| held.is_none());
        let missing: Vec<Place> = missing.map(|(place, _)| *place).collect();
        let load = |place: &Place| self.load(*place, channels);
        let mut loaded = (self.pool)
            .install(|| missing.par_iter().map(load).collect::<Vec<_>>())
            .into_iter();
        let mut made = ChunkRows {
            channels: channels.clone(),
            tiles: vec![None; needs.len()],
            blocks_read: missing.len() as u64,
            ..ChunkRows::default()
        };
        for ((tile, number), held) in places.into_iter().zip(held) {
            let block = held.or_else(|| {
                let (block, bytes, error) = loaded.next()?;
                made.bytes_read += bytes;
                // One of a tile is enough to tell.
                let told = made.damaged.last().is_some_and(|d| d.tile == tile);
                let error = error.filter(|_| !told).map(Arc::new);
                (made.damaged).extend(error.map(|error| TileDamage { tile, error }));
                Some(Arc::new(block))
            });
            let blocks = made.tiles[tile].get_or_insert_with(|| TileBlocks {
                cut: self.cuts[tile],
                first: number,
                blocks: Vec::new(),
            });
            blocks.blocks.extend(block);
        }
        made.spent = began.elapsed();
        made
    }

    fn load(
        &self,
        (tile, number): Place,
        channels: &Range<usize>,
    ) -> (RowBlock, u64, Option<FitsError>) {
        let source = RowSource {
            tile: &self.tiles[tile],
            channels,
            correction: &|plane| self.corrections.get(plane)?[tile],
            spare: &self.spare,
        };
        let cut = self.cuts[tile];
        let rows = cut.rows(number);
        source.load(rows.start as usize..rows.end as usize, cut.each as usize)
    }

    /// Bytes of each block of a tile.
    fn block_bytes(&self, tile: usize, channels: &Range<usize>) -> u64 {
        let source = RowSource {
            tile: &self.tiles[tile],
            channels,
            correction: &|_| None,
            spare: &self.spare,
        };
        let pixels = source.planes() * self.tiles[tile].shape.width;
        (4 * pixels) as u64 * u64::from(self.cuts[tile].each)
    }

    /// Numbers of the blocks that each tile must hold for the output rows; none when it does not meet them, or has no part
    /// in these channels.
    fn needs(&self, channels: &Range<usize>, rows: &Range<u32>) -> Vec<Range<u32>> {
        let need = |((tile, profile), cut): ((&Tile, &Profile), &RowBlocks)| {
            let need = profile.need([rows.start, rows.end]);
            if need.is_empty() || !tile.is_in(channels) {
                0..0
            } else {
                cut.meeting(need.tile_y)
            }
        };
        let laid = self.tiles.iter().zip(&*self.profiles);
        laid.zip(&*self.cuts).map(need).collect()
    }
}

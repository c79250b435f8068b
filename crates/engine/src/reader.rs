//! The blocks of tiles for the current chunk, and those for the next one, which are read ahead.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use rayon::ThreadPool;
use rayon::prelude::*;
use zemosaic_coadd::TileCut;
use zemosaic_fits::FitsError;
use zemosaic_wcs::lattice::{BlockNeed, Profile};

use crate::background::Corrections;
use crate::chunk_blocks::{ChunkBlocks, Place, TileBlocks};
use crate::error::EngineError;
use crate::pixel_block::{BlockSource, PixelBlock};
use crate::spare::Spare;
use crate::tile::{Part, Tile, TileDamage};

/// Most threads that read: more would only wait for the same disk.
const MOST_THREADS: usize = 16;

/// Reads what chunks need of the tiles, in blocks; every block once, as long as chunks follow each other.
pub(crate) struct BlockReader {
    source: Source,
    rows: ChunkBlocks,
    ahead: Option<Ahead>,
}

/// What reading needs, shared with the thread that reads ahead.
#[derive(Clone)]
struct Source {
    tiles: Arc<Vec<Tile>>,
    profiles: Arc<Vec<Profile>>,
    /// How each tile is cut.
    cuts: Arc<Vec<TileCut>>,
    /// Threads of its own, because a thread that waits for a disk computes nothing.
    pool: Arc<ThreadPool>,
    corrections: Arc<Corrections>,
    spare: Arc<Spare>,
}

/// Rows being read for the next chunk.
struct Ahead {
    rows: Range<u32>,
    channels: Range<usize>,
    thread: JoinHandle<ChunkBlocks>,
}

impl BlockReader {
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
            rows: ChunkBlocks::default(),
            ahead: None,
        })
    }

    /// The rows of the current chunk.
    pub(crate) fn rows(&self) -> &ChunkBlocks {
        &self.rows
    }

    /// How many buffers were made for blocks.
    pub(crate) fn buffers_made(&self) -> u64 {
        self.source.spare.made()
    }

    /// Bytes of the tile rows that these two ranges of output rows need together.
    pub(crate) fn bytes(&self, channels: &Range<usize>, of: [&Range<u32>; 2]) -> u64 {
        let [these, those] = of.map(|rows| self.source.needs(channels, rows));
        let both = these.zip(those).enumerate();
        let bytes = both.map(|(i, (mut need, other))| {
            need.include(other);
            self.source.bytes(i, channels, &need)
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
        self.rows = ChunkBlocks::default();
        self.source.spare.clear();
    }
}

impl Source {
    /// The blocks of every tile that output rows need: those that `last` holds, and the others read, in parallel.
    fn read(&self, channels: &Range<usize>, rows: &Range<u32>, last: ChunkBlocks) -> ChunkBlocks {
        let began = Instant::now();
        let needed: Vec<Vec<(u32, Range<u32>)>> = (self.needs(channels, rows).zip(&*self.cuts))
            .map(|(need, cut)| cut.meeting(&need).collect())
            .collect();
        let all = needed.iter().enumerate().flat_map(|(tile, rows)| {
            rows.iter().flat_map(move |(row, columns)| {
                let row = *row;
                columns
                    .clone()
                    .map(move |column| Place { tile, row, column })
            })
        });
        let places: Vec<Place> = all.collect();
        let held: Vec<_> = places
            .iter()
            .map(|place| last.block(*place).cloned())
            .collect();
        // What is not needed any more makes room for what is.
        drop(last);
        let missing: Vec<Place> = (places.iter().zip(&held))
            .filter_map(|(place, held)| held.is_none().then_some(*place))
            .collect();
        let same_rows = |a: &Place, b: &Place| (a.tile, a.row) == (b.tile, b.row);
        let held_rows: HashSet<(usize, u32)> = (places.iter().zip(&held))
            .filter_map(|(place, held)| held.as_ref().map(|_| (place.tile, place.row)))
            .collect();
        let load = |(i, place): (usize, &Place)| {
            let is_first = i == 0 || !same_rows(&missing[i - 1], place);
            if is_first && !held_rows.contains(&(place.tile, place.row)) {
                self.read_soon(*place, channels);
            }
            self.load(*place, channels)
        };
        let mut loaded = (self.pool)
            .install(|| missing.par_iter().enumerate().map(load).collect::<Vec<_>>())
            .into_iter();
        let mut made = ChunkBlocks {
            channels: channels.clone(),
            tiles: (self.cuts.iter().zip(&needed))
                .map(|(cut, needed)| TileBlocks::empty(*cut, needed))
                .collect(),
            blocks_read: missing.len() as u64,
            ..ChunkBlocks::default()
        };
        for (place, held) in places.into_iter().zip(held) {
            let block = held.or_else(|| {
                let (block, bytes, error) = loaded.next()?;
                made.bytes_read += bytes;
                // One of a tile is enough to tell.
                let tile = place.tile;
                let told = made.damaged.last().is_some_and(|d| d.tile == tile);
                let error = error.filter(|_| !told).map(Arc::new);
                (made.damaged).extend(error.map(|error| TileDamage { tile, error }));
                Some(Arc::new(block))
            });
            if let (Some(tile), Some(block)) = (&mut made.tiles[place.tile], block) {
                tile.put(place, block);
            }
        }
        made.spent = began.elapsed();
        made
    }

    /// Where rows are read in parts, the system brings whole ones into its cache meanwhile: disks like that better.
    fn read_soon(&self, Place { tile, row, .. }: Place, channels: &Range<usize>) {
        let (tile, cut) = (&self.tiles[tile], self.cuts[tile]);
        if cut.is_in_parts() {
            let rows = cut.rows.rows(row);
            let rows = rows.start as usize..rows.end as usize;
            let planes = channels.clone().map(|channel| tile.plane(channel));
            tile.read_soon(planes, &rows);
        }
    }

    fn load(&self, place: Place, channels: &Range<usize>) -> (PixelBlock, u64, Option<FitsError>) {
        let source = BlockSource {
            tile: &self.tiles[place.tile],
            channels,
            correction: &|plane| self.corrections.get(plane)?[place.tile],
            spare: &self.spare,
        };
        let cut = self.cuts[place.tile];
        let pixels = |of: Range<u32>| of.start as usize..of.end as usize;
        let part = Part {
            rows: pixels(cut.rows.rows(place.row)),
            columns: pixels(cut.columns.rows(place.column)),
        };
        source.load(part, cut.block() as usize)
    }

    /// Bytes of the blocks of a tile that hold what is needed.
    fn bytes(&self, tile: usize, channels: &Range<usize>, need: &BlockNeed) -> u64 {
        let source = BlockSource {
            tile: &self.tiles[tile],
            channels,
            correction: &|_| None,
            spare: &self.spare,
        };
        4 * source.planes() as u64 * self.cuts[tile].room(need)
    }

    /// What output rows need of each tile; nothing when it does not meet them, or has no part in these channels.
    fn needs(&self, channels: &Range<usize>, rows: &Range<u32>) -> impl Iterator<Item = BlockNeed> {
        let (channels, rows) = (channels.clone(), [rows.start, rows.end]);
        let laid = self.tiles.iter().zip(&*self.profiles);
        laid.map(move |(tile, profile)| {
            let need = profile.need(rows);
            if tile.is_in(&channels) {
                need
            } else {
                BlockNeed::default()
            }
        })
    }
}

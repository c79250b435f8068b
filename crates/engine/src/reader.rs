//! The windows of the current chunk, and those of the next one, which are read ahead.

use std::ops::Range;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use rayon::ThreadPool;
use rayon::prelude::*;
use zemosaic_wcs::lattice::Profile;

use crate::background::Corrections;
use crate::spare::Spare;
use crate::tile::{Tile, TileDamage};
use crate::window_cache::{ChunkWindows, HeldRows};

/// Reads what chunks need of the tiles; every row once, as long as chunks follow each other.
pub(crate) struct WindowReader {
    source: Source,
    windows: ChunkWindows,
    ahead: Option<Ahead>,
}

/// What reading needs, shared with the thread that reads ahead.
#[derive(Clone)]
struct Source {
    tiles: Arc<Vec<Tile>>,
    profiles: Arc<Vec<Profile>>,
    pool: Arc<ThreadPool>,
    corrections: Arc<Corrections>,
    spare: Arc<Spare>,
}

/// Windows being read for the next chunk.
struct Ahead {
    rows: Range<u32>,
    channels: Range<usize>,
    thread: JoinHandle<ChunkWindows>,
}

impl WindowReader {
    pub(crate) fn new(
        tiles: &Arc<Vec<Tile>>,
        profiles: &Arc<Vec<Profile>>,
        pool: &Arc<ThreadPool>,
    ) -> Self {
        Self {
            source: Source {
                tiles: Arc::clone(tiles),
                profiles: Arc::clone(profiles),
                pool: Arc::clone(pool),
                corrections: Arc::default(),
                spare: Arc::default(),
            },
            windows: ChunkWindows::default(),
            ahead: None,
        }
    }

    /// The windows of the current chunk.
    pub(crate) fn windows(&self) -> &ChunkWindows {
        &self.windows
    }

    /// Starts a chunk: uses the windows that were read ahead if they are the right ones, else reads them now.
    pub(crate) fn take(&mut self, channels: &Range<usize>, rows: &Range<u32>) {
        if let Some(ahead) = self.ahead.take() {
            let fits = ahead.rows == *rows && ahead.channels == *channels;
            // When the thread that read ahead has panicked, the windows are read again here.
            if let (true, Ok(windows)) = (fits, ahead.thread.join()) {
                self.windows = windows;
                return;
            }
        }
        let last = std::mem::take(&mut self.windows).of_channels(channels);
        self.windows = self.source.read(channels, rows, &last);
    }

    /// Starts reading what the next chunk needs and this one does not hold.
    pub(crate) fn read_ahead(&mut self, channels: &Range<usize>, rows: &Range<u32>) {
        let source = self.source.clone();
        let last = self.windows.clone().of_channels(channels);
        let (channels, rows) = (channels.clone(), rows.clone());
        let thread = std::thread::Builder::new()
            .name("read-ahead".into())
            .spawn({
                let (channels, rows) = (channels.clone(), rows.clone());
                move || source.read(&channels, &rows, &last)
            });
        // If no thread can be started, the next chunk reads its own windows.
        self.ahead = thread.ok().map(|thread| Ahead {
            rows,
            channels,
            thread,
        });
    }

    /// Applies these corrections from now on; windows read before are dropped.
    pub(crate) fn correct(&mut self, corrections: Corrections) {
        self.clear();
        self.source.corrections = Arc::new(corrections);
    }

    /// Drops all windows.
    pub(crate) fn clear(&mut self) {
        if let Some(ahead) = self.ahead.take() {
            drop(ahead.thread.join());
        }
        self.windows = ChunkWindows::default();
        self.source.spare.clear();
    }
}

impl Source {
    /// Reads every tile's window, in parallel; rows that `last` holds are copied.
    fn read(
        &self,
        channels: &Range<usize>,
        rows: &Range<u32>,
        last: &ChunkWindows,
    ) -> ChunkWindows {
        let began = Instant::now();
        let read = |(i, rows): (usize, &Range<usize>)| {
            if rows.is_empty() {
                return (None, 0, None);
            }
            let last = last.held.get(i).and_then(Option::as_deref);
            let tile = &self.tiles[i];
            let correction = |plane: usize| self.corrections.get(plane)?[i];
            let (held, bytes, error) = HeldRows::load(
                tile,
                rows.clone(),
                channels.clone(),
                last,
                correction,
                &self.spare,
            );
            (Some(Arc::new(held)), bytes, error)
        };
        let needs = self.needs(channels, rows);
        let loaded: Vec<_> = self
            .pool
            .install(|| needs.par_iter().enumerate().map(read).collect());
        let mut windows = ChunkWindows {
            channels: channels.clone(),
            ..ChunkWindows::default()
        };
        for (tile, (held, bytes, error)) in loaded.into_iter().enumerate() {
            windows.held.push(held);
            windows.bytes_read += bytes;
            windows.damaged.extend(error.map(|e| TileDamage {
                tile,
                error: Arc::new(e),
            }));
        }
        windows.spent = began.elapsed();
        windows
    }

    /// Tile rows that each tile must hold for the output rows; empty when it does not meet them, or has no part in
    /// these channels.
    fn needs(&self, channels: &Range<usize>, rows: &Range<u32>) -> Vec<Range<usize>> {
        let need = |(tile, profile): (&Tile, &Profile)| {
            let need = profile.need([rows.start, rows.end]);
            if need.is_empty() || !tile.is_in(channels) {
                0..0
            } else {
                need.tile_y[0] as usize..need.tile_y[1] as usize
            }
        };
        self.tiles.iter().zip(&*self.profiles).map(need).collect()
    }
}

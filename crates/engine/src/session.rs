//! One output being made from opened tiles, chunk by chunk.

mod borders;
mod fit;
mod job;

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use zemosaic_coadd::backend::{AllocatorOptions, Backend, DeviceCounters};
use zemosaic_coadd::cpu::{CpuBackend, strip_bytes};
use zemosaic_coadd::{Combine, Kernel, Strip};
use zemosaic_fits::{DoneRows, FinishStats, MosaicSpec, MosaicWriter, OutputPart};
use zemosaic_wcs::lattice::{Lattice, Profile, lay};
use zemosaic_wcs::{Grid, Mapping, Wcs};

use crate::background::{BackgroundReport, MatchOptions, Matcher};
use crate::device::Device;
use crate::error::EngineError;
use crate::output::StripWriter;
use crate::reader::BlockReader;
use crate::tile::{LARGEST_SIDE, Tile, TileDamage};
use crate::tile_needs::TileNeeds;
use crate::weight::tile_weights;

use job::{Laid, job, make};

pub use borders::BorderReport;

/// Options that can change a pixel.
#[derive(Clone, Copy, Debug)]
pub struct PixelOptions {
    /// Interpolation.
    pub kernel: Kernel,
    /// How several samples of one output pixel are combined.
    pub combine: Combine,
    /// Largest allowed lattice error, px.
    pub map_error: f64,
}

/// Where a chunk is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Processor {
    /// The threads of the host.
    Cpu,
    /// The run's GPU, using at most these bytes.
    Device {
        /// Most device bytes that the chunk may take.
        max_bytes: u64,
    },
}

/// Rows to make now, and rows to read ahead.
#[derive(Clone, Debug)]
pub struct ChunkRequest {
    /// Where to compute.
    pub on: Processor,
    /// Channels to make, 0-based.
    pub channels: Range<usize>,
    /// Output rows.
    pub rows: Range<u32>,
    /// The chunk that will follow, if known.
    pub next: Option<Range<u32>>,
}

/// What one chunk did and cost.
#[derive(Clone, Debug, Default)]
pub struct ChunkReport {
    /// Counts and times of the backend; the CPU's times are summed over threads.
    pub counters: DeviceCounters,
    /// Time that reading this chunk's tile rows took.
    pub read: Duration,
    /// Time this call waited for them.
    pub wait: Duration,
    /// Bytes read from tile files.
    pub bytes_read: u64,
    /// Blocks of tile rows that were read for this chunk; it shares the others with the chunk before.
    pub blocks_read: u64,
    /// Buffers for such blocks that were made since the session began; all others were used again.
    pub buffers_made: u64,
    /// Bytes of output written.
    pub bytes_written: u64,
    /// Peak memory: on the device, or on the host (tile rows of this chunk and the next, and strips).
    pub peak_bytes: u64,
    /// Tiles that met the chunk.
    pub tiles: usize,
    /// Tile rows that could not be read.
    pub damaged: Vec<TileDamage>,
    /// Proves later that the chunk's rows are in the file: sums of values, coverage and alpha.
    pub sums: [u32; 3],
}

/// Tiles on a grid, and the output they go to.
pub struct Session {
    tiles: Arc<Vec<Tile>>,
    profiles: Arc<Vec<Profile>>,
    lattices: Vec<Lattice>,
    /// Of each tile.
    weights: Vec<f32>,
    needs: TileNeeds,
    grid_wcs: Wcs,
    grid: [u32; 2],
    channels: usize,
    options: PixelOptions,
    pool: Arc<rayon::ThreadPool>,
    cpu: CpuBackend,
    device: Option<Device>,
    levers: AllocatorOptions,
    output: Option<MosaicWriter>,
    /// Channels and rows that a failed attempt wrote and that no later chunk has passed yet.
    written: (Range<usize>, Vec<Range<u32>>),
    reader: BlockReader,
}

impl Session {
    /// Lays the lattices and profiles of `tiles` on `grid`; reads no pixels.
    pub fn open(
        tiles: Arc<Vec<Tile>>,
        grid: &Grid,
        options: PixelOptions,
        threads: usize,
        device: Option<Device>,
    ) -> Result<Self, EngineError> {
        if grid.width.max(grid.height) > LARGEST_SIDE {
            return Err(EngineError::GridTooLarge {
                width: grid.width,
                height: grid.height,
            });
        }
        let size = [grid.width as u32, grid.height as u32];
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("coadd-{i}"))
            .build()
            .map_err(|e| EngineError::Threads {
                threads,
                reason: e.to_string(),
            })?;
        let laid: Vec<(Lattice, Profile)> = pool.install(|| {
            tiles
                .par_iter()
                .map(|tile| {
                    let mapping = Mapping::new(&grid.wcs, &tile.wcs);
                    let places = options.kernel.places();
                    lay(mapping, tile.size(), size, options.map_error, places)
                })
                .collect()
        });
        let (lattices, profiles): (Vec<_>, Vec<_>) = laid.into_iter().unzip();
        let weights = pool.install(|| tile_weights(&tiles, &grid.wcs, options.kernel, &|_| 1.0));
        let (profiles, pool) = (Arc::new(profiles), Arc::new(pool));
        Ok(Self {
            channels: tiles.iter().map(|t| t.channels().end).max().unwrap_or(1),
            reader: BlockReader::new(&tiles, &profiles, threads)?,
            needs: TileNeeds::new(&tiles, &profiles),
            tiles,
            profiles,
            lattices,
            weights,
            grid_wcs: grid.wcs.clone(),
            grid: size,
            options,
            pool,
            cpu: CpuBackend::default(),
            device,
            levers: AllocatorOptions::default(),
            output: None,
            written: (0..0, Vec::new()),
        })
    }

    /// Channels of the output: the planes of every tile, or the channels that tiles were assigned to.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// What a coverage of 1 stands for: a power of two, 1 unless weights are very large or very small.
    pub fn weight_unit(&self) -> f64 {
        self.tiles.first().map_or(1.0, |tile| tile.weight_unit)
    }

    /// Compares the tiles where they overlap and matches their levels, each channel separately; chunks made from now on
    /// use the result. Without a model and without gain nothing is read, and tiles are no longer changed.
    ///
    /// `kinds` has a number per tile: tiles of unlike numbers have unlike values (other filters or units), which is no
    /// contradiction. Empty: all are alike.
    pub fn match_background(
        &mut self,
        options: &MatchOptions,
        kinds: &[u32],
    ) -> Result<BackgroundReport, EngineError> {
        let matcher = Matcher {
            tiles: &self.tiles,
            profiles: &self.profiles,
            grid: &self.grid_wcs,
            size: self.grid,
            pool: &self.pool,
            kinds,
        };
        let (report, corrections) = zemosaic_room::caught(|| matcher.run(options))?;
        let gain = |tile: usize| {
            // One number for all channels, because they share the tile's map.
            let planes = corrections.iter().filter_map(|plane| plane.get(tile));
            let logs: Vec<f64> = planes.map(|c| c.map_or(0.0, |c| c.gain().ln())).collect();
            (logs.iter().sum::<f64>() / logs.len().max(1) as f64).exp()
        };
        let (tiles, kernel) = (&self.tiles, self.options.kernel);
        self.weights = self
            .pool
            .install(|| tile_weights(tiles, &self.grid_wcs, kernel, &gain));
        self.reader.correct(corrections);
        Ok(report)
    }

    /// Creates the output's temporary file.
    pub fn create_output(&mut self, spec: &MosaicSpec) -> Result<(), EngineError> {
        self.resume_output(spec, &[]).map(drop)
    }

    /// Like `create_output`, but resumes what an earlier run kept. Returns how many of its chunks `done`, from the
    /// first on, the files prove to hold; the others must be made again.
    pub fn resume_output(
        &mut self,
        spec: &MosaicSpec,
        done: &[DoneRows],
    ) -> Result<usize, EngineError> {
        let (writer, kept) = MosaicWriter::resume(spec, done)?;
        self.output = Some(writer);
        Ok(kept)
    }

    /// Waits until the disk has everything that chunks have written so far.
    pub fn flush(&self) -> Result<(), EngineError> {
        match &self.output {
            Some(writer) => Ok(writer.flush()?),
            None => Err(EngineError::Order("no output has been created")),
        }
    }

    /// The device, for probes and limits.
    pub fn device(&mut self) -> Option<&mut Device> {
        self.device.as_mut()
    }

    /// Sets the levers for the probes and chunks to come.
    pub fn set_levers(&mut self, levers: AllocatorOptions) {
        self.levers = levers;
        if let Some(device) = &mut self.device {
            device.ledger().options = levers;
        }
    }

    /// Makes one chunk and writes its rows. After a failure the same rows may be retried elsewhere or in smaller
    /// chunks.
    pub fn run_chunk(&mut self, request: &ChunkRequest) -> Result<ChunkReport, EngineError> {
        zemosaic_room::caught(|| self.chunk(request))?
    }

    fn chunk(&mut self, request: &ChunkRequest) -> Result<ChunkReport, EngineError> {
        self.check_place(&request.channels, &request.rows)?;
        let apart = self.apart();
        let began = Instant::now();
        self.reader.take(&request.channels, &request.rows);
        let wait = began.elapsed();
        if let Some(next) = &request.next {
            self.reader.read_ahead(&request.channels, next);
        }
        let rows = self.reader.rows();
        let writer = self
            .output
            .as_ref()
            .ok_or(EngineError::Order("no output has been created"))?;
        let job = job(
            request,
            self.grid[0],
            self.options,
            &Laid {
                tiles: &self.tiles,
                lattices: &self.lattices,
                profiles: &self.profiles,
                weights: &self.weights,
            },
            rows,
        );
        // Rows that a failed attempt wrote stay written, even if the rows are cut differently now.
        let (channels, mut before) = std::mem::replace(&mut self.written, (0..0, Vec::new()));
        if channels != request.channels {
            before.clear();
        }
        let sink = StripWriter::new(writer, request.channels.clone(), self.channels, &before);
        let (cpu, device, levers) = (&self.cpu, &mut self.device, self.levers);
        let made = self
            .pool
            .install(|| make(request, &job, &sink, cpu, device, levers, apart));
        let mut counters = match made {
            Ok(counters) => counters,
            Err(e) => {
                self.written = (request.channels.clone(), sink.into_written());
                return Err(e);
            }
        };
        let (covered, dead) = sink.counts();
        counters.common.covered = covered;
        counters.common.dead_in_one_channel += dead;
        let [channels, width] = [request.channels.len(), self.grid[0] as usize];
        let threads = self.pool.current_num_threads();
        let next = request.next.clone().unwrap_or(0..0);
        let host_bytes = (self.reader).bytes(&request.channels, [&request.rows, &next])
            // Threads keep the buffers of whole strips, however few rows this chunk has.
            + strip_bytes(u32::MAX, self.grid[0], channels, threads);
        let report = ChunkReport {
            counters,
            read: rows.spent,
            wait,
            bytes_read: rows.bytes_read,
            blocks_read: rows.blocks_read,
            buffers_made: self.reader.buffers_made(),
            bytes_written: (width * request.rows.len()) as u64 * Strip::pixel_bytes(channels),
            peak_bytes: match request.on {
                Processor::Cpu => host_bytes,
                Processor::Device { .. } => counters.peak_bytes,
            },
            tiles: job.tiles.len(),
            damaged: rows.damaged.clone(),
            sums: writer.sums(
                request.channels.clone(),
                request.rows.start as usize..request.rows.end as usize,
            ),
        };
        before.retain(|rows| rows.end > request.rows.end);
        self.written = (request.channels.clone(), before);
        Ok(report)
    }

    fn check_place(&self, channels: &Range<usize>, rows: &Range<u32>) -> Result<(), EngineError> {
        if rows.end > self.grid[1] || channels.end > self.channels {
            return Err(EngineError::Order("a chunk must lie inside the output"));
        }
        if self.apart() && channels.len() > 1 {
            return Err(EngineError::Order(
                "channels with tiles or maps of their own are made one by one",
            ));
        }
        Ok(())
    }

    /// Writes checksums and syncs; the files then only have to be renamed.
    pub fn complete(&mut self) -> Result<Vec<OutputPart>, EngineError> {
        self.reader.clear();
        match &mut self.output {
            Some(writer) => Ok(writer.complete()?),
            None => Err(EngineError::Order("no output has been created")),
        }
    }

    /// Completes the output, if that has not been done, and renames its files: it appears.
    pub fn finish(&mut self) -> Result<FinishStats, EngineError> {
        self.reader.clear();
        let none = EngineError::Order("no output has been created");
        let finished = self.output.as_mut().ok_or(none)?.publish()?;
        self.output = None;
        Ok(finished)
    }

    /// Gives up: the temporary file is removed, or kept for a later run if the output's spec and the caller say `keep`.
    pub fn abandon(&mut self, keep: bool) {
        self.reader.clear();
        match self.output.take() {
            Some(writer) if keep => drop(writer),
            Some(writer) => writer.abandon(),
            None => {}
        }
    }
}

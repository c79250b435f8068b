//! One output being made.

use std::sync::{Arc, Mutex, MutexGuard};

use napi::Env;
use napi::bindgen_prelude::{AsyncTask, Undefined};
use napi_derive::napi;
use zemosaic_coadd::backend::{AllocatorOptions, Backend, DeviceMemory as Memory, Pretended};
use zemosaic_engine::{
    ChunkRequest as EngineRequest, Device, EngineError, PixelOptions as EngineOptions,
    Session as EngineSession,
};
use zemosaic_wcs::Grid as SkyGrid;

use crate::background::{BackgroundFacts, MatchOptions, engine_options as match_options, facts};
use crate::borders::{BorderFacts, border_facts};
use crate::door::{Answer, Failure, Job, Result, later, now, now_in};
use crate::fit::{Fit, FitBounds, FitRequest, fit_bounds, fit_facts, fit_request};
use crate::grid::Grid;
use crate::outcome::{ChunkOutcome, failed_outcome, outcome};
use crate::output::{FinishFacts, OutputPart, OutputSpec, output};
use crate::tiles::Tiles;
use crate::words::{BackendName, Combine, Kernel, Processor};

/// Options that can change a pixel.
#[napi(object)]
pub struct PixelOptions {
    pub kernel: Kernel,
    pub combine: Combine,
    pub map_error_px: f64,
}

/// The output rows to make now, and those to read ahead meanwhile.
#[napi(object)]
pub struct ChunkRequest {
    pub on: Processor,
    pub channel: u32,
    pub channels: u32,
    pub row0: u32,
    pub rows: u32,
    pub next_row0: Option<u32>,
    pub next_rows: Option<u32>,
}

/// Memory of the device, bytes.
#[napi(object)]
pub struct DeviceMemory {
    pub free: f64,
    pub total: f64,
}

/// Limits and pretended values for later probes and chunks.
#[napi(object)]
pub struct Levers {
    /// Most device bytes that may be allocated at the same time.
    pub grant: Option<f64>,
    /// What probes report instead of the real values.
    pub memory: Option<DeviceMemory>,
    /// Makes probes fail.
    pub no_probe: bool,
}

/// Opened tiles on a grid, and the output made from them.
#[napi]
pub struct Session {
    inner: Arc<Mutex<EngineSession>>,
    grid: SkyGrid,
    threads: usize,
}

#[napi]
impl Session {
    #[napi(ts_return_type = "Promise<Session>")]
    pub fn open(
        tiles: &Tiles,
        grid: &Grid,
        pixels: PixelOptions,
        backend: BackendName,
        device: u32,
        threads: u32,
    ) -> AsyncTask<Job<Session>> {
        let (tiles, grid) = (Arc::clone(&tiles.tiles), grid.grid.clone());
        later(move || {
            let device = match backend {
                BackendName::Cpu => None,
                BackendName::Cuda => Some(Device::cuda(device as usize)?),
                BackendName::Wgpu => Some(Device::wgpu(device as usize)?),
            };
            let options = engine_options(&pixels);
            let threads = (threads as usize).max(1);
            let session = EngineSession::open(tiles, &grid, options, threads, device)?;
            Ok(Session {
                inner: Arc::new(Mutex::new(session)),
                grid,
                threads,
            })
        })
    }

    /// Which tiles overlap the output at all, in input order.
    #[napi]
    pub fn meeting(&self) -> Result<Vec<bool>> {
        now(|| Ok(lock(&self.inner)?.meeting()))
    }

    /// Whether channels are made one by one, because they have tiles or maps of their own.
    #[napi]
    pub fn apart(&self) -> Result<bool> {
        now(|| Ok(lock(&self.inner)?.apart()))
    }

    /// Tiles of which rows were read, and none of their pixels has a value and a weight.
    #[napi]
    pub fn empty(&self) -> Result<Vec<bool>> {
        now(|| Ok(lock(&self.inner)?.empty()))
    }

    /// Tiles of which rows were read, and all their pixels with a value have the same one.
    #[napi]
    pub fn constant(&self) -> Result<Vec<bool>> {
        now(|| Ok(lock(&self.inner)?.constant()))
    }

    /// The tallest chunk at a row that fits the bounds, and the bytes it takes. Reads and allocates nothing.
    #[napi]
    pub fn fit(&self, request: FitRequest, bounds: FitBounds) -> Result<Fit> {
        now(|| {
            let found = lock(&self.inner)?.fit(&fit_request(&request), &fit_bounds(&bounds))?;
            Ok(fit_facts(found))
        })
    }

    /// Finds where the data of the tiles end before the edges of their files; comparing and later chunks use it.
    #[napi(ts_return_type = "Promise<BorderFacts>")]
    pub fn find_borders(&self, ram_bytes: f64, most_bytes: f64) -> AsyncTask<Job<BorderFacts>> {
        let inner = Arc::clone(&self.inner);
        later(move || {
            let found = lock(&inner)?.find_borders(ram_bytes as u64, most_bytes as u64)?;
            Ok(border_facts(found))
        })
    }

    /// Determines from the overlaps, for each channel, how to bring the tiles to a common level; later chunks apply it.
    #[napi(ts_return_type = "Promise<BackgroundFacts>")]
    pub fn match_background(&self, options: MatchOptions) -> AsyncTask<Job<BackgroundFacts>> {
        let inner = Arc::clone(&self.inner);
        later(move || {
            let report =
                lock(&inner)?.match_background(&match_options(&options), &options.kinds)?;
            Ok(facts(report))
        })
    }

    /// Makes or resumes the temporary file, which outlives this process. Returns how many of `done`, from the first, it holds.
    #[napi]
    pub fn create_output(&self, env: Env, spec: OutputSpec) -> napi::Result<u32> {
        now_in(env, || {
            let mut session = lock(&self.inner)?;
            output(spec, &mut session, &self.grid)
        })
    }

    /// Free and total memory once the device is idle and its pools are trimmed; null when unknown.
    #[napi(ts_return_type = "Promise<DeviceMemory | null>")]
    pub fn probe(&self) -> AsyncTask<Job<Option<DeviceMemory>>> {
        let inner = Arc::clone(&self.inner);
        later(move || {
            let memory = lock(&inner)?.device().and_then(Backend::probe);
            Ok(memory.map(|m| DeviceMemory {
                free: m.free as f64,
                total: m.total as f64,
            }))
        })
    }

    /// Releases every device buffer that is kept for reuse.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn reclaim(&self) -> AsyncTask<Job<Undefined>> {
        let inner = Arc::clone(&self.inner);
        later(move || {
            if let Some(device) = lock(&inner)?.device() {
                device.reclaim();
            }
            Ok(())
        })
    }

    #[napi]
    pub fn set_levers(&self, levers: Levers) -> Result<()> {
        now(|| {
            lock(&self.inner)?.set_levers(engine_levers(&levers));
            Ok(())
        })
    }

    /// Makes the next `count` device attempts run out of memory at their first allocation.
    #[napi]
    pub fn inject_oom(&self, count: u32) -> Result<()> {
        now(|| {
            if let Some(device) = lock(&self.inner)?.device() {
                device.ledger().inject = count;
            }
            Ok(())
        })
    }

    #[napi(ts_return_type = "Promise<ChunkOutcome>")]
    pub fn run_chunk(&self, request: ChunkRequest) -> AsyncTask<Job<ChunkOutcome>> {
        let (inner, threads) = (Arc::clone(&self.inner), self.threads);
        later(move || {
            let threads = match request.on {
                Processor::Cpu => threads,
                Processor::Device { .. } => 1,
            };
            let made = lock(&inner)?.run_chunk(&engine_request(&request));
            match made {
                Ok(report) => Ok(outcome("done", report, threads)),
                Err(EngineError::Device(e)) => Ok(failed_outcome(e)),
                Err(e) => Err(e.into()),
            }
        })
    }

    #[napi(ts_return_type = "Promise<FinishFacts>")]
    pub fn finish(&self) -> AsyncTask<Job<FinishFacts>> {
        let inner = Arc::clone(&self.inner);
        later(move || Ok(lock(&inner)?.finish()?.into()))
    }

    /// Completes the output without putting its files in their places; returns which they are.
    #[napi(ts_return_type = "Promise<Array<OutputPart>>")]
    pub fn complete(&self) -> AsyncTask<Job<Vec<OutputPart>>> {
        let inner = Arc::clone(&self.inner);
        later(move || {
            let parts = lock(&inner)?.complete()?;
            Ok(parts.into_iter().map(OutputPart::from).collect())
        })
    }

    /// Waits until the output of all chunks so far is on the disk.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn flush(&self) -> AsyncTask<Job<Undefined>> {
        let inner = Arc::clone(&self.inner);
        later(move || Ok(lock(&inner)?.flush()?))
    }

    /// Gives up; the temporary file is deleted unless `keep`.
    #[napi]
    pub fn abandon(&self, keep: bool) -> Result<()> {
        now(|| {
            lock(&self.inner)?.abandon(keep);
            Ok(())
        })
    }
}

fn lock(inner: &Mutex<EngineSession>) -> Answer<MutexGuard<'_, EngineSession>> {
    // A poisoned lock means a panic in the middle of a chunk: the session's state can no longer be trusted.
    let poisoned = |_| Failure::new("internal", "an earlier chunk failed unexpectedly");
    inner.lock().map_err(poisoned)
}

fn engine_options(pixels: &PixelOptions) -> EngineOptions {
    EngineOptions {
        kernel: pixels.kernel.into(),
        combine: pixels.combine.into(),
        map_error: pixels.map_error_px,
    }
}

fn engine_request(request: &ChunkRequest) -> EngineRequest {
    let rows = |first: u32, count: u32| first..first.saturating_add(count);
    let channel = request.channel as usize;
    EngineRequest {
        on: request.on.into(),
        channels: channel..channel + request.channels as usize,
        rows: rows(request.row0, request.rows),
        next: request
            .next_row0
            .zip(request.next_rows)
            .map(|(first, count)| rows(first, count)),
    }
}

fn engine_levers(levers: &Levers) -> AllocatorOptions {
    let pretended = levers.memory.as_ref().map(|m| {
        Pretended::Memory(Memory {
            free: m.free as u64,
            total: m.total as u64,
        })
    });
    AllocatorOptions {
        grant: levers.grant.map(|b| b as u64),
        pretended: if levers.no_probe {
            Some(Pretended::NoProbe)
        } else {
            pretended
        },
    }
}

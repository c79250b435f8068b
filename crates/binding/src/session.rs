//! One output being made.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use napi::bindgen_prelude::{AsyncTask, Either3, Int32Array};
use napi_derive::napi;
use zemosaic_coadd::Kernel;
use zemosaic_engine::{ChunkReport, ChunkRequest as EngineRequest, PixelOptions as EngineOptions};
use zemosaic_engine::{EngineError, Session as EngineSession};
use zemosaic_fits::{Card as FitsCard, CardValue, MosaicSpec};
use zemosaic_wcs::Grid as SkyGrid;

use crate::door::{Answer, Failure, Job, Result, later, now};
use crate::grid::Grid;
use crate::tiles::Tiles;

/// Options that can change a pixel.
#[napi(object)]
pub struct PixelOptions {
    /// nearest or bilinear
    pub kernel: String,
    /// mean
    pub combine: String,
    pub map_error_px: f64,
}

/// What output rows need of a tile: per block of 64 rows from `firstBlock` on, six numbers
/// outX0, outX1, tileX0, tileX1, tileY0, tileY1 (half-open); all 0 where it is not met.
#[napi(object)]
pub struct TileProfile {
    pub first_block: u32,
    pub blocks: Int32Array,
}

/// One header card; for HISTORY and COMMENT the value is the text.
#[napi(object)]
pub struct Card {
    pub key: String,
    pub value: Option<Either3<String, f64, bool>>,
    pub comment: Option<String>,
    /// Write a number as an integer.
    pub integer: Option<bool>,
}

/// The output file.
#[napi(object)]
pub struct OutputSpec {
    pub path: String,
    pub cards: Vec<Card>,
    pub split: bool,
    pub force: bool,
    pub sync: bool,
}

/// Output rows to make now, and those to read meanwhile.
#[napi(object)]
pub struct ChunkRequest {
    pub channel: u32,
    pub channels: u32,
    pub row0: u32,
    pub rows: u32,
    pub next_row0: Option<u32>,
    pub next_rows: Option<u32>,
}

/// Milliseconds per stage; map, kernel and write are averaged over the threads.
#[napi(object)]
pub struct StageMs {
    pub map: f64,
    pub read: f64,
    pub upload: f64,
    pub kernel: f64,
    pub download: f64,
    pub write: f64,
    pub wait: f64,
}

/// Tile rows that could not be read.
#[napi(object)]
pub struct TileDamage {
    pub tile: u32,
    pub message: String,
}

/// What became of a chunk.
#[napi(object)]
pub struct ChunkOutcome {
    /// done or failed
    pub kind: String,
    pub code: Option<String>,
    pub message: Option<String>,
    pub ms: StageMs,
    pub bytes_read: f64,
    pub bytes_written: f64,
    pub peak_bytes: f64,
    pub tiles: u32,
    pub covered: f64,
    pub dead_in_one_channel: f64,
    pub map_error_px: f64,
    pub damaged: Vec<TileDamage>,
}

/// The finished output.
#[napi(object)]
pub struct FinishFacts {
    pub paths: Vec<String>,
    pub bytes: f64,
    pub sync_ms: f64,
}

/// Opened tiles on a grid, and the output that they go to.
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
        backend: String,
        threads: u32,
    ) -> AsyncTask<Job<Session>> {
        let (tiles, grid) = (Arc::clone(&tiles.tiles), grid.grid.clone());
        later(move || {
            if backend != "cpu" {
                return Err(not_here(&format!("backend {backend}")));
            }
            let options = engine_options(&pixels)?;
            let threads = (threads as usize).max(1);
            let session = EngineSession::open(tiles, &grid, options, threads)?;
            Ok(Session {
                inner: Arc::new(Mutex::new(session)),
                grid,
                threads,
            })
        })
    }

    #[napi]
    pub fn profiles(&self) -> Result<Vec<TileProfile>> {
        now(|| {
            let session = lock(&self.inner)?;
            Ok(session.profiles().iter().map(profile).collect())
        })
    }

    #[napi]
    pub fn create_output(&self, output: OutputSpec) -> Result<()> {
        now(|| {
            let mut session = lock(&self.inner)?;
            let path = PathBuf::from(&output.path);
            let wcs_cards: Vec<_> = self.grid.wcs.to_cards().into_iter().map(wcs_card).collect();
            let cards = output.cards.into_iter().map(fits_card);
            let spec = MosaicSpec {
                path: &path,
                width: self.grid.width,
                height: self.grid.height,
                planes: session.channels(),
                cards: wcs_cards.iter().cloned().chain(cards).collect(),
                wcs_cards,
                split: output.split,
                force: output.force,
                sync: output.sync,
            };
            Ok(session.create_output(&spec)?)
        })
    }

    #[napi(ts_return_type = "Promise<ChunkOutcome>")]
    pub fn run_chunk(&self, request: ChunkRequest) -> AsyncTask<Job<ChunkOutcome>> {
        let (inner, threads) = (Arc::clone(&self.inner), self.threads);
        later(move || {
            let report = lock(&inner)?.run_chunk(&engine_request(&request));
            Ok(outcome(report, threads))
        })
    }

    #[napi(ts_return_type = "Promise<FinishFacts>")]
    pub fn finish(&self) -> AsyncTask<Job<FinishFacts>> {
        let inner = Arc::clone(&self.inner);
        later(move || {
            let stats = lock(&inner)?.finish()?;
            Ok(FinishFacts {
                paths: stats
                    .paths
                    .iter()
                    .map(|p| p.to_string_lossy().into_owned())
                    .collect(),
                bytes: stats.bytes as f64,
                sync_ms: stats.sync_ms,
            })
        })
    }

    #[napi]
    pub fn abandon(&self) -> Result<()> {
        now(|| {
            lock(&self.inner)?.abandon();
            Ok(())
        })
    }
}

fn lock(inner: &Mutex<EngineSession>) -> Answer<MutexGuard<'_, EngineSession>> {
    // A poisoned session met a panic in mid-chunk: its state can no longer be trusted.
    let poisoned = |_| Failure::new("internal", "the run broke in an earlier chunk");
    inner.lock().map_err(poisoned)
}

fn not_here(what: &str) -> Failure {
    Failure::new(
        "not_in_this_version",
        format!("{what} is not in this version"),
    )
}

fn engine_options(pixels: &PixelOptions) -> Answer<EngineOptions> {
    if pixels.combine != "mean" {
        return Err(not_here(&format!("combine {}", pixels.combine)));
    }
    Ok(EngineOptions {
        kernel: match pixels.kernel.as_str() {
            "nearest" => Kernel::Nearest,
            "bilinear" => Kernel::Bilinear,
            other => return Err(not_here(&format!("kernel {other}"))),
        },
        map_error: pixels.map_error_px,
    })
}

fn engine_request(request: &ChunkRequest) -> EngineRequest {
    let rows = |first: u32, count: u32| first..first.saturating_add(count);
    let channel = request.channel as usize;
    EngineRequest {
        channels: channel..channel + request.channels as usize,
        rows: rows(request.row0, request.rows),
        next: request
            .next_row0
            .zip(request.next_rows)
            .map(|(first, count)| rows(first, count)),
    }
}

fn outcome(report: std::result::Result<ChunkReport, EngineError>, threads: usize) -> ChunkOutcome {
    let (kind, code, message, report) = match report {
        Ok(report) => ("done", None, None, report),
        Err(e) => (
            "failed",
            Some(e.code().to_owned()),
            Some(e.to_string()),
            ChunkReport::default(),
        ),
    };
    let ms = |d: Duration| d.as_secs_f64() * 1e3;
    let each = |d: Duration| ms(d) / threads as f64;
    ChunkOutcome {
        kind: kind.into(),
        code,
        message,
        ms: StageMs {
            map: each(report.counters.map),
            read: ms(report.read),
            upload: 0.0,
            kernel: each(report.counters.kernel),
            download: 0.0,
            write: each(report.counters.write),
            wait: ms(report.wait),
        },
        bytes_read: report.bytes_read as f64,
        bytes_written: report.bytes_written as f64,
        peak_bytes: report.peak_bytes as f64,
        tiles: report.tiles as u32,
        covered: report.counters.covered as f64,
        dead_in_one_channel: report.counters.dead_in_one_channel as f64,
        map_error_px: report.counters.map_error,
        damaged: report
            .damaged
            .into_iter()
            .map(|d| TileDamage {
                tile: d.tile as u32,
                message: d.message,
            })
            .collect(),
    }
}

fn profile(profile: &zemosaic_wcs::lattice::Profile) -> TileProfile {
    let numbers = profile
        .blocks
        .iter()
        .flat_map(|b| [b.out_x, b.tile_x, b.tile_y])
        .flatten();
    TileProfile {
        first_block: profile.first_block,
        blocks: Int32Array::new(numbers.map(|n| n as i32).collect()),
    }
}

fn fits_card(card: Card) -> FitsCard {
    let integer = card.integer.unwrap_or(false);
    FitsCard {
        key: card.key,
        value: card.value.map(|v| match v {
            Either3::A(text) => CardValue::Text(text),
            Either3::B(n) if integer => CardValue::Integer(n as i64),
            Either3::B(n) => CardValue::Number(n),
            Either3::C(b) => CardValue::Logical(b),
        }),
        comment: card.comment.unwrap_or_default(),
    }
}

fn wcs_card((key, value, comment): (String, zemosaic_wcs::CardValue, String)) -> FitsCard {
    FitsCard {
        key,
        value: Some(match value {
            zemosaic_wcs::CardValue::Text(text) => CardValue::Text(text),
            zemosaic_wcs::CardValue::Integer(n) => CardValue::Integer(n),
            zemosaic_wcs::CardValue::Real(n) => CardValue::Number(n),
        }),
        comment,
    }
}

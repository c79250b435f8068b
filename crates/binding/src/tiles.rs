//! Opened tiles.

use std::path::PathBuf;
use std::sync::Arc;

use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use rayon::prelude::*;
use zemosaic_engine::{
    Blank, FileState as EngineState, Mask as EngineMask, PlaneSource as EnginePlane, Tile,
    TileChange as EngineChange, TileSpec as EngineSpec, Unpacked as EngineUnpacked,
    WeightMap as EngineMap, beyond, flagged_share, tile_noise,
};
use zemosaic_fits::{FitsError, Flags};

use crate::door::{Answer, Job, Result, later, now};
use crate::solutions::{Solution, engine_solution};
use crate::words::{Beyond, Depth};

/// Where a plane of pixels is.
#[napi(object)]
pub struct PlaneSource {
    pub path: String,
    pub hdu: u32,
}

/// A map of weights per pixel.
#[napi(object)]
pub struct WeightMap {
    pub path: String,
    pub hdu: u32,
    /// What its numbers are; weights when absent.
    pub holds: Option<Depth>,
}

/// A map of bad pixels.
#[napi(object)]
pub struct Mask {
    pub path: String,
    pub hdu: u32,
    /// The bits that make a pixel bad; absent: whatever is not 0.
    pub bits: Option<f64>,
}

/// The decisions about one tile.
#[napi(object)]
pub struct TileSpec {
    pub path: String,
    pub hdu: u32,
    pub weight: f64,
    /// Noise of its values without the factor, from which it is weighed instead, unless it has a weight map.
    pub noise: Option<f64>,
    pub flux_scale: f64,
    pub weight_map: Option<WeightMap>,
    pub mask: Option<Mask>,
    /// The last of its four planes is its opacity, and no channel.
    pub fourth_is_alpha: Option<bool>,
    pub alpha: Option<PlaneSource>,
    /// Value of pixels that have no data, in every plane; absent: no such value.
    pub blank: Option<f64>,
    /// A border of one value, whichever it is, has no data; only without `blank`.
    pub blank_borders: Option<bool>,
    /// Width of the rim that is left out, px; absent: none.
    pub trim: Option<f64>,
    /// Width of the soft edge, px; absent: none.
    pub feather: Option<f64>,
    /// The output channel, from 0, of the tile's only plane; absent: the planes are the channels.
    pub channel: Option<u32>,
    /// Letter of the alternate WCS to take; the primary one when absent.
    pub alternate: Option<String>,
    /// Headers beside the file that are laid over its own, in this order.
    pub solutions: Option<Vec<Solution>>,
}

/// What is changed of an opened tile.
#[napi(object)]
pub struct TileChange {
    pub flux_scale: f64,
    /// Whether its mask, if it has one, counts.
    pub masked: bool,
    /// Noise of its values without the factor, from which it is weighed, unless it has a weight map.
    pub noise: Option<f64>,
}

/// What a look at a few rows of a tile told.
#[napi(object)]
pub struct TileLook {
    /// The median difference of neighbours in the middle of the image; absent where too few differ.
    pub noise: Option<f64>,
    /// The share of its pixels that its mask flags; absent without a mask.
    pub flagged: Option<f64>,
    /// Most of its values are beyond 32-bit floats.
    pub beyond: Option<Beyond>,
}

/// Tiles in input order, with their headers read. No file is held open.
#[napi]
pub struct Tiles {
    pub(crate) tiles: Arc<Vec<Tile>>,
}

#[napi]
impl Tiles {
    /// Files that were already unpacked to read their headers are taken from `unpacked`.
    #[napi(ts_return_type = "Promise<Tiles>")]
    pub fn open(specs: Vec<TileSpec>, unpacked: &Unpacked) -> AsyncTask<Job<Tiles>> {
        let files = Arc::clone(&unpacked.files);
        later(move || {
            let specs: Vec<_> = specs.into_iter().map(engine_spec).collect();
            Ok(Tiles {
                tiles: Arc::new(Tile::open_all(&specs, &files)?),
            })
        })
    }

    /// The same tiles with some things changed, one change each; no file is opened again.
    #[napi]
    pub fn changed(&self, changes: Vec<TileChange>) -> Result<Tiles> {
        now(|| {
            let change = |change: TileChange| EngineChange {
                flux_scale: change.flux_scale as f32,
                masked: change.masked,
                noise: change.noise,
            };
            let changes: Vec<_> = changes.into_iter().map(change).collect();
            Ok(Tiles {
                tiles: Arc::new(Tile::all_changed(&self.tiles, &changes)),
            })
        })
    }

    /// Looks at a few rows of each tile, in parallel. What cannot be read, tried twice, is absent: it is told of where it
    /// is used. Rejected where the process may open no more files, which is no fault of a tile.
    #[napi(ts_return_type = "Promise<Array<TileLook>>")]
    pub fn look(&self, noise: bool) -> AsyncTask<Job<Vec<TileLook>>> {
        let tiles = Arc::clone(&self.tiles);
        later(move || {
            let look = |tile: &Tile| {
                let measured = if noise {
                    seen(|| tile_noise(tile))?
                } else {
                    None
                };
                let flagged = match tile.mask() {
                    Some((mask, planes)) => seen(|| flagged_share(mask, planes.clone()))?,
                    None => None,
                };
                Ok(TileLook {
                    noise: measured.flatten(),
                    flagged,
                    beyond: seen(|| beyond(tile))?.flatten().map(Beyond::from),
                })
            };
            tiles.par_iter().map(look).collect()
        })
    }
}

/// What a look tells, the second one if the first fails; nothing where that fails, too.
fn seen<T>(look: impl Fn() -> std::result::Result<T, FitsError>) -> Answer<Option<T>> {
    match look().or_else(|_| look()) {
        Ok(told) => Ok(Some(told)),
        Err(e) if e.is_lack() => Err(e.into()),
        Err(_) => Ok(None),
    }
}

/// What tells later whether a file is still the same.
#[napi(object)]
pub struct FileState {
    pub bytes: f64,
    /// When it was last written, nanoseconds since 1970.
    pub modified: String,
    /// Of its contents; absent if they cannot be read, or are others by now.
    pub digest: Option<u32>,
}

/// The input files of a run, whose states are remembered. Gzip files that were unpacked to read their headers, kept for opening their tiles.
#[napi]
pub struct Unpacked {
    pub(crate) files: Arc<EngineUnpacked>,
}

#[napi]
impl Unpacked {
    #[allow(clippy::new_without_default)] // JavaScript's constructor
    #[napi(constructor)]
    pub fn new() -> Self {
        Self {
            files: Arc::default(),
        }
    }

    /// The state of each file when it was first opened; null where it cannot be opened.
    #[napi(ts_return_type = "Promise<Array<FileState | null>>")]
    pub fn states(&self, paths: Vec<String>) -> AsyncTask<Job<Vec<Option<FileState>>>> {
        let files = Arc::clone(&self.files);
        later(move || {
            let paths: Vec<_> = paths.into_iter().map(PathBuf::from).collect();
            let told = |state: EngineState| FileState {
                bytes: state.stamp.bytes as f64,
                modified: state.stamp.modified.to_string(),
                digest: state.digest,
            };
            let states = files.states(&paths).into_iter();
            Ok(states.map(|state| state.map(told)).collect())
        })
    }

    /// Releases all of them; opened tiles keep the files they read from.
    #[napi]
    pub fn clear(&self) {
        self.files.clear();
    }
}

/// The bits of a mask that count; JavaScript's numbers hold 53 of them.
pub fn flags(bits: Option<f64>) -> Flags {
    bits.map_or(Flags::ANY, |bits| Flags(bits as u64))
}

/// The letter of an alternate WCS.
pub fn letter(text: Option<&str>) -> Option<char> {
    text.and_then(|text| text.chars().next())
}

fn engine_plane(source: PlaneSource) -> EnginePlane {
    EnginePlane {
        path: PathBuf::from(source.path),
        hdu: source.hdu as usize,
    }
}

fn engine_spec(spec: TileSpec) -> EngineSpec {
    EngineSpec {
        image: EnginePlane {
            path: PathBuf::from(spec.path),
            hdu: spec.hdu as usize,
        },
        weight: spec.weight,
        noise: spec.noise,
        flux_scale: spec.flux_scale as f32,
        weight_map: spec
            .weight_map
            .map(|WeightMap { path, hdu, holds }| EngineMap {
                plane: engine_plane(PlaneSource { path, hdu }),
                holds: holds.unwrap_or(Depth::Weight).into(),
            }),
        mask: spec.mask.map(|Mask { path, hdu, bits }| EngineMask {
            plane: engine_plane(PlaneSource { path, hdu }),
            flags: flags(bits),
        }),
        alpha: spec.alpha.map(engine_plane),
        fourth_is_alpha: spec.fourth_is_alpha.unwrap_or(false),
        blank: match (spec.blank, spec.blank_borders) {
            (Some(value), _) => Blank::Value(value as f32),
            (None, Some(true)) => Blank::Border,
            (None, _) => Blank::None,
        },
        trim: spec.trim.unwrap_or(0.0) as f32,
        feather: spec.feather.unwrap_or(0.0) as f32,
        channel: spec.channel.map(|c| c as usize),
        alternate: letter(spec.alternate.as_deref()),
        solutions: spec
            .solutions
            .into_iter()
            .flatten()
            .map(engine_solution)
            .collect(),
    }
}

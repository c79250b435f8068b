//! Opened tiles.

use std::path::PathBuf;
use std::sync::Arc;

use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use zemosaic_engine::{
    PlaneSource as EnginePlane, Tile, TileSpec as EngineSpec, Unpacked as EngineUnpacked,
};

use crate::door::{Job, later};

/// Where a plane of pixels is.
#[napi(object)]
pub struct PlaneSource {
    pub path: String,
    pub hdu: u32,
}

/// What was decided about a tile.
#[napi(object)]
pub struct TileSpec {
    pub path: String,
    pub hdu: u32,
    pub weight: f64,
    pub flux_scale: f64,
    pub weight_map: Option<PlaneSource>,
    pub alpha: Option<PlaneSource>,
    /// Value of pixels without data; none when absent.
    pub blank: Option<f64>,
    /// Width of its soft edge, px; none when absent.
    pub feather: Option<f64>,
    /// The output channel that its only plane goes to, from 0; absent: its planes are the channels.
    pub channel: Option<u32>,
    /// Letter of the alternate WCS to take; the primary one when absent.
    pub alternate: Option<String>,
}

/// Tiles in input order, headers read, no file held open.
#[napi]
pub struct Tiles {
    pub(crate) tiles: Arc<Vec<Tile>>,
}

#[napi]
impl Tiles {
    /// Takes files that were unpacked for their facts from where those are kept.
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
}

/// Gzip files that were unpacked, for tiles of them to be opened.
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

    /// Lets go of all; what tiles read from stays with them.
    #[napi]
    pub fn clear(&self) {
        self.files.clear();
    }
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
        weight: spec.weight as f32,
        flux_scale: spec.flux_scale as f32,
        weight_map: spec.weight_map.map(engine_plane),
        alpha: spec.alpha.map(engine_plane),
        blank: spec.blank.map(|value| value as f32),
        feather: spec.feather.unwrap_or(0.0) as f32,
        channel: spec.channel.map(|c| c as usize),
        alternate: letter(spec.alternate.as_deref()),
    }
}

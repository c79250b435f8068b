//! Where the data of tiles end.

use napi_derive::napi;
use zemosaic_engine::BorderReport;

use crate::outcome::{TileDamage, tile_damage};

/// A border of one value, which is no data.
#[napi(object)]
pub struct TileBorder {
    /// Index of the tile.
    pub tile: u32,
    /// Its value in each plane, as the file has it.
    pub value: Vec<f64>,
    pub pixels: f64,
}

/// The borders of all tiles.
#[napi(object)]
pub struct BorderFacts {
    pub found: Vec<TileBorder>,
    /// Rows that could not be read.
    pub damaged: Vec<TileDamage>,
    /// Memory that they take, bytes.
    pub bytes: f64,
    /// Bytes read from the files of tiles.
    pub bytes_read: f64,
    pub ms: f64,
}

pub fn border_facts(report: BorderReport) -> BorderFacts {
    let found = report.found.into_iter().map(|border| TileBorder {
        tile: border.tile as u32,
        value: border.value.into_iter().map(f64::from).collect(),
        pixels: border.pixels as f64,
    });
    BorderFacts {
        found: found.collect(),
        bytes: report.bytes as f64,
        damaged: tile_damage(report.damaged),
        bytes_read: report.bytes_read as f64,
        ms: report.spent.as_secs_f64() * 1000.0,
    }
}

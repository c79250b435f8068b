//! Matching the levels of tiles.

use napi_derive::napi;
use zemosaic_engine::{
    BackgroundReport, ChannelMatch, Contradiction, MatchOptions as EngineOptions,
};

use crate::outcome::{TileDamage, tile_damage};
use crate::words::BackgroundModel;

/// What to match.
#[napi(object)]
pub struct MatchOptions {
    pub model: BackgroundModel,
    /// Also multiply tiles by a gain.
    pub gain: bool,
    /// Approximate host memory to use; the result does not depend on it.
    pub ram_bytes: f64,
    /// A number per tile: tiles of unlike numbers have values that cannot be compared, as those of other filters.
    pub kinds: Vec<u32>,
}

/// The change of a tile: gain x value + offset + slopeX X + slopeY Y, with X and Y in output pixels from the
/// centre of the grid.
#[napi(object)]
pub struct TileMatch {
    pub gain: f64,
    pub offset: f64,
    pub slope_x: f64,
    pub slope_y: f64,
}

/// The match of one channel.
#[napi(object)]
pub struct ChannelMatchFacts {
    pub tiles: Vec<TileMatch>,
    /// Group of each tile. Different groups share no valid pixel, so their relative level is unknown.
    pub groups: Vec<u32>,
    /// Pairs of tiles with valid pixels in common.
    pub pairs: u32,
    /// Root mean square difference between overlapping tiles, before and after the match.
    pub rms_before: f64,
    pub rms_after: f64,
    /// What could not be matched, one line each.
    pub notes: Vec<String>,
}

/// A tile that contradicts its neighbours.
#[napi(object)]
pub struct ContradictionFacts {
    pub tile: u32,
    /// Its kind, which no message repeats.
    pub code: String,
    /// What it is; the tile is not named.
    pub reason: String,
}

/// The match of all channels; no channels if no match was requested.
#[napi(object)]
pub struct BackgroundFacts {
    pub channels: Vec<ChannelMatchFacts>,
    pub contradictions: Vec<ContradictionFacts>,
    /// Rows that could not be read.
    pub damaged: Vec<TileDamage>,
    pub bytes_read: f64,
    pub ms: f64,
}

pub(crate) fn engine_options(options: &MatchOptions) -> EngineOptions {
    EngineOptions {
        model: options.model.into(),
        gain: options.gain,
        ram_bytes: options.ram_bytes as u64,
    }
}

pub(crate) fn facts(report: BackgroundReport) -> BackgroundFacts {
    BackgroundFacts {
        channels: report.channels.into_iter().map(channel).collect(),
        contradictions: report
            .contradictions
            .into_iter()
            .map(contradiction)
            .collect(),
        damaged: tile_damage(report.damaged),
        bytes_read: report.bytes_read as f64,
        ms: report.spent.as_secs_f64() * 1e3,
    }
}

fn contradiction(found: Contradiction) -> ContradictionFacts {
    ContradictionFacts {
        tile: found.tile as u32,
        code: found.code.to_owned(),
        reason: found.reason,
    }
}

fn channel(found: ChannelMatch) -> ChannelMatchFacts {
    let tiles = found.tiles.iter().map(|t| TileMatch {
        gain: t.gain,
        offset: t.offset,
        slope_x: t.slope_x,
        slope_y: t.slope_y,
    });
    ChannelMatchFacts {
        tiles: tiles.collect(),
        groups: found.groups.into_iter().map(|g| g as u32).collect(),
        pairs: found.pairs as u32,
        rms_before: found.rms_before,
        rms_after: found.rms_after,
        notes: found.notes,
    }
}

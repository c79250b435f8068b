//! What matching did, in numbers and in words.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use zemosaic_background::Solution;

use super::contradiction::Contradiction;
use crate::plane::PlaneSource;
use crate::tile::{Tile, TileDamage};

/// Number of names that a note lists before it counts the rest.
const NAMED: usize = 8;

/// Change of one tile: `gain x value + offset + slope_x X + slope_y Y`, with X and Y in output pixels from the centre of
/// the grid, `((width - 1) / 2, (height - 1) / 2)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TileMatch {
    /// Factor.
    pub gain: f64,
    /// Added at the centre of the grid, in the units of the tile.
    pub offset: f64,
    /// Added per output pixel along x.
    pub slope_x: f64,
    /// Added per output pixel along y.
    pub slope_y: f64,
}

/// Matching of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelMatch {
    /// Change of each tile.
    pub tiles: Vec<TileMatch>,
    /// Group of each tile; groups share no pixel, so their levels cannot be compared.
    pub groups: Vec<usize>,
    /// Pairs of tiles with common valid pixels.
    pub pairs: usize,
    /// Root mean square difference between overlapping tiles before matching.
    pub rms_before: f64,
    /// The same afterwards.
    pub rms_after: f64,
    /// What could not be done, one line each.
    pub notes: Vec<String>,
}

/// Matching of all channels.
#[derive(Clone, Debug, Default)]
pub struct BackgroundReport {
    /// Channel by channel; empty when matching was not requested.
    pub channels: Vec<ChannelMatch>,
    /// Tiles that contradict their neighbours.
    pub contradictions: Vec<Contradiction>,
    /// Rows that could not be read, and were left out of the comparison.
    pub damaged: Vec<TileDamage>,
    /// Bytes read from tile files.
    pub bytes_read: u64,
    /// Time it took.
    pub spent: Duration,
}

/// What happened before a solution was found.
#[derive(Default)]
pub(super) struct Circumstances {
    pub(super) overlaps: usize,
    pub(super) used: usize,
    /// Tiles that are exactly 0 where they seem to have no data.
    pub(super) bordered: Vec<usize>,
}

impl ChannelMatch {
    /// `unit`: output pixels per unit of position in `solution`.
    pub(super) fn new(
        solution: &Solution,
        unit: f64,
        tiles: &[Tile],
        circumstances: &Circumstances,
    ) -> Self {
        let matches = solution.tiles.iter().map(|m| TileMatch {
            gain: m.gain,
            offset: m.offset,
            slope_x: m.slope[0] / unit,
            slope_y: m.slope[1] / unit,
        });
        Self {
            tiles: matches.collect(),
            groups: solution.groups.clone(),
            pairs: solution.pairs,
            rms_before: solution.rms_before,
            rms_after: solution.rms_after,
            notes: notes(solution, tiles, circumstances),
        }
    }
}

fn notes(solution: &Solution, tiles: &[Tile], circumstances: &Circumstances) -> Vec<String> {
    let mut notes = Vec::new();
    let count = solution.groups.iter().max().map_or(0, |last| last + 1);
    let mut groups = vec![Vec::new(); count];
    for (tile, &group) in solution.groups.iter().enumerate() {
        groups[group].push(tile);
    }
    let (alone, mut groups): (Vec<_>, Vec<_>) = groups.into_iter().partition(|g| g.len() == 1);
    // Tiles that are left alone because of their values are told of as contradictions.
    let absurd = |tile: usize| solution.absurd.iter().any(|a| a.whole && a.tile == tile);
    // Tiles of different channels are not supposed to be compared.
    let channels: Vec<_> = groups.iter().map(|g| tiles[g[0]].channel).collect();
    groups.retain(|g| {
        channels
            .iter()
            .filter(|c| **c == tiles[g[0]].channel)
            .count()
            > 1
    });
    let mut alone = alone.concat();
    alone.retain(|&tile| !absurd(tile));
    // The only tile of its channel has nothing to be compared with.
    let has_others = |tile: usize| {
        let of_channel = |other: &&Tile| other.channel == tiles[tile].channel;
        tiles.iter().filter(of_channel).count() > 1
    };
    let told: Vec<_> = alone.iter().copied().filter(|t| has_others(*t)).collect();
    if !told.is_empty() {
        let what = if solution.absurd.is_empty() {
            "no other tile shares valid pixels with"
        } else {
            "no other tile can be compared with"
        };
        notes.push(format!("{what} {}: left unchanged", names(&told, tiles)));
    }
    if groups.len() > 1 {
        let listed: Vec<String> = groups.iter().map(|g| names(g, tiles)).collect();
        notes.push(format!(
            "{} groups of tiles do not overlap each other, and their levels are matched only within each: {}",
            groups.len(),
            listed.join(" | ")
        ));
    }
    let connected = |list: &[usize]| -> Vec<usize> {
        list.iter()
            .copied()
            .filter(|t| !alone.contains(t) && !absurd(*t))
            .collect()
    };
    let (unlike, few): (Vec<usize>, Vec<usize>) = connected(&solution.without_gain)
        .into_iter()
        .partition(|tile| solution.unlike_stars.contains(tile));
    for (list, why) in [
        (few, "too few stars in the overlaps"),
        (unlike, "the stars in the overlaps have no common ratio"),
    ] {
        if !list.is_empty() {
            let names = names(&list, tiles);
            notes.push(format!("{why} to determine the gain of {names}: gain 1"));
        }
    }
    if !solution.without_slope.is_empty() {
        notes.push(format!(
            "the overlaps are too narrow to determine the slope of {}: kept small",
            names(&solution.without_slope, tiles)
        ));
    }
    if circumstances.used < circumstances.overlaps {
        notes.push(format!(
            "{} tiles overlap in {} pairs; the {} that matter most were compared",
            tiles.len(),
            circumstances.overlaps,
            circumstances.used
        ));
    }
    if !circumstances.bordered.is_empty() {
        notes.push(format!(
            "borders that are exactly 0 count as dark sky in {}; --blank 0 makes them no data",
            names(&circumstances.bordered, tiles)
        ));
    }
    notes
}

/// The middle value, or the mean of the two middle ones; 0 without values.
pub(super) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[half],
        _ => f64::midpoint(values[half - 1], values[half]),
    }
}

/// Files without their folders, each once: `a.fits, b.fits[1, 4]`. HDUs are listed for a file with several tiles.
fn names(list: &[usize], tiles: &[Tile]) -> String {
    let mut files: Vec<(&PathBuf, BTreeSet<usize>)> = Vec::new();
    for &tile in list {
        let PlaneSource { path, hdu } = &tiles[tile].source;
        // Tiles of one file are consecutive.
        match files.last_mut() {
            Some((last, hdus)) if *last == path => drop(hdus.insert(*hdu)),
            _ => files.push((path, BTreeSet::from([*hdu]))),
        }
    }
    let several = |path: &PathBuf| {
        let own: BTreeSet<usize> = tiles
            .iter()
            .filter(|tile| tile.source.path == *path)
            .map(|tile| tile.source.hdu)
            .collect();
        own.len() > 1
    };
    let name = |(path, hdus): &(&PathBuf, BTreeSet<usize>)| {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let name = name.to_string_lossy();
        if !several(path) {
            return name.into_owned();
        }
        let hdus: Vec<String> = hdus.iter().map(usize::to_string).collect();
        format!("{name}[{}]", hdus.join(", "))
    };
    let mut text: Vec<String> = files.iter().take(NAMED).map(name).collect();
    if files.len() > NAMED {
        text.push(format!("and {} more", files.len() - NAMED));
    }
    text.join(", ")
}

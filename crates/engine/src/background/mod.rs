//! Matches the levels of tiles before the coadd, from samples of their overlaps that are read from the files.
//!
//! Each tile is read once, only the rows that its overlaps need, at points that only the tiles and the grid decide: neither
//! memory nor threads change the solution. It is applied on the host when windows are loaded, so that every backend
//! computes from the same numbers.

mod contradiction;
mod correction;
mod measured;
mod overlap;
mod report;
mod sample;
mod stars;

use std::time::Instant;

use rayon::ThreadPool;
use zemosaic_background::solve;
use zemosaic_wcs::lattice::Profile;
use zemosaic_wcs::{Mapping, Wcs};

use crate::tile::Tile;
use report::Circumstances;
use stars::Stars;

pub use contradiction::Contradiction;
pub(crate) use correction::{Correction, Corrections};
pub use report::{BackgroundReport, ChannelMatch, TileMatch};
pub use zemosaic_background::Model as BackgroundModel;

/// The most bytes of a tile's rows that a thread holds.
const BUFFER: u64 = 8 << 20;

/// What to match, and the memory for it.
#[derive(Clone, Copy, Debug)]
pub struct MatchOptions {
    /// What may be added to a tile.
    pub model: BackgroundModel,
    /// Whether tiles may also be multiplied.
    pub gain: bool,
    /// Approximate host memory to use.
    pub ram_bytes: u64,
}

/// Everything that matching needs.
pub(crate) struct Matcher<'a> {
    pub(crate) tiles: &'a [Tile],
    pub(crate) profiles: &'a [Profile],
    pub(crate) grid: &'a Wcs,
    /// Width and height of the output, px.
    pub(crate) size: [u32; 2],
    pub(crate) pool: &'a ThreadPool,
    /// What the values of each tile are: only those of one kind can contradict each other in their stars. Empty: all alike.
    pub(crate) kinds: &'a [u32],
}

impl Matcher<'_> {
    /// Solves every channel; the second value is the correction of the windows.
    pub(crate) fn run(&self, options: &MatchOptions) -> (BackgroundReport, Corrections) {
        if options.model == BackgroundModel::None && !options.gain {
            return Default::default();
        }
        self.pool.install(|| self.solve(options))
    }

    fn solve(&self, options: &MatchOptions) -> (BackgroundReport, Corrections) {
        let began = Instant::now();
        let mappings: Vec<Mapping> = self
            .tiles
            .iter()
            .map(|tile| Mapping::new(self.grid, &tile.wcs))
            .collect();
        let sizes: Vec<[u32; 2]> = self.tiles.iter().map(Tile::size).collect();
        let channels: Vec<_> = self.tiles.iter().map(|tile| tile.channel).collect();
        let (overlaps, all) =
            overlap::find(&channels, self.profiles, &mappings, &sizes, self.size[1]);
        let unit = self.unit();
        let planes = self.tiles.first().map_or(0, |tile| tile.shape.planes);
        let measured = self.measure_all(&overlaps, &mappings, unit, options);
        let mut bytes_read = measured.bytes_read;
        let circumstances = Circumstances {
            overlaps: all,
            used: overlaps.len(),
            bordered: measured.bordered,
        };
        let to_position = |at: [f64; 2]| self.position(at, unit);
        let centers: Vec<[f64; 2]> = mappings
            .iter()
            .zip(&sizes)
            .map(|(mapping, size)| {
                let [x, y] = size.map(|n| (f64::from(n) - 1.0) / 2.0);
                mapping.inverse_at(x, y).map_or([0.0; 2], to_position)
            })
            .collect();
        let mut channels = Vec::with_capacity(planes);
        let mut corrections = Vec::with_capacity(planes);
        let mut contradictions = Vec::new();
        let mut of_stars = Vec::new();
        for (plane, pairs) in measured.pairs.iter().enumerate() {
            let solution = solve(pairs, &centers, options.model, options.gain);
            let of_values = contradiction::of_values(pairs, &solution, options, self.kinds);
            contradiction::add(&mut contradictions, of_values);
            // Stars are at the same places in all channels.
            if plane == planes / 2 {
                let stars = Stars {
                    tiles: self.tiles,
                    mappings: &mappings,
                    overlaps: &overlaps,
                    pairs,
                    solution: &solution,
                    profiles: self.profiles,
                    height: self.size[1],
                    plane,
                    kinds: self.kinds,
                    buffer: self.buffer(options),
                };
                let (found, read) = stars.find();
                of_stars = found;
                bytes_read += read;
            }
            channels.push(ChannelMatch::new(
                &solution,
                unit,
                self.tiles,
                &circumstances,
            ));
            let places = solution.tiles.iter().zip(mappings.iter().zip(&sizes));
            corrections.push(
                places
                    .map(|(found, (mapping, &size))| {
                        Correction::new(found, mapping, size, to_position)
                    })
                    .collect(),
            );
        }
        // Points do not tell the brightness of stars that do not coincide.
        let by_points = |one: &Contradiction| ["tile_gain", "tile_level"].contains(&one.code);
        let elsewhere = |tile: usize| of_stars.iter().any(|one: &Contradiction| one.tile == tile);
        contradictions.retain(|one| !(by_points(one) && elsewhere(one.tile)));
        contradiction::add(&mut contradictions, of_stars);
        let report = BackgroundReport {
            channels,
            contradictions,
            damaged: measured.damaged,
            bytes_read,
            spent: began.elapsed(),
        };
        (report, corrections)
    }

    /// The most bytes of a tile's rows that a thread holds.
    fn buffer(&self, options: &MatchOptions) -> u64 {
        let threads = self.pool.current_num_threads().max(1) as u64;
        (options.ram_bytes / (4 * threads)).min(BUFFER)
    }

    /// Output pixels per unit of position: the side of a typical tile.
    fn unit(&self) -> f64 {
        let mut sides: Vec<u32> = self.profiles.iter().map(|p| p.extent.max(1)).collect();
        sides.sort_unstable();
        f64::from(sides.get(sides.len() / 2).copied().unwrap_or(1))
    }

    /// Position in units from the centre of the grid.
    fn position(&self, at: [f64; 2], unit: f64) -> [f64; 2] {
        [0, 1].map(|axis| (at[axis] - (f64::from(self.size[axis]) - 1.0) / 2.0) / unit)
    }
}

//! Matches the levels of tiles before the coadd, from samples of their overlaps that are read from the files.
//!
//! Each tile is read once (per round, when memory is short), only the rows that its overlaps need, at points that only
//! the tiles and the grid decide: neither memory nor threads change the solution. It is applied on the host when
//! windows are loaded, so that every backend computes from the same numbers.

mod contradiction;
mod correction;
mod overlap;
mod report;
mod sample;
mod stars;

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use rayon::ThreadPool;
use rayon::prelude::*;
use zemosaic_background::{Pair, Point, solve};
use zemosaic_room::collected;
use zemosaic_wcs::lattice::Profile;
use zemosaic_wcs::{Mapping, Wcs};

use crate::border::Blank;
use crate::tile::{Tile, TileDamage};
use overlap::{Overlap, SAMPLES};
use report::Circumstances;
use sample::{Sampled, sample};
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
        let mut pairs: Vec<Vec<Pair>> = vec![Vec::new(); planes];
        let mut bytes_read = 0;
        let mut damaged: Vec<TileDamage> = Vec::new();
        let mut bordered = vec![false; self.tiles.len()];
        for round in rounds(&overlaps, planes, options.ram_bytes) {
            let measured = self.measure(&overlaps[round], &mappings, unit, options);
            for (pairs, more) in pairs.iter_mut().zip(measured.pairs) {
                pairs.extend(more);
            }
            bytes_read += measured.bytes_read;
            for one in measured.damaged {
                if !damaged.iter().any(|known| known.tile == one.tile) {
                    damaged.push(one);
                }
            }
            for tile in measured.bordered {
                // Who says that there are no blank pixels need not be told of them.
                bordered[tile] = self.tiles[tile].blank != Blank::None;
            }
        }
        let circumstances = Circumstances {
            overlaps: all,
            used: overlaps.len(),
            bordered: numbers(&bordered),
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
        for (plane, pairs) in pairs.iter().enumerate() {
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
            damaged,
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

    /// Reads and compares the tiles of some overlaps.
    fn measure(
        &self,
        overlaps: &[Overlap],
        mappings: &[Mapping],
        unit: f64,
        options: &MatchOptions,
    ) -> Measured {
        let points: Vec<Vec<[u32; 2]>> = overlaps
            .par_iter()
            .map(|o| o.positions(self.profiles, self.size[1]))
            .collect();
        // The tiles to read, each with its pairs; and for each pair its job and its number in that job.
        let mut jobs: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut job_of = vec![None; self.tiles.len()];
        let mut places = Vec::with_capacity(overlaps.len());
        for (pair, overlap) in overlaps.iter().enumerate() {
            places.push(overlap.tiles.map(|tile| {
                let job = *job_of[tile].get_or_insert_with(|| {
                    jobs.push((tile, Vec::new()));
                    jobs.len() - 1
                });
                jobs[job].1.push(pair);
                (job, jobs[job].1.len() - 1)
            }));
        }
        let buffer = self.buffer(options);
        let sampled: Vec<Sampled> = jobs
            .par_iter()
            .map(|(tile, pairs)| {
                let wanted: Vec<_> = pairs
                    .iter()
                    .map(|&pair| (points[pair].as_slice(), overlaps[pair].step))
                    .collect();
                let place = |x: f64, y: f64| mappings[*tile].at(x, y);
                sample(&self.tiles[*tile], place, &wanted, buffer)
            })
            .collect();
        let planes = self.tiles.first().map_or(0, |tile| tile.shape.planes);
        let compare = |plane: usize, pair: usize| {
            let Overlap { tiles, step, .. } = overlaps[pair];
            let count = points[pair].len();
            let values =
                places[pair].map(|(job, at)| &sampled[job].values[at][plane * count..][..count]);
            let shared = points[pair].iter().zip(values[0].iter().zip(values[1]));
            let point = |(&at, (&a, &b))| Point { at, values: [a, b] };
            let shared = collected(shared.map(point), SAMPLES);
            let origin = self.position([0.0; 2], unit);
            Pair::measure(tiles, &shared, origin, f64::from(step) / unit)
        };
        let of = || jobs.iter().map(|(tile, _)| *tile).zip(&sampled);
        let bordered = of().filter(|(_, one)| one.has_zero_border());
        let bordered = bordered.map(|(tile, _)| tile).collect();
        Measured {
            pairs: (0..planes)
                .map(|plane| {
                    let pairs = (0..overlaps.len()).into_par_iter();
                    pairs.map(|pair| compare(plane, pair)).collect()
                })
                .collect(),
            bytes_read: sampled.iter().map(|s| s.bytes_read).sum(),
            bordered,
            damaged: (jobs.iter().zip(sampled))
                .filter_map(|((tile, _), sampled)| {
                    let (tile, error) = (*tile, Arc::new(sampled.damage?));
                    Some(TileDamage { tile, error })
                })
                .collect(),
        }
    }
}

/// The result of one round.
struct Measured {
    /// Channel by channel, in the order of the overlaps.
    pairs: Vec<Vec<Pair>>,
    bytes_read: u64,
    /// Rows that could not be read.
    damaged: Vec<TileDamage>,
    /// Tiles with borders of 0.
    bordered: Vec<usize>,
}

/// The indices that are true.
fn numbers(set: &[bool]) -> Vec<usize> {
    (0..set.len()).filter(|&tile| set[tile]).collect()
}

/// Overlaps cut into ranges that fit in memory.
fn rounds(overlaps: &[Overlap], planes: usize, ram_bytes: u64) -> Vec<Range<usize>> {
    // Positions, two values per plane, and the memory for finding and comparing them.
    let per_point = 96 + 8 * planes as u64;
    let most = ram_bytes / 2 / per_point;
    let mut rounds = Vec::new();
    let (mut start, mut points) = (0, 0);
    for (i, overlap) in overlaps.iter().enumerate() {
        if points + overlap.candidates > most && i > start {
            rounds.push(start..i);
            (start, points) = (i, 0);
        }
        points += overlap.candidates;
    }
    if start < overlaps.len() {
        rounds.push(start..overlaps.len());
    }
    rounds
}

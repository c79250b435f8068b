//! From pairs of tiles to the change of each tile.

use crate::absurd::{self, Absurd};
use crate::gain::NoRatio;
use crate::group::Groups;
use crate::measure::Pair;
use crate::network::{Network, Observation};
use crate::robust::median;

/// Slopes are expected to be within this many times the differences that offsets leave, per unit of position.
const SLOPE_RANGE: f64 = 10.0;
/// Relative rounding error of a level in f32.
const ROUNDING: f64 = 1e-7;

/// What may be added to a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// Nothing.
    None,
    /// One number.
    Offset,
    /// A plane.
    Plane,
}

/// Change of one tile: `gain x value + offset + slope . (x, y)`, positions as in the pairs' cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// Factor.
    pub gain: f64,
    /// Added at position (0, 0).
    pub offset: f64,
    /// Added per unit of position along x and y.
    pub slope: [f64; 2],
}

impl Match {
    /// No change.
    pub const NONE: Self = Self {
        gain: 1.0,
        offset: 0.0,
        slope: [0.0; 2],
    };

    /// What is added at a position.
    pub fn added(&self, [x, y]: [f64; 2]) -> f64 {
        self.offset + self.slope[0] * x + self.slope[1] * y
    }
}

/// The result of matching.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// Change of each tile.
    pub tiles: Vec<Match>,
    /// Group of each tile, numbered by their first tiles; the levels of different groups cannot be compared.
    pub groups: Vec<usize>,
    /// Pairs that had enough valid points.
    pub pairs: usize,
    /// Root of the weighted mean square difference between tiles before matching.
    pub rms_before: f64,
    /// The same afterwards.
    pub rms_after: f64,
    /// Tiles whose gain was requested but could not be determined; it stays 1.
    pub without_gain: Vec<usize>,
    /// Those of them that have stars, but without a common ratio to those of their neighbours.
    pub unlike_stars: Vec<usize>,
    /// Tiles with overlaps that do not determine their slopes, which stay small.
    pub without_slope: Vec<usize>,
    /// Tiles with absurd values, which are not compared; where a whole tile is absurd it stays as it is.
    pub absurd: Vec<Absurd>,
}

/// Changes that make `tiles` tiles agree where `pairs` have them overlap. `centers` are the positions of the tiles, in
/// the units of the cells, ideally about one unit per tile side.
///
/// In every connected group offsets, slopes and logarithms of gains have mean 0: what the overlaps cannot determine
/// (one common plane, one common gain) stays unchanged. Pairs that name a tile beyond `centers` are ignored.
pub fn solve(pairs: &[Pair], centers: &[[f64; 2]], model: Model, with_gain: bool) -> Solution {
    let tiles = centers.len();
    let pairs: Vec<&Pair> = pairs
        .iter()
        .filter(|p| p.first.max(p.second) < tiles && p.first != p.second && !p.cells.is_empty())
        .collect();
    let removed = absurd::remove(&pairs, tiles);
    let (pairs, absurd) = match &removed {
        Some((kept, absurd)) => (kept.iter().collect(), absurd.clone()),
        None => (pairs, Vec::new()),
    };
    let mut groups = Groups::new(tiles);
    for pair in &pairs {
        groups.join(pair.first, pair.second);
    }
    let groups = groups.numbers();
    let (gains, without_gain) = if with_gain {
        gains(&pairs, tiles)
    } else {
        (vec![1.0; tiles], Vec::new())
    };
    let as_they_came = observations(&pairs, &vec![1.0; tiles]);
    let matched = observations(&pairs, &gains);
    let (mut terms, without_slope) = match model {
        Model::None => (vec![[0.0; 3]; tiles], Vec::new()),
        Model::Offset => (offsets(&matched, centers), Vec::new()),
        Model::Plane => planes(&matched, centers),
    };
    let mut found: Vec<Match> = gains
        .iter()
        .zip(terms.drain(..).zip(centers))
        .map(|(&gain, (t, c))| Match {
            gain,
            offset: t[0] - t[1] * c[0] - t[2] * c[1],
            slope: [t[1], t[2]],
        })
        .collect();
    take_means(&mut found, &groups);
    let rest =
        |o: &Observation| o.difference + found[o.second].added(o.at) - found[o.first].added(o.at);
    Solution {
        pairs: pairs.len(),
        rms_before: rms(&as_they_came, |o| o.difference),
        rms_after: rms(&matched, rest),
        tiles: found,
        groups,
        unlike_stars: unlike_stars(&pairs, &without_gain),
        without_gain,
        without_slope,
        absurd,
    }
}

/// Gain of each tile, and the tiles whose gain could not be determined.
fn gains(pairs: &[&Pair], tiles: usize) -> (Vec<f64>, Vec<usize>) {
    let mut groups = Groups::new(tiles);
    let mut known = vec![false; tiles];
    let mut ratios = Vec::new();
    for pair in pairs {
        if let Ok(ratio) = &pair.ratio {
            groups.join(pair.first, pair.second);
            (known[pair.first], known[pair.second]) = (true, true);
            ratios.push(Observation {
                first: pair.first,
                second: pair.second,
                at: [0.0; 2],
                difference: ratio.log_ratio,
                sigma: ratio.sigma,
            });
        }
    }
    let network = Network::<1> {
        observations: &ratios,
        centers: &vec![[0.0; 2]; tiles],
        slope_sigma: 1.0,
    };
    let mut logs: Vec<f64> = network.solve().into_iter().map(|[log]| log).collect();
    let groups = groups.numbers();
    let means = group_means(&groups, |tile| logs[tile]);
    for (log, &group) in logs.iter_mut().zip(&groups) {
        *log -= means[group];
    }
    let without = (0..tiles).filter(|&tile| !known[tile]).collect();
    (logs.into_iter().map(libm::exp).collect(), without)
}

/// Of these tiles those that have stars in their overlaps.
fn unlike_stars(pairs: &[&Pair], without_gain: &[usize]) -> Vec<usize> {
    let starry = |tile: usize| {
        pairs.iter().any(|pair| {
            [pair.first, pair.second].contains(&tile) && pair.ratio == Err(NoRatio::Unlike)
        })
    };
    without_gain
        .iter()
        .copied()
        .filter(|&tile| starry(tile))
        .collect()
}

/// Differences of all cells once the gains are applied.
fn observations(pairs: &[&Pair], gains: &[f64]) -> Vec<Observation> {
    let cells = || pairs.iter().flat_map(|p| &p.cells);
    let mut sigmas: Vec<f64> = cells().map(|c| c.sigma).collect();
    let mut levels: Vec<f64> = cells().flat_map(|c| c.level.map(f64::abs)).collect();
    // No cell is trusted much more than the others: a very quiet patch of sky is luck, or constant data.
    let least = median(&mut sigmas)
        .max(ROUNDING * median(&mut levels))
        .max(f64::MIN_POSITIVE.sqrt());
    let observe = |pair: &Pair| {
        let (a, b) = (gains[pair.first], gains[pair.second]);
        let (mean, half) = (f64::midpoint(a, b), (b - a) / 2.0);
        let (first, second) = (pair.first, pair.second);
        let of_cell = move |c: &crate::Cell| Observation {
            first,
            second,
            at: c.at,
            // b v2 - a v1, split so that the robust difference carries nearly all of it.
            difference: mean * c.difference + half * (c.level[0] + c.level[1]),
            sigma: libm::hypot(c.sigma, least),
        };
        pair.cells.iter().map(of_cell).collect::<Vec<_>>()
    };
    pairs.iter().flat_map(|p| observe(p)).collect()
}

fn offsets(observations: &[Observation], centers: &[[f64; 2]]) -> Vec<[f64; 3]> {
    let network = Network::<1> {
        observations,
        centers,
        slope_sigma: 1.0,
    };
    let solved = network.solve();
    solved.into_iter().map(|[o]| [o, 0.0, 0.0]).collect()
}

/// Planes, and the tiles whose slopes depend more on the expected size than on overlaps.
fn planes(observations: &[Observation], centers: &[[f64; 2]]) -> (Vec<[f64; 3]>, Vec<usize>) {
    let level = offsets(observations, centers);
    let left = |o: &Observation| o.difference + level[o.second][0] - level[o.first][0];
    let spread = rms(observations, left);
    let mut sigmas: Vec<f64> = observations.iter().map(|o| o.sigma).collect();
    let slope_sigma = SLOPE_RANGE * (spread + median(&mut sigmas));
    let network = Network::<3> {
        observations,
        centers,
        slope_sigma: if slope_sigma > 0.0 { slope_sigma } else { 1.0 },
    };
    let terms = network.solve();
    (terms, unsure(observations, centers.len(), slope_sigma))
}

/// Tiles whose cells are too close to each other, or on one line, to determine a plane.
fn unsure(observations: &[Observation], tiles: usize, slope_sigma: f64) -> Vec<usize> {
    // Weight, and weighted sums of x, y, xx, xy, yy.
    let mut sums = vec![[0.0; 6]; tiles];
    for o in observations {
        let (weight, [x, y]) = (1.0 / (o.sigma * o.sigma), o.at);
        for tile in [o.first, o.second] {
            for (sum, value) in sums[tile].iter_mut().zip([1.0, x, y, x * x, x * y, y * y]) {
                *sum += weight * value;
            }
        }
    }
    let tells = |[w, x, y, xx, xy, yy]: [f64; 6]| {
        let (a, b, c) = (xx - x * x / w, xy - x * y / w, yy - y * y / w);
        // The smaller eigenvalue is the information on the least determined slope.
        let least = f64::midpoint(a, c) - libm::hypot((a - c) / 2.0, b);
        least * slope_sigma * slope_sigma > 1.0
    };
    (0..tiles)
        .filter(|&tile| sums[tile][0] > 0.0 && !tells(sums[tile]))
        .collect()
}

/// Subtracts the mean of offsets and slopes in every group.
fn take_means(tiles: &mut [Match], groups: &[usize]) {
    let offset = group_means(groups, |tile| tiles[tile].offset);
    let slope = [0, 1].map(|axis| group_means(groups, |tile| tiles[tile].slope[axis]));
    for (tile, &group) in tiles.iter_mut().zip(groups) {
        tile.offset -= offset[group];
        for (own, mean) in tile.slope.iter_mut().zip(&slope) {
            *own -= mean[group];
        }
    }
}

fn group_means(groups: &[usize], value: impl Fn(usize) -> f64) -> Vec<f64> {
    let count = groups.iter().max().map_or(0, |last| last + 1);
    let mut sums = vec![(0.0, 0.0); count];
    for (tile, &group) in groups.iter().enumerate() {
        sums[group].0 += value(tile);
        sums[group].1 += 1.0;
    }
    sums.into_iter().map(|(sum, n)| sum / n).collect()
}

fn rms(observations: &[Observation], value: impl Fn(&Observation) -> f64) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for o in observations {
        let weight = 1.0 / (o.sigma * o.sigma);
        sum += weight * value(o) * value(o);
        weights += weight;
    }
    if weights > 0.0 {
        (sum / weights).sqrt()
    } else {
        0.0
    }
}

#[cfg(test)]
#[path = "solve_tests.rs"]
mod tests;

//! Tiles read one after the other and compared where they overlap.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use zemosaic_background::{Pair, Point};
use zemosaic_room::push;
use zemosaic_wcs::Mapping;

use super::overlap::{Overlap, SAMPLES};
use super::sample::{Half, sample};
use super::{MatchOptions, Matcher};
use crate::border::Blank;
use crate::tile::TileDamage;

/// What comparing some overlaps gave.
#[derive(Default)]
pub(super) struct Measured {
    /// Channel by channel, in the order of the overlaps.
    pub(super) pairs: Vec<Vec<Pair>>,
    pub(super) bytes_read: u64,
    /// Rows that could not be read.
    pub(super) damaged: Vec<TileDamage>,
    /// Tiles with borders of 0.
    pub(super) bordered: Vec<usize>,
}

/// What reading one tile gave.
struct Read {
    bytes: u64,
    damage: Option<TileDamage>,
    bordered: Option<usize>,
    /// Pairs whose other tile had been read before, channel by channel.
    complete: Vec<(usize, Vec<Pair>)>,
}

impl Matcher<'_> {
    /// Compares all overlaps, in as few rounds as memory allows.
    pub(super) fn measure_all(
        &self,
        overlaps: &[Overlap],
        mappings: &[Mapping],
        unit: f64,
        options: &MatchOptions,
    ) -> Measured {
        let planes = self.tiles.first().map_or(0, |tile| tile.shape.planes);
        let threads = self.pool.current_num_threads();
        let mut all = Measured::default();
        all.pairs.resize_with(planes, Vec::new);
        let tiles = self.tiles.len();
        for round in rounds(overlaps, tiles, planes, threads, options.ram_bytes) {
            let buffer = self.buffer(options);
            let more = self.measure(&overlaps[round], mappings, unit, buffer);
            for (pairs, more) in all.pairs.iter_mut().zip(more.pairs) {
                pairs.extend(more);
            }
            all.bytes_read += more.bytes_read;
            for one in more.damaged {
                if !all.damaged.iter().any(|known| known.tile == one.tile) {
                    all.damaged.push(one);
                }
            }
            all.bordered.extend(more.bordered);
        }
        all.bordered.sort_unstable();
        all.bordered.dedup();
        // Who says that there are no blank pixels need not be told of them.
        (all.bordered).retain(|&tile| self.tiles[tile].blank != Blank::None);
        all
    }

    /// Reads the tiles of some overlaps, each once, and compares those of a pair as soon as both have been read. Neighbours are
    /// read soon after each other, so that few samples wait.
    fn measure(
        &self,
        overlaps: &[Overlap],
        mappings: &[Mapping],
        unit: f64,
        buffer: u64,
    ) -> Measured {
        let planes = self.tiles.first().map_or(0, |tile| tile.shape.planes);
        let of_tile = pairs_of(overlaps, self.tiles.len());
        let positions = |pair: usize| overlaps[pair].positions(self.profiles, self.size[1]);
        let compare = |pair: usize, halves: [&Half; 2]| -> Vec<Pair> {
            let Overlap { tiles, step, .. } = overlaps[pair];
            let at = positions(pair);
            let origin = self.position([0.0; 2], unit);
            let plane = |plane: usize| {
                let points = shared(&at, halves, plane, planes);
                Pair::measure(tiles, &points, origin, f64::from(step) / unit)
            };
            (0..planes).map(plane).collect()
        };
        // Of each pair the samples of the tile that was read first.
        let waiting: Vec<Mutex<Option<Half>>> = overlaps.iter().map(|_| Mutex::default()).collect();
        let read = |tile: usize| {
            let pairs = &of_tile[tile];
            let place = |x: f64, y: f64| mappings[tile].at(x, y);
            let wanted = pairs
                .iter()
                .map(|&pair| (positions(pair), overlaps[pair].step));
            let sampled = sample(&self.tiles[tile], place, wanted, buffer);
            let bordered = sampled.has_zero_border().then_some(tile);
            let mut complete = Vec::new();
            for (&pair, half) in pairs.iter().zip(sampled.halves) {
                let mut slot = waiting[pair].lock().unwrap_or_else(PoisonError::into_inner);
                let Some(first) = slot.take() else {
                    *slot = Some(half);
                    continue;
                };
                drop(slot);
                let halves = if overlaps[pair].tiles[0] == tile {
                    [&half, &first]
                } else {
                    [&first, &half]
                };
                complete.push((pair, compare(pair, halves)));
            }
            let damage = sampled.damage.map(|error| TileDamage {
                tile,
                error: Arc::new(error),
            });
            Read {
                bytes: sampled.bytes_read,
                damage,
                bordered,
                complete,
            }
        };
        // Unlike a parallel iterator over a list, a bridge hands the tiles out in order.
        let order = order(overlaps, &of_tile);
        let reads: Vec<Read> = order.into_iter().par_bridge().map(read).collect();
        let mut measured = Measured::default();
        let mut all: Vec<(usize, Vec<Pair>)> = Vec::with_capacity(overlaps.len());
        for read in reads {
            measured.bytes_read += read.bytes;
            measured.damaged.extend(read.damage);
            measured.bordered.extend(read.bordered);
            all.extend(read.complete);
        }
        measured.damaged.sort_unstable_by_key(|damage| damage.tile);
        all.sort_unstable_by_key(|(pair, _)| *pair);
        measured.pairs.resize_with(planes, Vec::new);
        for (_, channels) in all {
            for (list, pair) in measured.pairs.iter_mut().zip(channels) {
                list.push(pair);
            }
        }
        measured
    }
}

/// The points at which both tiles have samples.
fn shared(at: &[[u32; 2]], [a, b]: [&Half; 2], plane: usize, planes: usize) -> Vec<Point> {
    let mut points = Vec::new();
    let mut j = 0;
    for (i, &number) in a.points.iter().enumerate() {
        while b.points.get(j).is_some_and(|&other| other < number) {
            j += 1;
        }
        if b.points.get(j) == Some(&number) {
            let values = [a.values[i * planes + plane], b.values[j * planes + plane]];
            let at = at[number as usize];
            push(&mut points, Point { at, values }, SAMPLES);
        }
    }
    points
}

/// The pairs of each tile.
fn pairs_of(overlaps: &[Overlap], tiles: usize) -> Vec<Vec<usize>> {
    let mut of_tile = vec![Vec::new(); tiles];
    for (pair, overlap) in overlaps.iter().enumerate() {
        overlap.tiles.iter().for_each(|&t| of_tile[t].push(pair));
    }
    of_tile
}

/// Tiles that have pairs, neighbours soon after each other whatever their names: breadth first from the first of each
/// group.
fn order(overlaps: &[Overlap], of_tile: &[Vec<usize>]) -> Vec<usize> {
    let mut order = Vec::new();
    let mut seen = vec![false; of_tile.len()];
    let mut next = VecDeque::new();
    for start in 0..of_tile.len() {
        if !of_tile[start].is_empty() && !std::mem::replace(&mut seen[start], true) {
            next.push_back(start);
        }
        while let Some(tile) = next.pop_front() {
            order.push(tile);
            for tile in of_tile[tile].iter().flat_map(|&pair| overlaps[pair].tiles) {
                if !std::mem::replace(&mut seen[tile], true) {
                    next.push_back(tile);
                }
            }
        }
    }
    order
}

/// Bytes of a point while its tile is read (spot, place in the order of rows, two values), and while it waits for the other
/// tile, for so many planes.
fn point_bytes(planes: usize) -> [u64; 2] {
    let value = 4 * planes as u64;
    [28 + 2 * value, 4 + value]
}

/// Overlaps cut into ranges that fit in memory: only one, as long as what waits at a time fits.
fn rounds(
    overlaps: &[Overlap],
    tiles: usize,
    planes: usize,
    threads: usize,
    ram_bytes: u64,
) -> Vec<Range<usize>> {
    let most = ram_bytes / 2;
    let [reading, waiting] = point_bytes(planes);
    if peak(overlaps, tiles, threads, [reading, waiting]) <= most {
        return std::iter::once(0..overlaps.len())
            .filter(|all| !all.is_empty())
            .collect();
    }
    let mut rounds = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (i, overlap) in overlaps.iter().enumerate() {
        // As if all were read and waited at once.
        let more = 2 * overlap.candidates * (reading + waiting);
        if bytes + more > most && i > start {
            rounds.push(start..i);
            (start, bytes) = (i, 0);
        }
        bytes += more;
    }
    rounds.push(start..overlaps.len());
    rounds
}

/// The most bytes of samples when all overlaps are compared in one round.
fn peak(overlaps: &[Overlap], tiles: usize, threads: usize, [reading, waiting]: [u64; 2]) -> u64 {
    let of_tile = pairs_of(overlaps, tiles);
    let points = |pairs: &[usize]| -> u64 { pairs.iter().map(|&p| overlaps[p].candidates).sum() };
    let most = of_tile.iter().map(|pairs| points(pairs)).max().unwrap_or(0);
    let mut begun = vec![false; overlaps.len()];
    let (mut open, mut peak) = (0, 0);
    for tile in order(overlaps, &of_tile) {
        let mut done = 0;
        for &pair in &of_tile[tile] {
            if std::mem::replace(&mut begun[pair], true) {
                done += overlaps[pair].candidates;
            } else {
                open += overlaps[pair].candidates;
            }
        }
        peak = peak.max(open);
        open -= done;
    }
    peak * waiting + threads.min(tiles) as u64 * most * reading
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 12;
    const TILES: usize = SIDE * SIDE;

    /// A square of tiles with names in no order, each with its neighbours to the right and below.
    fn square() -> Vec<Overlap> {
        let name = |x: usize, y: usize| (x + SIDE * y) * 59 % TILES;
        let mut overlaps = Vec::new();
        for (x, y) in (0..TILES).map(|n| (n % SIDE, n / SIDE)) {
            for (right, below) in [(1, 0), (0, 1)] {
                if x + right < SIDE && y + below < SIDE {
                    let mut tiles = [name(x, y), name(x + right, y + below)];
                    tiles.sort_unstable();
                    overlaps.push(Overlap {
                        tiles,
                        step: 1,
                        candidates: 1000,
                        area: 1000,
                    });
                }
            }
        }
        overlaps.sort_unstable_by_key(|o| o.tiles);
        overlaps
    }

    #[test]
    fn few_pairs_wait_whatever_the_names_of_tiles() {
        let overlaps = square();
        let of_tile = pairs_of(&overlaps, TILES);
        let mut order = order(&overlaps, &of_tile);
        let waiting = peak(&overlaps, TILES, 0, [0, 1]) / 1000;
        assert!(waiting < 4 * SIDE as u64, "{waiting}");
        order.sort_unstable();
        assert!(order.into_iter().eq(0..TILES), "each tile is read once");
    }

    #[test]
    fn one_round_where_what_waits_fits_and_several_where_not_even_that_does() {
        let overlaps = square();
        let rounds = |ram| rounds(&overlaps, TILES, 1, 2, ram);
        assert!(
            rounds(2_000_000)
                .into_iter()
                .eq(std::iter::once(0..overlaps.len()))
        );
        let many = rounds(200_000);
        assert!(many.len() > 2, "{}", many.len());
        assert!(many.windows(2).all(|two| two[0].end == two[1].start));
        assert_eq!(many.last().map(|last| last.end), Some(overlaps.len()));
        assert_eq!(super::rounds(&[], 0, 1, 2, 1000), []);
    }

    #[test]
    fn points_of_one_tile_alone_are_not_compared() {
        let half = |points: &[u32], values: &[f32]| Half {
            points: points.to_vec(),
            values: values.to_vec(),
        };
        let a = half(&[0, 2, 3], &[1.0, 10.0, 2.0, 20.0, 3.0, 30.0]);
        let b = half(&[1, 2, 3], &[4.0, 40.0, 5.0, 50.0, 6.0, 60.0]);
        let at = [[0, 0], [1, 0], [2, 0], [3, 0]];
        let points = shared(&at, [&a, &b], 1, 2);
        let found: Vec<_> = points.iter().map(|p| (p.at[0], p.values)).collect();
        assert_eq!(found, [(2, [20.0, 50.0]), (3, [30.0, 60.0])]);
    }
}

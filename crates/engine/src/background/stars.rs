//! Tiles whose stars are not where their neighbours have them: a closer look at the pairs that the samples make
//! suspicious.

use rayon::prelude::*;
use zemosaic_background::{
    CORE, Link, OUTER, Odd, Pair, Solution, Verdict, correlate, odd, outcasts,
};
use zemosaic_room::{filled, push};
use zemosaic_wcs::Mapping;
use zemosaic_wcs::lattice::Profile;

use super::contradiction::{Contradiction, alike};
use super::overlap::{Overlap, SAMPLES};
use super::report::median;
use super::sample::sample;
use crate::tile::Tile;

/// Pairs are looked at if their mismatch is this many times the usual one of the run, within bounds: a run in which the
/// seeing changed has a mismatch of 0.3 everywhere, and stars that are off by their width have 0.6.
const SUSPICIOUS: f64 = 1.5;
const MISMATCH: [f64; 2] = [0.15, 0.4];
/// The most pairs that are looked at, the worst first.
const MOST_PAIRS: usize = 64;
/// Stars are off from this many pixels on, of the tile and of the grid.
const OFF: [f64; 2] = [1.0, 0.7];
/// Standard error of a shift, grid pixels. All have the same, so it only has to be positive.
const SHIFT_SIGMA: f64 = 0.1;
/// A tile is flipped to compare it with this many neighbours.
const WITNESSES: usize = 3;
/// Before two tiles are said to have no stars in common, they are compared at this many places that no star was chosen for:
/// the brightest points may be trails and hot pixels.
const ANYWHERE: usize = 24;
/// Positions on the lattice of a patch are counted from here, so that patches may begin outside the grid.
const MARGIN: u32 = 64;

const UNLIKE: &str = "its stars are not those of its neighbours where they overlap: its plate solution may be that of another field";

/// How the pixels of a tile may lie, as factors on x and y.
const FLIPS: [([bool; 2], &str); 3] = [
    ([true, false], "left to right"),
    ([false, true], "upside down"),
    ([true, true], "both ways, which is a turn by 180 degrees"),
];

/// The pairs of one channel, and where their pixels are.
pub(super) struct Stars<'a> {
    pub(super) tiles: &'a [Tile],
    pub(super) mappings: &'a [Mapping],
    pub(super) overlaps: &'a [Overlap],
    /// In the order of the overlaps.
    pub(super) pairs: &'a [Pair],
    pub(super) solution: &'a Solution,
    pub(super) profiles: &'a [Profile],
    /// Of the grid.
    pub(super) height: u32,
    pub(super) plane: usize,
    /// See `Matcher::kinds`.
    pub(super) kinds: &'a [u32],
    /// The most bytes of a tile's rows that a thread may hold.
    pub(super) buffer: u64,
}

impl Stars<'_> {
    /// The contradictions, and the bytes read for them.
    pub(super) fn find(&self) -> (Vec<Contradiction>, u64) {
        let verdicts = self.verdicts();
        let read: u64 = verdicts.iter().map(|v| v.1).sum();
        let verdicts: Vec<(usize, Verdict)> = verdicts
            .into_iter()
            .filter_map(|(pair, _, v)| Some((pair, v?)))
            .collect();
        let mut found = self.shifted(&verdicts);
        let (flipped, more) = self.unlike(&verdicts);
        found.extend(flipped);
        (found, read + more)
    }

    /// Pair by pair: bytes read, and what it says, if anything.
    fn verdicts(&self) -> Vec<(usize, u64, Option<Verdict>)> {
        let absurd = |tile: usize| self.solution.absurd.iter().any(|a| a.tile == tile);
        let mut starry: Vec<(usize, f64)> = Vec::new();
        for (at, pair) in self.pairs.iter().enumerate() {
            if let Some(stars) = &pair.stars
                && alike(pair, self.kinds)
                && !absurd(pair.first)
                && !absurd(pair.second)
            {
                push(&mut starry, (at, stars.mismatch), SAMPLES);
            }
        }
        let usual = median(starry.iter().map(|s| s.1));
        let limit = (SUSPICIOUS * usual).clamp(MISMATCH[0], MISMATCH[1]);
        starry.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let suspicious = starry.iter().filter(|s| s.1 > limit).count();
        let look = |(rank, &(pair, _)): (usize, &(usize, f64))| {
            if rank >= suspicious {
                return (pair, 0, Some(Verdict::Shift([0.0; 2])));
            }
            if rank >= MOST_PAIRS {
                return (pair, 0, None);
            }
            let stars = self.pairs[pair].stars.as_ref();
            let places = stars.map_or(&[][..], |s| &s.places);
            let (verdict, read) = self.look(pair, places, [[false; 2]; 2]);
            (pair, read, Some(verdict))
        };
        starry.par_iter().enumerate().map(look).collect()
    }

    fn shifted(&self, verdicts: &[(usize, Verdict)]) -> Vec<Contradiction> {
        let link = |&(pair, verdict): &(usize, Verdict)| {
            let Verdict::Shift(difference) = verdict else {
                return None;
            };
            let [first, second] = self.overlaps[pair].tiles;
            Some(Link {
                first,
                second,
                difference,
                sigma: SHIFT_SIGMA,
            })
        };
        let links: Vec<Link> = verdicts.iter().filter_map(link).collect();
        if links.iter().all(|l| l.difference == [0.0; 2]) {
            return Vec::new();
        }
        let limit = OFF[1].max(OFF[0] * median(self.mappings.iter().zip(self.tiles).map(pixel)));
        let tell = |Odd { tile, by, of_two }: Odd| {
            let [x, y] = in_pixels(&self.mappings[tile], &self.tiles[tile], by)?;
            let off = x.hypot(y);
            let whose = if of_two {
                "its neighbour has them: one of the two plate solutions is off"
            } else {
                "its neighbours have them: its plate solution is off"
            };
            (off >= OFF[0]).then(|| Contradiction {
                tile,
                code: "tile_shifted",
                reason: format!(
                    "its stars lie {off:.1} px ({x:+.1}, {y:+.1} in its pixels) from where {whose}"
                ),
            })
        };
        let odd = odd(self.tiles.len(), &links, 2, |_| limit);
        odd.into_iter().filter_map(tell).collect()
    }

    /// Tiles that have no stars in common with most of their neighbours: mirrored, or something else.
    fn unlike(&self, verdicts: &[(usize, Verdict)]) -> (Vec<Contradiction>, u64) {
        if verdicts.iter().all(|v| matches!(v.1, Verdict::Shift(_))) {
            return (Vec::new(), 0);
        }
        // A flip is proved by stars that coincide, so that doubtful pairs may be tried as well.
        let doubtful = |v: Verdict| Some(!matches!(v, Verdict::Shift(_)));
        let tested: Vec<_> = self
            .outcasts(verdicts, doubtful)
            .into_par_iter()
            .map(|tile| (tile, self.flip(tile, verdicts)))
            .collect();
        let mut read: u64 = tested.iter().map(|(_, (_, read))| read).sum();
        let mut found = Vec::new();
        for (tile, (flip, _)) in &tested {
            if let Some(way) = flip {
                found.push(Contradiction {
                    tile: *tile,
                    code: "tile_mirrored",
                    reason: format!("it looks mirrored: its stars are those of its neighbours when it is flipped {way}"),
                });
            }
        }
        // Beside a mirrored tile a good one has no stars in common either.
        let flipped: Vec<usize> = found.iter().map(|one| one.tile).collect();
        let mut rest = Vec::new();
        for &(pair, verdict) in verdicts {
            let [a, b] = self.overlaps[pair].tiles;
            if !flipped.contains(&a) && !flipped.contains(&b) {
                let (sure, bytes) = if verdict == Verdict::Unlike {
                    self.look(pair, &self.anywhere(pair), [[false; 2]; 2])
                } else {
                    (verdict, 0)
                };
                read += bytes;
                rest.push((pair, sure));
            }
        }
        let sure = |v: Verdict| match v {
            Verdict::Shift(_) => Some(false),
            Verdict::Unlike => Some(true),
            Verdict::Unsure => None,
        };
        for tile in self.outcasts(&rest, sure) {
            let mut own = rest
                .iter()
                .filter(|(pair, _)| self.overlaps[*pair].tiles.contains(&tile));
            let against = own.clone().filter(|v| v.1 == Verdict::Unlike).count();
            // Without such a proof one pair is not enough, unless there is no other.
            if against > 1 || own.nth(1).is_none() {
                found.push(Contradiction {
                    tile,
                    code: "tile_unlike",
                    reason: UNLIKE.to_owned(),
                });
            }
        }
        (found, read)
    }

    /// Tiles that most verdicts speak against.
    fn outcasts(
        &self,
        verdicts: &[(usize, Verdict)],
        bad: impl Fn(Verdict) -> Option<bool>,
    ) -> Vec<usize> {
        let link =
            |&(pair, verdict): &(usize, Verdict)| Some((self.overlaps[pair].tiles, bad(verdict)?));
        let links: Vec<([usize; 2], bool)> = verdicts.iter().filter_map(link).collect();
        outcasts(self.tiles.len(), &links)
    }

    /// Places all over an overlap, on its lattice.
    fn anywhere(&self, pair: usize) -> Vec<[u32; 2]> {
        let tiles = self.overlaps[pair].tiles;
        let step = f64::from(self.overlaps[pair].step);
        let inside = |tile: usize, at: &[u32; 2]| {
            let [x, y] = at.map(|n| f64::from(n) * step);
            let size = self.tiles[tile].size().map(f64::from);
            let at = self.mappings[tile].at(x, y);
            at.is_some_and(|p| (0..2).all(|i| p[i] >= 0.0 && p[i] < size[i]))
        };
        let mut positions = self.overlaps[pair].positions(self.profiles, self.height);
        positions.retain(|at| tiles.iter().all(|&tile| inside(tile, at)));
        let apart = (positions.len() / ANYWHERE).max(1);
        positions
            .into_iter()
            .skip(apart / 2)
            .step_by(apart)
            .collect()
    }

    /// The flip, if any, that makes a tile agree with most of the neighbours tried; and the bytes read.
    fn flip(&self, tile: usize, verdicts: &[(usize, Verdict)]) -> (Option<&'static str>, u64) {
        let unlike = verdicts.iter().filter(|(pair, verdict)| {
            !matches!(verdict, Verdict::Shift(_)) && self.overlaps[*pair].tiles.contains(&tile)
        });
        let witnesses: Vec<usize> = unlike.map(|v| v.0).take(WITNESSES).collect();
        let mut read = 0;
        for (flip, name) in FLIPS {
            let mut agree = 0;
            for &pair in &witnesses {
                let own = self.overlaps[pair]
                    .tiles
                    .map(|t| if t == tile { flip } else { [false; 2] });
                let stars = self.pairs[pair].stars.as_ref();
                let places = stars.map_or(&[][..], |s| &s.places);
                let (verdict, bytes) = self.look(pair, places, own);
                read += bytes;
                agree += usize::from(matches!(verdict, Verdict::Shift(_)));
            }
            if 2 * agree > witnesses.len() {
                return (Some(name), read);
            }
        }
        (None, read)
    }

    /// Correlates the tiles of a pair around places, each tile flipped as told. Shifts are in grid pixels.
    fn look(&self, pair: usize, places: &[[u32; 2]], flips: [[bool; 2]; 2]) -> (Verdict, u64) {
        let overlap = &self.overlaps[pair];
        let step = self.step(overlap.tiles);
        let middle = |at: &[u32; 2]| at.map(|n| (n * overlap.step + step / 2) / step);
        let middles: Vec<[u32; 2]> = places.iter().map(middle).collect();
        let mut read = 0;
        let [first, second] = [0, 1].map(|side| {
            let reach = [CORE, OUTER][side];
            let (patches, bytes) =
                self.patches(overlap.tiles[side], flips[side], &middles, step, reach);
            read += bytes;
            patches
        });
        let patches: Vec<[Vec<f32>; 2]> =
            first.into_iter().zip(second).map(|(a, b)| [a, b]).collect();
        let verdict = match correlate(&patches) {
            Verdict::Shift(shift) => Verdict::Shift(shift.map(|samples| samples * f64::from(step))),
            other => other,
        };
        (verdict, read)
    }

    /// Samples of a tile around points of the grid, counted in steps; NaN further from them than `reach`.
    fn patches(
        &self,
        tile: usize,
        flip: [bool; 2],
        middles: &[[u32; 2]],
        step: u32,
        reach: i32,
    ) -> (Vec<Vec<f32>>, u64) {
        let (mapping, size) = (&self.mappings[tile], self.tiles[tile].size());
        let margin = f64::from(MARGIN * step);
        let place = |x: f64, y: f64| {
            let at = mapping.at(x - margin, y - margin)?;
            Some([0, 1].map(|i| {
                if flip[i] {
                    f64::from(size[i]) - 1.0 - at[i]
                } else {
                    at[i]
                }
            }))
        };
        let side = 2 * reach + 1;
        let mut points = Vec::new();
        for middle in middles {
            for i in 0..side * side {
                let off = [i % side - reach, i / side - reach];
                let at = [0, 1].map(|axis| (middle[axis] + MARGIN).wrapping_add_signed(off[axis]));
                push(&mut points, at, SAMPLES);
            }
        }
        let mut values = filled(points.len(), f32::NAN, SAMPLES);
        let wanted = std::iter::once((points, step));
        let sampled = sample(&self.tiles[tile], place, wanted, self.buffer);
        let planes = self.tiles[tile].shape.planes.max(1);
        for half in &sampled.halves {
            for (&at, of_planes) in half.points.iter().zip(half.values.chunks_exact(planes)) {
                values[at as usize] = of_planes[self.plane];
            }
        }
        let whole = 2 * OUTER + 1;
        let patch = |inner: &[f32]| {
            let mut patch = filled((whole * whole) as usize, f32::NAN, SAMPLES);
            for (row, line) in inner.chunks(side as usize).enumerate() {
                let from = (row as i32 + OUTER - reach) * whole + OUTER - reach;
                patch[from as usize..][..line.len()].copy_from_slice(line);
            }
            patch
        };
        let patches = values.chunks((side * side) as usize).map(patch).collect();
        (patches, sampled.bytes_read)
    }

    /// Grid pixels from one sample to the next: a pixel of the coarser tile.
    fn step(&self, tiles: [usize; 2]) -> u32 {
        let pixels = tiles.map(|tile| pixel((&self.mappings[tile], &self.tiles[tile])));
        pixels[0].max(pixels[1]).round().max(1.0) as u32
    }
}

/// The side of a tile's pixel in grid pixels.
fn pixel((mapping, tile): (&Mapping, &Tile)) -> f64 {
    let side = |d: [f64; 2]| in_pixels(mapping, tile, d);
    let sides = side([1.0, 0.0]).zip(side([0.0, 1.0]));
    sides.map_or(1.0, |([a, b], [c, d])| {
        let area = (a * d - b * c).abs();
        if area > 0.0 { 1.0 / area.sqrt() } else { 1.0 }
    })
}

/// A short way on the grid as one in the pixels of a tile, about its middle.
fn in_pixels(mapping: &Mapping, tile: &Tile, way: [f64; 2]) -> Option<[f64; 2]> {
    let [x, y] = tile.size().map(|n| (f64::from(n) - 1.0) / 2.0);
    let at = mapping.inverse_at(x, y)?;
    let to = mapping.at(at[0] + way[0], at[1] + way[1])?;
    Some([to[0] - x, to[1] - y])
}

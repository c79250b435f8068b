//! Finds which tiles overlap, and the points at which to compare them.

use rayon::prelude::*;
use zemosaic_background::Groups;
use zemosaic_room::push;
use zemosaic_wcs::Mapping;
use zemosaic_wcs::lattice::{BLOCK_ROWS, Profile};

/// What the memory is needed for, in messages.
pub(super) const SAMPLES: &str = "samples of tiles";

/// Points per pair when there are few pairs, and the minimum when there are many.
const POINTS: [u64; 2] = [4096, 512];
/// Number of points that all pairs share, and the fewest tile pixels per point, so that comparing costs less than the
/// mosaic itself.
const ALL_POINTS: u64 = 1 << 22;
const PIXELS_EACH: u64 = 64;
/// The largest overlaps of a tile that are used; more would add no information.
const PARTNERS: usize = 24;
/// Points at which the true overlap is first probed.
const SCOUTS: u64 = 256;
/// Points closer than this share pixels (each is the mean of 3 x 3), which is only done when there are very few points.
const APART: u32 = 3;
const HANDFUL: u64 = 64;
/// At most this many candidates per wanted point: a rotated tile fills little of its bounding box.
const WASTE: f64 = 8.0;

/// Two tiles and the lattice on which to compare them: output pixels whose coordinates are multiples of `step`, so that
/// only the tiles and the grid decide where they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Overlap {
    pub(super) tiles: [usize; 2],
    pub(super) step: u32,
    /// Lattice positions, whether valid in both tiles or not.
    pub(super) candidates: u64,
    /// Output pixels where the tiles may overlap.
    pub(super) area: u64,
}

/// All overlaps that are used, by tiles, and how many there really are. If tiles have a channel of their own, only
/// tiles of the same one of the `channels` are compared.
pub(super) fn find(
    channels: &[Option<usize>],
    profiles: &[Profile],
    mappings: &[Mapping],
    sizes: &[[u32; 2]],
    height: u32,
) -> (Vec<Overlap>, usize) {
    let mut found = Vec::new();
    for a in 0..profiles.len() {
        for b in a + 1..profiles.len() {
            let area = area(&profiles[a], &profiles[b], height);
            if area > 0 && channels[a] == channels[b] {
                let overlap = Overlap {
                    tiles: [a, b],
                    step: 1,
                    candidates: area,
                    area,
                };
                push(&mut found, overlap, "overlaps of tiles");
            }
        }
    }
    let all = found.len();
    let mut found = largest(found, profiles.len());
    let pixels: u64 = sizes
        .iter()
        .map(|[w, h]| u64::from(*w) * u64::from(*h))
        .sum();
    let points = ALL_POINTS.min(pixels / PIXELS_EACH);
    let wanted = (points / found.len().max(1) as u64).clamp(POINTS[1], POINTS[0]);
    found.par_iter_mut().for_each(|overlap| {
        let [a, b] = overlap.tiles;
        let inside = |tile: usize, [x, y]: [u32; 2]| {
            let at = mappings[tile].at(f64::from(x), f64::from(y));
            at.is_some_and(|p| {
                (0..2).all(|i| p[i] >= -0.5 && p[i] < f64::from(sizes[tile][i]) - 0.5)
            })
        };
        overlap.step = step(overlap.area, SCOUTS as f64);
        let scouts = overlap.positions(profiles, height);
        let met = scouts
            .iter()
            .map(|p| p.map(|n| n * overlap.step))
            .filter(|&at| inside(a, at) && inside(b, at))
            .count();
        let part = (met as f64 / scouts.len().max(1) as f64).max(1.0 / WASTE);
        let met_area = overlap.area as f64 * part;
        let apart = step(met_area as u64, HANDFUL as f64).min(APART);
        overlap.step = step(overlap.area, wanted as f64 / part).max(apart);
        let step = u64::from(overlap.step);
        overlap.candidates = overlap.area.div_ceil(step * step);
    });
    (found, all)
}

impl Overlap {
    /// Columns and rows on the lattice, row by row.
    pub(super) fn positions(&self, profiles: &[Profile], height: u32) -> Vec<[u32; 2]> {
        let mut positions = Vec::new();
        let [a, b] = self.tiles.map(|t| &profiles[t]);
        for ([x0, x1], [y0, y1]) in shared(a, b, height) {
            for y in y0.div_ceil(self.step)..y1.div_ceil(self.step) {
                let along = x0.div_ceil(self.step)..x1.div_ceil(self.step);
                along.for_each(|x| push(&mut positions, [x, y], SAMPLES));
            }
        }
        positions
    }
}

/// Output columns and rows that both tiles may meet, block by block.
fn shared<'a>(
    a: &'a Profile,
    b: &'a Profile,
    height: u32,
) -> impl Iterator<Item = ([u32; 2], [u32; 2])> + 'a {
    let end = |p: &Profile| p.first_block + p.blocks.len() as u32;
    (a.first_block.max(b.first_block)..end(a).min(end(b))).filter_map(move |block| {
        let at = |p: &Profile| p.blocks[(block - p.first_block) as usize].out_x;
        let (a, b) = (at(a), at(b));
        let x = [a[0].max(b[0]), a[1].min(b[1])];
        let y = [block * BLOCK_ROWS, ((block + 1) * BLOCK_ROWS).min(height)];
        (x[0] < x[1] && y[0] < y[1]).then_some((x, y))
    })
}

fn area(a: &Profile, b: &Profile, height: u32) -> u64 {
    shared(a, b, height)
        .map(|(x, y)| u64::from(x[1] - x[0]) * u64::from(y[1] - y[0]))
        .sum()
}

/// Step of a lattice that has `count` points in `area`.
fn step(area: u64, count: f64) -> u32 {
    ((area as f64 / count).sqrt() as u32).max(1)
}

/// The largest overlaps of each tile, and those that connect groups.
fn largest(mut overlaps: Vec<Overlap>, tiles: usize) -> Vec<Overlap> {
    overlaps.sort_by_key(|o| (std::cmp::Reverse(o.area), o.tiles));
    let mut partners = vec![0; tiles];
    let mut groups = Groups::new(tiles);
    overlaps.retain(|o| {
        let bridge = groups.join(o.tiles[0], o.tiles[1]);
        let keep = bridge || o.tiles.iter().any(|&t| partners[t] < PARTNERS);
        if keep {
            o.tiles.iter().for_each(|&t| partners[t] += 1);
        }
        keep
    });
    overlaps.sort_by_key(|o| o.tiles);
    overlaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlap(a: usize, b: usize, area: u64) -> Overlap {
        Overlap {
            tiles: [a, b],
            step: 1,
            candidates: area,
            area,
        }
    }

    #[test]
    fn many_overlaps_are_thinned_and_no_group_falls_apart() {
        let mut all = Vec::new();
        // Two clusters of 100 tiles, connected by one small bridge.
        for heap in [0, 100] {
            for a in 0..100 {
                for b in a + 1..100 {
                    all.push(overlap(heap + a, heap + b, 1000 + (a * b) as u64 % 997));
                }
            }
        }
        all.push(overlap(40, 160, 3));
        let kept = largest(all, 200);
        assert!(kept.len() < 200 * (PARTNERS + 1), "{}", kept.len());
        let mut groups = Groups::new(200);
        for o in &kept {
            groups.join(o.tiles[0], o.tiles[1]);
        }
        assert!(groups.numbers().iter().all(|&g| g == 0));
        assert!(kept.is_sorted_by_key(|o| o.tiles));
    }
}

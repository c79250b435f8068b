use super::*;
use crate::gain::NoRatio;
use crate::point::Point;

/// Sky, offset, slope and gain of tiles on a grid `side` wide, each of 1 unit with an overlap of 0.25.
struct Field {
    side: usize,
    truth: Vec<Match>,
}

fn sky(x: f64, y: f64) -> f64 {
    1000.0 + 80.0 * libm::sin(2.0 * x) + 60.0 * x * y
}

impl Field {
    fn new(side: usize, truth: impl Fn(usize) -> Match) -> Self {
        Self {
            side,
            truth: (0..side * side).map(truth).collect(),
        }
    }

    fn corner(&self, tile: usize) -> [f64; 2] {
        [
            0.75 * (tile % self.side) as f64,
            0.75 * (tile / self.side) as f64,
        ]
    }

    fn centers(&self) -> Vec<[f64; 2]> {
        (0..self.truth.len())
            .map(|t| self.corner(t).map(|c| c + 0.5))
            .collect()
    }

    /// What tile `t` recorded: the inverse of its change.
    fn recorded(&self, t: usize, at: [f64; 2], light: f64) -> f64 {
        (light - self.truth[t].added(at)) / self.truth[t].gain
    }

    fn pairs(&self, spoil: impl Fn(usize, usize, [u32; 2]) -> f64) -> Vec<Pair> {
        const STEP: f64 = 1.0 / 96.0;
        let mut pairs = Vec::new();
        for a in 0..self.truth.len() {
            for b in a + 1..self.truth.len() {
                let (ca, cb) = (self.corner(a), self.corner(b));
                let low = [0, 1].map(|i| (ca[i].max(cb[i]) / STEP).ceil() as u32);
                let high = [0, 1].map(|i| ((ca[i].min(cb[i]) + 1.0) / STEP).floor() as u32);
                let mut points = Vec::new();
                for y in low[1]..high[1].max(low[1]) {
                    for x in low[0]..high[0].max(low[0]) {
                        let at = [f64::from(x) * STEP, f64::from(y) * STEP];
                        let star = if (7 * x + 13 * y).is_multiple_of(23) {
                            f64::from(50 + (x * y) % 700)
                        } else {
                            0.0
                        };
                        let light = sky(at[0], at[1]) + star;
                        let value = |t| self.recorded(t, at, light) + spoil(a * 100 + b, t, [x, y]);
                        points.push(Point {
                            at: [x, y],
                            values: [value(a) as f32, value(b) as f32],
                        });
                    }
                }
                if !points.is_empty() {
                    pairs.push(Pair::measure([a, b], &points, [0.0; 2], STEP));
                }
            }
        }
        pairs
    }

    /// Largest difference between solution and truth, over all tiles and corners, up to one common plane and one common
    /// gain.
    fn departure(&self, found: &Solution) -> [f64; 2] {
        let n = self.truth.len() as f64;
        let log = |tiles: &[Match]| tiles.iter().map(|m| libm::log(m.gain)).sum::<f64>() / n;
        let common = libm::exp(log(&self.truth) - log(&found.tiles));
        let rest: Vec<[f64; 3]> = found
            .tiles
            .iter()
            .zip(&self.truth)
            .map(|(f, t)| {
                [
                    f.offset * common - t.offset,
                    f.slope[0] * common - t.slope[0],
                    f.slope[1] * common - t.slope[1],
                ]
            })
            .collect();
        let mean = [0, 1, 2].map(|i| rest.iter().map(|r| r[i]).sum::<f64>() / n);
        let mut worst = [0.0f64; 2];
        for (t, r) in rest.iter().enumerate() {
            for corner in [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]] {
                let at = [0, 1].map(|i| self.corner(t)[i] + corner[i]);
                let d = (0..3).map(|i| (r[i] - mean[i]) * [1.0, at[0], at[1]][i]);
                worst[0] = worst[0].max(d.sum::<f64>().abs());
            }
            let gain = found.tiles[t].gain * common / self.truth[t].gain - 1.0;
            worst[1] = worst[1].max(gain.abs());
        }
        worst
    }
}

fn clean(_: usize, _: usize, _: [u32; 2]) -> f64 {
    0.0
}

/// Offsets without a pattern.
fn offset(t: usize) -> f64 {
    [3.0, -40.0, 12.0, 25.0, -7.0, 61.0, -33.0, 9.0, 18.0][t % 9]
}

fn slope(t: usize) -> [f64; 2] {
    [offset(t + 4) / 2.0, offset(2 * t + 1) / 3.0]
}

#[test]
fn offsets_come_back_exactly() {
    let field = Field::new(3, |t| Match {
        offset: offset(t),
        ..Match::NONE
    });
    let found = solve(&field.pairs(clean), &field.centers(), Model::Offset, false);
    assert!(field.departure(&found)[0] < 1e-4, "{found:?}");
    assert_eq!(found.groups, [0; 9]);
    assert_eq!(found.pairs, 20);
    assert!(found.rms_before > 20.0 && found.rms_after < 1e-4);
    let mean: f64 = found.tiles.iter().map(|m| m.offset).sum();
    assert!(mean.abs() < 1e-10, "{mean}");
}

#[test]
fn planes_come_back_exactly() {
    let field = Field::new(3, |t| Match {
        offset: offset(t),
        slope: slope(t),
        gain: 1.0,
    });
    let pairs = field.pairs(clean);
    let found = solve(&pairs, &field.centers(), Model::Plane, false);
    let departure = field.departure(&found)[0];
    assert!(departure < 1e-3, "{departure}");
    assert!(found.rms_after < 1e-3, "{}", found.rms_after);
    assert!(found.without_slope.is_empty());
    for axis in 0..2 {
        let mean: f64 = found.tiles.iter().map(|m| m.slope[axis]).sum();
        assert!(mean.abs() < 1e-9, "{mean}");
    }
    let by_offset = solve(&pairs, &field.centers(), Model::Offset, false);
    assert!(by_offset.rms_after > 1.0, "the comparison can fail");
}

#[test]
fn a_long_strip_of_planes_is_solved() {
    let strip = Field {
        side: 40,
        truth: (0..40)
            .map(|t| Match {
                offset: offset(t * 5 + 2),
                slope: slope(t),
                gain: 1.0,
            })
            .collect(),
    };
    let found = solve(&strip.pairs(clean), &strip.centers(), Model::Plane, false);
    assert!(found.rms_after < 1e-3, "{}", found.rms_after);
}

#[test]
fn gains_come_back_but_for_a_common_one() {
    let field = Field::new(3, |t| Match {
        gain: [1.1, 0.8, 1.0, 1.3, 0.9, 1.2, 0.75, 1.0, 1.05][t],
        offset: offset(t),
        slope: [0.0; 2],
    });
    let found = solve(&field.pairs(clean), &field.centers(), Model::Offset, true);
    let [level, gain] = field.departure(&found);
    assert!(gain < 2e-3, "{gain}");
    // 0.2 % of a level of 1000.
    assert!(level < 2.0, "{level}");
    assert!(found.without_gain.is_empty());
    let product: f64 = found.tiles.iter().map(|m| libm::log(m.gain)).sum();
    assert!(product.abs() < 1e-12, "{product}");
}

/// Uniform within -1..1, by pixel and tile.
fn noise(tile: usize, [x, y]: [u32; 2]) -> f64 {
    let mut h = (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)).wrapping_add(977 * tile as u32);
    h = h.wrapping_mul(2_654_435_761);
    h = (h ^ (h >> 15)).wrapping_mul(2_246_822_519);
    f64::from((h ^ (h >> 13)) % 1009) / 504.0 - 1.0
}

#[test]
fn trails_hot_pixels_and_one_bad_overlap_do_not_matter() {
    let field = Field::new(3, |t| Match {
        offset: offset(t),
        slope: slope(t),
        gain: 1.0,
    });
    let spoil = |pair: usize, tile: usize, at: [u32; 2]| {
        let [x, y] = at;
        let trail = tile == 4 && x.abs_diff(y + 20) < 2;
        let hot = (x * 31 + y * 17 + tile as u32).is_multiple_of(211);
        // A comet in the corner of one overlap.
        let comet = pair == 1 && tile == 1 && y < 24;
        2000.0 * f64::from(trail) + 60_000.0 * f64::from(hot) + 400.0 * f64::from(comet)
    };
    let found = solve(&field.pairs(spoil), &field.centers(), Model::Plane, false);
    let departure = field.departure(&found)[0];
    assert!(departure < 1e-3, "{departure}");
    let noisy =
        |pair: usize, tile: usize, at: [u32; 2]| spoil(pair, tile, at) + 3.0 * noise(tile, at);
    let found = solve(&field.pairs(noisy), &field.centers(), Model::Plane, false);
    let departure = field.departure(&found)[0];
    // Half the noise of a pixel, at the worst corner.
    assert!(departure < 1.0, "{departure}");
}

#[test]
fn groups_are_told_apart_and_keep_their_own_mean() {
    let field = Field::new(3, |t| Match {
        offset: offset(t),
        ..Match::NONE
    });
    // Only tiles within each of the two outer columns are connected.
    let alone = |p: &Pair| p.first % 3 == p.second % 3 && p.first % 3 != 1;
    let pairs: Vec<Pair> = field.pairs(clean).into_iter().filter(alone).collect();
    let found = solve(&pairs, &field.centers(), Model::Offset, true);
    assert_eq!(found.groups, [0, 1, 2, 0, 3, 2, 0, 4, 2]);
    for tile in [1, 4, 7] {
        assert_eq!(found.tiles[tile], Match::NONE);
    }
    for column in [0, 2] {
        let mean: f64 = (0..3).map(|row| found.tiles[3 * row + column].offset).sum();
        assert!(mean.abs() < 1e-10);
    }
    assert_eq!(found.without_gain, [1, 4, 7]);
}

#[test]
fn one_tile_no_tile_and_empty_overlaps_change_nothing() {
    let one = solve(&[], &[[0.0; 2]], Model::Plane, true);
    assert_eq!(one.tiles, [Match::NONE]);
    assert!(solve(&[], &[], Model::Plane, true).tiles.is_empty());
    let nothing = Pair {
        first: 0,
        second: 1,
        cells: Vec::new(),
        ratio: Err(NoRatio::FewStars),
        stars: None,
    };
    let pairs = [
        nothing.clone(),
        Pair {
            second: 9,
            ..nothing
        },
    ];
    let two = solve(&pairs, &[[0.0; 2], [1.0, 0.0]], Model::Plane, true);
    assert_eq!(two.tiles, [Match::NONE; 2]);
    assert_eq!((two.pairs, two.groups), (0, vec![0, 1]));
    assert_eq!(two.rms_before, 0.0);
}

#[test]
fn one_cell_tells_no_slope() {
    let points: Vec<Point> = (0..64)
        .map(|i| Point {
            at: [i % 8, i / 8],
            values: [10.0 + (i % 3) as f32, 50.0 - (i % 5) as f32],
        })
        .collect();
    let pair = Pair::measure([0, 1], &points, [0.9, 0.0], 0.01);
    let found = solve(&[pair], &[[0.5, 0.5], [1.4, 0.5]], Model::Plane, false);
    assert_eq!(found.without_slope, [0, 1]);
    assert!(found.rms_after < 0.01, "{found:?}");
    assert!(found.tiles.iter().all(|m| m.slope[0].abs() < 100.0));
}

#[test]
fn an_absurd_tile_does_not_lift_the_others() {
    let field = Field::new(3, |t| Match {
        offset: offset(t),
        ..Match::NONE
    });
    let absurd = |_: usize, t: usize, [x, _]: [u32; 2]| match t {
        4 => 1e30,
        // A part of another one.
        0 if x > 80 => 3e20,
        _ => 0.0,
    };
    let alone = |p: &Pair| p.first != 4 && p.second != 4;
    let pairs: Vec<Pair> = field.pairs(clean).into_iter().filter(alone).collect();
    let truth = solve(&pairs, &field.centers(), Model::Offset, false);
    let found = solve(&field.pairs(absurd), &field.centers(), Model::Offset, false);
    for (t, (found, truth)) in found.tiles.iter().zip(&truth.tiles).enumerate() {
        assert!(
            (found.offset - truth.offset).abs() < 1e-3,
            "{t}: {found:?} is not {truth:?}"
        );
    }
    assert_eq!(found.tiles[4], Match::NONE);
    let named: Vec<_> = found.absurd.iter().map(|a| (a.tile, a.whole)).collect();
    assert_eq!(named, [(0, false), (4, true)]);
    assert!(found.absurd[1].value > 0.9e30 && found.absurd[1].others < 1e4);
    assert!(truth.absurd.is_empty());
}

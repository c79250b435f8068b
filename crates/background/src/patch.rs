//! Finds how far the stars of two tiles are off, by correlating small patches around bright points.

use crate::robust::{median, sigma};

/// The inner part of a patch reaches this many samples from its middle, and shifts of as many are tried.
pub const CORE: i32 = 16;
/// The outer part, in which the inner one of the other tile is looked for.
pub const OUTER: i32 = 2 * CORE;
/// Samples this many robust standard deviations above the median count.
const BRIGHT: f64 = 3.0;
/// Where the sky is without noise, this part of the brightest sample counts as noise.
const QUIET: f64 = 1e-3;
/// Brighter samples count no more than this: a trail or a hot pixel must not outweigh the stars.
const BRIGHTEST: f64 = 2.0;
/// Part of the inner samples that both tiles must have for a shift to be judged.
const ENOUGH: f64 = 0.5;
/// Correlation of tiles that have the same stars; it is 0.9 and more whatever the noise and the seeing. By chance the best
/// of all shifts reaches 0.5.
const SAME: f64 = 0.6;
/// A peak is one if the correlation falls to this part within this many samples: along trails it does not.
const FALL: f64 = 0.75;
const RING: usize = 4;
/// A single patch agrees from this correlation on, and so many must agree on a shift.
const AGREES: f64 = 0.3;
const WITNESSES: usize = 3;
/// Tiles have no stars in common below this correlation at no shift, when no more than one patch in so many agrees, of so
/// many at least.
const NONE: f64 = 0.15;
const FEW: usize = 9;
const PATCHES: usize = 8;

const SIDE: usize = (2 * CORE + 1) as usize;
const WHOLE: usize = (2 * OUTER + 1) as usize;

/// What the patches of two tiles say about their stars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// The same stars; those of the second tile are this many samples further on.
    Shift([f64; 2]),
    /// No stars in common.
    Unlike,
    /// Too few stars, or trails and faults.
    Unsure,
}

/// Sums over one patch for one shift.
#[derive(Clone, Copy, Default)]
struct Sums {
    covariance: f64,
    variance: [f64; 2],
    used: bool,
}

impl Sums {
    fn correlation(&self) -> Option<f64> {
        let scale = (self.variance[0] * self.variance[1]).sqrt();
        (self.used && scale > 0.0).then(|| self.covariance / scale)
    }
}

/// Correlates patches of `2 x OUTER + 1` samples a side, row by row; of the first tile only the inner part, of
/// `2 x CORE + 1`, counts. Samples that are not finite are none.
pub fn correlate(patches: &[[Vec<f32>; 2]]) -> Verdict {
    let surfaces: Vec<Vec<Sums>> = patches.iter().map(surface).collect();
    let value = |at: usize| {
        let mut total = Sums::default();
        for sums in surfaces.iter().map(|s| s[at]).filter(|s| s.used) {
            total.covariance += sums.covariance;
            total.variance = [0, 1].map(|i| total.variance[i] + sums.variance[i]);
            total.used = true;
        }
        total.correlation().unwrap_or(f64::NAN)
    };
    let values: Vec<f64> = (0..SIDE * SIDE).map(value).collect();
    let judged = (0..values.len()).filter(|&at| values[at].is_finite());
    let Some(best) = judged.max_by(|&a, &b| values[a].total_cmp(&values[b])) else {
        return Verdict::Unsure;
    };
    // Patches in which stars agree about a shift, give or take a sample.
    let agree = |middle: usize| {
        let near = around(middle, 0, 1);
        let agrees = |s: &&Vec<Sums>| {
            let mut close = near.iter().filter_map(|&at| s[at].correlation());
            close.any(|r| r >= AGREES)
        };
        surfaces.iter().filter(agrees).count()
    };
    if values[best] >= SAME {
        let falls = around(best, RING, SIDE)
            .iter()
            .all(|&at| !values[at].is_finite() || values[at] <= FALL * values[best]);
        return match top(&values, best) {
            Some(shift) if falls && agree(best) >= WITNESSES => Verdict::Shift(shift),
            _ => Verdict::Unsure,
        };
    }
    let zero = SIDE * SIDE / 2;
    let at_zero = around(zero, 0, 1)
        .iter()
        .map(|&at| values[at])
        .fold(f64::NAN, f64::max);
    if at_zero < NONE && surfaces.len() >= PATCHES && agree(zero) <= surfaces.len() / FEW {
        Verdict::Unlike
    } else {
        Verdict::Unsure
    }
}

/// The shifts at a distance from `first` to `last` samples.
fn around(middle: usize, first: usize, last: usize) -> Vec<usize> {
    let far = |at: usize| {
        let x = (at % SIDE).abs_diff(middle % SIDE);
        x.max((at / SIDE).abs_diff(middle / SIDE))
    };
    (0..SIDE * SIDE)
        .filter(|&at| (first..=last).contains(&far(at)))
        .collect()
}

/// The vertex of parabolas through the best shift and its neighbours; `None` at the border, where there is no peak.
fn top(values: &[f64], best: usize) -> Option<[f64; 2]> {
    let along = |at: usize, step: usize| {
        if at == 0 || at == SIDE - 1 {
            return None;
        }
        let [a, b, c] = [values[best - step], values[best], values[best + step]];
        let bend = a - 2.0 * b + c;
        let rest = if bend < 0.0 {
            (a - c) / (2.0 * bend)
        } else {
            0.0
        };
        rest.is_finite().then(|| at as f64 - f64::from(CORE) + rest)
    };
    Some([along(best % SIDE, 1)?, along(best / SIDE, SIDE)?])
}

/// Sums for all shifts, row by row.
fn surface(patch: &[Vec<f32>; 2]) -> Vec<Sums> {
    let [a, b] = [stars(&patch[0]), stars(&patch[1])];
    let mut inner: Vec<(usize, f64)> = Vec::with_capacity(SIDE * SIDE);
    for y in -CORE..=CORE {
        for x in -CORE..=CORE {
            let at = index(x, y);
            // Counted from where the inner part begins at the lowest shift.
            inner.push((at - index(-CORE, -CORE), a[at]));
        }
    }
    inner.retain(|(_, a)| a.is_finite());
    let mut surface = Vec::with_capacity(SIDE * SIDE);
    for dy in 0..SIDE {
        for dx in 0..SIDE {
            let from = dy * WHOLE + dx;
            let (mut n, mut sa, mut sb, mut saa, mut sbb, mut sab) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
            for &(at, a) in &inner {
                let b = b[from + at];
                if b.is_finite() {
                    n += 1.0;
                    sa += a;
                    sb += b;
                    saa += a * a;
                    sbb += b * b;
                    sab += a * b;
                }
            }
            let used = n >= ENOUGH * (SIDE * SIDE) as f64;
            surface.push(if used {
                Sums {
                    covariance: sab - sa * sb / n,
                    variance: [saa - sa * sa / n, sbb - sb * sb / n],
                    used,
                }
            } else {
                Sums::default()
            });
        }
    }
    surface
}

fn index(x: i32, y: i32) -> usize {
    ((y + OUTER) * (2 * OUTER + 1) + x + OUTER) as usize
}

/// Logarithms of what is above the sky, up to a limit, so that the brightest do not drown the others; NaN where there is no
/// value.
fn stars(values: &[f32]) -> Vec<f64> {
    let finite = || {
        values
            .iter()
            .filter(|v| v.is_finite())
            .map(|v| f64::from(*v))
    };
    let middle = median(&mut finite().collect::<Vec<f64>>());
    let brightest = finite().fold(middle, f64::max);
    let spread = sigma(&finite().collect::<Vec<f64>>(), middle);
    let noise = spread.max(QUIET * (brightest - middle));
    let star = |v: &f32| {
        let above = (f64::from(*v) - middle) / noise - BRIGHT;
        if !v.is_finite() {
            f64::NAN
        } else if above > 0.0 {
            libm::log1p(above).min(BRIGHTEST)
        } else {
            0.0
        }
    };
    values.iter().map(star).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A patch of stars of a width, seen `at`, with noise.
    fn patch(number: i32, at: [f64; 2], width: f64, seed: u32) -> Vec<f32> {
        let random = |n: i32, axis: i32| {
            let h = ((number * 31 + n) * 3 + axis) as u32;
            let h = (h ^ 0x5bd1).wrapping_mul(2_654_435_761);
            f64::from((h ^ (h >> 15)).wrapping_mul(2_246_822_519) >> 8) / f64::from(1 << 24)
        };
        let star = |n: i32, x: f64, y: f64| {
            let place = [random(n, 0), random(n, 1)].map(|r| 90.0 * r - 45.0);
            let far = (x + at[0] - place[0]).powi(2) + (y + at[1] - place[1]).powi(2);
            20.0 / (random(n, 2) + 0.02) * libm::exp(-far / (2.0 * width * width)) / (width * width)
        };
        let mut values = Vec::new();
        for y in -OUTER..=OUTER {
            for x in -OUTER..=OUTER {
                let n = (index(x, y) as u32)
                    .wrapping_add(seed)
                    .wrapping_mul(2_654_435_761);
                let noise = f64::from(n >> 16 & 1023) / 512.0 - 1.0;
                let light: f64 = (0..12).map(|n| star(n, f64::from(x), f64::from(y))).sum();
                values.push((100.0 + light + noise) as f32);
            }
        }
        values
    }

    fn found(second: impl Fn(i32) -> Vec<f32>) -> Verdict {
        let patches: Vec<_> = (0..9)
            .map(|n| [patch(n, [0.0; 2], 1.2, 1), second(n)])
            .collect();
        correlate(&patches)
    }

    fn shift(second: impl Fn(i32) -> Vec<f32>) -> [f64; 2] {
        match found(second) {
            Verdict::Shift(shift) => shift,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_shift_is_found_to_a_tenth_of_a_pixel_whatever_the_seeing() {
        for width in [1.2, 2.4] {
            let [x, y] = shift(|n| patch(n, [-3.3, 1.6], width, 99));
            assert!((x - 3.3).abs() < 0.1 && (y + 1.6).abs() < 0.1, "{x} {y}");
        }
        let [x, y] = shift(|n| patch(n, [0.0; 2], 2.4, 99));
        assert!(x.abs() < 0.1 && y.abs() < 0.1, "{x} {y}");
    }

    #[test]
    fn other_stars_have_nothing_in_common_and_trails_tell_nothing() {
        assert_eq!(found(|n| patch(n + 40, [0.0; 2], 1.2, 99)), Verdict::Unlike);
        assert_eq!(correlate(&[]), Verdict::Unsure);
        let trail = |at: i32| -> Vec<f32> {
            let value = |n: usize| {
                if (n / WHOLE) as i32 == at {
                    900.0
                } else {
                    (n % 7) as f32
                }
            };
            (0..WHOLE * WHOLE).map(value).collect()
        };
        let patches: Vec<_> = (0..9).map(|_| [trail(30), trail(33)]).collect();
        assert_eq!(correlate(&patches), Verdict::Unsure);
    }
}

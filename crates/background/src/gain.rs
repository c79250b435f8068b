//! The ratio of two tiles' gains, from the light of the stars in their overlap.

use zemosaic_room::{collected, push};

use crate::light::Light;
use crate::point::PURPOSE;
use crate::robust::{SIGMA_PER_MAD, median, sigma, weighted_median};

/// Light this many standard deviations above the level of a cell counts.
const BRIGHT: f64 = 6.0;
/// The ratio of a point may differ from the expected one by this factor; more means a hot pixel or a trail.
const WIDEST_RATIO: f64 = 10.0;
/// Ratios up to this factor are looked for around 1, where points count that are bright in one tile only.
const USUAL_RATIO: f64 = 3.0;
/// Points that are bright in both tiles tell a larger ratio if it scatters by less than this, as a logarithm.
const SCATTER: f64 = 0.7;
/// Points whose ratio is this many standard deviations from the median are left out.
const CLIP: f64 = 3.0;
/// The fewest bright points that give a ratio.
const FEWEST: usize = 8;
/// A ratio with a larger relative error is not used.
const WORST: f64 = 0.1;
/// No error is assumed smaller than this: interpolation changes the shape of stars by about as much.
const BEST: f64 = 1e-4;

/// Gain ratio of a pair, as a natural logarithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GainRatio {
    /// ln(second / first) of the light that both recorded.
    pub log_ratio: f64,
    /// Its standard error.
    pub sigma: f64,
}

/// Why a pair does not tell the ratio of gains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRatio {
    /// The sky has too little structure.
    FewStars,
    /// Its stars have no common ratio.
    Unlike,
}

/// Ratio of the sums of light above each cell's level, over points that are bright in both tiles.
///
/// A ratio of sums, unlike a regression on pixels, keeps its value when the stars of one tile are blurred, because their
/// light is spread but not lost.
pub fn ratio(lights: &[Light]) -> Result<GainRatio, NoRatio> {
    let mut bright: Vec<[f64; 2]> = Vec::new();
    for Light {
        above: [a, b],
        noise,
        ..
    } in lights
    {
        if *a > 0.0 && *b > 0.0 && a + b > BRIGHT * (noise[0] + noise[1]) {
            push(&mut bright, [*a, *b], PURPOSE);
        }
    }
    let expected = expected(lights);
    let within = |log: f64| (log - expected).abs() < libm::log(WIDEST_RATIO);
    let log = |[a, b]: &[f64; 2]| libm::log(b / a);
    let mut weighted: Vec<(f64, f64)> = Vec::new();
    bright
        .iter()
        .map(|p| (log(p), p[0] + p[1]))
        .filter(|p| within(p.0))
        .for_each(|p| push(&mut weighted, p, PURPOSE));
    if weighted.len() < FEWEST {
        return Err(NoRatio::FewStars);
    }
    let middle = weighted_median(&mut weighted);
    let distance = |&(value, weight): &(f64, f64)| ((value - middle).abs(), weight);
    let mut distances = collected(weighted.iter().map(distance), PURPOSE);
    let spread = SIGMA_PER_MAD * weighted_median(&mut distances);
    // Identical stars have no spread, so rounding errors need some room.
    let limit = CLIP * spread + BEST;
    bright.retain(|p| (log(p) - middle).abs() <= limit);
    if bright.len() < FEWEST {
        return Err(NoRatio::Unlike);
    }
    let sum = bright
        .iter()
        .fold([0.0; 2], |s, p| [s[0] + p[0], s[1] + p[1]]);
    let ratio = sum[1] / sum[0];
    let rest = |p: &[f64; 2]| p[1] - ratio * p[0];
    let error = bright.iter().map(|p| rest(p) * rest(p)).sum::<f64>().sqrt() / sum[1];
    if error >= WORST || error.is_nan() {
        return Err(NoRatio::Unlike);
    }
    Ok(GainRatio {
        log_ratio: libm::log(ratio),
        sigma: error.max(BEST),
    })
}

/// Around which ratio, as a logarithm, to look: 0 unless points that are bright in both tiles have another one.
fn expected(lights: &[Light]) -> f64 {
    let mut logs = Vec::new();
    for Light {
        above: [a, b],
        noise,
        ..
    } in lights
    {
        if *a > BRIGHT * noise[0] && *b > BRIGHT * noise[1] {
            push(&mut logs, libm::log(b / a), PURPOSE);
        }
    }
    if logs.len() < FEWEST {
        return 0.0;
    }
    let middle = median(&mut logs);
    if middle.abs() > libm::log(USUAL_RATIO) && sigma(&logs, middle) < SCATTER {
        middle
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::light::light;
    use crate::point::Point;

    /// Ten cells of 8 x 8 points; every ninth point lies on a star.
    fn cells(second: impl Fn(f64, usize) -> f64) -> Vec<Vec<Point>> {
        let cell = |c: usize| {
            (0..64)
                .map(|i| {
                    let n = c * 64 + i;
                    let noise = (n * 37 % 101) as f64 / 50.0;
                    let star = if n.is_multiple_of(9) {
                        40.0 + (n % 500) as f64
                    } else {
                        0.0
                    };
                    Point {
                        at: [i as u32 % 8, i as u32 / 8],
                        values: [
                            (500.0 + noise + star) as f32,
                            second(500.0 + star, n) as f32,
                        ],
                    }
                })
                .collect()
        };
        (0..10).map(cell).collect()
    }

    fn measured(cells: &[Vec<Point>]) -> Result<f64, NoRatio> {
        let slices: Vec<&[Point]> = cells.iter().map(Vec::as_slice).collect();
        ratio(&light(&slices)).map(|r| libm::exp(r.log_ratio))
    }

    #[test]
    fn stars_tell_the_gain_whatever_the_level_the_trails_and_the_hot_pixels() {
        let second = |sky: f64, n: usize| {
            let noise = (n * 53 % 97) as f64 / 50.0;
            let spoiled = if n % 50 == 7 { 60_000.0 } else { 0.0 };
            1.25 * sky - 300.0 + noise + spoiled
        };
        let gain = measured(&cells(second)).expect("there are stars");
        assert!((gain - 1.25).abs() < 0.01, "{gain}");
    }

    #[test]
    fn a_gain_of_any_size_is_found_beside_hot_pixels() {
        for gain in [0.001, 0.09, 9.9, 10.2, 12.0, 65_535.0] {
            let second = |sky: f64, n: usize| {
                let noise = (n * 53 % 97) as f64 / 50.0;
                let spoiled = if n % 50 == 7 { 60_000.0 } else { 0.0 };
                gain * (sky + noise) + spoiled
            };
            let found = measured(&cells(second)).expect("there are stars");
            assert!((found / gain - 1.0).abs() < 0.02, "{found} for {gain}");
        }
    }

    #[test]
    fn stars_without_a_common_ratio_are_told_from_few_stars() {
        let second = |sky: f64, n: usize| {
            let gain = libm::exp((n * 37 % 64) as f64 / 16.0 - 2.0);
            500.0 + gain * (sky - 500.0) + (n * 53 % 97) as f64 / 50.0
        };
        assert_eq!(measured(&cells(second)[..2]), Err(NoRatio::Unlike));
    }

    #[test]
    fn a_flat_sky_tells_nothing() {
        let flat: Vec<Vec<Point>> = cells(|_, n| (n * 53 % 97) as f64)
            .into_iter()
            .map(|cell| {
                let quiet = |p: Point| Point {
                    values: [p.at[0] as f32, p.values[1]],
                    ..p
                };
                cell.into_iter().map(quiet).collect()
            })
            .collect();
        assert_eq!(measured(&flat), Err(NoRatio::FewStars));
        assert_eq!(measured(&[]), Err(NoRatio::FewStars));
    }
}

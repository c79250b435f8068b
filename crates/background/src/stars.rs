//! Whether the stars of two tiles coincide.

use zemosaic_room::push;

use crate::light::Light;
use crate::point::PURPOSE;

/// Light this many standard deviations above the level of a cell is that of stars.
const BRIGHT: f64 = 6.0;
/// The fewest bright points, in each tile, that tell anything.
const FEWEST: usize = 12;
/// Of the bright points, this part is so bright that it may be a hot pixel or a trail; it counts no more than the rest.
const BRIGHTEST: usize = 8;
/// The most places at which stars are looked at more closely, and their least distance in points.
const PLACES: usize = 9;
const APART: u32 = 5;

/// What the points of a pair say about their stars.
#[derive(Clone, Debug, PartialEq)]
pub struct Stars {
    /// The part of the light that is not at the same place in both tiles, 0 to 1. Different seeing makes it 0.3, and
    /// stars that are off by their width 0.6.
    pub mismatch: f64,
    /// Lattice positions of bright points, for a closer look.
    pub places: Vec<[u32; 2]>,
}

/// `None` when one of the tiles shows too few stars.
///
/// The brighter tile is brought to the other's scale by the brightness of its stars, ranked: ranks do not depend on where
/// stars are.
pub fn compare(lights: &[Light]) -> Option<Stars> {
    let bright = |side: usize| {
        let stars = lights.iter();
        stars
            .filter(|l| l.above[side] > BRIGHT * l.noise[side])
            .count()
    };
    let count = bright(0).min(bright(1));
    if count < FEWEST {
        return None;
    }
    let ranked = |side: usize| {
        let mut above = Vec::new();
        for light in lights {
            push(&mut above, light.above[side], PURPOSE);
        }
        above.sort_unstable_by(|a, b| b.total_cmp(a));
        above.truncate(count);
        above
    };
    let ranked = [ranked(0), ranked(1)];
    let first = count / BRIGHTEST;
    let [a, b] = [0, 1].map(|side| ranked[side][first..].iter().sum::<f64>());
    let scale = a / b;
    if !(scale.is_finite() && scale > 0.0) {
        return None;
    }
    let most = ranked[0][first];
    let (mut apart, mut total, mut found) = (0.0, 0.0, Vec::new());
    for light in lights {
        let value = [light.above[0], scale * light.above[1]].map(|v| v.clamp(0.0, most));
        let noise = light.noise[0] + scale * light.noise[1];
        if value[0].max(value[1]) > BRIGHT * noise {
            apart += (value[0] - value[1]).abs();
            total += value[0] + value[1];
            push(&mut found, (value, light.at), PURPOSE);
        }
    }
    if found.len() < FEWEST {
        return None;
    }
    Some(Stars {
        mismatch: apart / total,
        places: places(&found),
    })
}

/// Points that are not too close to each other: by turns the brightest of the first tile, of the second, and of both, so
/// that neither the trails nor the hot pixels of one tile take all. Many are equally bright; these are taken from anywhere.
fn places(found: &[([f64; 2], [u32; 2])]) -> Vec<[u32; 2]> {
    let anywhere =
        |[x, y]: [u32; 2]| x.wrapping_mul(7919).wrapping_add(y.wrapping_mul(104_729)) % 1009;
    let ranks: [fn([f64; 2]) -> f64; 3] = [|[a, _]| a, |[_, b]| b, |[a, b]| a.min(b)];
    let mut ranked = ranks.map(|rank| {
        let mut points = Vec::new();
        let each = found.iter().map(|&(value, at)| (rank(value), at));
        each.for_each(|p| push(&mut points, p, PURPOSE));
        points.sort_unstable_by(|(v, p), (w, q)| {
            w.total_cmp(v)
                .then_with(|| (anywhere(*p), p).cmp(&(anywhere(*q), q)))
        });
        points.into_iter()
    });
    let mut places: Vec<[u32; 2]> = Vec::with_capacity(PLACES);
    for turn in 0..PLACES {
        let far = |at: [u32; 2]| {
            let from = |p: &[u32; 2]| p[0].abs_diff(at[0]).max(p[1].abs_diff(at[1])) >= APART;
            places.iter().all(from)
        };
        if let Some((_, at)) = ranked[turn % ranks.len()].find(|(_, at)| far(*at)) {
            places.push(at);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::light::light;
    use crate::point::Point;

    /// Noise below 1 that repeats.
    fn noise(n: u32) -> f64 {
        f64::from(n.wrapping_mul(2_654_435_761) >> 16 & 1023) / 512.0 - 1.0
    }

    /// Round stars of a width, seen at a position, px.
    fn stars(x: f64, y: f64, width: f64) -> f64 {
        let star = |n: u32| {
            let at = [f64::from(n * 61 % 97), f64::from(n * 37 % 89)];
            let far = (x - at[0]).powi(2) + (y - at[1]).powi(2);
            f64::from(100 + n * 53 % 700) * libm::exp(-far / (2.0 * width * width))
                / (width * width)
        };
        (0..40).map(star).sum()
    }

    fn compared(second: impl Fn(f64, f64) -> f64) -> Option<Stars> {
        let cell = |c: u32| -> Vec<Point> {
            let point = |i: u32| {
                let at = [c % 5 * 8 + i % 8, c / 5 * 8 + i / 8];
                let [x, y] = at.map(|n| 2.0 * f64::from(n));
                let n = at[1] * 100 + at[0];
                let values = [
                    500.0 + stars(x, y, 1.5) + noise(n),
                    80.0 + second(x, y) + noise(n + 77_777),
                ];
                Point {
                    at,
                    values: values.map(|v| v as f32),
                }
            };
            (0..64).map(point).collect()
        };
        let cells: Vec<Vec<Point>> = (0..25).map(cell).collect();
        let slices: Vec<&[Point]> = cells.iter().map(Vec::as_slice).collect();
        compare(&light(&slices))
    }

    #[test]
    fn stars_that_are_off_differ_more_than_blurred_ones_of_another_gain() {
        let same = compared(|x, y| 7.0 * stars(x, y, 1.5)).expect("stars");
        assert!(same.mismatch < 0.1, "{same:?}");
        assert_eq!(same.places.len(), PLACES);
        let blurred = compared(|x, y| stars(x, y, 2.6)).expect("stars");
        assert!(blurred.mismatch < 0.45, "{blurred:?}");
        let off = compared(|x, y| stars(x + 3.0, y - 2.0, 1.5)).expect("stars");
        assert!(off.mismatch > 0.6, "{off:?}");
    }

    #[test]
    fn a_sky_without_stars_tells_nothing() {
        assert_eq!(compared(|x, _| x), None);
    }
}

//! From counts to screen brightness, with one curve for all colours so that hues are kept.

use crate::reduce::Reduced;
use crate::tones::is_certain;

/// Brightness of the typical sky, 0..1: above black, so that faint light and dark dust are both visible.
const SKY_LEVEL: f64 = 0.16;
/// Black is at most this many standard deviations below the typical sky.
const BLACK_SIGMAS: f64 = 2.8;
/// Black also stays close to the darkest parts (this fraction of the pixels): it lies below them by no more than a part
/// of their distance to the median, so that where a bright nebula fills the image the dark sky stays dark.
const BLACK_FRACTION: f64 = 0.005;
const BLACK_MARGIN: f64 = 0.15;
/// This fraction of the pixels may be brighter than white.
const WHITE_FRACTION: f64 = 0.0003;
/// How white the brightest cores become, 0..1.
const PALE: f64 = 0.85;
/// The sky is at least this fraction of the way from black to white.
const LEAST_SKY: f64 = 1e-5;
/// Percentiles are taken from at most about this many pixels.
const SAMPLES: usize = 400_000;

/// An asinh curve of brightness that keeps colours (Lupton et al. 2004, PASP 116, 133, equations 1 and 2).
pub(crate) struct Stretch {
    /// Black level of each plane.
    black: Vec<f64>,
    /// Counts from black to white; 0 for an image of uniform brightness.
    range: f64,
    /// Strength of the curve: 0 is linear.
    softening: f64,
    /// The curve before it is scaled to 1, at 1.
    whole: f64,
}

impl Stretch {
    /// Chooses black, white and the curve from the planes of an image.
    pub(crate) fn new(planes: &[Reduced]) -> Self {
        let size = planes.first().map_or(0, |plane| plane.values.len());
        let samples = || (0..size).step_by(size.div_ceil(SAMPLES).max(1));
        let mut black = Vec::with_capacity(planes.len());
        let mut sky = 0.0;
        for plane in planes {
            let values = samples()
                .map(|at| f64::from(plane.values[at]))
                .filter(|value| value.is_finite());
            let (level, middle) = black_and_middle(values.collect());
            black.push(level);
            sky += (middle - level) / planes.len() as f64;
        }
        let mut light: Vec<f64> = samples()
            .filter_map(|at| brightness(planes, &black, at))
            .collect();
        let range = percentile(&mut light, 1.0 - WHITE_FRACTION).max(sky);
        let lift = (LEAST_SKY * range - sky).max(0.0);
        for level in &mut black {
            *level -= lift;
        }
        let range = range + lift;
        let softening = if range > 0.0 {
            softening((sky + lift) / range)
        } else {
            0.0
        };
        Self {
            black,
            range,
            softening,
            whole: softening.asinh(),
        }
    }

    /// Linear, with black at 0 and white at the largest value.
    pub(crate) fn even(planes: &[Reduced]) -> Self {
        let values = planes.iter().flat_map(|plane| &plane.values);
        let most = values
            .filter(|v| v.is_finite())
            .fold(0.0, |a: f32, v| a.max(*v));
        Self {
            black: vec![0.0; planes.len()],
            range: f64::from(most),
            softening: 0.0,
            whole: 0.0,
        }
    }

    /// Screen values 0..1 of the pixel at index `at`; a plane without a value there shows the mean of the others.
    pub(crate) fn shade(&self, planes: &[Reduced], at: usize, shades: &mut [f64]) {
        let light = brightness(planes, &self.black, at).unwrap_or(0.0);
        let values = |plane: usize| planes[plane].values[at];
        let x = light / self.range;
        let y = self.softening * x;
        if y > 0.01 && self.range > 0.0 {
            // As good as asinh for numbers that are not small.
            let bent = (y + (y * y + 1.0).sqrt()).ln() / self.whole;
            self.spread(values, light, bent / light, shades);
            // Only bytes matter: near a change of one the function of the library decides.
            if shades.iter().all(|shade| is_certain(*shade)) {
                return;
            }
        }
        self.shade_values(values, light, shades);
    }

    /// Screen value of a picture of one plane.
    pub(crate) fn grey(&self, value: f32) -> f64 {
        let light = f64::from(value) - self.black[0];
        let mut shade = [0.0];
        let light = if light.is_finite() { light } else { 0.0 };
        self.shade_values(|_| value, light, &mut shade);
        shade[0]
    }

    #[inline]
    fn shade_values(&self, values: impl Fn(usize) -> f32, light: f64, shades: &mut [f64]) {
        if self.range <= 0.0 {
            shades.fill(SKY_LEVEL);
            return;
        }
        // All planes are scaled by the same factor. Close to black the curve is a straight line.
        let x = (light / self.range).max(1e-9);
        let bent = if self.softening > 0.0 {
            (self.softening * x).asinh() / self.whole
        } else {
            x
        };
        self.spread(values, light, bent / (x * self.range), shades);
    }

    /// Scales every plane alike; `light`: the mean of those that have a value.
    #[inline]
    fn spread(&self, values: impl Fn(usize) -> f32, light: f64, scale: f64, shades: &mut [f64]) {
        let mut most = 1.0_f64;
        for ((plane, shade), black) in shades.iter_mut().enumerate().zip(&self.black) {
            let value = f64::from(values(plane));
            *shade = (if value.is_finite() {
                value - black
            } else {
                light
            } * scale)
                .max(0.0);
            most = most.max(*shade);
        }
        // Brighter than the screen can show: dimmed as a whole and paled by the excess, so that a star's colour fades
        // into a white core instead of ending in a flat disc.
        if most <= 1.0 {
            return;
        }
        let pale = PALE * (1.0 - 1.0 / most);
        for shade in shades {
            *shade = *shade / most * (1.0 - pale) + pale;
        }
    }
}

/// Mean of the planes above their black levels; `None` where no plane has a value.
fn brightness(planes: &[Reduced], black: &[f64], at: usize) -> Option<f64> {
    let values = planes
        .iter()
        .zip(black)
        .map(|(plane, black)| f64::from(plane.values[at]) - black);
    let (sum, count) = values
        .filter(|value| value.is_finite())
        .fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// The value below which a fraction of `values` lies; 0 when there are none. Reorders them.
fn percentile(values: &mut [f64], fraction: f64) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let rank = ((values.len() - 1) as f64 * fraction).round() as usize;
    *values.select_nth_unstable_by(rank, f64::total_cmp).1
}

/// The black level of a plane and its median; the spread is 1.4826 times the median absolute deviation.
fn black_and_middle(mut values: Vec<f64>) -> (f64, f64) {
    let darkest = percentile(&mut values, BLACK_FRACTION);
    let middle = percentile(&mut values, 0.5);
    for value in &mut values {
        *value = (*value - middle).abs();
    }
    let spread = 1.4826 * percentile(&mut values, 0.5);
    let floor = darkest - BLACK_MARGIN * (middle - darkest);
    ((middle - BLACK_SIGMAS * spread).max(floor), middle)
}

fn curve(x: f64, softening: f64) -> f64 {
    if softening > 0.0 {
        (softening * x).asinh() / softening.asinh()
    } else {
        x
    }
}

/// The strength that shows `sky`, a fraction of the range, at the sky level; 0 when it is already that bright.
fn softening(sky: f64) -> f64 {
    if sky >= SKY_LEVEL {
        return 0.0;
    }
    // The curve rises with the logarithm of the strength, so an interval of exponents is bisected.
    let (mut low, mut high) = (-3.0_f64, 12.0_f64);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if curve(sky, 10.0_f64.powf(middle)) < SKY_LEVEL {
            low = middle;
        } else {
            high = middle;
        }
    }
    10.0_f64.powf(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(values: &[f32]) -> Reduced {
        Reduced {
            values: values.to_vec(),
            cover: vec![1.0; values.len()],
        }
    }

    #[test]
    fn the_sky_lands_at_its_level_whatever_the_range() {
        for sky in [1e-5, 1e-3, 0.05] {
            assert!(
                (curve(sky, softening(sky)) - SKY_LEVEL).abs() < 1e-9,
                "{sky}"
            );
        }
        assert_eq!(softening(0.4), 0.0);
    }

    #[test]
    fn an_even_stretch_shows_amounts() {
        let planes = [plane(&[1.0, 2.0, f32::NAN, 4.0])];
        let stretch = Stretch::even(&planes);
        let shade = |at| {
            let mut shades = [0.0];
            stretch.shade(&planes, at, &mut shades);
            (100.0 * shades[0]).round()
        };
        assert_eq!([shade(0), shade(1), shade(3)], [25.0, 50.0, 100.0]);
    }

    #[test]
    fn colours_keep_their_ratios_and_cores_turn_pale() {
        let sky = |level: f32| (0..1000).map(move |n| level + (n % 7) as f32);
        let with = |level, star, other| plane(&sky(level).chain([star, other]).collect::<Vec<_>>());
        let planes = [
            with(100.0, 50_000.0, 299.55),
            with(300.0, 25_000.0, 399.55),
            with(50.0, 1000.0, 99.55),
        ];
        let stretch = Stretch::new(&planes);
        let mut shades = [0.0; 3];
        stretch.shade(&planes, 1001, &mut shades);
        assert!(shades[0] < 1.0, "{shades:?}");
        assert!((shades[1] / shades[0] - 0.5).abs() < 0.01, "{shades:?}");
        assert!((shades[2] / shades[0] - 0.25).abs() < 0.01, "{shades:?}");
        // Too bright for the screen in red: red is full, paler than its colour elsewhere, but still red.
        stretch.shade(&planes, 1000, &mut shades);
        assert_eq!(shades[0], 1.0);
        assert!(
            shades[1] > 0.5 && shades[1] < 1.0 && shades[2] < shades[1],
            "{shades:?}"
        );
        // The three skies differ, but are shown as one neutral grey.
        stretch.shade(&planes, 3, &mut shades);
        assert!(
            shades.iter().all(|shade| (shade - SKY_LEVEL).abs() < 0.01),
            "{shades:?}"
        );
    }

    #[test]
    fn a_plane_without_a_value_shows_the_others() {
        let planes = [
            plane(&[1.0, 5.0]),
            plane(&[1.0, f32::NAN]),
            plane(&[1.0, 5.0]),
        ];
        let mut shades = [0.0; 3];
        Stretch::new(&planes).shade(&planes, 1, &mut shades);
        assert!(
            shades[0] > 0.0 && shades.iter().all(|&shade| shade == shades[0]),
            "{shades:?}"
        );
    }
}

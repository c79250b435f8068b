//! How far a mosaic is from the sky of which its tiles were taken.

use crate::sky::{Sky, record};
use rayon::prelude::*;

/// A pixel with less light from stars than this counts as background, counts.
const DARK: f64 = 0.05;
/// Aperture around a star, in widths at half maximum.
const APERTURE: f64 = 1.5;
/// Peak that a star needs to be measured, counts.
const BRIGHT: f64 = 1000.0;

/// A mosaic compared with the truth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Accuracy {
    /// Pixels that have a value.
    pub covered: u64,
    /// Root mean square of mosaic minus sky where no star adds light, counts.
    pub background_rms: f64,
    /// The same everywhere, counts.
    pub rms: f64,
    /// Root mean square error of the light within 1.5 widths of a bright star, as a fraction of the star's own light
    /// there.
    pub flux_rms: f64,
    /// Stars measured: those whose apertures are fully covered.
    pub stars: u64,
}

/// Sums over rows.
#[derive(Clone, Copy, Default)]
struct Sums {
    covered: u64,
    dark: u64,
    dark_squares: f64,
    squares: f64,
}

impl Sums {
    fn with(self, other: Self) -> Self {
        Self {
            covered: self.covered + other.covered,
            dark: self.dark + other.dark,
            dark_squares: self.dark_squares + other.dark_squares,
            squares: self.squares + other.squares,
        }
    }
}

/// A grid and the values on it.
pub struct Image<'a, D, P> {
    /// Width, px; the number of rows follows from the number of values.
    pub width: usize,
    /// One plane, first row first; NaN and 0 mean no value, as different programs write them.
    pub values: &'a [f32],
    /// 0-based pixel centre to unit vector.
    pub direction: D,
    /// The inverse.
    pub pixel: P,
}

/// Scores one plane of a mono mosaic (the mean of the colours) against `sky`.
pub fn accuracy<D, P>(sky: &Sky, image: &Image<'_, D, P>) -> Accuracy
where
    D: Fn(f64, f64) -> Option<[f64; 3]> + Sync,
    P: Fn([f64; 3]) -> Option<[f64; 2]> + Sync,
{
    let width = image.width.max(1);
    let mut errors = vec![f32::NAN; image.values.len()];
    let rows = errors
        .par_chunks_mut(width)
        .zip(image.values.par_chunks(width));
    let sums: Vec<Sums> = rows
        .enumerate()
        .map(|(y, (errors, values))| {
            let mut sums = Sums::default();
            for (x, (error, value)) in errors.iter_mut().zip(values).enumerate() {
                if !value.is_finite() || *value == 0.0 {
                    continue;
                }
                let Some(direction) = (image.direction)(x as f64, y as f64) else {
                    continue;
                };
                let off = f64::from(*value) - record(sky.radiance(direction), false, 0);
                *error = off as f32;
                sums.covered += 1;
                sums.squares += off * off;
                if record(sky.starlight(direction), false, 0) < DARK {
                    sums.dark += 1;
                    sums.dark_squares += off * off;
                }
            }
            sums
        })
        .collect();
    // Added in order, so that any number of threads gives the same figures.
    let sums = sums.into_iter().fold(Sums::default(), Sums::with);
    let (stars, squares) = star_errors(sky, image, width, &errors);
    let root = |sum: f64, count: u64| (sum / count.max(1) as f64).sqrt();
    Accuracy {
        covered: sums.covered,
        background_rms: root(sums.dark_squares, sums.dark),
        rms: root(sums.squares, sums.covered),
        flux_rms: root(squares, stars),
        stars,
    }
}

/// Count of measured stars, and the sum of squares of their relative errors.
fn star_errors<D, P>(sky: &Sky, image: &Image<'_, D, P>, width: usize, errors: &[f32]) -> (u64, f64)
where
    D: Fn(f64, f64) -> Option<[f64; 3]>,
    P: Fn([f64; 3]) -> Option<[f64; 2]>,
{
    let height = errors.len() / width;
    let (mut count, mut squares) = (0, 0.0);
    for star in sky.stars_above(BRIGHT) {
        let Some([x, y]) = (image.pixel)(star.direction) else {
            continue;
        };
        // Pixels per width: how far one pixel further looks.
        let Some(reach) = pixels_of(image, [x, y], star.fwhm_rad).map(|p| APERTURE * p) else {
            continue;
        };
        let inside = x - reach >= 0.0
            && y - reach >= 0.0
            && x + reach <= (width - 1) as f64
            && y + reach <= height as f64 - 1.0;
        if !inside {
            continue;
        }
        let (mut off, mut own) = (0.0, 0.0);
        for j in (y - reach).ceil() as usize..=(y + reach) as usize {
            for i in (x - reach).ceil() as usize..=(x + reach) as usize {
                let (dx, dy) = (i as f64 - x, j as f64 - y);
                if dx * dx + dy * dy > reach * reach {
                    continue;
                }
                off += f64::from(errors[j * width + i]);
                if let Some(direction) = (image.direction)(i as f64, j as f64) {
                    own += record(sky.starlight(direction), false, 0);
                }
            }
        }
        let part = off / own;
        if part.is_finite() {
            count += 1;
            squares += part * part;
        }
    }
    (count, squares)
}

/// An angle in pixels at a position of the image.
fn pixels_of<D, P>(image: &Image<'_, D, P>, [x, y]: [f64; 2], angle: f64) -> Option<f64>
where
    D: Fn(f64, f64) -> Option<[f64; 3]>,
{
    let (here, there) = ((image.direction)(x, y)?, (image.direction)(x + 1.0, y)?);
    let step = (0..3)
        .map(|k| (here[k] - there[k]) * (here[k] - there[k]))
        .sum::<f64>()
        .sqrt();
    (step > 0.0).then(|| angle / step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::{Camera, Distortion};
    use crate::scene::Scene;
    use crate::tangent::TangentPlane;
    use crate::truth::truth;

    const CENTER: [f64; 2] = [150.0, 30.0];
    const SIZE: usize = 300;

    fn score(change: impl Fn(usize, f32) -> f32) -> Accuracy {
        let sky = Sky::new(&Scene::star_field(2, CENTER, 0.2, 6.0));
        let camera = Camera::new(CENTER, SIZE, SIZE, 2.0, 0.0, Distortion::None);
        let plane = TangentPlane::new(CENTER);
        let direction = |x: f64, y: f64| Some(camera.direction(x, y));
        let mut values = truth(&sky, false, SIZE, SIZE, direction);
        for (i, value) in values.iter_mut().enumerate() {
            *value = change(i, *value);
        }
        let middle = (SIZE as f64 - 1.0) / 2.0;
        let image = Image {
            width: SIZE,
            values: &values,
            direction,
            pixel: |d| {
                let [east, north] = plane.project(d)?;
                Some([middle - east * 1800.0, middle + north * 1800.0])
            },
        };
        accuracy(&sky, &image)
    }

    #[test]
    fn the_truth_has_no_error_and_errors_are_found() {
        let exact = score(|_, v| v);
        assert_eq!(exact.covered as usize, SIZE * SIZE);
        assert!(exact.rms < 1e-3 && exact.flux_rms < 1e-5, "{exact:?}");
        assert!(exact.stars > 2, "{exact:?}");

        let raised = score(|_, v| v + 3.0);
        assert!((raised.background_rms - 3.0).abs() < 1e-3, "{raised:?}");
        assert!((raised.rms - 3.0).abs() < 1e-3, "{raised:?}");
        assert!(raised.flux_rms > exact.flux_rms, "{raised:?}");

        let dim = score(|_, v| 180.0 + 0.9 * (v - 180.0));
        assert!((dim.flux_rms - 0.1).abs() < 0.02, "{dim:?}");
    }

    #[test]
    fn pixels_without_a_value_do_not_count() {
        let half = score(|i, v| match i % SIZE {
            0..100 => f32::NAN,
            100..150 => 0.0,
            _ => v,
        });
        assert_eq!(half.covered as usize, SIZE * SIZE / 2);
        assert!(half.rms < 1e-3 && half.stars > 0, "{half:?}");
    }
}

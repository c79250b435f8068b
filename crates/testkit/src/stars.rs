//! A field of stars with a luminosity function and black-body colours.

use crate::random::Random;

/// How many stars there are and what they look like.
#[derive(Clone, Debug, PartialEq)]
pub struct StarField {
    /// Half the side of the square that contains the stars, degrees.
    pub radius_deg: f64,
    /// Stars per square degree.
    pub per_square_degree: f64,
    /// Width of a star at half its maximum, arcseconds.
    pub fwhm_arcsec: f64,
    /// Peak of the faintest star, counts.
    pub faintest: f64,
    /// Peak of the brightest star, counts.
    pub brightest: f64,
}

impl Default for StarField {
    fn default() -> Self {
        Self {
            radius_deg: 1.0,
            per_square_degree: 2500.0,
            fwhm_arcsec: 5.0,
            faintest: 30.0,
            brightest: 50_000.0,
        }
    }
}

struct Star {
    /// Position in the scene's tangent plane, degrees.
    at: [f64; 2],
    /// Where the profile ends, degrees.
    reach: f64,
    /// Peak per colour, counts.
    peak: [f64; 3],
}

/// The stars, sorted into square cells so that a pixel only evaluates those that reach it.
pub(crate) struct Stars {
    all: Vec<Star>,
    /// Moffat's alpha squared, square degrees.
    alpha2: f64,
    cell_deg: f64,
    side: usize,
    /// Star numbers cell by cell; `first[c]..first[c + 1]` belongs to cell `c`.
    members: Vec<u32>,
    first: Vec<u32>,
}

/// Slope of the cumulative luminosity function: N(> flux) goes as flux to this power.
const SLOPE: f64 = -0.85;
/// The profile is cut where it would fall below this many counts.
const FAINTEST_WING: f64 = 0.25;
const MAX_STARS: f64 = 2_000_000.0;
const MAX_CELLS_PER_SIDE: usize = 2000;

impl Stars {
    pub(crate) fn new(
        seed: u64,
        field: &StarField,
        transmission: impl Fn([f64; 2]) -> [f64; 3],
    ) -> Self {
        // Moffat (1969) profile with beta = 2: wings wide enough to glow, cheap enough to evaluate at every pixel.
        let alpha = field.fwhm_arcsec / 3600.0 / (2.0 * libm::sqrt(std::f64::consts::SQRT_2 - 1.0));
        let side_deg = 2.0 * field.radius_deg;
        let count = (field.per_square_degree * side_deg * side_deg).clamp(0.0, MAX_STARS) as usize;
        let mut random = Random::new(seed, &[1]);
        let stars = (0..count)
            .map(|_| {
                let at = [0, 1].map(|_| random.between(-field.radius_deg, field.radius_deg));
                let flux = (field.faintest * libm::pow(random.uniform(), 1.0 / SLOPE))
                    .min(field.brightest);
                let colour = black_body(temperature(&mut random));
                let through = transmission(at);
                Star {
                    at,
                    reach: alpha * libm::sqrt(libm::sqrt(flux / FAINTEST_WING)),
                    peak: std::array::from_fn(|c| flux * colour[c] * through[c]),
                }
            })
            .collect();
        Self::sorted(stars, alpha, field.radius_deg)
    }

    fn sorted(stars: Vec<Star>, alpha: f64, radius_deg: f64) -> Self {
        let margin = stars
            .iter()
            .fold(0.0_f64, |most, star| most.max(star.reach));
        let extent = 2.0 * (radius_deg + margin);
        let side = ((extent / (6.0 * alpha)).ceil() as usize).clamp(1, MAX_CELLS_PER_SIDE);
        let cell_deg = extent / side as f64;
        let mut field = Self {
            all: stars,
            alpha2: alpha * alpha,
            cell_deg,
            side,
            members: Vec::new(),
            first: vec![0; side * side + 1],
        };
        // A counting sort: sizes, then starts, then members.
        field.for_each_membership(|cell, _, first, _| first[cell + 1] += 1);
        for cell in 0..side * side {
            field.first[cell + 1] += field.first[cell];
        }
        field.members = vec![0; field.first[side * side] as usize];
        let mut next = field.first.clone();
        field.for_each_membership(|cell, star, _, members| {
            members[next[cell] as usize] = star;
            next[cell] += 1;
        });
        field
    }

    fn for_each_membership(&mut self, mut visit: impl FnMut(usize, u32, &mut [u32], &mut [u32])) {
        for number in 0..self.all.len() {
            let Star { at, reach, .. } = self.all[number];
            let [x0, x1] = [at[0] - reach, at[0] + reach].map(|x| self.cell_index(x));
            let [y0, y1] = [at[1] - reach, at[1] + reach].map(|y| self.cell_index(y));
            for y in y0..=y1 {
                for x in x0..=x1 {
                    visit(
                        y * self.side + x,
                        number as u32,
                        &mut self.first,
                        &mut self.members,
                    );
                }
            }
        }
    }

    fn cell_index(&self, position: f64) -> usize {
        ((position / self.cell_deg + self.side as f64 / 2.0)
            .floor()
            .max(0.0) as usize)
            .min(self.side - 1)
    }

    /// Positions in the scene's tangent plane, degrees, of the stars whose mean peak is above a level.
    pub(crate) fn places_above(&self, peak: f64) -> impl Iterator<Item = [f64; 2]> {
        let bright = move |star: &&Star| star.peak.iter().sum::<f64>() > 3.0 * peak;
        self.all.iter().filter(bright).map(|star| star.at)
    }

    /// Adds the light of all stars at a point of the scene's tangent plane.
    pub(crate) fn add(&self, at: [f64; 2], light: &mut [f64; 3]) {
        let cell = self.cell_index(at[1]) * self.side + self.cell_index(at[0]);
        for &number in &self.members[self.first[cell] as usize..self.first[cell + 1] as usize] {
            let star = &self.all[number as usize];
            let (dx, dy) = (at[0] - star.at[0], at[1] - star.at[1]);
            let r2 = dx * dx + dy * dy;
            let reach2 = star.reach * star.reach;
            if r2 < reach2 {
                let moffat = 1.0 + r2 / self.alpha2;
                // The window brings value and slope to zero at the reach, so that no star has an edge.
                let window = 1.0 - r2 / reach2;
                let profile = window * window / (moffat * moffat);
                for (sum, peak) in light.iter_mut().zip(star.peak) {
                    *sum += peak * profile;
                }
            }
        }
    }
}

/// Surface temperature in kelvin: mostly like the Sun, some red giants, a few hot blue stars.
fn temperature(random: &mut Random) -> f64 {
    let [normal, _] = random.normal_pair();
    let kind = random.uniform();
    if kind < 0.22 {
        3900.0 + 350.0 * normal
    } else if kind < 0.75 {
        6000.0 + 700.0 * normal
    } else {
        11_000.0 + 2500.0 * normal
    }
    .clamp(2800.0, 25_000.0)
}

/// Planck's law at 610, 540 and 460 nm, relative to its mean; white is a star of 6600 K.
fn black_body(kelvin: f64) -> [f64; 3] {
    // Photons per wavelength interval; second radiation constant in nm K.
    let planck = |nm: f64, kelvin: f64| {
        1.0 / (nm * nm * nm * nm * (libm::exp(1.438_777e7 / (nm * kelvin)) - 1.0))
    };
    let colour = [610.0, 540.0, 460.0].map(|nm| planck(nm, kelvin) / planck(nm, 6600.0));
    let mean = (colour[0] + colour[1] + colour[2]) / 3.0;
    colour.map(|value| value / mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hot_stars_are_blue_and_cool_ones_red() {
        let [red, _, blue] = black_body(15_000.0);
        assert!(blue > red);
        let [red, _, blue] = black_body(3500.0);
        assert!(red > blue);
        assert!(
            black_body(6600.0)
                .iter()
                .all(|value| (value - 1.0).abs() < 1e-12)
        );
    }

    #[test]
    fn cells_give_the_same_light_as_all_stars() {
        let field = StarField {
            radius_deg: 0.1,
            per_square_degree: 20_000.0,
            ..StarField::default()
        };
        let stars = Stars::new(3, &field, |_| [1.0; 3]);
        let mut random = Random::new(4, &[]);
        for _ in 0..500 {
            let at = [random.between(-0.11, 0.11), random.between(-0.11, 0.11)];
            let mut light = [0.0; 3];
            stars.add(at, &mut light);
            let mut all = [0.0; 3];
            for star in &stars.all {
                let r2 = (at[0] - star.at[0]).powi(2) + (at[1] - star.at[1]).powi(2);
                let window = (1.0 - r2 / star.reach.powi(2)).max(0.0);
                for (sum, peak) in all.iter_mut().zip(star.peak) {
                    *sum += peak * window * window / (1.0 + r2 / stars.alpha2).powi(2);
                }
            }
            assert!(
                (0..3).all(|c| (light[c] - all[c]).abs() <= 1e-9 * all[c].max(1.0)),
                "{light:?} {all:?}"
            );
        }
    }
}

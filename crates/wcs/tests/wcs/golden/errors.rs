//! The worst differences of a case.

use super::case::{Case, Header};
use std::fmt;
use zemosaic_wcs::{Wcs, direction, lon_lat};

#[derive(Default)]
pub struct Errors {
    /// Worst pixel difference, sky to pixel; and pixel to sky, in pixels through the inverse.
    pub pixels: f64,
    pub round_trip: f64,
    /// Worst angle on the sky, pixel to sky, own frame and ICRS, degrees.
    pub own: f64,
    pub icrs: f64,
    /// Points where one side has an answer and the other has none: (pixel to sky, sky to pixel).
    pub missing: (usize, usize),
    pub points: usize,
}

/// The angle between two sky positions, degrees.
fn separation(a: [f64; 2], b: [f64; 2]) -> f64 {
    let (p, q) = (direction(a[0], a[1]), direction(b[0], b[1]));
    let d = [0, 1, 2].map(|k| p[k] - q[k]);
    (d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
        .sqrt()
        .to_degrees()
}

/// Pixels; beyond 10000 pixels from the origin, where a gnomonic map runs off to infinity, relative to that.
fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    let far = b[0].abs().max(b[1].abs()).max(1e4);
    (a[0] - b[0]).abs().max((a[1] - b[1]).abs()) * (1e4 / far)
}

impl Errors {
    pub fn of(case: &Case, cards: &Header) -> Self {
        let wcs =
            Wcs::from_cards(cards, case.size).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        let mut errors = Self {
            points: case.pixel.len() + case.sky.len(),
            ..Self::default()
        };
        for (k, (pixel, world)) in case.pixel.iter().zip(&case.world).enumerate() {
            match (wcs.pixel_to_world(pixel[0], pixel[1]), world) {
                (Some(ours), Some(theirs)) => {
                    errors.own = errors.own.max(separation(ours, *theirs));
                    let back = wcs.world_to_pixel(ours[0], ours[1]);
                    match back {
                        Some(back) => {
                            errors.round_trip = errors.round_trip.max(distance(back, *pixel));
                        }
                        None => errors.missing.0 += 1,
                    }
                }
                (None, None) => {}
                _ => errors.missing.0 += 1,
            }
            if let Some(Some(theirs)) = case.icrs.as_ref().map(|icrs| icrs[k]) {
                let ours = wcs.pixel_to_direction(pixel[0], pixel[1]).map(lon_lat);
                errors.icrs = errors
                    .icrs
                    .max(ours.map_or(f64::INFINITY, |ours| separation(ours, theirs)));
            }
        }
        for (sky, at) in case.sky.iter().zip(&case.at) {
            match (wcs.world_to_pixel(sky[0], sky[1]), at) {
                (Some(ours), Some(theirs)) => {
                    errors.pixels = errors.pixels.max(distance(ours, *theirs));
                }
                (None, None) => {}
                _ => errors.missing.1 += 1,
            }
        }
        errors
    }

    pub fn within(&self, pixels: f64, degrees: f64) -> bool {
        self.pixels <= pixels
            && self.round_trip <= pixels
            && self.own <= degrees
            && self.icrs <= degrees
            && self.missing == (0, 0)
    }

    pub fn widen(&mut self, other: &Self) {
        self.pixels = self.pixels.max(other.pixels);
        self.round_trip = self.round_trip.max(other.round_trip);
        self.own = self.own.max(other.own);
        self.icrs = self.icrs.max(other.icrs);
        self.missing = (
            self.missing.0 + other.missing.0,
            self.missing.1 + other.missing.1,
        );
        self.points += other.points;
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(
            f,
            "to pixel {:.1e} px, back {:.1e} px, to sky {:.1e} deg, ICRS {:.1e} deg, unmatched {:?} of {}",
            self.pixels, self.round_trip, self.own, self.icrs, self.missing, self.points
        )
    }
}

//! A description of the sky in plain numbers.

use crate::galaxy::Galaxy;
use crate::nebula::Nebula;
use crate::stars::StarField;

/// A patch of sky; brightness is in counts per pixel, independent of the pixel's scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Every random choice of the scene follows from this number.
    pub seed: u64,
    /// Right ascension and declination of the centre, degrees. The sky is defined up to 89 degrees from it.
    pub center_deg: [f64; 2],
    /// Constant sky level of red, green and blue, counts.
    pub background: [f64; 3],
    /// Increase of the sky level per degree towards east and north, counts.
    pub gradient: [f64; 2],
    /// Stars, if any.
    pub stars: Option<StarField>,
    /// A gas cloud around the centre, if any.
    pub nebula: Option<Nebula>,
    /// Galaxies, each at its own offset from the centre.
    pub galaxies: Vec<Galaxy>,
}

impl Scene {
    /// Only a sky level with a gradient: linear in the tangent plane at `center_deg`, so that errors of geometry, and
    /// nothing else, show as errors of brightness.
    pub fn plain(seed: u64, center_deg: [f64; 2]) -> Self {
        Self {
            seed,
            center_deg,
            background: [200.0, 180.0, 160.0],
            gradient: [40.0, 25.0],
            stars: None,
            nebula: None,
            galaxies: Vec::new(),
        }
    }

    /// A plain sky with stars of the given width at half maximum, scattered `radius_deg` around the centre.
    pub fn star_field(seed: u64, center_deg: [f64; 2], radius_deg: f64, fwhm_arcsec: f64) -> Self {
        Self {
            stars: Some(StarField {
                radius_deg,
                per_square_degree: 2500.0,
                fwhm_arcsec,
                ..StarField::default()
            }),
            ..Self::plain(seed, center_deg)
        }
    }
}

//! Sets of tiles described by a few numbers, for benches.

use crate::camera::Distortion;
use crate::random::Random;
use crate::scenario::Scenario;
use crate::scene::Scene;
use crate::stars::StarField;
use crate::storage::Storage;
use crate::tangent::TangentPlane;
use crate::tile::SimulatedTile;

/// Columns and rows of equal tiles on a star field.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// Positions side by side.
    pub columns: u32,
    /// Positions one above the other.
    pub rows: u32,
    /// Tiles taken at each position.
    pub repeats: u32,
    /// Size of a tile, pixels.
    pub width: u32,
    /// Size of a tile, pixels.
    pub height: u32,
    /// Fraction of its size that a tile shares with the next one; negative values leave gaps.
    pub overlap: f64,
    /// Each tile is shifted from its position by up to this in either direction, pixels.
    pub dither_px: f64,
    /// Each tile is rotated by up to this in either direction, degrees.
    pub turn_deg: f64,
    /// Every tile is rotated by this besides, degrees.
    pub angle_deg: f64,
    /// Three planes instead of one.
    pub colour: bool,
    /// Size of a pixel, arcseconds.
    pub scale_arcsec: f64,
    /// Deviation from a tangent projection.
    pub distortion: Distortion,
    /// Standard deviation of the noise, counts.
    pub noise: f64,
    /// Density of the stars.
    pub stars_per_square_degree: f64,
    /// How files hold the pixels.
    pub storage: Storage,
}

const CENTER_DEG: [f64; 2] = [150.0, 30.0];
const MOST_TILES: u64 = 10_000;
const LONGEST_SIDE: u32 = 20_000;
/// The tangent plane of the scene and of the tile positions is used up to this far from its centre, degrees.
const FARTHEST_DEG: f64 = 40.0;

impl Layout {
    /// The sky and the tiles; the same seed gives the same.
    ///
    /// # Errors
    ///
    /// Says which number is out of bounds.
    pub fn scenario(&self, seed: u64) -> Result<Scenario, String> {
        self.check()?;
        let step = self.step_deg();
        let radius = self.radius_deg();
        let mut scene = Scene::star_field(seed, CENTER_DEG, radius, 3.0 * self.scale_arcsec);
        scene.stars = Some(StarField {
            per_square_degree: self.stars_per_square_degree,
            radius_deg: radius,
            fwhm_arcsec: 3.0 * self.scale_arcsec,
            ..StarField::default()
        });
        let plane = TangentPlane::new(CENTER_DEG);
        let middle = [self.columns, self.rows].map(|n| (f64::from(n) - 1.0) / 2.0);
        let dither = self.dither_px * self.scale_arcsec / 3600.0;
        let count = self.columns * self.rows * self.repeats;
        let tiles = (0..count)
            .map(|number| {
                let place = number / self.repeats;
                let column = f64::from(place % self.columns) - middle[0];
                let row = f64::from(place / self.columns) - middle[1];
                let mut random = Random::new(seed, &[5, u64::from(number)]);
                let off = [0, 1].map(|_| random.between(-dither, dither));
                SimulatedTile {
                    name: format!("tile-{:04}.fits", number + 1),
                    width: self.width as usize,
                    height: self.height as usize,
                    colour: self.colour,
                    center_deg: plane.ra_dec([-column * step[0] + off[0], row * step[1] + off[1]]),
                    scale_arcsec: self.scale_arcsec,
                    rotation_deg: self.angle_deg + random.between(-self.turn_deg, self.turn_deg),
                    distortion: self.distortion,
                    noise: self.noise,
                    storage: self.storage,
                    ..SimulatedTile::default()
                }
            })
            .collect();
        Ok(Scenario { scene, tiles })
    }

    /// From one position to the next, degrees.
    fn step_deg(&self) -> [f64; 2] {
        [self.width, self.height]
            .map(|n| f64::from(n) * (1.0 - self.overlap) * self.scale_arcsec / 3600.0)
    }

    /// Half the side of a square that contains every tile, degrees.
    fn radius_deg(&self) -> f64 {
        let step = self.step_deg();
        let tile = f64::from(self.width.max(self.height)) * self.scale_arcsec / 3600.0;
        let places = f64::from(self.columns) * step[0];
        0.5 * places.max(f64::from(self.rows) * step[1]) + tile
    }

    fn check(&self) -> Result<(), String> {
        let tiles = u64::from(self.columns) * u64::from(self.rows).min(MOST_TILES + 1);
        let tiles = tiles.saturating_mul(u64::from(self.repeats));
        if tiles == 0 || tiles > MOST_TILES {
            return Err(format!(
                "columns x rows x repeats must be 1 to {MOST_TILES}, not {tiles}"
            ));
        }
        for (name, side) in [("width", self.width), ("height", self.height)] {
            if side == 0 || side > LONGEST_SIDE {
                return Err(format!("{name} must be 1 to {LONGEST_SIDE}, not {side}"));
            }
        }
        for (name, value, low, high) in [
            ("overlap", self.overlap, -100.0, 0.95),
            ("dither_px", self.dither_px, 0.0, 10_000.0),
            ("turn_deg", self.turn_deg, 0.0, 180.0),
            ("angle_deg", self.angle_deg, -180.0, 180.0),
            ("scale_arcsec", self.scale_arcsec, 0.001, 600.0),
            ("noise", self.noise, 0.0, 1e6),
            (
                "stars_per_square_degree",
                self.stars_per_square_degree,
                0.0,
                1e6,
            ),
        ] {
            if !(low..=high).contains(&value) {
                return Err(format!("{name} must be {low} to {high}, not {value}"));
            }
        }
        let radius = self.radius_deg();
        if radius > FARTHEST_DEG {
            return Err(format!(
                "the tiles reach {radius:.1} degrees from the centre, more than {FARTHEST_DEG}; use fewer, smaller or closer ones"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        Layout {
            columns: 3,
            rows: 2,
            repeats: 2,
            width: 40,
            height: 30,
            overlap: 0.1,
            dither_px: 2.0,
            turn_deg: 5.0,
            angle_deg: 0.0,
            colour: false,
            scale_arcsec: 2.0,
            distortion: Distortion::None,
            noise: 1.0,
            stars_per_square_degree: 100.0,
            storage: Storage::Plain,
        }
    }

    #[test]
    fn places_repeat_and_the_seed_decides() {
        let one = layout().scenario(1).unwrap();
        assert_eq!(one, layout().scenario(1).unwrap());
        assert_ne!(one, layout().scenario(2).unwrap());
        assert_eq!(one.tiles.len(), 12);
        let apart = |a: usize, b: usize| {
            (one.tiles[a].center_deg[1] - one.tiles[b].center_deg[1]).abs() * 3600.0 / 2.0
        };
        // Tiles of one position are within the dither, positions one above the other are a step apart.
        assert!(apart(0, 1) <= 4.1);
        assert!((apart(0, 6) - 27.0).abs() <= 4.1);
        let turned = Layout {
            angle_deg: 30.0,
            ..layout()
        };
        for (turned, tile) in turned.scenario(1).unwrap().tiles.iter().zip(&one.tiles) {
            assert_eq!(turned.rotation_deg, 30.0 + tile.rotation_deg);
            assert_eq!(turned.center_deg, tile.center_deg);
        }
    }

    #[test]
    fn numbers_out_of_bounds_are_refused() {
        let refused = [
            Layout {
                columns: 0,
                ..layout()
            },
            Layout {
                columns: u32::MAX,
                rows: u32::MAX,
                repeats: u32::MAX,
                ..layout()
            },
            Layout {
                width: u32::MAX,
                ..layout()
            },
            Layout {
                noise: f64::NAN,
                ..layout()
            },
            Layout {
                overlap: -99.0,
                scale_arcsec: 600.0,
                ..layout()
            },
        ];
        for bad in refused {
            assert!(bad.scenario(1).is_err(), "{bad:?}");
        }
    }
}

//! Sets of tiles: the demo, and the nine tiles of the benches.

use crate::camera::Distortion;
use crate::galaxy::Galaxy;
use crate::nebula::Nebula;
use crate::random::Random;
use crate::scene::Scene;
use crate::sky::Sky;
use crate::stars::StarField;
use crate::tangent::TangentPlane;
use crate::tile::SimulatedTile;
use std::io;
use std::path::{Path, PathBuf};

/// A sky and the tiles that are taken of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The sky.
    pub scene: Scene,
    /// The tiles, in input order.
    pub tiles: Vec<SimulatedTile>,
}

const DEMO_CENTER_DEG: [f64; 2] = [84.0, 21.0];
const BENCH_CENTER_DEG: [f64; 2] = [150.0, 30.0];

impl Scenario {
    /// Nine colour tiles of 700 x 500 pixels, each slightly rotated, of a nebula with stars and galaxies.
    pub fn demo(seed: u64) -> Self {
        let scene = Scene {
            seed,
            center_deg: DEMO_CENTER_DEG,
            background: [118.0, 112.0, 116.0],
            gradient: [2.0, 3.0],
            stars: Some(StarField {
                radius_deg: 0.75,
                per_square_degree: 9000.0,
                fwhm_arcsec: 5.2,
                faintest: 14.0,
                brightest: 60_000.0,
            }),
            nebula: Some(Nebula {
                offset_deg: [0.10, 0.03],
                radius_deg: 0.30,
                brightness: 420.0,
            }),
            galaxies: vec![
                Galaxy {
                    offset_deg: [-0.40, -0.20],
                    radius_deg: 0.095,
                    axis_ratio: 0.62,
                    position_angle_deg: 62.0,
                    brightness: 2600.0,
                    arms: 1.0,
                },
                Galaxy {
                    offset_deg: [-0.44, 0.23],
                    radius_deg: 0.045,
                    axis_ratio: 0.22,
                    position_angle_deg: 118.0,
                    brightness: 1300.0,
                    arms: 0.0,
                },
            ],
        };
        let tile = SimulatedTile {
            width: 700,
            height: 500,
            colour: true,
            scale_arcsec: 2.0,
            noise: 2.5,
            ..SimulatedTile::default()
        };
        Self::grid(scene, &tile, 0.14, 4.0, "demo")
    }

    /// Nine mono tiles of 2000 x 2000 pixels that overlap by a fifth, for benches.
    pub fn grid9_mono(seed: u64) -> Self {
        let scene = Scene::star_field(seed, BENCH_CENTER_DEG, 0.8, 3.0);
        let tile = SimulatedTile {
            width: 2000,
            height: 2000,
            scale_arcsec: 1.0,
            noise: 5.0,
            ..SimulatedTile::default()
        };
        Self::grid(scene, &tile, 0.2, 0.0, "grid9")
    }

    /// Three by three copies of `tile` around the centre of `scene`, row by row from the south-east, that overlap by a
    /// fraction of their size; each is rotated by up to `turn_deg` in either direction.
    pub fn grid(
        scene: Scene,
        tile: &SimulatedTile,
        overlap: f64,
        turn_deg: f64,
        name: &str,
    ) -> Self {
        let plane = TangentPlane::new(scene.center_deg);
        let step = [tile.width, tile.height]
            .map(|n| n as f64 * (1.0 - overlap) * tile.scale_arcsec / 3600.0);
        let tiles = (0..9)
            .map(|number| {
                let (column, row) = (f64::from(number % 3) - 1.0, f64::from(number / 3) - 1.0);
                let mut random = Random::new(scene.seed, &[3, number as u64]);
                SimulatedTile {
                    name: format!("{name}-{}.fits", number + 1),
                    center_deg: plane.ra_dec([-column * step[0], row * step[1]]),
                    rotation_deg: tile.rotation_deg + random.between(-turn_deg, turn_deg),
                    ..tile.clone()
                }
            })
            .collect();
        Self { scene, tiles }
    }

    /// The same tiles seen through distorting optics.
    #[must_use]
    pub fn distorted(mut self, distortion: Distortion) -> Self {
        for tile in &mut self.tiles {
            tile.distortion = distortion;
        }
        self
    }
}

/// Writes the tiles of a scenario into the folder `dir`, which is created if missing, and returns their paths in order.
/// The same scenario gives the same bytes everywhere.
pub fn simulate(dir: &Path, scenario: &Scenario) -> io::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(dir)?;
    let sky = Sky::new(&scenario.scene);
    let mut paths = Vec::with_capacity(scenario.tiles.len());
    for (number, tile) in scenario.tiles.iter().enumerate() {
        let path = dir.join(&tile.name);
        tile.write(&sky, noise_seed(scenario, number), &path)?;
        paths.push(path);
    }
    Ok(paths)
}

fn noise_seed(scenario: &Scenario, number: usize) -> u64 {
    Random::new(scenario.scene.seed, &[4, number as u64]).bits()
}

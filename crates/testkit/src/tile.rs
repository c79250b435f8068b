//! One exposure of the sky, with the faults of real ones.

use crate::camera::{Camera, Distortion};
use crate::fits_writer::Card;
use crate::random::Random;
use crate::sky::{Sky, record};
use crate::storage::Storage;
use rayon::prelude::*;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Where the camera points and what goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatedTile {
    /// Name of the file.
    pub name: String,
    /// Size in pixels.
    pub width: usize,
    /// Size in pixels.
    pub height: usize,
    /// Three planes (red, green, blue), or one with their mean.
    pub colour: bool,
    /// Right ascension and declination of the middle of the tile, degrees.
    pub center_deg: [f64; 2],
    /// Size of a pixel, arcseconds.
    pub scale_arcsec: f64,
    /// Position angle of up in the image, degrees east of north.
    pub rotation_deg: f64,
    /// Deviation from an ideal tangent projection.
    pub distortion: Distortion,
    /// Standard deviation of the noise, counts.
    pub noise: f64,
    /// The recorded value is gain x brightness + offset + noise.
    pub gain: f64,
    /// See `gain`.
    pub offset: f64,
    /// Number of round patches without data, NaN in every plane.
    pub holes: usize,
    /// Number of single pixels, each in one plane, that read 60,000.
    pub hot_pixels: usize,
    /// How the file holds the pixels.
    pub storage: Storage,
}

impl Default for SimulatedTile {
    fn default() -> Self {
        Self {
            name: "tile.fits".to_owned(),
            width: 200,
            height: 150,
            colour: false,
            center_deg: [0.0, 0.0],
            scale_arcsec: 2.0,
            rotation_deg: 0.0,
            distortion: Distortion::None,
            noise: 0.0,
            gain: 1.0,
            offset: 0.0,
            holes: 0,
            hot_pixels: 0,
            storage: Storage::Plain,
        }
    }
}

impl SimulatedTile {
    /// The mapping of the tile.
    pub fn camera(&self) -> Camera {
        Camera::new(
            self.center_deg,
            self.width,
            self.height,
            self.scale_arcsec,
            self.rotation_deg,
            self.distortion,
        )
    }

    /// Planes, height, width.
    pub fn shape(&self) -> [usize; 3] {
        [if self.colour { 3 } else { 1 }, self.height, self.width]
    }

    /// The pixels, plane by plane, first row first. `seed` decides noise, holes and hot pixels.
    pub fn render(&self, sky: &Sky, seed: u64) -> Vec<f32> {
        let [planes, height, width] = self.shape();
        let camera = self.camera();
        let rows: Vec<Vec<f32>> = (0..height)
            .into_par_iter()
            .map(|y| {
                let mut row = vec![0.0; planes * width];
                for x in 0..width {
                    let light = sky.radiance(camera.direction(x as f64, y as f64));
                    for plane in 0..planes {
                        row[plane * width + x] =
                            (self.gain * record(light, self.colour, plane) + self.offset) as f32;
                    }
                }
                self.add_noise(&mut row, &mut Random::new(seed, &[1, y as u64]));
                row
            })
            .collect();
        let mut pixels = Vec::with_capacity(planes * height * width);
        for plane in 0..planes {
            for row in &rows {
                pixels.extend_from_slice(&row[plane * width..(plane + 1) * width]);
            }
        }
        self.add_faults(&mut pixels, &mut Random::new(seed, &[2]));
        pixels
    }

    fn add_noise(&self, row: &mut [f32], random: &mut Random) {
        if self.noise > 0.0 {
            for pair in row.chunks_mut(2) {
                for (value, normal) in pair.iter_mut().zip(random.normal_pair()) {
                    *value += (self.noise * normal) as f32;
                }
            }
        }
    }

    fn add_faults(&self, pixels: &mut [f32], random: &mut Random) {
        if pixels.is_empty() {
            return;
        }
        for _ in 0..self.hot_pixels {
            let hot = random.index(pixels.len());
            pixels[hot] = 60_000.0;
        }
        let [planes, height, width] = self.shape();
        for _ in 0..self.holes {
            let (x, y) = (random.index(width), random.index(height));
            let radius = random.between(2.0, 0.05 * width.min(height) as f64 + 3.0);
            let reach = radius as usize;
            for j in y.saturating_sub(reach)..(y + reach + 1).min(height) {
                for i in x.saturating_sub(reach)..(x + reach + 1).min(width) {
                    let (dx, dy) = (i.abs_diff(x) as f64, j.abs_diff(y) as f64);
                    if dx * dx + dy * dy <= radius * radius {
                        for plane in 0..planes {
                            pixels[(plane * height + j) * width + i] = f32::NAN;
                        }
                    }
                }
            }
        }
    }

    /// Renders the tile into a file; an existing one is replaced.
    pub fn write(&self, sky: &Sky, seed: u64, path: &Path) -> io::Result<()> {
        let mut cards = vec![
            Card::text("OBJECT", "Simulated sky"),
            Card::text("BUNIT", "adu"),
            Card::real("EXPTIME", 300.0),
            Card::text("DATE-OBS", "2025-10-01T00:00:00"),
        ];
        cards.extend(self.camera().cards());
        let mut out = BufWriter::new(File::create(path)?);
        (self.storage).write(&mut out, self.shape(), &cards, &self.render(sky, seed))?;
        out.flush()
    }
}

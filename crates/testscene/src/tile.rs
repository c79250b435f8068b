//! A tile with its pixels and its place.

use zemosaic_wcs::{Cards, Frame, Wcs};

/// Degrees per pixel.
pub(crate) const SCALE: f64 = 1.0 / 3600.0;

/// A tile in memory, its place and its maps.
#[derive(Clone, Debug)]
pub struct TestTile {
    /// Columns and rows.
    pub size: [u32; 2],
    /// Pixels of each channel, row by row.
    pub channels: Vec<Vec<f32>>,
    /// Weight of each pixel.
    pub weights: Option<Vec<f32>>,
    /// Opacity of each pixel, 0..1.
    pub alphas: Option<Vec<f32>>,
    /// Weight of the tile.
    pub weight: f32,
    place: Place,
    sip: bool,
    /// Width of a tile pixel in pixels of the grid.
    zoom: f64,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    /// Tile pixel (0, 0) lies on this output pixel, and the axes are those of the grid.
    Shifted([f64; 2]),
    /// The tile's centre lies over this output pixel.
    Turned { centre: [f64; 2], degrees: f64 },
}

/// A pseudo-random number, 0..1.
pub(crate) fn noise(seed: u32) -> f32 {
    let mut x = seed.wrapping_mul(0x9e37_79b9) ^ 0x5bd1_e995;
    x ^= x >> 15;
    x = x.wrapping_mul(0x2c1b_3c6d);
    x ^= x >> 12;
    (x >> 8) as f32 / 16_777_216.0
}

impl TestTile {
    /// A tile of one channel and weight 1 on the grid's first pixels; `value` takes (column, row).
    pub fn of(size: [u32; 2], value: impl Fn(u32, u32) -> f32) -> Self {
        let pixels = (0..size[0] * size[1]).map(|i| value(i % size[0], i / size[0]));
        Self {
            size,
            channels: vec![pixels.collect()],
            weights: None,
            alphas: None,
            weight: 1.0,
            place: Place::Shifted([0.0; 2]),
            sip: false,
            zoom: 1.0,
        }
    }

    /// A tile of noise with its own weight, with some numbers that overflow and some NaN.
    pub fn noisy(size: [u32; 2], seed: u32, channels: u32) -> Self {
        let plane = |c: u32| {
            let value = |i: u32| {
                let v = 1000.0 * noise(i.wrapping_add(seed * 7919 + c * 104_729)) - 100.0;
                match (i + seed + 13 * c) % 97 {
                    5 => f32::NAN,
                    11 if i.is_multiple_of(7) => f32::INFINITY,
                    // Differences and sums of these overflow.
                    17 if i.is_multiple_of(5) => 3.3e38 * (v - 400.0).signum(),
                    18 if i.is_multiple_of(3) => -3.3e38,
                    _ => v,
                }
            };
            (0..size[0] * size[1]).map(value).collect()
        };
        Self {
            channels: (0..channels).map(plane).collect(),
            weight: 1.0 + 0.37 * seed as f32,
            ..Self::of(size, |_, _| 0.0)
        }
    }

    /// Centres the tile on an output pixel, and rotates it.
    #[must_use]
    pub fn at(mut self, x: f64, y: f64, degrees: f64) -> Self {
        let centre = [x, y];
        self.place = Place::Turned { centre, degrees };
        self
    }

    /// Aligns the tile with the grid, `shift` px away from its first pixel, so that fractions are exact.
    #[must_use]
    pub fn shifted(mut self, shift: [f64; 2]) -> Self {
        self.place = Place::Shifted(shift);
        self
    }

    /// Adds a map of weights, some of them unusable.
    #[must_use]
    pub fn weighted(mut self) -> Self {
        let bad = [0.0, -1.0, f32::NAN, f32::INFINITY, 1e-20];
        let weight = |i: u32| match bad.get((i % 53) as usize) {
            Some(bad) => *bad,
            None => 4.0 * noise(i),
        };
        let pixels = self.size[0] * self.size[1];
        self.weights = Some((0..pixels).map(weight).collect());
        self
    }

    /// Adds an opacity that grows from left to right.
    #[must_use]
    pub fn translucent(mut self) -> Self {
        let [w, h] = self.size;
        let alpha = |i: u32| ((i % w) as f32 / w as f32 * 1.5 - 0.2).clamp(0.0, 1.0);
        self.alphas = Some((0..w * h).map(alpha).collect());
        self
    }

    /// Adds a SIP distortion of about 3 px; for tiles placed by [`Self::at`].
    #[must_use]
    pub fn distorted(mut self) -> Self {
        self.sip = true;
        self
    }

    /// Makes pixels `zoom` times as large as the grid's; for tiles placed by [`Self::at`].
    #[must_use]
    pub fn zoomed(mut self, zoom: f64) -> Self {
        self.zoom = zoom;
        self
    }

    /// Largest finite |value| of the `reach` pixels on either side of a position.
    pub(crate) fn largest_around(&self, at: [f64; 2], reach: i64) -> f32 {
        let [w, h] = self.size.map(i64::from);
        let [x, y] = at.map(|v| v.floor() as i64);
        let around = |v: i64, n: i64| (v - reach + 1).max(0)..(v + reach + 1).min(n);
        let mut largest = 0.0f32;
        for plane in &self.channels {
            for row in around(y, h) {
                for column in around(x, w) {
                    let value = plane[(row * w + column) as usize].abs();
                    if value.is_finite() {
                        largest = largest.max(value);
                    }
                }
            }
        }
        largest
    }

    pub(crate) fn wcs(&self, grid: &Wcs) -> Wcs {
        let (centre, degrees) = match self.place {
            Place::Shifted([x, y]) => return grid.shifted(-x, -y),
            Place::Turned { centre, degrees } => (centre, degrees),
        };
        let (s, c) = degrees.to_radians().sin_cos();
        let scale = SCALE * self.zoom;
        let cd = [[-scale * c, scale * s], [scale * s, scale * c]];
        let pixel = self.size.map(|n| (f64::from(n) - 1.0) / 2.0);
        let sky = grid.pixel_to_world(centre[0], centre[1]).expect("sky");
        if !self.sip {
            return Wcs::celestial("TAN", Frame::Icrs, sky, pixel, cd).expect("a plain TAN");
        }
        let size = (self.size[0] as usize, self.size[1] as usize);
        Wcs::from_cards(&SipHeader { sky, pixel, cd }, size).expect("a TAN with SIP")
    }
}

/// A header with a distortion of about 3 px.
struct SipHeader {
    sky: [f64; 2],
    pixel: [f64; 2],
    cd: [[f64; 2]; 2],
}

impl Cards for SipHeader {
    fn number(&self, key: &str) -> Option<f64> {
        Some(match key {
            "CRVAL1" => self.sky[0],
            "CRVAL2" => self.sky[1],
            "CRPIX1" => self.pixel[0] + 1.0,
            "CRPIX2" => self.pixel[1] + 1.0,
            "CD1_1" => self.cd[0][0],
            "CD1_2" => self.cd[0][1],
            "CD2_1" => self.cd[1][0],
            "CD2_2" => self.cd[1][1],
            "A_ORDER" | "B_ORDER" => 2.0,
            "A_2_0" => 3e-5,
            "A_0_2" => -2e-5,
            "B_1_1" => 2.5e-5,
            "B_2_0" => -1e-5,
            _ => return None,
        })
    }

    fn text(&self, key: &str) -> Option<String> {
        Some(match key {
            "CTYPE1" => "RA---TAN-SIP".into(),
            "CTYPE2" => "DEC--TAN-SIP".into(),
            "RADESYS" => "ICRS".into(),
            _ => return None,
        })
    }
}

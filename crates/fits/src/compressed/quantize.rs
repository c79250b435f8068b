//! From stored numbers to pixels: scaling per tile, blanks, and the noise that was added before rounding (FITS standard
//! 4.0, sections 10.2 and 10.2.1; the random numbers of appendix I).

use std::sync::OnceLock;

use zemosaic_room::collected;

use crate::image::Flags;

use super::decode::Stored;
use super::memory::DECODING;

/// Length of the cyclic table of random numbers used for dithering.
const RANDOM: usize = 10_000;

/// The integer that stands for an exact zero under `SUBTRACTIVE_DITHER_2`.
const ZERO: i32 = -2_147_483_646;

/// How floating-point pixels were rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Dither {
    None,
    /// The seed is ZDITHER0.
    Subtractive {
        seed: usize,
        zeros: Zeros,
    },
}

/// What became of exact zeros.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Zeros {
    /// They have their own number (`SUBTRACTIVE_DITHER_2`).
    Kept,
    /// They were rounded like all others (`SUBTRACTIVE_DITHER_1`).
    Rounded,
    /// They were rounded, and whatever a zero may have been rounded to is read as one.
    Guessed,
}

/// Rounding takes no value further than half a step from where it was, but for the digits of f64.
const HALF_STEP: f64 = 0.5 * (1.0 + 1e-9);

/// Converts the numbers of a tile to pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TileScale {
    /// ZSCALE and ZZERO.
    pub tile: (f64, f64),
    /// BSCALE and BZERO.
    pub image: (f64, f64),
    pub blank: Option<i64>,
    pub dither: Dither,
    /// Pixels become 1 where these are set and 0 elsewhere.
    pub flags: Option<Flags>,
}

impl TileScale {
    /// The pixels of tile number `tile` (from 0); values that f32 cannot hold are NaN.
    pub fn pixels(&self, stored: &Stored, tile: usize) -> Vec<f32> {
        match stored {
            Stored::Integers(values) => match self.dither {
                Dither::None => pixels(values, |v| self.plain(i64::from(v))),
                Dither::Subtractive { seed, zeros } => {
                    let mut noise = Noise::new(tile + seed.saturating_sub(1));
                    pixels(values, |v| self.dithered(v, noise.next(), zeros))
                }
            },
            Stored::Long(values) => pixels(values, |v| self.plain(v)),
            Stored::Floats(values) => pixels(values, |v| self.image(f64::from(v))),
            Stored::Doubles(values) => pixels(values, |v| self.image(v)),
        }
    }

    fn plain(&self, stored: i64) -> f32 {
        if self.blank == Some(stored) {
            return self.image(f64::NAN);
        }
        self.image(stored as f64 * self.tile.0 + self.tile.1)
    }

    fn dithered(&self, stored: i32, noise: f32, zeros: Zeros) -> f32 {
        if self.blank == Some(i64::from(stored)) {
            return f32::NAN;
        }
        let value = (f64::from(stored) - f64::from(noise) + 0.5) * self.tile.0 + self.tile.1;
        let zero = match zeros {
            Zeros::Kept => stored == ZERO,
            Zeros::Rounded => false,
            Zeros::Guessed => value.abs() <= HALF_STEP * self.tile.0.abs(),
        };
        self.image(if zero { 0.0 } else { value })
    }

    fn image(&self, value: f64) -> f32 {
        let value = value * self.image.0 + self.image.1;
        if let Some(flags) = self.flags {
            return flags.of(value);
        }
        let value = value as f32;
        if value.is_finite() { value } else { f32::NAN }
    }
}

fn pixels<T: Copy>(stored: &[T], mut value: impl FnMut(T) -> f32) -> Vec<f32> {
    collected(stored.iter().map(|&v| value(v)), DECODING)
}

/// The random numbers for one tile: each tile starts at its own place in the table, and at another after each full
/// cycle.
struct Noise {
    numbers: &'static [f32],
    start: usize,
    next: usize,
}

impl Noise {
    fn new(tile: usize) -> Noise {
        let mut noise = Noise {
            numbers: random(),
            start: tile % RANDOM,
            next: 0,
        };
        noise.jump();
        noise
    }

    fn jump(&mut self) {
        self.next = (self.numbers[self.start] * 500.0) as usize;
    }

    fn next(&mut self) -> f32 {
        let number = self.numbers[self.next];
        self.next += 1;
        if self.next == RANDOM {
            self.start = (self.start + 1) % RANDOM;
            self.jump();
        }
        number
    }
}

/// The standard's own generator (appendix I): multiply by 16807 modulo 2^31 - 1.
fn random() -> &'static [f32] {
    static NUMBERS: OnceLock<Vec<f32>> = OnceLock::new();
    NUMBERS.get_or_init(|| generate().0)
}

fn generate() -> (Vec<f32>, u64) {
    const MODULUS: u64 = 0x7FFF_FFFF;
    let mut seed = 1_u64;
    let numbers = (0..RANDOM)
        .map(|_| {
            seed = seed * 16_807 % MODULUS;
            (seed as f64 / MODULUS as f64) as f32
        })
        .collect();
    (numbers, seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_ends_where_the_standard_says() {
        assert_eq!(generate().1, 1_043_618_065);
    }

    #[test]
    fn blanks_zeros_and_scales() {
        let scale = TileScale {
            tile: (0.5, 10.0),
            image: (2.0, 1.0),
            blank: Some(-7),
            dither: Dither::None,
            flags: None,
        };
        let stored = Stored::Integers(vec![4, -7]);
        let pixels = scale.pixels(&stored, 0);
        assert_eq!(pixels[0], (4.0 * 0.5 + 10.0) * 2.0 + 1.0);
        assert!(pixels[1].is_nan());
        let dither = Dither::Subtractive {
            seed: 1,
            zeros: Zeros::Kept,
        };
        let pixels = TileScale { dither, ..scale }.pixels(&Stored::Integers(vec![ZERO, -7]), 3);
        assert_eq!(pixels[0], 1.0);
        assert!(pixels[1].is_nan());
        assert!(scale.pixels(&Stored::Doubles(vec![1e300]), 0)[0].is_nan());
    }

    #[test]
    fn zeros_that_were_rounded_like_all_others_can_be_guessed() {
        let (step, zero) = (0.7, -3.3);
        let read = |value: f64, zeros: Zeros| {
            let mut noise = Noise::new(5);
            let round = |_| ((value - zero) / step + f64::from(noise.next()) - 0.5).round() as i32;
            let scale = TileScale {
                tile: (step, zero),
                image: (1.0, 0.0),
                blank: None,
                dither: Dither::Subtractive { seed: 1, zeros },
                flags: None,
            };
            scale.pixels(&Stored::Integers((0..9000).map(round).collect()), 5)
        };
        let zeros = |pixels: Vec<f32>| pixels.iter().filter(|v| **v == 0.0).count();
        assert_eq!(zeros(read(0.0, Zeros::Guessed)), 9000);
        assert!(zeros(read(0.0, Zeros::Rounded)) < 100);
        assert_eq!(zeros(read(1.001 * step, Zeros::Guessed)), 0);
        let apart = |v: &f32| (f64::from(*v) - 40.0).abs() <= HALF_STEP * step;
        assert!(read(40.0, Zeros::Guessed).iter().all(apart));
    }
}

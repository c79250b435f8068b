//! One image as it is stored, and the numbers that it stands for.

use proptest::prelude::*;

use super::packed::Method;
use crate::build::{gzipped, hdu, image_cards, sky_cards, valued};

/// What fills the pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pattern {
    /// Small numbers, of either sign where there are signs.
    Small,
    /// Small numbers with holes: BLANK, NaN or infinities.
    Holes,
    /// Any bits.
    Bits,
    /// The ends of the range.
    Ends,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Store {
    Plain,
    /// The whole file in gzip.
    Gzip,
    /// Tile-compressed; `sides` say how large tiles are, `wide` which descriptors.
    Tiles {
        method: Method,
        sides: [usize; 3],
        wide: bool,
    },
}

/// An image; axes are (width, height), with planes as the last axis or the first.
#[derive(Debug, Clone)]
pub struct Stored {
    pub width: usize,
    pub height: usize,
    pub planes: usize,
    pub interleaved: bool,
    pub bitpix: i32,
    pub pattern: Pattern,
    pub seed: u64,
    /// BSCALE, BZERO and BLANK, as they are written.
    pub scale: Option<String>,
    pub zero: Option<String>,
    pub blank: Option<String>,
    /// Floating-point numbers stored as integers, with their own ZSCALE and ZZERO.
    pub quantized: bool,
    pub store: Store,
}

fn real() -> impl Strategy<Value = Option<String>> {
    let words = [
        "1", "0", "-2.5", "1D2", "1E-300", "1E300", "32768", "'x'", "NaN",
    ];
    prop_oneof![
        4 => Just(None),
        3 => prop::sample::select(words.to_vec()).prop_map(|w| Some(w.to_owned())),
        1 => any::<f64>().prop_map(|v| Some(format!("{v:E}"))),
    ]
}

fn blank() -> impl Strategy<Value = Option<String>> {
    let words = [
        "7",
        "-3",
        "255",
        "-32768",
        "-9223372036854775808",
        "1.5",
        "'x'",
    ];
    prop_oneof![
        2 => Just(None),
        1 => prop::sample::select(words.to_vec()).prop_map(|w| Some(w.to_owned())),
    ]
}

fn store() -> impl Strategy<Value = Store> {
    let methods = [
        Method::Gzip1,
        Method::Gzip2,
        Method::Rice,
        Method::Hcompress,
        Method::Plio,
        Method::None,
    ];
    let tiles = (
        prop::sample::select(methods.to_vec()),
        [1_usize..40, 1..40, 1..5],
        any::<bool>(),
    );
    prop_oneof![
        3 => Just(Store::Plain),
        1 => Just(Store::Gzip),
        4 => tiles.prop_map(|(method, sides, wide)| Store::Tiles { method, sides, wide }),
    ]
}

impl Stored {
    pub fn strategy() -> impl Strategy<Value = Self> {
        let patterns = [Pattern::Small, Pattern::Holes, Pattern::Bits, Pattern::Ends];
        let shape = (
            1_usize..30,
            1_usize..30,
            prop::sample::select(vec![1_usize, 1, 3, 4]),
            any::<bool>(),
        );
        let pixels = (
            prop::sample::select(vec![8, 16, 32, 64, -32, -64]),
            prop::sample::select(patterns.to_vec()),
            any::<u64>(),
        );
        let scaling = (real(), real(), blank(), any::<bool>());
        (shape, pixels, scaling, store()).prop_map(
            |(
                (width, height, planes, interleaved),
                (bitpix, pattern, seed),
                (scale, zero, blank, quantized),
                store,
            )| {
                Self {
                    width,
                    height,
                    planes,
                    // Three columns of three planes read the other way round.
                    interleaved: interleaved && planes > 1 && !matches!(height, 1 | 3 | 4),
                    bitpix,
                    pattern,
                    seed,
                    scale,
                    zero,
                    blank,
                    quantized: quantized && bitpix < 0,
                    store,
                }
                .possible()
            },
        )
    }

    /// The same kind of image, of one plane of this size.
    pub fn of_size(&self, width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            planes: 1,
            interleaved: false,
            ..self.clone()
        }
    }

    /// Methods take what they are made for.
    fn possible(mut self) -> Self {
        let Store::Tiles {
            method,
            sides,
            wide,
        } = self.store
        else {
            self.quantized = false;
            return self;
        };
        if method == Method::None {
            self.quantized = false;
        }
        let integers = self.bitpix > 0 && self.bitpix < 64 || self.quantized;
        let method = match method {
            Method::Rice | Method::Hcompress | Method::Plio if !integers => Method::Gzip1,
            other => other,
        };
        if matches!(method, Method::Hcompress | Method::Plio) {
            self.pattern = Pattern::Small;
            // PLIO and this BZERO have a special meaning.
            self.zero = self.zero.filter(|zero| zero != "32768");
        }
        self.store = Store::Tiles {
            method,
            sides,
            wide,
        };
        self
    }

    fn random(&self, at: usize) -> u64 {
        // SplitMix64 (Steele, Lea & Flood 2014).
        let mut z = self
            .seed
            .wrapping_add((at as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn bits(&self) -> i32 {
        if self.quantized { 32 } else { self.bitpix }
    }

    pub fn integer(&self, at: usize) -> i64 {
        let random = self.random(at);
        let [low, high] = match self.bits() {
            8 => [0, 255],
            bits => [i64::MIN >> (64 - bits), i64::MAX >> (64 - bits)],
        };
        let positive = low == 0
            || matches!(
                self.store,
                Store::Tiles {
                    method: Method::Plio,
                    ..
                }
            );
        let small = (random % 200) as i64 - if positive { 0 } else { 100 };
        match self.pattern {
            Pattern::Holes if random >> 60 == 0 => self
                .blank_value()
                .filter(|b| (low..=high).contains(b))
                .unwrap_or(7),
            Pattern::Small | Pattern::Holes => small,
            Pattern::Bits if low == 0 => (random & 255) as i64,
            Pattern::Bits => random.cast_signed() >> (64 - self.bits()),
            Pattern::Ends => [low, high, low + 1, high - 1][(random & 3) as usize],
        }
    }

    fn float(&self, at: usize) -> f64 {
        let random = self.random(at);
        let narrow = self.bitpix == -32;
        let ends = [
            f64::from(f32::MAX),
            f64::from(f32::MIN_POSITIVE),
            -f64::from(f32::MAX),
            0.0,
        ];
        let value = match self.pattern {
            Pattern::Holes if random >> 60 == 0 => {
                [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0][(random & 3) as usize]
            }
            Pattern::Small | Pattern::Holes => (random % 20000) as f64 / 64.0 - 100.0,
            Pattern::Bits if narrow => f64::from(f32::from_bits(random as u32)),
            Pattern::Bits => f64::from_bits(random),
            Pattern::Ends => ends[(random & 3) as usize],
        };
        if narrow {
            f64::from(value as f32)
        } else {
            value
        }
    }

    fn count(&self) -> usize {
        self.width * self.height * self.planes
    }

    fn number(text: Option<&String>, default: f64) -> Option<f64> {
        text.map_or(Some(default), |text| {
            let number: f64 = text.replace('D', "E").parse().ok()?;
            number.is_finite().then_some(number)
        })
    }

    fn blank_value(&self) -> Option<i64> {
        self.blank.as_ref()?.parse().ok()
    }

    /// The pixels, plane by plane, as what cannot be read is NaN; nothing when a keyword makes no sense.
    pub fn expected(&self) -> Option<Vec<f32>> {
        let scale = Self::number(self.scale.as_ref(), 1.0)?;
        if scale == 0.0 {
            return None;
        }
        let zero = Self::number(self.zero.as_ref(), 0.0)?;
        if self.bitpix > 0 && self.blank.is_some() && self.blank_value().is_none() {
            // Tables take a BLANK of 1.5 for 1; nothing rests on it.
            return None;
        }
        let apply = |value: f64| (value * scale + zero) as f32;
        let value = |at: usize| {
            if self.bitpix < 0 && !self.quantized {
                return apply(self.float(at));
            }
            let stored = self.integer(at);
            if self.bitpix > 0 && self.blank_value() == Some(stored) {
                return f32::NAN;
            }
            let [tile_scale, tile_zero] = if self.quantized {
                QUANTIZED
            } else {
                [1.0, 0.0]
            };
            apply(stored as f64 * tile_scale + tile_zero)
        };
        let plane = self.width * self.height;
        let place = |n: usize| {
            if self.interleaved {
                n % plane * self.planes + n / plane
            } else {
                n
            }
        };
        let finite = |v: f32| if v.is_finite() { v } else { f32::NAN };
        Some((0..self.count()).map(|n| finite(value(place(n)))).collect())
    }

    pub fn axes(&self) -> Vec<usize> {
        match (self.planes, self.interleaved) {
            (1, _) => vec![self.width, self.height],
            (_, true) => vec![self.planes, self.width, self.height],
            (_, false) => vec![self.width, self.height, self.planes],
        }
    }

    /// Whether it cannot be the first HDU.
    pub fn is_table(&self) -> bool {
        matches!(self.store, Store::Tiles { .. })
    }

    fn scaling(&self) -> Vec<String> {
        let named = [
            ("BSCALE", &self.scale),
            ("BZERO", &self.zero),
            ("BLANK", &self.blank),
        ];
        named
            .iter()
            .filter_map(|(key, value)| Some(valued(key, value.as_ref()?)))
            .collect()
    }

    /// The HDU: a primary without a name.
    pub fn hdu(&self, name: Option<&str>) -> Vec<u8> {
        let mut more = self.scaling();
        more.extend(sky_cards(self.width, self.height));
        if let Store::Tiles {
            method,
            sides,
            wide,
        } = self.store
        {
            return self.table(name.unwrap_or("IMAGE"), more, method, sides, wide);
        }
        let cards = [image_cards(name, self.bitpix, &self.axes()), more].concat();
        let data: Vec<u8> = (0..self.count()).flat_map(|at| self.raw(at)).collect();
        hdu(&cards, &data)
    }

    /// A file of its own, and the number of its HDU.
    pub fn file(&self, more: &[u8]) -> (Vec<u8>, usize) {
        let mut bytes = Vec::new();
        if self.is_table() {
            bytes = hdu(&image_cards(None, 8, &[]), &[]);
        }
        bytes.extend(self.hdu(self.is_table().then_some("IMAGE")));
        bytes.extend(more);
        if self.store == Store::Gzip {
            bytes = gzipped(&bytes);
        }
        (bytes, usize::from(self.is_table()))
    }

    /// Big-endian bytes of a pixel.
    pub fn raw(&self, at: usize) -> Vec<u8> {
        match self.bits() {
            8 => vec![self.integer(at) as u8],
            16 => (self.integer(at) as i16).to_be_bytes().to_vec(),
            32 => (self.integer(at) as i32).to_be_bytes().to_vec(),
            64 => self.integer(at).to_be_bytes().to_vec(),
            // The bits of a NaN are to stay.
            -32 if self.pattern == Pattern::Bits => (self.random(at) as u32).to_be_bytes().to_vec(),
            -32 => (self.float(at) as f32).to_be_bytes().to_vec(),
            _ => self.float(at).to_be_bytes().to_vec(),
        }
    }
}

/// ZSCALE and ZZERO.
pub const QUANTIZED: [f64; 2] = [0.25, 10.0];

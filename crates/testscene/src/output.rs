//! The output of a scene, bit for bit.

use std::convert::Infallible;
use std::sync::Mutex;

use zemosaic_coadd::{Counters, STRIP_ROWS, Sink, Strip};

/// A whole output, bit for bit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    /// Columns.
    pub width: usize,
    /// Bits of each channel's values.
    pub values: Vec<Vec<u32>>,
    /// Bits of the coverage.
    pub coverage: Vec<u32>,
    /// Alpha.
    pub alpha: Vec<u8>,
    /// Pixels covered.
    pub covered: u64,
    /// Covered pixels that are dead in one channel.
    pub dead: u64,
}

impl Output {
    /// An output before any row is written: every place holds something that no row can hold.
    pub(crate) fn untouched(size: [u32; 2], channels: usize) -> Self {
        let pixels = (size[0] * size[1]) as usize;
        Self {
            width: size[0] as usize,
            values: vec![vec![7; pixels]; channels],
            coverage: vec![7; pixels],
            alpha: vec![7; pixels],
            ..Self::default()
        }
    }

    /// Value of the first channel.
    pub fn value(&self, x: usize, y: usize) -> f32 {
        f32::from_bits(self.values[0][y * self.width + x])
    }

    /// Coverage.
    pub fn weight(&self, x: usize, y: usize) -> f32 {
        f32::from_bits(self.coverage[y * self.width + x])
    }
}

/// Collects strips into an output.
#[derive(Debug)]
pub struct Collect(Mutex<Output>);

impl Collect {
    pub(crate) fn new(untouched: Output) -> Self {
        Self(Mutex::new(untouched))
    }

    pub(crate) fn finish(self, counters: Counters) -> Output {
        let mut out = self.0.into_inner().expect("no panic in a sink");
        (out.covered, out.dead) = (counters.covered, counters.dead_in_one_channel);
        out
    }
}

impl Sink for Collect {
    type Error = Infallible;

    fn take(&self, strip: &mut Strip) -> Result<(), Infallible> {
        let mut out = self.0.lock().expect("no panic in a sink");
        let at = strip.first_row as usize * out.width;
        let last_row = strip.first_row + strip.rows - 1;
        assert!(strip.rows > 0 && strip.first_row / STRIP_ROWS == last_row / STRIP_ROWS);
        assert_eq!(strip.coverage.len(), strip.rows as usize * out.width);
        let bits = |to: &mut [u32], from: &[f32]| {
            for (to, from) in to.iter_mut().zip(from) {
                *to = from.to_bits();
            }
        };
        for (plane, values) in out.values.iter_mut().zip(&strip.values) {
            bits(&mut plane[at..], values);
        }
        bits(&mut out.coverage[at..], strip.coverage);
        out.alpha[at..at + strip.alpha.len()].copy_from_slice(strip.alpha);
        Ok(())
    }
}

/// Accepts every strip and drops it.
#[derive(Clone, Copy, Debug)]
pub struct Nowhere;

impl Sink for Nowhere {
    type Error = Infallible;

    fn take(&self, _: &mut Strip) -> Result<(), Infallible> {
        Ok(())
    }
}

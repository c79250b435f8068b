//! Finished rows, on their way from a backend to whoever writes them.

use std::ops::Range;

use zemosaic_room::resize;

/// Finished rows of the output, row-major and whole width, lent by the backend that made them.
#[derive(Debug)]
pub struct Strip<'a> {
    /// First output row, absolute.
    pub first_row: u32,
    /// Rows in the strip.
    pub rows: u32,
    /// One plane per channel: value, NaN where uncovered.
    pub values: Vec<&'a mut [f32]>,
    /// Sum of weights, the largest of all channels; 0 where uncovered.
    pub coverage: &'a mut [f32],
    /// Opacity 1..255 where covered, else 0.
    pub alpha: &'a mut [u8],
}

impl Strip<'_> {
    /// Bytes of one output pixel: a value for each channel, the coverage, the opacity.
    pub fn pixel_bytes(channels: usize) -> u64 {
        let floats = channels as u64 + 1;
        floats * size_of::<f32>() as u64 + size_of::<u8>() as u64
    }

    /// Its first `rows` rows of `width` pixels, and the others.
    #[must_use]
    pub fn split(self, rows: u32, width: usize) -> [Self; 2] {
        let pixels = rows as usize * width;
        let (values, more_values) = self
            .values
            .into_iter()
            .map(|plane| plane.split_at_mut(pixels))
            .unzip();
        let (coverage, more_coverage) = self.coverage.split_at_mut(pixels);
        let (alpha, more_alpha) = self.alpha.split_at_mut(pixels);
        [
            Self {
                first_row: self.first_row,
                rows,
                values,
                coverage,
                alpha,
            },
            Self {
                first_row: self.first_row + rows,
                rows: self.rows - rows,
                values: more_values,
                coverage: more_coverage,
                alpha: more_alpha,
            },
        ]
    }
}

/// Room for the rows of a strip, used again and again.
#[derive(Debug, Default)]
pub struct StripRoom {
    values: Vec<Vec<f32>>,
    coverage: Vec<f32>,
    alpha: Vec<u8>,
}

impl StripRoom {
    /// A strip of output rows of `width` pixels; what it holds is left over from others.
    pub fn lend(&mut self, rows: &Range<u32>, width: usize, channels: usize) -> Strip<'_> {
        const PURPOSE: &str = "output rows";
        let pixels = width * rows.len();
        self.values.resize_with(channels, Vec::new);
        for plane in &mut self.values {
            resize(plane, pixels, 0.0, PURPOSE);
        }
        resize(&mut self.coverage, pixels, 0.0, PURPOSE);
        resize(&mut self.alpha, pixels, 0, PURPOSE);
        Strip {
            first_row: rows.start,
            rows: rows.len() as u32,
            values: self.values.iter_mut().map(Vec::as_mut_slice).collect(),
            coverage: &mut self.coverage,
            alpha: &mut self.alpha,
        }
    }
}

/// Takes finished strips, from several threads and in any order; may use their rows as scratch.
pub trait Sink: Sync {
    /// Why a strip could not be taken.
    type Error: Send;
    /// Takes one strip.
    fn take(&self, strip: &mut Strip) -> Result<(), Self::Error>;
}

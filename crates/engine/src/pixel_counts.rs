//! Statistics of an image's pixels.

use zemosaic_fits::{FitsError, ImageReader};

/// Counts over every plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelCounts {
    /// Pixels with a value.
    pub finite: u64,
    /// Pixels without a value.
    pub nan: u64,
    /// Smallest value; +infinity when there is none.
    pub min: f32,
    /// Largest value; -infinity when there is none.
    pub max: f32,
}

/// Pixels read at a time.
const BATCH: usize = 1 << 20;

/// Reads the whole image once, a batch of rows at a time.
pub fn count_pixels(reader: &ImageReader) -> Result<PixelCounts, FitsError> {
    let mut counts = PixelCounts {
        finite: 0,
        nan: 0,
        min: f32::INFINITY,
        max: f32::NEG_INFINITY,
    };
    for plane in 0..reader.shape().planes {
        each_value(reader, plane, |value| {
            if value.is_finite() {
                counts.finite += 1;
                counts.min = counts.min.min(value);
                counts.max = counts.max.max(value);
            } else {
                counts.nan += 1;
            }
        })?;
    }
    Ok(counts)
}

/// Reads the first plane once and counts the pixels that have a flag, of all pixels.
pub fn count_flagged(mask: &ImageReader) -> Result<[u64; 2], FitsError> {
    let shape = mask.shape();
    let mut bad = 0;
    each_value(mask, 0, |flag| bad += u64::from(flag != 0.0))?;
    Ok([bad, (shape.width * shape.height) as u64])
}

fn each_value(
    reader: &ImageReader,
    plane: usize,
    mut take: impl FnMut(f32),
) -> Result<(), FitsError> {
    let shape = reader.shape();
    let step = (BATCH / shape.width.max(1)).clamp(1, shape.height.max(1));
    let mut buffer = vec![0.0; step * shape.width];
    for row in (0..shape.height).step_by(step) {
        let rows = row..(row + step).min(shape.height);
        let values = &mut buffer[..rows.len() * shape.width];
        reader.read_rows(plane, rows, values)?;
        values.iter().for_each(|value| take(*value));
    }
    Ok(())
}

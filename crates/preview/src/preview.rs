//! The picture of a mosaic.

use crate::reduce::{Axis, Reduced, reduce};
use crate::stretch::Stretch;
use crate::tones::{Tones, byte};
use rayon::prelude::*;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Longest side of a picture in pixels, unless the caller gives another.
pub const DEFAULT_MAX_SIDE: usize = 2048;

/// Longest side that may be requested: a square picture of that size takes 1536 MB.
const LARGEST_SIDE: usize = 8192;

/// Longest row that is read, in pixels: it takes 64 MB.
const LONGEST_ROW: usize = 1 << 24;

/// The shape of the mosaic to be shown. Of three or more planes the first three are shown as red, green and blue; of
/// fewer the first is shown as grey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mosaic {
    /// Number of planes.
    pub planes: usize,
    /// Pixels per row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// The picture that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Red, green, blue and alpha; otherwise grey and alpha.
    pub colour: bool,
}

/// Why there is no picture. `E` is the error of the closure that reads rows.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError<E> {
    /// The mosaic has no pixels or absurdly long rows, or the requested longest side is out of range.
    #[error("cannot make a preview: {0}")]
    Shape(String),
    /// Rows of the mosaic could not be read.
    #[error("cannot read row {row} of plane {plane} for the preview: {source}")]
    Read {
        /// Plane, from 0.
        plane: usize,
        /// The first of the rows, from 0.
        row: usize,
        /// The error of the reader.
        source: E,
    },
    /// The picture could not be written.
    #[error("cannot write the preview: {source}; check that the folder exists and has space")]
    Write {
        /// Path of the picture.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}

impl<E> PreviewError<E> {
    /// A name that does not change between versions.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Shape(_) => "preview_shape",
            Self::Read { .. } => "preview_read",
            Self::Write { .. } => "preview_write",
        }
    }
}

/// Writes a picture of a mosaic to `png_path`, at most `max_side` pixels on its longest side, with alpha from coverage:
/// transparent where the mosaic is NaN.
///
/// `read_rows(plane, rows, values)` fills `values` with whole rows, on any thread of the pool; a few rows are requested
/// twice. Row 0 becomes the bottom line of the picture because the vertical axis of FITS points up. Memory is 1 MB or a row
/// for each thread, 8 bytes per plane and pixel of the picture, and about 10 MB for percentiles. The file appears only when
/// complete.
pub fn write_png<E: Send>(
    mosaic: Mosaic,
    png_path: &Path,
    max_side: usize,
    read_rows: impl Fn(usize, Range<usize>, &mut [f32]) -> Result<(), E> + Sync,
) -> Result<Picture, PreviewError<E>> {
    write_with(mosaic, png_path, max_side, read_rows, Stretch::new)
}

/// Like [`write_png`], for a map of quantities: brightness grows linearly from 0 to the largest.
pub fn write_map_png<E: Send>(
    map: Mosaic,
    png_path: &Path,
    max_side: usize,
    read_rows: impl Fn(usize, Range<usize>, &mut [f32]) -> Result<(), E> + Sync,
) -> Result<Picture, PreviewError<E>> {
    write_with(map, png_path, max_side, read_rows, Stretch::even)
}

fn write_with<E: Send>(
    mosaic: Mosaic,
    png_path: &Path,
    max_side: usize,
    read_rows: impl Fn(usize, Range<usize>, &mut [f32]) -> Result<(), E> + Sync,
    stretch: impl FnOnce(&[Reduced]) -> Stretch,
) -> Result<Picture, PreviewError<E>> {
    let picture = picture_of(mosaic, max_side).map_err(PreviewError::Shape)?;
    let planes = reduced(mosaic, picture, read_rows)?;
    let stretch = stretch(&planes);
    save(&planes, &stretch, picture, png_path).map_err(|source| PreviewError::Write {
        path: png_path.to_owned(),
        source,
    })?;
    Ok(picture)
}

fn picture_of(mosaic: Mosaic, max_side: usize) -> Result<Picture, String> {
    let Mosaic {
        planes,
        width,
        height,
    } = mosaic;
    if planes == 0 || width == 0 || height == 0 {
        return Err(format!(
            "the mosaic is empty ({planes} x {height} x {width})"
        ));
    }
    if width > LONGEST_ROW {
        return Err(format!(
            "its rows of {width} pixels are longer than {LONGEST_ROW}"
        ));
    }
    if !(1..=LARGEST_SIDE).contains(&max_side) {
        return Err(format!(
            "its longest side must be 1 to {LARGEST_SIDE} pixels, not {max_side}"
        ));
    }
    let longest = width.max(height);
    let side = |length: usize| {
        if longest <= max_side {
            length
        } else {
            // At least one pixel, because a mosaic can be a line.
            ((length as u128 * max_side as u128).div_ceil(longest as u128) as usize).max(1)
        }
    };
    Ok(Picture {
        width: side(width),
        height: side(height),
        colour: planes >= 3,
    })
}

fn reduced<E: Send>(
    mosaic: Mosaic,
    picture: Picture,
    read_rows: impl Fn(usize, Range<usize>, &mut [f32]) -> Result<(), E> + Sync,
) -> Result<Vec<Reduced>, PreviewError<E>> {
    let columns = Axis {
        from: mosaic.width,
        to: picture.width,
    };
    let rows = Axis {
        from: mosaic.height,
        to: picture.height,
    };
    (0..if picture.colour { 3 } else { 1 })
        .map(|plane| {
            reduce(columns, rows, |wanted, values| {
                let row = wanted.start;
                read_rows(plane, wanted, values).map_err(|source| PreviewError::Read {
                    plane,
                    row,
                    source,
                })
            })
        })
        .collect()
}

/// Writes under a temporary name first, so that a half-written picture never has the final name.
fn save(
    planes: &[Reduced],
    stretch: &Stretch,
    picture: Picture,
    png_path: &Path,
) -> io::Result<()> {
    let mut name = png_path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = png_path.with_file_name(name);
    let written =
        encode(planes, stretch, picture, &part).and_then(|()| fs::rename(&part, png_path));
    if written.is_err() {
        // The first error is the one to report; there may be nothing to remove.
        let _ = fs::remove_file(&part);
    }
    written
}

fn encode(planes: &[Reduced], stretch: &Stretch, picture: Picture, path: &Path) -> io::Result<()> {
    let too_large = |_| io::Error::from(io::ErrorKind::InvalidInput);
    let (width, height) = (
        u32::try_from(picture.width).map_err(too_large)?,
        u32::try_from(picture.height).map_err(too_large)?,
    );
    let mut file = BufWriter::new(File::create_new(path)?);
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(if picture.colour {
        png::ColorType::Rgba
    } else {
        png::ColorType::GrayscaleAlpha
    });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    let mut stream = writer.stream_writer()?;
    let painter = Painter::new(planes, stretch, picture.width);
    // From the top, which is the last row: a few lines are made while those before them are packed.
    let bands: Vec<Range<usize>> = (0..picture.height)
        .step_by(LINES)
        .map(|first| picture.height.saturating_sub(first + LINES)..picture.height - first)
        .collect();
    let mut lines = bands.first().map(|band| painter.lines(band.clone()));
    for at in 1..=bands.len() {
        let mut next = None;
        let written = rayon::in_place_scope(|scope| {
            if let Some(band) = bands.get(at) {
                scope.spawn(|_| next = Some(painter.lines(band.clone())));
            }
            stream.write_all(lines.as_deref().unwrap_or_default())
        });
        written?;
        lines = next;
    }
    stream.finish()?;
    writer.finish()?;
    file.flush()?;
    file.get_ref().sync_all()
}

/// Lines that are made at once.
const LINES: usize = 128;

/// Makes bytes of the planes.
struct Painter<'a, F> {
    planes: &'a [Reduced],
    stretch: &'a Stretch,
    width: usize,
    /// Of a picture in grey.
    tones: Option<Tones<F>>,
}

impl<'a> Painter<'a, ()> {
    fn new(
        planes: &'a [Reduced],
        stretch: &'a Stretch,
        width: usize,
    ) -> Painter<'a, impl Fn(f32) -> f64 + Sync + use<'a>> {
        Painter {
            planes,
            stretch,
            width,
            tones: (planes.len() == 1).then(|| Tones::new(|value| stretch.grey(value))),
        }
    }
}

impl<F: Fn(f32) -> f64 + Sync> Painter<'_, F> {
    /// These rows of the planes, the last one first.
    fn lines(&self, rows: Range<usize>) -> Vec<u8> {
        let line = self.width * (self.planes.len() + 1);
        let mut bytes = vec![0; rows.len() * line];
        bytes
            .par_chunks_mut(line)
            .zip(rows.into_par_iter().rev())
            .for_each(|(line, y)| {
                let pixels = y * self.width..(y + 1) * self.width;
                match (self.planes, &self.tones) {
                    ([plane], Some(tones)) => grey(tones, plane, pixels, line),
                    _ => self.colours(pixels, line),
                }
            });
        bytes
    }

    fn colours(&self, pixels: Range<usize>, line: &mut [u8]) {
        let colours = self.planes.len();
        let mut shades = vec![0.0; colours];
        for (at, out) in pixels.zip(line.chunks_exact_mut(colours + 1)) {
            let most = |most: f32, plane: &Reduced| most.max(plane.cover[at]);
            let cover = self.planes.iter().fold(0.0, most);
            if cover > 0.0 {
                self.stretch.shade(self.planes, at, &mut shades);
                for (byte_out, shade) in out.iter_mut().zip(&shades) {
                    *byte_out = byte(*shade);
                }
                out[colours] = byte(f64::from(cover)).max(1);
            }
        }
    }
}

fn grey<F: Fn(f32) -> f64 + Sync>(
    tones: &Tones<F>,
    plane: &Reduced,
    pixels: Range<usize>,
    line: &mut [u8],
) {
    let values = plane.values[pixels.clone()]
        .iter()
        .zip(&plane.cover[pixels]);
    for ((&value, &cover), out) in values.zip(line.as_chunks_mut().0) {
        if cover > 0.0 {
            *out = [tones.of(value), byte(f64::from(cover)).max(1)];
        }
    }
}

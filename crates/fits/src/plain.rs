//! Images stored as plain arrays: a window of rows is a range of bytes.

use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use zemosaic_room::{filled, resize};

use crate::error::{FitsError, FitsErrorKind};
use crate::extremes::{Stored, Whole};
use crate::hdu::Hdu;
use crate::header::Header;
use crate::image::{Extremes, Flags, ImageShape, ReadStats};
use crate::position::{read_exact_at, will_need};
use crate::storage::Storage;
use crate::vectors::vectorized;

/// Bytes read and converted at a time, few enough to stay in the cache.
const BUFFER: usize = 256 * 1024;

/// Where the pixels are and how they become numbers.
#[derive(Debug, Clone)]
pub(crate) struct PlainImage {
    storage: Arc<Storage>,
    hdu: usize,
    shape: ImageShape,
    data_start: u64,
    pixel: Pixel,
    scale: Scale,
    /// Pixels are read as 1 where these are set and 0 elsewhere.
    pub(crate) flags: Option<Flags>,
}

#[derive(Debug, Clone, Copy)]
enum Pixel {
    U8,
    I16,
    I32,
    I64,
    F32,
    F64,
}

/// value = BZERO + BSCALE x stored, unless stored is BLANK (FITS standard 4.0, equation 3).
#[derive(Debug, Clone, Copy)]
struct Scale {
    factor: f64,
    zero: f64,
    blank: Option<i64>,
    /// BZERO where it is a whole number and the only thing to be done: f64 has too few digits for a sum with 2^63,
    /// by which unsigned 64-bit integers are stored.
    whole: Option<i128>,
}

impl Scale {
    fn is_identity(self) -> bool {
        self.factor == 1.0 && self.zero == 0.0
    }

    fn integer(self, stored: i64, real: f64) -> f32 {
        if self.blank == Some(stored) {
            return f32::NAN;
        }
        self.apply(real)
    }

    /// For integers that f64 cannot hold.
    fn long(self, stored: i64) -> f32 {
        match self.whole {
            Some(zero) if self.blank != Some(stored) => (i128::from(stored) + zero) as f64 as f32,
            _ => self.integer(stored, stored as f64),
        }
    }

    fn apply(self, stored: f64) -> f32 {
        finite((stored * self.factor + self.zero) as f32)
    }
}

/// BSCALE and BZERO; a factor of 0 would leave no value.
pub(crate) fn scaling(hdu: &Hdu, header: &Header) -> Result<(f64, f64), FitsError> {
    let real = |key: &str, default: f64| match header.quoted_number(key) {
        Ok(value) => Ok(value.unwrap_or(default)),
        Err(text) => Err(hdu.bad(key, format!("'{text}' is not a number"))),
    };
    let (factor, zero) = (real("BSCALE", 1.0)?, real("BZERO", 0.0)?);
    if factor == 0.0 {
        let all = format!("it is 0, by which every pixel would be {zero}");
        return Err(hdu.bad("BSCALE", all));
    }
    Ok((factor, zero))
}

/// BLANK of an integer image; a whole number may be written as a real one.
fn blank(hdu: &Hdu) -> Result<Option<i64>, FitsError> {
    if let Some(exact) = hdu.header.integer("BLANK") {
        return Ok(Some(exact));
    }
    match hdu.header.quoted_number("BLANK") {
        Ok(None) => Ok(None),
        Ok(Some(value)) if value.fract() == 0.0 && value.abs() < 9e18 => Ok(Some(value as i64)),
        Ok(Some(value)) => Err(hdu.bad("BLANK", format!("{value} is not a whole number"))),
        Err(text) => Err(hdu.bad("BLANK", format!("'{text}' is not a whole number"))),
    }
}

/// Values that f32 cannot hold become NaN.
fn finite(value: f32) -> f32 {
    if value.is_finite() { value } else { f32::NAN }
}

impl PlainImage {
    /// The HDU must be complete and have this shape.
    pub(crate) fn new(hdu: &Hdu, shape: ImageShape) -> Result<PlainImage, FitsError> {
        // Floating-point images mark blanks by NaN, not by BLANK (section 4.4.2.5).
        let blank = if hdu.bitpix > 0 { blank(hdu)? } else { None };
        let (factor, zero) = scaling(hdu, &hdu.header)?;
        let whole = factor == 1.0 && zero.fract() == 0.0 && zero.abs() < 1e30;
        Ok(PlainImage {
            storage: Arc::clone(&hdu.storage),
            hdu: hdu.index,
            shape,
            data_start: hdu.data_start,
            pixel: match hdu.bitpix {
                8 => Pixel::U8,
                16 => Pixel::I16,
                32 => Pixel::I32,
                64 => Pixel::I64,
                -32 => Pixel::F32,
                _ => Pixel::F64,
            },
            scale: Scale {
                factor,
                zero,
                blank,
                whole: whole.then_some(zero as i128),
            },
            flags: None,
        })
    }

    pub(crate) fn times(&mut self, factor: f64) {
        self.scale.factor *= factor;
        self.scale.zero *= factor;
        self.scale.whole = None;
    }

    pub(crate) fn read_soon(&self, plane: usize, rows: Range<usize>) {
        let Ok(file) = self.storage.open() else {
            return;
        };
        let width = self.shape.width;
        let (start, _) = self.place(plane, rows.start, 0);
        let (end, _) = self.place(plane, rows.end.max(rows.start + 1) - 1, width);
        will_need(&file, start, end - start);
    }

    /// Byte of a pixel in the file, and how many bytes there are to the next of its row. Where planes are stored together,
    /// those of all planes.
    fn place(&self, plane: usize, row: usize, column: usize) -> (u64, usize) {
        let ImageShape {
            planes,
            height,
            width,
            interleaved,
        } = self.shape;
        let (plane, step) = if interleaved { (0, planes) } else { (plane, 1) };
        let group = self.pixel.bytes() * step;
        let first = (plane * height + row) * width + column;
        (self.data_start + (first * group) as u64, group)
    }

    /// The caller has checked plane, rows and the length of `out`.
    pub(crate) fn read_box(
        &self,
        plane: usize,
        rows: Range<usize>,
        columns: Range<usize>,
        out: &mut [f32],
    ) -> Result<ReadStats, FitsError> {
        let file = self.storage.open()?;
        // Whole rows follow each other in the file.
        let (parts, each) = if columns.len() == self.shape.width {
            (rows.start..rows.start + 1, out.len())
        } else {
            (rows, columns.len())
        };
        let pixel_bytes = self.pixel.bytes();
        let (_, group) = self.place(plane, 0, 0);
        let lane = if group > pixel_bytes {
            plane * pixel_bytes
        } else {
            0
        };
        let mut buffer = Vec::new();
        for (row, out) in parts.zip(out.chunks_exact_mut(each)) {
            let (at, _) = self.place(plane, row, columns.start);
            if group == pixel_bytes && matches!(self.pixel, Pixel::F32) && self.flags.is_none() {
                self.read_floats(&file, at, out)?;
            } else {
                self.read_groups(&file, at, out, [group, lane], &mut buffer)?;
            }
        }
        self.storage.still(&file)?;
        Ok(ReadStats {
            bytes: (out.len() * group) as u64,
        })
    }

    /// Reads consecutive pixels through a buffer: the bytes of each, of all planes that are stored together, and where its own
    /// begin among them.
    fn read_groups(
        &self,
        file: &File,
        start: u64,
        out: &mut [f32],
        [group, lane]: [usize; 2],
        buffer: &mut Vec<u8>,
    ) -> Result<(), FitsError> {
        let bytes = BUFFER.min(out.len() * group) / group * group;
        resize(buffer, bytes, 0, "bytes of a tile");
        let mut at = start;
        for part in out.chunks_mut(buffer.len() / group) {
            let bytes = &mut buffer[..part.len() * group];
            self.read(file, bytes, at)?;
            at += bytes.len() as u64;
            self.convert(bytes, group, lane, part);
        }
        Ok(())
    }

    /// The least and the largest value of all planes; `None` where its numbers are no whole ones, or f32 cannot hold them.
    pub(crate) fn extremes(&self) -> Result<Option<Extremes>, FitsError> {
        let s = self.scale;
        let of = |stored: i64| s.integer(stored, stored as f64);
        match self.pixel {
            Pixel::U8 => self.ends(|[b]: [u8; 1]| b, of),
            Pixel::I16 => self.ends(i16::from_be_bytes, of),
            Pixel::I32 => self.ends(i32::from_be_bytes, of),
            Pixel::I64 => self.ends(i64::from_be_bytes, |stored| s.long(stored)),
            Pixel::F32 | Pixel::F64 => Ok(None),
        }
    }

    /// `value`, of a stored number, grows or falls with it, roundings included, so that its ends are those of all values.
    fn ends<const N: usize, T: Whole>(
        &self,
        number: impl Fn([u8; N]) -> T + Copy,
        value: impl Fn(i64) -> f32,
    ) -> Result<Option<Extremes>, FitsError> {
        if self.flags.is_some() {
            return Ok(None);
        }
        let file = self.storage.open()?;
        let pixels = self.shape.planes * self.shape.height * self.shape.width;
        let blank = self.scale.blank.and_then(|b| T::try_from(b).ok());
        let mut buffer = filled(BUFFER.min(pixels * N) / N * N, 0, "bytes of a tile");
        let mut stored = Stored::<T>::new();
        for first in (0..pixels).step_by((buffer.len() / N).max(1)) {
            let bytes = (buffer.len()).min((pixels - first) * N);
            let part = &mut buffer[..bytes];
            self.read(&file, part, self.data_start + (first * N) as u64)?;
            stored.see(part, blank, number);
        }
        self.storage.still(&file)?;
        let values = pixels as u64 - stored.blanks;
        let ends = (values > 0).then(|| {
            let [a, b] = [stored.least, stored.most].map(|end| value(end.into()));
            if b < a { [b, a] } else { [a, b] }
        });
        Ok(
            (!ends.is_some_and(|ends| ends.iter().any(|end| end.is_nan()))).then_some(Extremes {
                values,
                blanks: stored.blanks,
                ends,
            }),
        )
    }

    /// The bytes are read into the caller's pixels and swapped there while they are in the cache.
    fn read_floats(&self, file: &File, start: u64, out: &mut [f32]) -> Result<(), FitsError> {
        let mut at = start;
        for part in out.chunks_mut(BUFFER / size_of::<f32>()) {
            let bytes = bytemuck::cast_slice_mut(part);
            self.read(file, bytes, at)?;
            at += bytes.len() as u64;
            vectorized(|| {
                for bits in bytemuck::cast_slice_mut::<f32, u32>(part) {
                    *bits = u32::from_be(*bits);
                }
            });
            if !self.scale.is_identity() {
                for value in part {
                    *value = self.scale.apply(f64::from(*value));
                }
            }
        }
        Ok(())
    }

    fn read(&self, file: &File, bytes: &mut [u8], at: u64) -> Result<(), FitsError> {
        read_exact_at(file, bytes, at).map_err(|e| match e.kind() {
            // The file was complete when it was opened, so it has been shortened since.
            std::io::ErrorKind::UnexpectedEof => FitsErrorKind::Truncated {
                needed: at + bytes.len() as u64,
                present: file.metadata().map_or(0, |m| m.len()),
            }
            .of_hdu(self.storage.path(), self.hdu),
            _ => self.storage.failed("read it", e),
        })
    }

    fn convert(&self, bytes: &[u8], group: usize, lane: usize, out: &mut [f32]) {
        let s = self.scale;
        let spread = Spread { bytes, group, lane };
        if let Some(flags) = self.flags {
            return self.flag(flags, &spread, out);
        }
        match self.pixel {
            Pixel::U8 if s.is_identity() && s.blank.is_none() => vectorized(
                #[inline(always)]
                || spread.map(out, |[b]| f32::from(b)),
            ),
            Pixel::U8 => spread.map(out, |[b]| s.integer(i64::from(b), f64::from(b))),
            Pixel::I16 => spread.map(out, |b| {
                let stored = i16::from_be_bytes(b);
                s.integer(i64::from(stored), f64::from(stored))
            }),
            Pixel::I32 => spread.map(out, |b| {
                let stored = i32::from_be_bytes(b);
                s.integer(i64::from(stored), f64::from(stored))
            }),
            Pixel::I64 => spread.map(out, |b| s.long(i64::from_be_bytes(b))),
            Pixel::F32 if s.is_identity() => spread.map(out, f32::from_be_bytes),
            Pixel::F32 => spread.map(out, |b| s.apply(f64::from(f32::from_be_bytes(b)))),
            Pixel::F64 => spread.map(out, |b| s.apply(f64::from_be_bytes(b))),
        }
    }

    fn flag(&self, flags: Flags, spread: &Spread, out: &mut [f32]) {
        let s = self.scale;
        let whole = |stored: i64| {
            let value = stored as f64 * s.factor + s.zero;
            flags.of(if s.blank == Some(stored) {
                f64::NAN
            } else {
                value
            })
        };
        let real = |stored: f64| flags.of(stored * s.factor + s.zero);
        match self.pixel {
            Pixel::U8 => spread.map(out, |[b]| whole(i64::from(b))),
            Pixel::I16 => spread.map(out, |b| whole(i64::from(i16::from_be_bytes(b)))),
            Pixel::I32 => spread.map(out, |b| whole(i64::from(i32::from_be_bytes(b)))),
            Pixel::I64 => spread.map(out, |b| whole(i64::from_be_bytes(b))),
            Pixel::F32 => spread.map(out, |b| real(f64::from(f32::from_be_bytes(b)))),
            Pixel::F64 => spread.map(out, |b| real(f64::from_be_bytes(b))),
        }
    }
}

impl Pixel {
    fn bytes(self) -> usize {
        match self {
            Pixel::U8 => 1,
            Pixel::I16 => 2,
            Pixel::I32 | Pixel::F32 => 4,
            Pixel::I64 | Pixel::F64 => 8,
        }
    }
}

/// Pixels whose starts are `group` bytes apart, each `lane` bytes into its group.
struct Spread<'a> {
    bytes: &'a [u8],
    group: usize,
    lane: usize,
}

impl Spread<'_> {
    #[inline(always)]
    #[allow(clippy::inline_always)] // Inlined to be vectorized.
    fn map<const N: usize>(&self, out: &mut [f32], convert: impl Fn([u8; N]) -> f32) {
        if self.group == N {
            // The usual case has its own loop because the compiler can vectorize it.
            for (value, pixel) in out.iter_mut().zip(self.bytes.as_chunks::<N>().0) {
                *value = convert(*pixel);
            }
            return;
        }
        for (value, group) in out.iter_mut().zip(self.bytes.chunks_exact(self.group)) {
            let mut pixel = [0; N];
            pixel.copy_from_slice(&group[self.lane..self.lane + N]);
            *value = convert(pixel);
        }
    }
}

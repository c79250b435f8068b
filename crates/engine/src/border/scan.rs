//! Reads a tile to see which of its pixels have no value, and which have a given one.

use std::ops::Range;

use zemosaic_coadd::drop_without;
use zemosaic_fits::{FitsError, ImageReader};
use zemosaic_room::resize;

use super::bits::Bits;
use super::{BORDERS, SCAN_BITS};
use crate::tile::{Part, Tile, read_by_row};

/// The most bytes of a tile's rows held at a time.
const BUFFER: usize = 4 << 20;

/// Rows of every plane of a tile; NaN where nothing is known.
pub(super) struct PixelRows<'a> {
    tile: &'a Tile,
    /// Its image as it was before it was compressed.
    image: ImageReader,
    pub(super) width: usize,
    pub(super) height: usize,
    planes: Vec<Vec<f32>>,
    weights: Vec<f32>,
    pub(super) bytes_read: u64,
    /// Why rows could not be read.
    pub(super) damage: Option<FitsError>,
}

impl<'a> PixelRows<'a> {
    pub(super) fn new(tile: &'a Tile) -> Self {
        Self {
            tile,
            image: tile.image().clone().guessing_zeros(),
            width: tile.shape.width,
            height: tile.shape.height,
            planes: vec![Vec::new(); tile.shape.planes],
            weights: Vec::new(),
            bytes_read: 0,
            damage: None,
        }
    }

    /// Rows that are best read together.
    pub(super) fn batch(&self) -> usize {
        let row_bytes = 4 * self.width * (self.planes.len() + 1);
        let most = (BUFFER / row_bytes.max(1)).max(1);
        most.next_multiple_of(self.tile.rows_at_once())
    }

    /// Rows that cannot be read one by one: of these, one takes as much time as all.
    pub(super) fn at_once(&self) -> usize {
        self.tile.rows_at_once()
    }

    /// Whether parts of rows can be read.
    pub(super) fn reads_parts(&self) -> bool {
        self.tile.reads_parts()
    }

    /// Bytes that scanning the tile takes.
    pub(super) fn scan_bytes(&self) -> u64 {
        let row_bytes = 4 * self.width * (self.planes.len() + 1);
        let marks = (self.width as u64).saturating_mul(self.height as u64) / 8 * SCAN_BITS;
        marks.saturating_add((self.batch() * row_bytes) as u64)
    }

    /// Reads rows; pixels of weight 0 lose their values, and so do those that cannot be read.
    pub(super) fn read(&mut self, rows: Range<usize>) {
        self.read_part(&self.tile.rows(rows));
    }

    /// Reads some columns of rows.
    pub(super) fn read_part(&mut self, part: &Part) {
        let (tile, image) = (self.tile, &self.image);
        let pixels = part.pixels();
        let mut keep = |(bytes, damage): (u64, Option<FitsError>)| {
            self.bytes_read += bytes;
            self.damage = self.damage.take().or(damage);
        };
        for (plane, values) in self.planes.iter_mut().enumerate() {
            if tile.has_maps() && (plane == 0 || tile.has_map_for_each_plane()) {
                resize(&mut self.weights, pixels, 0.0, BORDERS);
                keep(read_by_row(part, &mut self.weights, &mut |part, out| {
                    tile.read_valid(plane, &part, out)
                }));
            }
            resize(values, pixels, 0.0, BORDERS);
            keep(read_by_row(part, values, &mut |part, out| {
                tile.read_stored(image, plane, &part, out)
            }));
            drop_without(&self.weights, values);
        }
    }

    /// Number of planes.
    pub(super) fn planes(&self) -> usize {
        self.planes.len()
    }

    /// The values of the `i`-th pixel that was read, plane by plane.
    pub(super) fn pixel(&self, i: usize) -> impl Iterator<Item = f32> + '_ {
        self.planes.iter().map(move |plane| plane[i])
    }

    /// Whether two pixels have the same values.
    pub(super) fn same(&self, i: usize, j: usize) -> bool {
        self.planes.iter().all(|plane| same(plane[i], plane[j]))
    }

    /// Whether a pixel has this value.
    pub(super) fn is(&self, i: usize, value: &[f32]) -> bool {
        self.planes.iter().zip(value).all(|(p, v)| same(p[i], *v))
    }

    /// Marks the pixels of the row that begins at `first` for which something holds in every plane.
    fn mark(&self, first: usize, row: &mut [u64], holds: impl Fn(usize, f32) -> bool) {
        for (plane, values) in self.planes.iter().enumerate() {
            let values = &values[first..first + self.width];
            for (word, values) in row.iter_mut().zip(values.chunks(u64::BITS as usize)) {
                let marks = values
                    .iter()
                    .enumerate()
                    .fold(0, |marks, (i, v)| marks | u64::from(holds(plane, *v)) << i);
                *word = if plane == 0 { marks } else { *word & marks };
            }
        }
    }

    /// Whether a pixel has a value in no plane.
    pub(super) fn is_nothing(&self, i: usize) -> bool {
        self.planes.iter().all(|plane| !plane[i].is_finite())
    }
}

/// Equal, or both no number. Zeros of either sign are equal.
pub(super) fn same(a: f32, b: f32) -> bool {
    a == b || (!a.is_finite() && !b.is_finite())
}

/// What a tile's pixels are.
pub(super) struct Marks {
    /// No value in any plane.
    pub(super) nothing: Bits,
    /// The given value in every plane.
    pub(super) constant: Bits,
}

/// Reads the whole tile once.
pub(super) fn scan(rows: &mut PixelRows, value: Option<&[f32]>) -> Marks {
    let (width, height) = (rows.width, rows.height);
    let mut nothing = Bits::new(width, height);
    let mut constant = Bits::new(width, if value.is_some() { height } else { 0 });
    for start in (0..height).step_by(rows.batch()) {
        let end = (start + rows.batch()).min(height);
        rows.read(start..end);
        for y in start..end {
            let first = (y - start) * width;
            rows.mark(first, nothing.row_mut(y), |_, v| !v.is_finite());
            if let Some(value) = value {
                rows.mark(first, constant.row_mut(y), |plane, v| same(v, value[plane]));
            }
        }
    }
    Marks { nothing, constant }
}

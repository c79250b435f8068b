//! The definition of what fits: every question is put to every tile again. The faster code must agree with it.

use zemosaic_coadd::ChunkShape;
use zemosaic_coadd::backend::ChunkSize;
use zemosaic_coadd::cpu::strip_bytes;
use zemosaic_coadd::device::Need;
use zemosaic_engine::Bounds;

use crate::output::{Kind, Output};

impl Output {
    pub fn plain_need(&self, row0: u32, rows: u32) -> Need {
        Need::of_rows(&self.planned(), &(row0..row0 + rows))
    }

    pub fn plain_size(&self, row0: u32, rows: u32, kind: Kind) -> ChunkSize {
        let shape = ChunkShape {
            rows: row0..row0 + rows,
            ..self.shape.clone()
        };
        kind.size(&shape, &self.plain_need(row0, rows))
    }

    pub fn plain_windows(&self, row0: u32, rows: u32) -> u64 {
        let need = self.plain_need(row0, rows);
        need.host_windows(self.shape.channels)
    }

    /// The most tile rows held at a time: a chunk's with those of the chunk before it, or of one as tall behind it.
    pub fn plain_most(&self, row0: u32, rows: u32, after: Option<u32>) -> u64 {
        let behind = (2 * rows).min(self.height() - row0);
        let pair = after.map_or(0, |first| self.plain_windows(first, row0 + rows - first));
        self.plain_windows(row0, behind).max(pair)
    }

    pub fn plain_strips(&self, rows: u32) -> u64 {
        let ChunkShape {
            width, channels, ..
        } = self.shape;
        strip_bytes(rows, width, channels, self.threads)
    }

    /// Rows of the chunk on the CPU.
    pub fn plain_cpu_rows(&self, row0: u32, after: Option<u32>, bounds: &Bounds) -> u32 {
        let left = self.height() - row0;
        if bounds.exact {
            return bounds.rows.min(left);
        }
        let fits = |rows: &u32| {
            let strips = self.plain_strips(*rows);
            let kept = bounds.strips.unwrap_or(strips);
            strips <= kept && self.plain_most(row0, *rows, after) + kept <= bounds.host
        };
        // From the tallest down: ends of strips, then parts of one.
        let most = (row0 + bounds.rows) / 32 * 32;
        let ends = (row0 + 1..=most).rev().filter(|end| end % 32 == 0);
        let whole = ends.map(|end| (end - row0).min(left));
        let parts = [16, 8, 4, 2, 1].map(|rows| left.min(bounds.rows).min(rows));
        whole.chain(parts).find(fits).unwrap_or(0)
    }

    /// Rows of the chunk on a device.
    pub fn plain_device_rows(&self, row0: u32, bounds: &Bounds, kind: Kind) -> u32 {
        let most = bounds.rows.min(self.height() - row0);
        let size = |rows| self.plain_size(row0, rows, kind);
        let on_device = bisect(bounds.device, most, |rows| size(rows).device);
        if bounds.exact {
            return if on_device < most { 0 } else { most };
        }
        if on_device == 0 {
            return 0;
        }
        let limit = kind.max_buffer().unwrap_or(u64::MAX);
        let fitting = bisect(limit, on_device, |rows| size(rows).largest).max(1);
        let host = |rows| self.plain_most(row0, rows, None) + size(rows).staging;
        fitting.min(bisect(bounds.host, fitting, host).max(64 - row0 % 64))
    }
}

/// Rows that are within a limit while the next is not, or `most`.
fn bisect(limit: u64, most: u32, bytes_of: impl Fn(u32) -> u64) -> u32 {
    let (mut good, mut bad) = (0, most + 1);
    while bad - good > 1 {
        let middle = u32::midpoint(good, bad);
        if bytes_of(middle) <= limit {
            good = middle;
        } else {
            bad = middle;
        }
    }
    good
}

//! How many output rows fit into given memory: facts for the caller, who decides how much a chunk may take.

use std::ops::Range;

use zemosaic_coadd::backend::ChunkSize;
use zemosaic_coadd::cpu::strip_bytes;
use zemosaic_coadd::device::{Need, Needs};
use zemosaic_coadd::lattice::BLOCK_ROWS;
use zemosaic_coadd::{ChunkShape, STRIP_ROWS};

/// Rows whose size is requested before they are made.
#[derive(Clone, Debug)]
pub struct FitRequest {
    /// On the run's device, or on the CPU.
    pub on_device: bool,
    /// Channels to make, 0-based.
    pub channels: Range<usize>,
    /// First output row.
    pub row0: u32,
    /// First output row of the chunk before this one, if there is one: this one's tile rows are read while that is made.
    pub after: Option<u32>,
}

/// What a chunk may take. Device bytes do not matter for a chunk on the CPU.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The most output rows.
    pub rows: u32,
    /// Exactly this many rows, or as many as the output has left; the only other bound is that of device bytes.
    pub exact: bool,
    /// Device bytes at the peak.
    pub device: u64,
    /// Host bytes: the tile rows of the chunk together with those of the chunk before, or with those of one behind it that
    /// is as tall, which is read ahead; and the strips or copies that the output rows go through.
    pub host: u64,
    /// The part of those that is set aside for strips on the CPU, whatever they take; `None`: as much as they take.
    pub strips: Option<u64>,
}

/// What limits the height of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitedBy {
    /// The allowed rows, or the end of the output.
    Rows,
    /// Device bytes.
    DeviceBytes,
    /// The device's largest buffer.
    MaxBuffer,
    /// Host bytes.
    HostBytes,
}

/// A chunk that fits, and what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit {
    /// Output rows; 0 when not one fits, or not as many as requested.
    pub rows: u32,
    /// Device bytes at the peak; 0 on the CPU.
    pub device: u64,
    /// Host bytes, as [`Bounds::host`] counts them.
    pub host: u64,
    /// Of those, the tile rows of this chunk.
    pub windows: u64,
    /// The tile rows of this chunk and of the one before together.
    pub pair: u64,
    /// The strips or copies.
    pub strips: u64,
    /// Why there are not more rows.
    pub limited_by: LimitedBy,
}

impl Fit {
    fn nothing(limited_by: LimitedBy) -> Self {
        Self {
            rows: 0,
            device: 0,
            host: 0,
            windows: 0,
            pair: 0,
            strips: 0,
            limited_by,
        }
    }
}

/// The device that a chunk is for.
pub struct DeviceLimits<'a> {
    /// What a chunk takes on it.
    pub size: &'a dyn Fn(&ChunkShape, &Need) -> ChunkSize,
    /// Its largest buffer, bytes; `None` without a limit.
    pub max_buffer: Option<u64>,
}

/// Chunks of an output, of some channels, before they are made.
pub struct Fitter<'a> {
    /// What its rows need of the tiles that belong to these channels.
    pub needs: &'a mut Needs,
    /// A chunk of the whole output.
    pub output: ChunkShape,
    /// Threads of the CPU.
    pub threads: usize,
    /// First row of the chunk before, if there is one.
    pub after: Option<u32>,
}

/// Host bytes of tile rows.
#[derive(Clone, Copy)]
struct Held {
    /// Of a chunk.
    windows: u64,
    /// Together with the chunk before.
    pair: u64,
    /// Together with one that is as tall behind it.
    ahead: u64,
}

impl Held {
    /// The most at the same time.
    fn most(self) -> u64 {
        self.pair.max(self.ahead)
    }
}

impl Fitter<'_> {
    /// The tallest chunk at `row0` on the CPU: whole strips (32 absolute rows each) where one fits, else 16, 8, 4, 2 or
    /// 1 rows.
    pub fn on_cpu(&mut self, row0: u32, bounds: &Bounds) -> Fit {
        let left = self.output.rows.end - row0;
        if bounds.exact {
            return self.cpu_chunk(row0, bounds.rows.min(left), LimitedBy::Rows);
        }
        let end = self.output.rows.end.next_multiple_of(STRIP_ROWS);
        let last = end.min(row0.saturating_add(bounds.rows)) / STRIP_ROWS;
        let whole =
            (row0 / STRIP_ROWS + 1..=last).map(|strip| (strip * STRIP_ROWS - row0).min(left));
        let wanted = whole.clone().next_back();
        // More rows never take less: the first end that is too far is the last to try.
        let tallest = whole
            .take_while(|rows| self.fits_on_cpu(row0, *rows, bounds))
            .last();
        if let Some(rows) = tallest.filter(|_| tallest == wanted) {
            return self.cpu_chunk(row0, rows, LimitedBy::Rows);
        }
        let halves = std::iter::successors(Some(STRIP_ROWS / 2), |n| (*n > 1).then_some(n / 2));
        let part = || {
            let mut parts = halves.map(|rows| rows.min(left).min(bounds.rows));
            parts.find(|rows| *rows > 0 && self.fits_on_cpu(row0, *rows, bounds))
        };
        let rows = tallest.or_else(part).unwrap_or(0);
        self.cpu_chunk(row0, rows, LimitedBy::HostBytes)
    }

    fn fits_on_cpu(&mut self, row0: u32, rows: u32, bounds: &Bounds) -> bool {
        let strips = self.strips(rows);
        let kept = bounds.strips.unwrap_or(strips);
        let channels = self.output.channels;
        let over = |need: &Need| need.host_windows(channels).saturating_add(kept) > bounds.host;
        let mut fits = |rows: Range<u32>| !over(&self.needs.until(&rows, over));
        let end = row0 + rows;
        strips <= kept
            && fits(row0..self.output.rows.end.min(end.saturating_add(rows)))
            && self.after.is_none_or(|first| fits(first..end))
    }

    fn cpu_chunk(&mut self, row0: u32, rows: u32, limited_by: LimitedBy) -> Fit {
        if rows == 0 {
            return Fit::nothing(limited_by);
        }
        let held = self.held(row0, rows);
        let strips = self.strips(rows);
        Fit {
            rows,
            device: 0,
            host: held.most() + strips,
            windows: held.windows,
            pair: held.pair,
            strips,
            limited_by,
        }
    }

    fn strips(&self, rows: u32) -> u64 {
        let ChunkShape {
            width, channels, ..
        } = self.output;
        strip_bytes(rows, width, channels, self.threads)
    }

    /// Host bytes of the tile rows of a chunk, and of these and its neighbours': chunks share blocks of them, so all output
    /// rows from the first to the last are asked about.
    fn held(&mut self, row0: u32, rows: u32) -> Held {
        let channels = self.output.channels;
        let mut of = |rows: Range<u32>| self.needs.of(&rows).host_windows(channels);
        let end = row0 + rows;
        Held {
            windows: of(row0..end),
            ahead: of(row0..self.output.rows.end.min(end.saturating_add(rows))),
            pair: of(self.after.unwrap_or(row0)..end),
        }
    }

    /// A chunk at `row0` on a device that is within every bound, while one with one more row is not.
    ///
    /// Bytes may fall where a strip begins, and rise again; a taller chunk beyond one that is too large is not looked
    /// for. A single row is tried whatever the largest buffer is, because the device has the last word on its limits;
    /// and host memory never limits rows within the first block of 64, since its windows are the least that can be
    /// read.
    pub fn on_device(&mut self, row0: u32, bounds: &Bounds, device: &DeviceLimits) -> Fit {
        let most = bounds.rows.min(self.output.rows.end - row0);
        let channels = self.output.channels;
        // When the windows alone are too large, rows beyond need not be looked at.
        let enough = |need: &Need| need.windows(channels) > bounds.device;
        let bytes = |rows| self.size(row0, rows, device, enough).1.device;
        let (mut rows, mut limited_by) = (within(bounds.device, most, bytes), LimitedBy::Rows);
        if rows < most {
            limited_by = LimitedBy::DeviceBytes;
        }
        if bounds.exact || rows == 0 {
            let rows = if rows < most { 0 } else { rows };
            return self.device_chunk(row0, rows, device, limited_by);
        }
        if let Some(limit) = device.max_buffer {
            let largest = |rows| self.size(row0, rows, device, |_| false).1.largest;
            let fitting = within(limit, rows, largest).max(1);
            if fitting < rows {
                (rows, limited_by) = (fitting, LimitedBy::MaxBuffer);
            }
        }
        let host = |rows| self.device_chunk(row0, rows, device, limited_by).host;
        let fitting = within(bounds.host, rows, host).max(BLOCK_ROWS - row0 % BLOCK_ROWS);
        if fitting < rows {
            (rows, limited_by) = (fitting, LimitedBy::HostBytes);
        }
        self.device_chunk(row0, rows, device, limited_by)
    }

    fn device_chunk(
        &mut self,
        row0: u32,
        rows: u32,
        device: &DeviceLimits,
        limited_by: LimitedBy,
    ) -> Fit {
        if rows == 0 {
            return Fit::nothing(limited_by);
        }
        let (_, size) = self.size(row0, rows, device, |_| false);
        let held = self.held(row0, rows);
        Fit {
            rows,
            device: size.device,
            host: held.most() + size.staging,
            windows: held.windows,
            pair: held.pair,
            strips: size.staging,
            limited_by,
        }
    }

    fn size(
        &mut self,
        row0: u32,
        rows: u32,
        device: &DeviceLimits,
        enough: impl Fn(&Need) -> bool,
    ) -> (Need, ChunkSize) {
        let rows = row0..row0 + rows;
        let need = self.needs.until(&rows, enough);
        let shape = ChunkShape {
            rows,
            ..self.output.clone()
        };
        (need, (device.size)(&shape, &need))
    }
}

/// The number of rows, at most `most`, whose bytes are within the limit while those of one more row are not; 0 when not
/// even one fits.
fn within(limit: u64, most: u32, mut bytes_of: impl FnMut(u32) -> u64) -> u32 {
    let (mut good, mut bad) = (0, most.saturating_add(1));
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if bytes_of(middle) <= limit {
            good = middle;
        } else {
            bad = middle;
        }
    }
    good
}

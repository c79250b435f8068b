//! Strips into the output file, all channels at once or channel by channel.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use zemosaic_coadd::{Sink, Strip};
use zemosaic_fits::{FitsError, MosaicWriter};

/// Writes strips of some channels from whichever thread made them.
///
/// Channels come in order. Until the last one, coverage and alpha are drafts that the next channel
/// reads back; in a draft a negative coverage marks a pixel already counted as dead in a channel.
pub(crate) struct StripWriter<'a> {
    writer: &'a MosaicWriter,
    channels: Range<usize>,
    last: bool,
    covered: AtomicU64,
    dead: AtomicU64,
}

impl<'a> StripWriter<'a> {
    /// For `channels` of an output of `total`.
    pub(crate) fn new(writer: &'a MosaicWriter, channels: Range<usize>, total: usize) -> Self {
        Self {
            writer,
            last: channels.end == total,
            channels,
            covered: AtomicU64::new(0),
            dead: AtomicU64::new(0),
        }
    }

    /// Rows that no tile meets, in these channels.
    pub(crate) fn write_empty(&self, rows: &Range<usize>) -> Result<(), FitsError> {
        for plane in self.channels.clone() {
            self.writer.write_empty_values(plane, rows.clone())?;
        }
        // A draft that was never written reads as zeros already.
        if self.last {
            self.writer.write_empty_coverage(rows.clone())?;
        }
        Ok(())
    }

    /// Pixels covered by these channels and the earlier ones, and those found dead in one of them.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (get(&self.covered), get(&self.dead))
    }

    /// Joins the strip's coverage and alpha with the earlier channels'.
    fn join(&self, strip: &mut Strip) -> Result<(), FitsError> {
        let pixels = strip.coverage.len();
        let (mut coverage, mut alpha) = (vec![0.0; pixels], vec![0; pixels]);
        self.writer
            .read_draft(strip.first_row as usize, &mut coverage, &mut alpha)?;
        let mut dead = 0;
        for (now, before) in strip.coverage.iter_mut().zip(coverage) {
            let dies = before >= 0.0 && (before > 0.0) != (*now > 0.0);
            dead += u64::from(dies);
            let most = now.max(before.abs());
            *now = if !self.last && (dies || before < 0.0) {
                -most
            } else {
                most
            };
        }
        for (now, before) in strip.alpha.iter_mut().zip(alpha) {
            *now = (*now).max(before);
        }
        self.dead.fetch_add(dead, Ordering::Relaxed);
        Ok(())
    }
}

impl Sink for StripWriter<'_> {
    type Error = FitsError;

    fn take(&self, strip: &mut Strip) -> Result<(), FitsError> {
        let row = strip.first_row as usize;
        for (plane, values) in self.channels.clone().zip(&mut strip.values) {
            self.writer.write_values(plane, row, values)?;
        }
        if self.channels.start > 0 {
            self.join(strip)?;
        }
        let covered = strip.coverage.iter().filter(|c| **c != 0.0).count();
        self.covered.fetch_add(covered as u64, Ordering::Relaxed);
        if self.last {
            self.writer.write_coverage(row, &mut strip.coverage)?;
            self.writer.write_alpha(row, &strip.alpha)
        } else {
            self.writer.write_draft(row, &strip.coverage, &strip.alpha)
        }
    }
}

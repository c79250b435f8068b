//! Writes strips into the output file, all channels at once or channel by channel.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use zemosaic_coadd::{Sink, Strip};
use zemosaic_fits::{FitsError, MosaicWriter};
use zemosaic_room::resize;

/// Writes strips of some channels from whichever thread made them.
///
/// Channels come in order. Until the last one, coverage and alpha are drafts, which the next channel reads back but
/// does not modify, because an interrupted chunk may be made again. In a draft a negative coverage marks a pixel
/// already counted as dead in a channel.
pub(crate) struct StripWriter<'a> {
    writer: &'a MosaicWriter,
    channels: Range<usize>,
    last: bool,
    /// Rows that a failed attempt at the same chunk wrote before it failed.
    already: &'a [Range<u32>],
    wrote: Mutex<Vec<Range<u32>>>,
    covered: AtomicU64,
    dead: AtomicU64,
    /// Room for drafts that are read back.
    spare: Mutex<Vec<Draft>>,
}

/// Coverage and alpha of earlier channels.
type Draft = (Vec<f32>, Vec<u8>);

impl<'a> StripWriter<'a> {
    /// For `channels` of an output of `total` channels, where the rows `already` are written.
    pub(crate) fn new(
        writer: &'a MosaicWriter,
        channels: Range<usize>,
        total: usize,
        already: &'a [Range<u32>],
    ) -> Self {
        Self {
            writer,
            already,
            wrote: Mutex::default(),
            last: channels.end == total,
            channels,
            covered: AtomicU64::new(0),
            dead: AtomicU64::new(0),
            spare: Mutex::default(),
        }
    }

    /// Whether coverage and alpha are combined with those of earlier channels.
    pub(crate) fn joins(&self) -> bool {
        self.channels.start > 0
    }

    /// Rows that no tile meets, in any channel.
    pub(crate) fn write_empty(&self, rows: Range<u32>) -> Result<(), FitsError> {
        let rows = rows.start as usize..rows.end as usize;
        for plane in self.channels.clone() {
            self.writer.write_empty_values(plane, rows.clone())?;
        }
        if self.last {
            self.writer.write_empty_coverage(rows)
        } else {
            self.writer.write_empty_draft(self.channels.end - 1, rows)
        }
    }

    /// Pixels covered by these channels and the earlier ones, and those found dead in one of them.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (get(&self.covered), get(&self.dead))
    }

    /// Rows that reached the file, including those of a chunk that failed later.
    pub(crate) fn into_written(self) -> Vec<Range<u32>> {
        let wrote = self.wrote.into_inner();
        let wrote = wrote.unwrap_or_else(PoisonError::into_inner);
        self.already.iter().cloned().chain(wrote).collect()
    }

    /// The parts of `rows` that an earlier attempt has not written.
    fn missing(&self, rows: Range<u32>) -> Vec<Range<u32>> {
        let mut parts = vec![rows];
        for done in self.already {
            parts = parts
                .into_iter()
                .flat_map(|p| [p.start..p.end.min(done.start), p.start.max(done.end)..p.end])
                .filter(|p| !p.is_empty())
                .collect();
        }
        parts
    }

    /// Writes `rows` of the strip.
    fn write(&self, strip: &mut Strip, rows: Range<u32>) -> Result<(), FitsError> {
        let width = strip.coverage.len() / strip.rows.max(1) as usize;
        let at = |row: u32| (row - strip.first_row) as usize * width;
        let pixels = at(rows.start)..at(rows.end);
        let row = rows.start as usize;
        for (plane, values) in self.channels.clone().zip(&mut strip.values) {
            self.writer
                .write_values(plane, row, &mut values[pixels.clone()])?;
        }
        let coverage = &mut strip.coverage[pixels.clone()];
        let alpha = &mut strip.alpha[pixels];
        if self.joins() {
            self.join(row, coverage, alpha)?;
        }
        self.covered.fetch_add(covered(alpha), Ordering::Relaxed);
        if self.last {
            self.writer.write_coverage(row, coverage)?;
            self.writer.write_alpha(row, alpha)?;
        } else {
            let channel = self.channels.end - 1;
            self.writer.write_draft(channel, row, coverage, alpha)?;
        }
        let mut wrote = self.wrote.lock().unwrap_or_else(PoisonError::into_inner);
        wrote.push(rows);
        Ok(())
    }

    /// Combines coverage and alpha from `row` on with those of the earlier channels.
    fn join(&self, row: usize, coverage: &mut [f32], alpha: &mut [u8]) -> Result<(), FitsError> {
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let mut draft = spare().pop().unwrap_or_default();
        resize(&mut draft.0, coverage.len(), 0.0, "earlier coverage");
        resize(&mut draft.1, alpha.len(), 0, "earlier alpha");
        let channel = self.channels.start - 1;
        self.writer
            .read_draft(channel, row, &mut draft.0, &mut draft.1)?;
        let dead: u64 = coverage
            .chunks_mut(PART)
            .zip(draft.0.chunks(PART))
            .map(|(now, before)| u64::from(join_coverage(now, before, self.last)))
            .sum();
        for (now, before) in alpha.iter_mut().zip(&draft.1) {
            *now = (*now).max(*before);
        }
        spare().push(draft);
        self.dead.fetch_add(dead, Ordering::Relaxed);
        Ok(())
    }
}

/// Pixels that are joined together: their count fits a word.
const PART: usize = 1 << 16;

/// Combines coverage with that of earlier channels. Returns how many pixels are found dead in a channel. Bit operations,
/// because branches would become masked stores, which are slow on many CPUs.
fn join_coverage(now: &mut [f32], before: &[f32], last: bool) -> u32 {
    let signed = u32::from(!last) << 31;
    let mut dead = 0;
    for (now, before) in now.iter_mut().zip(before) {
        let known = u32::from(*before < 0.0);
        let dies = u32::from((*before > 0.0) != (*now > 0.0)) & (known ^ 1);
        dead += dies;
        let most = now.max(before.abs());
        *now = f32::from_bits(most.to_bits() | (signed & (dies | known).wrapping_neg()));
    }
    dead
}

/// Pixels with some opacity, counted from alpha because it has a quarter of the bytes of coverage.
fn covered(alpha: &[u8]) -> u64 {
    let few = |part: &[u8]| u64::from(part.iter().map(|a| u8::from(*a != 0)).sum::<u8>());
    alpha.chunks(usize::from(u8::MAX)).map(few).sum()
}

impl Sink for StripWriter<'_> {
    type Error = FitsError;

    fn take(&self, strip: &mut Strip) -> Result<(), FitsError> {
        for rows in self.missing(strip.first_row..strip.first_row + strip.rows) {
            self.write(strip, rows)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::join_coverage;

    #[test]
    fn a_pixel_that_lacks_a_channel_is_counted_once_and_keeps_the_larger_coverage() {
        // Before, now -> the draft; whether it is found dead now.
        for (before, now, draft, dies) in [
            (0.0, 0.0, 0.0, 0),
            (2.0, 3.0, 3.0, 0),
            (2.0, 1.5, 2.0, 0),
            (2.0, 0.0, -2.0, 1),
            (0.0, 3.0, -3.0, 1),
            (-2.0, 0.0, -2.0, 0),
            (-2.0, 3.0, -3.0, 0),
        ] {
            for last in [false, true] {
                let mut joined = [now; 37];
                let dead = join_coverage(&mut joined, &[before; 37], last);
                assert_eq!(dead, 37 * dies, "{before} {now}");
                let expected = if last { f32::abs(draft) } else { draft };
                assert!(joined.iter().all(|c| c.to_bits() == expected.to_bits()));
            }
        }
    }
}

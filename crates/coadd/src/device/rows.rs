//! The way of finished rows from a device's buffer to the sink.

use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::accumulate::dead_pixels;
use crate::backend::{ChunkError, DeviceError};
use crate::constants::{FAULT_MISSING, FAULT_OVERFLOW};
use crate::{Counters, STRIP_ROWS, Sink, Strip};

/// Pixels that are counted together.
const PART: usize = 1 << 16;

/// Hands rows of `width` pixels to `sink` on all threads, each stretch of them once `fill` has completed it. Returns counts
/// with the time in the sink, and the time in `fill`.
///
/// `fault` has the bits of `FAULT_...` that kernels set.
pub fn hand_over<S: Sink>(
    rows: Strip,
    width: usize,
    fault: u32,
    sink: &S,
    fill: impl Fn(&mut Strip) + Sync,
) -> Result<(Counters, Duration), ChunkError<S::Error>> {
    if fault & FAULT_MISSING != 0 {
        let message = "a tile's window lacks pixels that its lattice needs";
        return Err(DeviceError::Failed(message.into()).into());
    }
    cut(rows, width, 2 * rayon::current_num_threads() as u32)
        .into_par_iter()
        .with_max_len(1)
        .map(|mut strip| {
            let began = Instant::now();
            fill(&mut strip);
            let mut counters = count(&strip);
            let filled = Instant::now();
            sink.take(&mut strip)?;
            counters.write = filled.elapsed();
            counters.overflow = fault & FAULT_OVERFLOW != 0;
            Ok((counters, filled - began))
        })
        .try_reduce(Default::default, |a, b| Ok((a.0.with(b.0), a.1 + b.1)))
        .map_err(ChunkError::Sink)
}

/// At least `wanted` pieces if there are as many rows, and none beyond an absolute strip: few strips of wide rows are
/// work for many threads, too.
fn cut(mut rows: Strip, width: usize, wanted: u32) -> Vec<Strip> {
    let strips = rows.rows.div_ceil(STRIP_ROWS).max(1);
    let pieces = wanted.div_ceil(strips).next_power_of_two().min(STRIP_ROWS);
    let height = STRIP_ROWS / pieces;
    let mut out = Vec::new();
    while rows.rows > 0 {
        let next = height - rows.first_row % height;
        let next = next.min(rows.rows);
        let [first, others] = rows.split(next, width);
        out.push(first);
        rows = others;
    }
    out
}

fn count(strip: &Strip) -> Counters {
    let mut counters = Counters::default();
    // Parts whose counts fit a word, and no branches, so that it is done by vectors.
    for first in (0..strip.coverage.len()).step_by(PART) {
        let part = first..(first + PART).min(strip.coverage.len());
        let coverage = &strip.coverage[part.clone()];
        let covered: u32 = coverage.iter().map(|c| u32::from(*c > 0.0)).sum();
        counters.covered += u64::from(covered);
        if strip.values.len() > 1 {
            counters.dead_in_one_channel += dead_pixels(strip, part);
        }
    }
    counters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StripRoom;

    #[test]
    fn property_every_thread_has_rows_and_each_row_is_there_once() {
        for (rows, width, wanted) in [
            (0..64, 3, 4),
            (5..37, 2, 16),
            (31..33, 1, 4),
            (7..8, 5, 8),
            (0..32, 1, 1000),
            (64..64, 4, 2),
            (10..1000, 1, 2),
        ] {
            let mut room = StripRoom::default();
            let mut whole = room.lend(&rows, width, 2);
            for (i, value) in whole.values[1].iter_mut().enumerate() {
                *value = (rows.start as usize * width + i) as f32;
            }
            let pieces = cut(whole, width, wanted);
            let mut next = rows.start;
            for piece in &pieces {
                assert_eq!(piece.first_row, next);
                next += piece.rows;
                assert!(piece.rows > 0 && piece.first_row / STRIP_ROWS == (next - 1) / STRIP_ROWS);
                let pixels = piece.rows as usize * width;
                let held = [
                    piece.values[1].len(),
                    piece.coverage.len(),
                    piece.alpha.len(),
                ];
                assert_eq!(held, [pixels; 3]);
                assert_eq!(
                    piece.values[1][0],
                    (piece.first_row as usize * width) as f32
                );
            }
            assert_eq!(next, rows.end);
            assert!(pieces.len() >= (wanted as usize).min(rows.len()) || rows.len() < 64);
        }
    }
}

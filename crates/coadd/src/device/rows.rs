//! The way of finished rows from a device's buffer to the sink.

use std::ops::Range;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::Part;
use crate::backend::{ChunkError, DeviceError};
use crate::constants::{FAULT_MISSING, FAULT_OVERFLOW};
use crate::{Counters, STRIP_ROWS, Sink, Strip};

/// Hands the rows of a chunk's parts to the sink, in strips that are reused.
#[derive(Debug, Default)]
pub struct HandOver {
    spare: Mutex<Vec<Strip>>,
}

impl HandOver {
    /// Fills each strip of a part with `copy` (rows to fill -> values, coverage, alpha) and hands it to
    /// `sink`, on all threads. Returns counts with the time in the sink, and the time in `copy`.
    ///
    /// `fault` has the bits of `FAULT_...` that kernels set.
    pub fn run<S: Sink>(
        &self,
        part: &Part,
        fault: u32,
        sink: &S,
        copy: impl Fn(&Range<u32>, &mut Strip) + Sync,
    ) -> Result<(Counters, Duration), ChunkError<S::Error>> {
        if fault & FAULT_MISSING != 0 {
            let message = "a tile's window lacks pixels that its lattice needs";
            return Err(DeviceError::Failed(message.into()).into());
        }
        let rows = &part.rows;
        part.strips
            .clone()
            .into_par_iter()
            .with_max_len(1)
            .map(|index| {
                let these =
                    (index * STRIP_ROWS).max(rows.start)..((index + 1) * STRIP_ROWS).min(rows.end);
                let taken = self.spare.lock().ok().and_then(|mut s| s.pop());
                let mut strip = taken.unwrap_or_default();
                let began = Instant::now();
                (strip.first_row, strip.rows) = (these.start, these.len() as u32);
                copy(&these, &mut strip);
                let mut counters = count(&strip);
                let copied = Instant::now();
                sink.take(&mut strip)?;
                counters.write = copied.elapsed();
                counters.overflow = fault & FAULT_OVERFLOW != 0;
                if let Ok(mut spare) = self.spare.lock() {
                    spare.push(strip);
                }
                Ok((counters, copied - began))
            })
            .try_reduce(Default::default, |a, b| Ok((a.0.with(b.0), a.1 + b.1)))
            .map_err(ChunkError::Sink)
    }
}

fn count(strip: &Strip) -> Counters {
    let mut counters = Counters::default();
    for (i, coverage) in strip.coverage.iter().enumerate() {
        if *coverage > 0.0 {
            counters.covered += 1;
            let dead = strip.values.len() > 1 && strip.values.iter().any(|p| p[i].is_nan());
            counters.dead_in_one_channel += u64::from(dead);
        }
    }
    counters
}

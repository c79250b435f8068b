//! The CPU backend: the reference for every other backend.

mod simd;
mod strip;
#[cfg(test)]
mod tests;

pub use simd::simd;

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use crate::accumulate::Exact;
use crate::constants::{BICUBIC_TAPS, LANCZOS3_TAPS, LANCZOS4_TAPS, STRIP_ROWS};
use crate::job::{ChunkJob, Counters, Kernel};
use crate::output::{Sink, Strip};
use crate::sample::bilinear::Bilinear;
use crate::sample::nearest::Nearest;
use crate::sample::separable::{Cubic, Lanczos3, Lanczos4, Separable};
use strip::Scratch;

/// Host bytes of the strips that `threads` threads fill at the same time: one each, unless there are fewer rows.
pub fn strip_bytes(rows: u32, width: u32, channels: usize, threads: usize) -> u64 {
    let rows = u64::from(rows).min(threads as u64 * u64::from(STRIP_ROWS));
    rows * u64::from(width) * Strip::pixel_bytes(channels)
}

/// The CPU as a backend, with the buffers that its threads keep from strip to strip and chunk to chunk.
#[derive(Debug, Default)]
pub struct CpuBackend {
    spare: Mutex<Vec<Scratch>>,
}

impl CpuBackend {
    /// Makes the chunk on the current rayon pool and hands every strip to `sink`.
    ///
    /// Strips are aligned to absolute rows, so that a chunk's first row cannot change a pixel.
    pub fn run_chunk<S: Sink>(&self, job: &ChunkJob, sink: &S) -> Result<Counters, S::Error> {
        (job.rows.start / STRIP_ROWS..job.rows.end.div_ceil(STRIP_ROWS))
            .into_par_iter()
            .with_max_len(1)
            .map(|index| {
                let rows = (index * STRIP_ROWS).max(job.rows.start)
                    ..((index + 1) * STRIP_ROWS).min(job.rows.end);
                self.make_strip(job, rows, sink)
            })
            .try_reduce(Counters::default, |a, b| Ok(a.with(b)))
    }

    fn make_strip<S: Sink>(
        &self,
        job: &ChunkJob,
        rows: Range<u32>,
        sink: &S,
    ) -> Result<Counters, S::Error> {
        let mut scratch = self.spare().pop().unwrap_or_default();
        let counters = match job.kernel {
            Kernel::Nearest => strip::make::<Nearest, S>(job, rows, &mut scratch, sink),
            Kernel::Bilinear => strip::make::<Bilinear, S>(job, rows, &mut scratch, sink),
            Kernel::Bicubic => {
                strip::make::<Separable<BICUBIC_TAPS, Cubic>, S>(job, rows, &mut scratch, sink)
            }
            Kernel::Lanczos3 => {
                strip::make::<Separable<LANCZOS3_TAPS, Lanczos3>, S>(job, rows, &mut scratch, sink)
            }
            Kernel::Lanczos4 => {
                strip::make::<Separable<LANCZOS4_TAPS, Lanczos4>, S>(job, rows, &mut scratch, sink)
            }
            Kernel::Exact => strip::make::<Exact, S>(job, rows, &mut scratch, sink),
        };
        self.spare().push(scratch);
        counters
    }

    fn spare(&self) -> MutexGuard<'_, Vec<Scratch>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

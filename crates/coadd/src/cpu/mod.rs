//! The CPU backend: the reference that every other backend is compared with.

mod simd;
mod strip;
#[cfg(test)]
mod tests;

pub use simd::simd;

use std::sync::Mutex;

use rayon::prelude::*;

use crate::STRIP_ROWS;
use crate::job::{ChunkJob, Counters, Kernel, Sink};
use crate::sample::bilinear::Bilinear;
use crate::sample::exact::Exact;
use crate::sample::nearest::Nearest;
use crate::sample::separable::{Cubic, Lanczos3, Lanczos4, Separable};
use strip::Scratch;

/// Makes the chunk on the current rayon pool and hands every strip to `sink`.
///
/// Strips are aligned to absolute rows, so that a chunk's first row cannot change a pixel.
pub fn run_chunk<S: Sink>(job: &ChunkJob, sink: &S) -> Result<Counters, S::Error> {
    let spare: Mutex<Vec<Scratch>> = Mutex::new(Vec::new());
    (job.rows.start / STRIP_ROWS..job.rows.end.div_ceil(STRIP_ROWS))
        .into_par_iter()
        .with_max_len(1)
        .map(|index| {
            let rows = (index * STRIP_ROWS).max(job.rows.start)
                ..((index + 1) * STRIP_ROWS).min(job.rows.end);
            let taken = spare.lock().ok().and_then(|mut s| s.pop());
            let mut scratch = taken.unwrap_or_default();
            let counters = match job.kernel {
                Kernel::Nearest => strip::make::<Nearest, S>(job, rows, &mut scratch, sink),
                Kernel::Bilinear => strip::make::<Bilinear, S>(job, rows, &mut scratch, sink),
                Kernel::Bicubic => {
                    strip::make::<Separable<4, Cubic>, S>(job, rows, &mut scratch, sink)
                }
                Kernel::Lanczos3 => {
                    strip::make::<Separable<6, Lanczos3>, S>(job, rows, &mut scratch, sink)
                }
                Kernel::Lanczos4 => {
                    strip::make::<Separable<8, Lanczos4>, S>(job, rows, &mut scratch, sink)
                }
                Kernel::Exact => strip::make::<Exact, S>(job, rows, &mut scratch, sink),
            };
            if let Ok(mut spare) = spare.lock() {
                spare.push(scratch);
            }
            counters
        })
        .try_reduce(Counters::default, |a, b| Ok(a.with(b)))
}

//! Finished rows on their way down and out.

// The driver's interface is C.
#![allow(unsafe_code)]

use std::ops::Range;
use std::rc::Rc;
use std::sync::Mutex;
use std::time::Instant;

use cudarc::driver::{CudaEvent, DriverError, result};
use rayon::prelude::*;
use zemosaic_coadd::backend::{ChunkError, DeviceError};
use zemosaic_coadd::{ChunkJob, Counters, STRIP_ROWS, Sink, Strip};

use super::{Chunk, DOWN, Part, Progress, pixels};
use crate::error::outcome;
use crate::pinned::Pinned;
use crate::plan::OutputPlan;

impl Chunk<'_> {
    /// Queues the copy of finished rows to pinned memory, the fault word behind them.
    pub(super) fn fetch(
        &self,
        outputs: &mut [Pinned; 2],
        progress: &mut Progress,
        part: &Part,
    ) -> Result<(), DeviceError> {
        let down = &self.engine.streams[DOWN];
        let count = pixels(self.engine.job, &part.rows) as usize;
        let (plan, slot) = (&self.plan.output, part.slot);
        let (from, to) = (&self.buffers.outputs[slot], &mut outputs[slot]);
        let mut queue = || -> Result<[Rc<CudaEvent>; 2], DriverError> {
            for computed in progress.computed.iter().flatten() {
                down.wait(computed)?;
            }
            let began = self.mark(DOWN)?;
            let stream = down.cu_stream();
            // SAFETY: both sides hold `plan.bytes`, and `count` pixels fit in the plan; the pinned side is
            // read after the event below, and written again after that.
            unsafe {
                let values = to.view_mut::<f32>(0, count * self.engine.job.channels);
                result::memcpy_dtoh_async(values, from.address(0), stream)?;
                let coverage = to.view_mut::<f32>(plan.coverage_at as usize, count);
                result::memcpy_dtoh_async(coverage, from.address(plan.coverage_at), stream)?;
                let alpha = to.view_mut::<u8>(plan.alpha_at as usize, count);
                result::memcpy_dtoh_async(alpha, from.address(plan.alpha_at), stream)?;
                let fault = to.view_mut::<u32>(plan.bytes as usize, 1);
                result::memcpy_dtoh_async(fault, self.buffers.fault.address(0), stream)?;
            }
            Ok([began, self.mark(DOWN)?])
        };
        let span = queue().map_err(|e| outcome(e, "the copy of rows"))?;
        progress.counters.bytes_down +=
            count as u64 * (4 * self.engine.job.channels as u64 + 5) + 4;
        progress.fetched[slot] = Some(Rc::clone(&span[1]));
        progress.spans[DOWN].push(span);
        Ok(())
    }

    /// Waits for a part's rows and hands them to the sink, strip by strip.
    pub(super) fn hand_over<S: Sink>(
        &self,
        rows_at: &Pinned,
        progress: &mut Progress,
        part: &Part,
        spare: &Mutex<Vec<Strip>>,
        sink: &S,
    ) -> Result<(), ChunkError<S::Error>> {
        if let Some(fetched) = &progress.fetched[part.slot] {
            fetched.synchronize().map_err(|e| outcome(e, "a kernel"))?;
        }
        if rows_at.view::<u32>(self.plan.output.bytes as usize, 1)[0] != 0 {
            let message = "a tile's window lacks pixels that its lattice asks for";
            return Err(DeviceError::Failed(message.into()).into());
        }
        let rows = &part.rows;
        let strips = rows.start / STRIP_ROWS..rows.end.div_ceil(STRIP_ROWS);
        let (job, plan) = (self.engine.job, &self.plan.output);
        let counted = strips
            .into_par_iter()
            .with_max_len(1)
            .map(|index| {
                let these =
                    (index * STRIP_ROWS).max(rows.start)..((index + 1) * STRIP_ROWS).min(rows.end);
                let taken = spare.lock().ok().and_then(|mut s| s.pop());
                let mut strip = taken.unwrap_or_default();
                let mut counters = copy_strip(job, plan, rows_at, rows, &these, &mut strip);
                let began = Instant::now();
                sink.take(&mut strip)?;
                counters.write = began.elapsed();
                if let Ok(mut spare) = spare.lock() {
                    spare.push(strip);
                }
                Ok(counters)
            })
            .try_reduce(Counters::default, |a, b| Ok(a.with(b)))
            .map_err(ChunkError::Sink)?;
        progress.counters.common = progress.counters.common.with(counted);
        Ok(())
    }
}

/// Copies rows `part` out of the pinned rows `rows`, and counts.
fn copy_strip(
    job: &ChunkJob,
    plan: &OutputPlan,
    rows_at: &Pinned,
    rows: &Range<u32>,
    part: &Range<u32>,
    strip: &mut Strip,
) -> Counters {
    let count = pixels(job, rows) as usize;
    let width = job.width as usize;
    let range =
        (part.start - rows.start) as usize * width..(part.end - rows.start) as usize * width;
    (strip.first_row, strip.rows) = (part.start, part.len() as u32);
    strip.values.resize_with(job.channels, Vec::new);
    let values = rows_at.view::<f32>(0, count * job.channels);
    for (to, from) in strip.values.iter_mut().zip(values.chunks(count.max(1))) {
        replace(to, &from[range.clone()]);
    }
    replace(
        &mut strip.coverage,
        &rows_at.view::<f32>(plan.coverage_at as usize, count)[range.clone()],
    );
    replace(
        &mut strip.alpha,
        &rows_at.view::<u8>(plan.alpha_at as usize, count)[range],
    );
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

fn replace<T: Copy>(to: &mut Vec<T>, from: &[T]) {
    to.clear();
    to.extend_from_slice(from);
}

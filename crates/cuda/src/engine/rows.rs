//! The way of finished rows from the device to the sink.

// The driver has a C interface.
#![allow(unsafe_code)]

use std::rc::Rc;

use cudarc::driver::{CudaEvent, DriverError, result};
use zemosaic_coadd::backend::{ChunkError, DeviceError};
use zemosaic_coadd::device::{Part, hand_over};
use zemosaic_coadd::{Sink, Strip};

use super::{Chunk, DOWN, Progress};
use crate::error::outcome;
use crate::pinned::Pinned;

impl Chunk<'_> {
    /// Queues the copy of finished rows to pinned memory, followed by the fault word.
    pub(super) fn fetch(
        &self,
        outputs: &mut [Pinned; 2],
        progress: &mut Progress,
        part: &Part,
    ) -> Result<(), DeviceError> {
        let down = &self.engine.streams[DOWN];
        let count = part.pixels as usize;
        let (plan, slot) = (&self.plan.output, part.slot);
        let (from, to) = (&self.buffers.outputs[slot], &mut outputs[slot]);
        let mut queue = || -> Result<[Rc<CudaEvent>; 2], DriverError> {
            for computed in progress.computed.iter().flatten() {
                down.wait(computed)?;
            }
            let began = self.mark(DOWN)?;
            let stream = down.cu_stream();
            // SAFETY: both sides hold `plan.bytes`, and `count` pixels fit in the plan. The pinned side is
            // read only after the event below, and written again only after that.
            unsafe {
                let values = to.view_mut::<f32>(0, count * self.engine.job.channels);
                result::memcpy_dtoh_async(values, from.address(0), stream)?;
                let coverage = to.view_mut::<f32>(plan.coverage_at as usize, count);
                result::memcpy_dtoh_async(coverage, from.address(plan.coverage_at), stream)?;
                let alpha = to.view_mut::<u8>(plan.alpha_at as usize, count);
                result::memcpy_dtoh_async(alpha, from.address(plan.alpha_at), stream)?;
                let fault = to.view_mut::<u32>(plan.bytes as usize, 1);
                result::memcpy_dtoh_async(fault, self.buffers.constants.address(0), stream)?;
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

    /// Waits for a part's rows and hands them to the sink, where they lie.
    pub(super) fn hand_over<S: Sink>(
        &self,
        rows_at: &mut Pinned,
        progress: &mut Progress,
        part: &Part,
        sink: &S,
    ) -> Result<(), ChunkError<S::Error>> {
        if let Some(fetched) = &progress.fetched[part.slot] {
            fetched.synchronize().map_err(|e| outcome(e, "a kernel"))?;
        }
        let (plan, job) = (&self.plan.output, self.engine.job);
        let count = part.pixels as usize;
        let fault = rows_at.view::<u32>(plan.bytes as usize, 1)[0];
        let [values, rest] = rows_at.all_mut().split(plan.coverage_at);
        let [coverage, alpha] = rest.split(plan.alpha_at - plan.coverage_at);
        let values = values.into_slice::<f32>(count * job.channels);
        let rows = Strip {
            first_row: part.rows.start,
            rows: part.rows.len() as u32,
            values: values.chunks_mut(count.max(1)).collect(),
            coverage: coverage.into_slice(count),
            alpha: alpha.into_slice(count),
        };
        let (counted, _) = hand_over(rows, job.width as usize, fault, sink, |_| {})?;
        progress.counters.common = progress.counters.common.with(counted);
        Ok(())
    }
}

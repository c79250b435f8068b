//! Finished rows on their way down and out.

use std::ops::Range;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use zemosaic_coadd::backend::{ChunkError, DeviceError};
use zemosaic_coadd::{ChunkJob, Counters, STRIP_ROWS, Sink, Strip};

use super::{Chunk, Part, Progress, pixels};

/// The rows of a part as the device left them: values of the channels, coverage, opacity if any.
struct Rows<'a> {
    job: &'a ChunkJob<'a>,
    planes: &'a [f32],
    with_alpha: bool,
    range: &'a Range<u32>,
}

impl Chunk<'_> {
    /// Queues the copy of finished rows to where the host reads them, the fault word behind them.
    pub(super) fn fetch(&self, progress: &mut Progress, part: &Part) {
        let job = self.engine.job;
        let planes = job.channels as u64 + 1 + u64::from(self.plan.with_alpha);
        let bytes = 4 * planes * u64::from(pixels(job, &part.rows));
        let output = &mut progress.staging.outputs[part.slot];
        let to = &output.held.buffer;
        let mut encoder = self.encoder();
        encoder.copy_buffer_to_buffer(&self.buffers.sums.buffer, 0, to, 0, bytes);
        encoder.copy_buffer_to_buffer(&self.buffers.fault.buffer, 0, to, self.plan.rows, 4);
        output.used_by(self.engine.queue.submit([encoder.finish()]));
        progress.counters.bytes_down += bytes + 4;
    }

    /// Waits for a part's rows and hands them to the sink, strip by strip.
    pub(super) fn hand_over<S: Sink>(
        &self,
        progress: &mut Progress,
        part: &Part,
        sink: &S,
    ) -> Result<(), ChunkError<S::Error>> {
        const AT: &str = "the copy of rows";
        let output = &mut progress.staging.outputs[part.slot];
        let counters = &mut progress.counters;
        counters.common.kernel += output.wait(self.engine.device, self.engine.trouble, AT)?;
        let view = output.held.buffer.slice(..).get_mapped_range();
        let fail = |why: String| DeviceError::Failed(format!("wgpu failed in {AT}: {why}"));
        let view = view.map_err(|e| fail(e.to_string()))?;
        let floats: &[f32] = bytemuck::try_cast_slice(&view).map_err(|e| fail(e.to_string()))?;
        let (planes, fault) = floats.split_at((self.plan.rows / 4) as usize);
        if fault.first().is_none_or(|f| f.to_bits() != 0) {
            let message = "a tile's window lacks pixels that its lattice asks for";
            return Err(DeviceError::Failed(message.into()).into());
        }
        let rows = Rows {
            job: self.engine.job,
            planes,
            with_alpha: self.plan.with_alpha,
            range: &part.rows,
        };
        let (counted, copied) = rows.hand_over(sink).map_err(ChunkError::Sink)?;
        counters.common = counters.common.with(counted);
        counters.download += copied;
        drop(view);
        output.held.buffer.unmap();
        Ok(())
    }
}

impl Rows<'_> {
    /// Every strip to the sink, on all threads; counts, and the time that copying took.
    fn hand_over<S: Sink>(&self, sink: &S) -> Result<(Counters, Duration), S::Error> {
        let spare = Mutex::new(Vec::new());
        let rows = self.range;
        (rows.start / STRIP_ROWS..rows.end.div_ceil(STRIP_ROWS))
            .into_par_iter()
            .with_max_len(1)
            .map(|index| {
                let these =
                    (index * STRIP_ROWS).max(rows.start)..((index + 1) * STRIP_ROWS).min(rows.end);
                let taken = spare.lock().ok().and_then(|mut s| s.pop());
                let mut strip = taken.unwrap_or_default();
                let began = Instant::now();
                let mut counters = self.copy(&these, &mut strip);
                let copied = Instant::now();
                sink.take(&mut strip)?;
                counters.write = copied.elapsed();
                if let Ok(mut spare) = spare.lock() {
                    spare.push(strip);
                }
                Ok((counters, copied - began))
            })
            .try_reduce(Default::default, |a, b| Ok((a.0.with(b.0), a.1 + b.1)))
    }

    /// Copies rows `these` into a strip, and counts.
    fn copy(&self, these: &Range<u32>, strip: &mut Strip) -> Counters {
        let count = pixels(self.job, self.range) as usize;
        let width = self.job.width as usize;
        let at = |row: u32| (row - self.range.start) as usize * width;
        let range = at(these.start)..at(these.end);
        let plane = |i: usize| &self.planes[i * count..][..count][range.clone()];
        (strip.first_row, strip.rows) = (these.start, these.len() as u32);
        strip.values.resize_with(self.job.channels, Vec::new);
        for (i, to) in strip.values.iter_mut().enumerate() {
            replace(to, plane(i));
        }
        replace(&mut strip.coverage, plane(self.job.channels));
        let opacities = self.with_alpha.then(|| plane(self.job.channels + 1));
        strip.alpha.clear();
        let mut counters = Counters::default();
        for (i, coverage) in strip.coverage.iter().enumerate() {
            let covered = *coverage > 0.0;
            let opacity = opacities.map_or(1.0, |o| o[i]);
            strip
                .alpha
                .push(if covered { to_alpha(opacity) } else { 0 });
            counters.covered += u64::from(covered);
            let dead = covered && strip.values.len() > 1;
            let dead = dead && strip.values.iter().any(|p| p[i].is_nan());
            counters.dead_in_one_channel += u64::from(dead);
        }
        counters
    }
}

/// Opacity byte of a covered pixel: never 0.
fn to_alpha(opacity: f32) -> u8 {
    (opacity.min(1.0) * 255.0).round().max(1.0) as u8
}

fn replace(to: &mut Vec<f32>, from: &[f32]) {
    to.clear();
    to.extend_from_slice(from);
}

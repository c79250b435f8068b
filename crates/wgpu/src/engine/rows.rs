//! The way of finished rows from the device to the sink.

use zemosaic_coadd::backend::{ChunkError, DeviceError};
use zemosaic_coadd::device::{Part, hand_over};
use zemosaic_coadd::{Sink, Strip, StripRoom};

use super::{Chunk, Progress};

impl Chunk<'_> {
    /// Queues the copy of finished rows to the read-back buffer, followed by the fault word.
    pub(super) fn fetch(&self, progress: &mut Progress, part: &Part) {
        let job = self.engine.job;
        let planes = job.channels as u64 + 1 + u64::from(self.plan.with_alpha);
        let bytes = 4 * planes * u64::from(part.pixels);
        let output = &mut progress.staging.outputs[part.slot];
        let to = &output.held.buffer;
        let mut encoder = self.encoder();
        encoder.copy_buffer_to_buffer(&self.buffers.sums.buffer, 0, to, 0, bytes);
        encoder.copy_buffer_to_buffer(&self.buffers.fault.buffer, 0, to, self.plan.rows, 4);
        output.used_by(self.engine.queue.submit([encoder.finish()]));
        progress.counters.bytes_down += bytes + 4;
    }

    /// Waits for a part's rows and hands them to the sink, through `room`: what is mapped for reading cannot be lent to it.
    pub(super) fn hand_over<S: Sink>(
        &self,
        progress: &mut Progress,
        part: &Part,
        room: &mut StripRoom,
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
        let (job, with_alpha) = (self.engine.job, self.plan.with_alpha);
        let (count, width) = (part.pixels as usize, job.width as usize);
        let fill = |strip: &mut Strip| {
            let first = (strip.first_row - part.rows.start) as usize * width;
            let pixels = strip.coverage.len();
            let plane = |i: usize| &planes[i * count + first..][..pixels];
            for (i, to) in strip.values.iter_mut().enumerate() {
                to.copy_from_slice(plane(i));
            }
            strip.coverage.copy_from_slice(plane(job.channels));
            let opacities = with_alpha.then(|| plane(job.channels + 1));
            for (i, (alpha, coverage)) in strip.alpha.iter_mut().zip(&*strip.coverage).enumerate() {
                *alpha = if *coverage > 0.0 {
                    to_alpha(opacities.map_or(1.0, |o| o[i]))
                } else {
                    0
                };
            }
        };
        // A buffer without the fault word cannot be trusted.
        let fault = fault.first().map_or(1, |f| f.to_bits());
        let rows = room.lend(&part.rows, width, job.channels);
        let (counted, copied) = hand_over(rows, width, fault, sink, fill)?;
        counters.common = counters.common.with(counted);
        counters.download += copied;
        drop(view);
        output.held.buffer.unmap();
        Ok(())
    }
}

/// Opacity byte of a covered pixel: never 0.
fn to_alpha(opacity: f32) -> u8 {
    (opacity.min(1.0) * 255.0).round().max(1.0) as u8
}

//! The way of windows to the device: packed into slabs; one is copied while the next is filled.

use std::ops::Range;
use std::time::Instant;

use rayon::prelude::*;
use wgpu::{Buffer, CommandEncoder, CommandEncoderDescriptor};
use zemosaic_coadd::TileRows;
use zemosaic_coadd::backend::{DeviceCounters, DeviceError};

use super::staged::Staged;
use super::{Chunk, Engine, Progress};
use crate::windows::{KINDS, WindowPlan};

const AT: &str = "the copy of windows";
/// Rows that one thread packs at once.
const SHARE_ROWS: usize = 64;

/// Two slabs, used in turn.
pub(super) struct Slabs {
    both: [Staged; 2],
    bytes: u64,
    current: usize,
    filled: u64,
    /// Copies out of the current slab.
    copies: Option<CommandEncoder>,
}

/// One plane of a tile's rows in host memory.
struct Source<'a> {
    rows: &'a TileRows<'a>,
    plane: usize,
}

impl Chunk<'_> {
    /// Queues the windows of the groups up to `group`.
    pub(super) fn send_windows(
        &self,
        progress: &mut Progress,
        group: usize,
    ) -> Result<(), DeviceError> {
        let Some(slabs) = &mut progress.staging.slabs else {
            return Ok(());
        };
        let began = Instant::now();
        while progress.groups_sent <= group {
            let number = progress.groups_sent;
            for tile in self.windows.groups[number].tiles.clone() {
                self.send_tile(slabs, &mut progress.counters, number, tile)?;
            }
            slabs.flush(self.engine);
            progress.groups_sent += 1;
        }
        progress.counters.upload += began.elapsed();
        Ok(())
    }

    fn send_tile(
        &self,
        slabs: &mut Slabs,
        counters: &mut DeviceCounters,
        group: usize,
        tile: usize,
    ) -> Result<(), DeviceError> {
        let job = self.engine.job;
        let (rows, plan) = (&job.tiles[tile].rows, &self.windows.of_tiles[tile]);
        let maps = [rows.has_variances(), rows.has_alphas()].map(usize::from);
        let kinds: [usize; KINDS] = [job.channels, maps[0], maps[1]];
        let mut first = 0;
        for (kind, planes) in kinds.into_iter().enumerate() {
            let (Some(at), Some(to)) = (plan.at[kind], &self.buffers.windows[group][kind]) else {
                continue;
            };
            for i in 0..planes {
                let plane = first + i;
                let source = Source { rows, plane };
                let at = at + 4 * i as u64 * u64::from(plan.plane);
                counters.bytes_up += slabs.send(self.engine, plan, &source, &to.buffer, at)?;
            }
            first += planes;
        }
        Ok(())
    }
}

impl Slabs {
    /// `both` of `bytes` bytes each, mapped.
    pub fn new(both: [Staged; 2], bytes: u64) -> Self {
        Self {
            both,
            bytes,
            current: 0,
            filled: 0,
            copies: None,
        }
    }

    /// Sends the planned rectangle of a plane to byte `at` of `to`. Returns the bytes.
    fn send(
        &mut self,
        engine: &Engine,
        plan: &WindowPlan,
        from: &Source,
        to: &Buffer,
        at: u64,
    ) -> Result<u64, DeviceError> {
        if plan.rect.columns.is_empty() || plan.rect.rows.is_empty() {
            return Ok(0);
        }
        let pitch = 4 * u64::from(plan.pitch);
        let mut row = plan.rect.rows.start;
        while row < plan.rect.rows.end {
            if self.filled + pitch > self.bytes {
                self.flush(engine);
            }
            if self.filled == 0 {
                self.both[self.current].wait(engine.device, engine.trouble, AT)?;
            }
            let room = (self.bytes - self.filled) / pitch;
            let count = room.min(u64::from(plan.rect.rows.end - row));
            let rows = row..row + count as u32;
            self.pack(plan, from, &rows)?;
            let copies = self.copies.get_or_insert_with(|| {
                let descriptor = CommandEncoderDescriptor { label: Some(AT) };
                engine.device.create_command_encoder(&descriptor)
            });
            copies.copy_buffer_to_buffer(
                &self.both[self.current].held.buffer,
                self.filled,
                to,
                at + u64::from(row - plan.rect.rows.start) * pitch,
                count * pitch,
            );
            self.filled += count * pitch;
            row = rows.end;
        }
        Ok(plan.rect.rows.len() as u64 * pitch)
    }

    /// Appends tile rows `rows` to the current slab.
    fn pack(&self, plan: &WindowPlan, from: &Source, rows: &Range<u32>) -> Result<(), DeviceError> {
        let pitch = 4 * plan.pitch as usize;
        // One view per thread, because a view cannot be shared.
        let slab = &self.both[self.current];
        let mut at = self.filled;
        let mut views = Vec::new();
        for first in rows.clone().step_by(SHARE_ROWS) {
            let share = first..rows.end.min(first + SHARE_ROWS as u32);
            let bytes = (share.len() * pitch) as u64;
            views.push((slab.write(at, bytes)?, share));
            at += bytes;
        }
        views.into_par_iter().for_each(|(mut view, share)| {
            for (i, row) in share.enumerate() {
                let mut at = i * pitch;
                for part in from.rows.row(from.plane, row, plan.rect.columns.clone()) {
                    let part: &[u8] = bytemuck::cast_slice(part);
                    view.slice(at..at + part.len()).copy_from_slice(part);
                    at += part.len();
                }
            }
        });
        Ok(())
    }

    /// Queues the copies out of the current slab, and changes to the other.
    fn flush(&mut self, engine: &Engine) {
        let Some(copies) = self.copies.take() else {
            return;
        };
        let slab = &mut self.both[self.current];
        slab.held.buffer.unmap();
        let submission = engine.queue.submit([copies.finish()]);
        slab.used_by(submission);
        self.current = 1 - self.current;
        self.filled = 0;
    }
}

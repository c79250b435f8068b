//! The way of windows to the device: packed into slabs; one is copied while the next is filled.

use std::ops::Range;
use std::time::Instant;

use rayon::prelude::*;
use wgpu::{Buffer, CommandEncoder, CommandEncoderDescriptor};
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

/// Tile rows of one plane in host memory.
struct Source<'a> {
    plane: &'a [f32],
    width: usize,
    first_row: u32,
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
        let (window, plan) = (
            &self.engine.job.tiles[tile].window,
            &self.windows.of_tiles[tile],
        );
        let variances: Vec<&[f32]> = window.variances.into_iter().collect();
        let alphas: Vec<&[f32]> = window.alphas.into_iter().collect();
        let kinds: [&[&[f32]]; KINDS] = [&window.values, &variances, &alphas];
        for (kind, planes) in kinds.into_iter().enumerate() {
            let (Some(at), Some(to)) = (plan.at[kind], &self.buffers.windows[group][kind]) else {
                continue;
            };
            for (i, plane) in planes.iter().enumerate() {
                let source = Source {
                    plane,
                    width: window.width as usize,
                    first_row: window.first_row,
                };
                let at = at + 4 * i as u64 * u64::from(plan.plane);
                counters.bytes_up += slabs.send(self.engine, plan, &source, &to.buffer, at)?;
            }
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
        let first = (rows.start - from.first_row) as usize * from.width;
        let source = &from.plane[first..][..rows.len() * from.width];
        let columns = plan.rect.columns.start as usize..plan.rect.columns.end as usize;
        // One view per thread, because a view cannot be shared.
        let shares = source.chunks(SHARE_ROWS * from.width);
        let slab = &self.both[self.current];
        let mut at = self.filled;
        let mut views = Vec::with_capacity(shares.len());
        for share in shares {
            let bytes = (share.len() / from.width * pitch) as u64;
            views.push((slab.write(at, bytes)?, share));
            at += bytes;
        }
        views.into_par_iter().for_each(|(mut view, share)| {
            for (i, row) in share.chunks(from.width).enumerate() {
                let row: &[u8] = bytemuck::cast_slice(&row[columns.clone()]);
                view.slice(i * pitch..i * pitch + row.len())
                    .copy_from_slice(row);
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

//! The tile rows that a part needs, and their description for kernels.

use std::ops::Range;

use zemosaic_coadd::backend::DeviceError;

use super::{Chunk, Progress};
use crate::layout::GpuTile;
use crate::pinned::Pinned;

impl Chunk<'_> {
    /// Queues copies of the tile rows that output rows `rows` need and that are not on the device yet.
    pub(super) fn send_windows(
        &self,
        progress: &mut Progress,
        rows: &Range<u32>,
    ) -> Result<(), DeviceError> {
        let Some(windows) = &self.buffers.windows else {
            return Ok(());
        };
        let tiles = self.engine.job.tiles.iter().zip(&self.windows);
        for ((tile, window), sent) in tiles.zip(&mut progress.sent) {
            let need = tile.profile.need([rows.start, rows.end]);
            let low = need.tile_y[0].max(window.rect.rows.start);
            let high = need.tile_y[1].min(window.rect.rows.end);
            if need.is_empty() || low >= high {
                continue;
            }
            // The rows on the device always form one range, so a gap between them and the requested rows is copied too.
            let there = if Range::is_empty(sent) {
                low..low
            } else {
                sent.clone()
            };
            *sent = low.min(there.start)..high.max(there.end);
            let missing = [sent.start..there.start, there.end..sent.end];
            for plane in 0..tile.rows.planes() {
                let to = windows.address(window.at) + plane as u64 * u64::from(window.plane) * 4;
                for part in missing.clone() {
                    (progress.slabs).send(window, &tile.rows, plane, part, to)?;
                }
            }
        }
        Ok(())
    }

    /// Describes for the kernels the parts of tiles that are on the device now.
    pub(super) fn describe_tiles(&self, progress: &Progress, staged: &mut Pinned) {
        let Some(windows) = &self.buffers.windows else {
            return;
        };
        let out =
            staged.view_mut::<GpuTile>(self.plan.lattice.tiles_at as usize, self.windows.len());
        let tiles = self.engine.job.tiles.iter().zip(&self.windows);
        for ((out, sent), (tile, window)) in out.iter_mut().zip(&progress.sent).zip(tiles) {
            let skipped = u64::from(sent.start - window.rect.rows.start) * u64::from(window.pitch);
            let base = windows.address(window.at) + 4 * skipped;
            let plane = |n: usize| base + n as u64 * u64::from(window.plane) * 4;
            let channels = self.engine.job.channels;
            let has_variances = tile.rows.has_variances();
            let behind = channels + usize::from(has_variances);
            *out = GpuTile {
                values: base,
                variances: if has_variances { plane(channels) } else { 0 },
                alphas: if tile.rows.has_alphas() {
                    plane(behind)
                } else {
                    0
                },
                plane: window.plane,
                pitch: window.pitch,
                column: window.rect.columns.start as i32,
                row: sent.start as i32,
                columns: window.rect.columns.len() as u32,
                rows: sent.len() as u32,
                width: tile.rows.size[0] as i32,
                height: tile.rows.size[1] as i32,
                weight: tile.weight,
                unused: 0,
            };
        }
    }
}

//! A part's lattice and its kernels.

// The driver has a C interface.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::rc::Rc;

use cudarc::driver::{DriverError, result};
use zemosaic_coadd::backend::DeviceError;
use zemosaic_coadd::constants::{GROUP_THREADS, GROUPS_PER_BLOCK};
use zemosaic_coadd::device::{Part, Piece, pieces_within};

use super::piece::{fill, send_lattice};
use super::{Chunk, Progress, RUN, UP};
use crate::error::outcome;
use crate::layout::Launch;
use crate::pinned::Pinned;
use crate::plan::TABLE_AT;
use crate::stack::StackPlan;

impl Chunk<'_> {
    /// Makes a part's lattice, and queues its copies and kernels.
    pub(super) fn compute(
        &self,
        lattices: &mut [Pinned; 2],
        progress: &mut Progress,
        part: &Part,
    ) -> Result<(), DeviceError> {
        const AT: &str = "a kernel";
        let fail = |e: DriverError| outcome(e, AT);
        let [up, run, _] = self.engine.streams;
        let job = self.engine.job;
        let every = 0..job.tiles.len();
        let counters = &mut progress.counters.common;
        let blocks = self.plan.parts.emit(job, &every, part, counters);
        let (runs, cells) = (self.plan.lattice.runs, self.plan.stack.cells());
        for piece in pieces_within(&blocks, runs, cells) {
            let launch = self.launch(part, progress.launches % 2, &piece);
            if launch.x0 >= launch.x1 || launch.y0 >= launch.y1 {
                continue;
            }
            let slot = progress.launches % 2;
            if let Some(copied) = progress.copied[slot].take() {
                copied.synchronize().map_err(fail)?;
            }
            if let Some(computed) = progress.computed[slot].take() {
                up.wait(&computed).map_err(fail)?;
            }
            let up_began = self.mark(UP).map_err(fail)?;
            self.send_windows(progress, &part.rows)?;
            let staged = &mut lattices[slot];
            let runs = fill(&self.plan, staged, &blocks, &piece);
            self.describe_tiles(progress, staged);
            progress.counters.bytes_up += send_lattice(
                &self.plan,
                staged,
                &self.buffers.lattices[slot],
                self.windows.len(),
                runs,
                &piece,
                up,
            )?;
            let copied = self.mark(UP).map_err(fail)?;

            run.wait(&copied).map_err(fail)?;
            let run_began = self.mark(RUN).map_err(fail)?;
            self.start(launch, piece.count).map_err(fail)?;
            let computed = self.mark(RUN).map_err(fail)?;
            progress.spans[UP].push([up_began, Rc::clone(&copied)]);
            progress.spans[RUN].push([run_began, Rc::clone(&computed)]);
            progress.copied[slot] = Some(copied);
            progress.computed[slot] = Some(computed);
            progress.launches += 1;
        }
        Ok(())
    }

    fn launch(&self, part: &Part, slot: usize, piece: &Piece) -> Launch {
        let job = self.engine.job;
        let lattice = &self.buffers.lattices[slot];
        let out = &self.buffers.outputs[part.slot];
        let across = self.plan.parts.across;
        let [rows, columns] = StackPlan::part(piece);
        let [x, y] = piece.pixels(part.strips.start, across, job.width, &part.rows);
        Launch {
            runs: lattice.address(0),
            owners: lattice.address(self.plan.lattice.owners_at),
            index: lattice.address(self.plan.lattice.index_at),
            // Never read if there are no tiles.
            tiles: lattice.address(self.plan.lattice.tiles_at.min(self.plan.lattice.bytes - 1)),
            values: out.address(0),
            coverage: out.address(self.plan.output.coverage_at),
            alpha: out.address(self.plan.output.alpha_at),
            fault: self.buffers.constants.address(0),
            table: self.table(),
            stack: self.buffers.stack.as_ref().map_or(0, |s| s.address(0)),
            plane: part.pixels,
            width: job.width,
            channels: job.channels as u32,
            with_alpha: u32::from(job.tiles.iter().any(|t| t.rows.has_alphas())),
            first_row: part.rows.start,
            first_strip: part.strips.start,
            first_block: piece.first,
            columns_of_blocks: across,
            x0: x.start,
            x1: x.end,
            y0: y.start,
            y1: y.end,
            rule: job.combine.number(),
            depth: self.plan.stack.depth,
            stack_pixels: self.plan.stack.pixels,
            stack_row: rows[0],
            stack_rows: rows[1],
            stack_column: columns[0],
            stack_columns: columns[1],
            unused: 0,
        }
    }

    /// Address of the kernel's table; never read if it has none.
    fn table(&self) -> u64 {
        match self.plan.constants_bytes {
            TABLE_AT => 0,
            _ => self.buffers.constants.address(TABLE_AT),
        }
    }

    fn start(&self, mut launch: Launch, blocks: u32) -> Result<(), DriverError> {
        self.engine.context.bind_to_thread()?;
        let mut arguments = [(&raw mut launch).cast::<c_void>()];
        // SAFETY: the kernel takes one `Launch` by value, which this call captures; what it points to stays
        // alive until the streams have finished.
        unsafe {
            result::launch_kernel(
                self.engine.kernel,
                (blocks * GROUPS_PER_BLOCK, 1, 1),
                (GROUP_THREADS, 1, 1),
                0,
                self.engine.streams[RUN].cu_stream(),
                &mut arguments,
            )
        }
    }
}

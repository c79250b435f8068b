//! A part's lattice and its kernels.

use std::ops::Range;

use wgpu::{
    BindGroup, BindingResource, Buffer, BufferBinding, BufferSize, CommandEncoder,
    CommandEncoderDescriptor, ComputePassDescriptor, ComputePipeline,
};
use zemosaic_coadd::STRIP_ROWS;
use zemosaic_coadd::backend::DeviceError;
use zemosaic_coadd::constants::{ABSENT, GROUPS_PER_BLOCK};
use zemosaic_coadd::device::{Part, Piece, Rect, pieces};

use super::{Chunk, Progress};
use crate::layout::{FINISH_COLUMNS, GpuRun, GpuTile, Launch};

const AT: &str = "a kernel";

impl Chunk<'_> {
    /// Makes a part's lattice, and queues its copies and kernels up to the finished rows.
    pub(super) fn compute(&self, progress: &mut Progress, part: &Part) -> Result<(), DeviceError> {
        let mut clear = self.encoder();
        clear.clear_buffer(&self.buffers.sums.buffer, 0, Some(self.plan.stack.at));
        if progress.launches == 0 {
            clear.clear_buffer(&self.buffers.fault.buffer, 0, None);
        }
        self.engine.queue.submit([clear.finish()]);
        for batch in self.plan.batches(part) {
            self.add_tiles(progress, part, &batch)?;
            if let Some(reduce) = &self.engine.pipelines.reduce {
                let groups = [GROUPS_PER_BLOCK, batch.len() as u32];
                for slice in self.slices() {
                    let launch = self.launch(part, &batch, slice.as_ref());
                    self.work_on_sums(progress, &launch, reduce, groups)?;
                }
            }
        }
        let groups = [
            self.engine.job.width.div_ceil(FINISH_COLUMNS),
            part.rows.len() as u32,
        ];
        let launch = self.launch(part, &(0..0), None);
        self.work_on_sums(progress, &launch, &self.engine.pipelines.finish, groups)
    }

    /// Queues the samples of all tiles in blocks `batch` of the part.
    fn add_tiles(
        &self,
        progress: &mut Progress,
        part: &Part,
        batch: &Range<u32>,
    ) -> Result<(), DeviceError> {
        let mut index = Vec::new();
        for (number, group) in self.windows.groups.iter().enumerate() {
            self.send_windows(progress, number)?;
            let (job, counters) = (self.engine.job, &mut progress.counters.common);
            let parts = &self.plan.parts;
            let blocks = parts.emit_blocks(job, &group.tiles, part, batch.clone(), counters);
            for piece in pieces(&blocks, self.plan.lattice.runs) {
                index.resize(piece.index_len(), 0);
                piece.index(&blocks, &mut index);
                let runs: Vec<GpuRun> = piece
                    .stretches(&blocks)
                    .flat_map(|(block, at)| {
                        at.map(|i| GpuRun::new(block.owners[i], &block.runs[i]))
                    })
                    .collect();
                if runs.is_empty() {
                    continue;
                }
                let launch = self.launch(part, batch, Some(&piece));
                let mut encoder = self.stage(progress, &launch, &index, &runs)?;
                let bound = self.bind(number);
                let groups = [GROUPS_PER_BLOCK, piece.count];
                dispatch(&mut encoder, &self.engine.pipelines.coadd, &bound, groups);
                self.submit(progress, encoder);
            }
        }
        Ok(())
    }

    /// How a batch is reduced: all at once, or some rows of its only block at a time.
    fn slices(&self) -> impl Iterator<Item = Option<Piece>> + use<> {
        let slices = self.plan.stack.slices() as usize;
        let rows = STRIP_ROWS as usize / slices;
        (0..slices).map(move |n| {
            (slices > 1).then(|| Piece {
                first: 0,
                count: 1,
                rect: Some(Rect {
                    rows: n * rows..(n + 1) * rows,
                    ..Rect::WHOLE
                }),
            })
        })
    }

    /// Queues a kernel that reads only the sums.
    fn work_on_sums(
        &self,
        progress: &mut Progress,
        launch: &Launch,
        kernel: &ComputePipeline,
        groups: [u32; 2],
    ) -> Result<(), DeviceError> {
        let mut encoder = self.stage(progress, launch, &[], &[])?;
        let bound = self.engine.kernels.bind_finish(
            self.engine.device,
            [
                range(&self.buffers.lattice.buffer, 0, size_of::<Launch>() as u64),
                self.buffers.sums.buffer.as_entire_binding(),
                range(&self.buffers.fault.buffer, 0, 4),
            ],
        );
        dispatch(&mut encoder, kernel, &bound, groups);
        self.submit(progress, encoder);
        Ok(())
    }

    pub(super) fn encoder(&self) -> CommandEncoder {
        let descriptor = CommandEncoderDescriptor { label: Some(AT) };
        self.engine.device.create_command_encoder(&descriptor)
    }

    /// A piece of the part's blocks `batch`, or all of them.
    fn launch(&self, part: &Part, batch: &Range<u32>, piece: Option<&Piece>) -> Launch {
        let job = self.engine.job;
        let (across, stack) = (self.plan.parts.across, &self.plan.stack);
        let piece = Piece {
            first: batch.start + piece.map_or(0, |p| p.first),
            count: piece.map_or(batch.len() as u32, |p| p.count),
            rect: piece.and_then(|p| p.rect.clone()),
        };
        let [x, y] = piece.pixels(part.strips.start, across, job.width, &part.rows);
        Launch {
            plane: part.pixels,
            width: job.width,
            channels: job.channels as u32,
            with_alpha: u32::from(self.plan.with_alpha),
            first_row: part.rows.start,
            first_strip: part.strips.start,
            first_block: piece.first,
            columns_of_blocks: across,
            x0: x.start,
            x1: x.end,
            y0: y.start,
            y1: y.end,
            index: self.plan.lattice.table,
            stack: (stack.at / 4) as u32,
            stack_block: batch.start,
            stack_plane: stack.blocks * stack.size[0] * stack.size[1],
            stack_rows: stack.size[0],
            stack_columns: stack.size[1],
            depth: stack.depth,
        }
    }

    /// What the kernels need to know about the tiles.
    fn tiles(&self) -> Vec<GpuTile> {
        let tiles = self.engine.job.tiles.iter().zip(&self.windows.of_tiles);
        let describe = |(tile, plan): (&zemosaic_coadd::TileJob, &crate::windows::WindowPlan)| {
            let at = |kind: usize| plan.at[kind].map_or(ABSENT, |byte| (byte / 4) as u32);
            GpuTile {
                values: at(0),
                variances: at(1),
                alphas: at(2),
                plane: plan.plane,
                pitch: plan.pitch,
                column: plan.rect.columns.start as i32,
                row: plan.rect.rows.start as i32,
                columns: plan.rect.columns.len() as u32,
                rows: plan.rect.rows.len() as u32,
                width: tile.rows.size[0] as i32,
                height: tile.rows.size[1] as i32,
                weight: tile.weight,
            }
        };
        tiles.map(describe).collect()
    }

    /// Writes a launch to staging, and returns an encoder that copies it to the device.
    fn stage(
        &self,
        progress: &mut Progress,
        launch: &Launch,
        index: &[u32],
        runs: &[GpuRun],
    ) -> Result<CommandEncoder, DeviceError> {
        let plan = &self.plan.lattice;
        let tiles = self.tiles();
        let tiles = if runs.is_empty() {
            &[]
        } else {
            tiles.as_slice()
        };
        let staged = &mut progress.staging.lattices[progress.launches % 2];
        let waited = staged.wait(self.engine.device, self.engine.trouble, AT)?;
        progress.counters.common.kernel += waited;
        // The table stays there for later launches.
        let table = if progress.launches == 0 {
            self.engine.job.kernel.table()
        } else {
            &[]
        };
        let index_at = plan.words_at + 4 * u64::from(plan.table);
        let parts: [(u64, &[u8]); 5] = [
            (0, bytemuck::bytes_of(launch)),
            (plan.tiles_at, bytemuck::cast_slice(tiles)),
            (plan.words_at, bytemuck::cast_slice(table)),
            (index_at, bytemuck::cast_slice(index)),
            (plan.runs_at, bytemuck::cast_slice(runs)),
        ];
        let mut encoder = self.encoder();
        for (at, bytes) in parts.into_iter().filter(|p| !p.1.is_empty()) {
            let count = bytes.len() as u64;
            staged.write(at, count)?.copy_from_slice(bytes);
            let (from, to) = (&staged.held.buffer, &self.buffers.lattice.buffer);
            encoder.copy_buffer_to_buffer(from, at, to, at, count);
            progress.counters.bytes_up += count;
        }
        staged.held.buffer.unmap();
        Ok(encoder)
    }

    /// Queues what `stage` began.
    fn submit(&self, progress: &mut Progress, encoder: CommandEncoder) {
        let submission = self.engine.queue.submit([encoder.finish()]);
        progress.staging.lattices[progress.launches % 2].used_by(submission);
        progress.launches += 1;
    }

    /// What the kernels read of group `group`. A plane that no tile has is bound to another one.
    fn bind(&self, group: usize) -> BindGroup {
        let (plan, lattice) = (&self.plan.lattice, &self.buffers.lattice.buffer);
        let windows = &self.buffers.windows[group];
        let any = &self.buffers.fault;
        let plane = |kind: usize| {
            let held = windows[kind].as_ref().or(windows[0].as_ref());
            held.map_or_else(
                || any.buffer.as_entire_binding(),
                |b| b.buffer.as_entire_binding(),
            )
        };
        let tiles = (self.windows.of_tiles.len() * size_of::<GpuTile>()) as u64;
        let runs = (plan.runs * size_of::<GpuRun>()) as u64;
        self.engine.kernels.bind_coadd(
            self.engine.device,
            [
                range(lattice, 0, size_of::<Launch>() as u64),
                self.buffers.sums.buffer.as_entire_binding(),
                range(&self.buffers.fault.buffer, 0, 4),
                range(lattice, plan.tiles_at, tiles),
                range(lattice, plan.words_at, plan.runs_at - plan.words_at),
                range(lattice, plan.runs_at, runs),
                plane(0),
                plane(1),
                plane(2),
            ],
        )
    }
}

fn range(buffer: &Buffer, offset: u64, bytes: u64) -> BindingResource<'_> {
    BindingResource::Buffer(BufferBinding {
        buffer,
        offset,
        size: BufferSize::new(bytes),
    })
}

fn dispatch(
    encoder: &mut CommandEncoder,
    kernel: &ComputePipeline,
    bound: &BindGroup,
    [x, y]: [u32; 2],
) {
    let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor {
        label: Some(AT),
        timestamp_writes: None,
    });
    pass.set_pipeline(kernel);
    pass.set_bind_group(0, bound, &[]);
    pass.dispatch_workgroups(x, y, 1);
}

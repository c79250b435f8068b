//! The way of windows to the device: packed into pinned slabs; one is copied while the next is filled.

// The driver has a C interface.
#![allow(unsafe_code)]

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use cudarc::driver::{CudaContext, CudaEvent, CudaStream, result};
use rayon::prelude::*;
use zemosaic_coadd::TileRows;
use zemosaic_coadd::backend::DeviceError;

use crate::error::outcome;
use crate::pinned::Pinned;
use crate::plan::WindowPlan;

/// Two slabs, used in turn.
pub(crate) struct Slabs<'a> {
    context: &'a Arc<CudaContext>,
    stream: &'a CudaStream,
    pinned: &'a mut [Pinned; 2],
    slab_bytes: usize,
    /// Signals that the copies out of a slab are done.
    copied: [Option<Rc<CudaEvent>>; 2],
    current: usize,
    filled: usize,
    pub bytes: u64,
}

impl<'a> Slabs<'a> {
    /// Slabs of `bytes` bytes each, which hold at least one row.
    pub fn new(
        context: &'a Arc<CudaContext>,
        stream: &'a CudaStream,
        pinned: &'a mut [Pinned; 2],
        bytes: u64,
    ) -> Self {
        Self {
            context,
            stream,
            pinned,
            slab_bytes: bytes as usize,
            copied: [None, None],
            current: 0,
            filled: 0,
            bytes: 0,
        }
    }

    /// Sends tile rows `rows` of plane number `plane` of `from`; `to` is the address of the plane on the device.
    pub fn send(
        &mut self,
        plan: &WindowPlan,
        from: &TileRows,
        plane: usize,
        rows: Range<u32>,
        to: u64,
    ) -> Result<(), DeviceError> {
        const AT: &str = "the copy of windows";
        let pitch = plan.pitch as usize;
        let mut row = rows.start;
        while row < rows.end {
            let count = self.room(pitch * 4, (rows.end - row) as usize)?;
            let packed = self.pinned[self.current].view_mut::<f32>(self.filled, count * pitch);
            packed
                .par_chunks_mut(pitch)
                .with_min_len(16)
                .zip(row..row + count as u32)
                .for_each(|(to, row)| {
                    let mut rest = to;
                    for part in from.row(plane, row, plan.rect.columns.clone()) {
                        let (here, behind) = rest.split_at_mut(part.len());
                        here.copy_from_slice(part);
                        rest = behind;
                    }
                });
            let to = to + u64::from(row - plan.rect.rows.start) * pitch as u64 * 4;
            // SAFETY: the plane lies inside the windows' buffer, and the slab is left alone until the
            // event recorded when it is full has passed.
            unsafe { result::memcpy_htod_async(to, packed, self.stream.cu_stream()) }
                .map_err(|e| outcome(e, AT))?;
            let bytes = count * pitch * 4;
            self.filled += bytes;
            self.bytes += bytes as u64;
            row += count as u32;
        }
        Ok(())
    }

    /// How many of `rows` rows go into the current slab; changes to the other slab when it is full.
    fn room(&mut self, row_bytes: usize, rows: usize) -> Result<usize, DeviceError> {
        const AT: &str = "pinned staging";
        let held = self.pinned[self.current].bytes();
        if self.filled > 0 && self.filled + row_bytes > held {
            let event = self.stream.record_event(None).map_err(|e| outcome(e, AT))?;
            self.copied[self.current] = Some(Rc::new(event));
            self.current = 1 - self.current;
            self.filled = 0;
        }
        if self.filled == 0 {
            if let Some(event) = self.copied[self.current].take() {
                event.synchronize().map_err(|e| outcome(e, AT))?;
            }
            self.pinned[self.current].reserve(self.context, self.slab_bytes, AT)?;
        }
        let room = (self.pinned[self.current].bytes() - self.filled) / row_bytes;
        Ok(room.min(rows))
    }
}

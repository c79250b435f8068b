//! Buffers that the host and the device use in turn.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use wgpu::{BufferAsyncError, BufferViewMut, Device, MapMode, PollType, SubmissionIndex};
use zemosaic_coadd::backend::DeviceError;

use crate::buffer::DeviceBuffer;
use crate::trouble::Trouble;

/// The result of a mapping, once it is known.
type Mapping = Arc<Mutex<Option<Result<(), BufferAsyncError>>>>;

/// A buffer that the host writes or reads while it is mapped, and the device while it is not.
pub(super) struct Staged {
    pub held: DeviceBuffer,
    mode: MapMode,
    /// The submission that uses it, and the mapping after that.
    pending: Option<(SubmissionIndex, Mapping)>,
}

impl Staged {
    /// A buffer to be written by the host; `held` was mapped at creation.
    pub fn to_write(held: DeviceBuffer) -> Self {
        Self {
            held,
            mode: MapMode::Write,
            pending: None,
        }
    }

    /// A buffer to be read by the host.
    pub fn to_read(held: DeviceBuffer) -> Self {
        Self {
            held,
            mode: MapMode::Read,
            pending: None,
        }
    }

    /// Requests the buffer back once `submission` is done.
    pub fn used_by(&mut self, submission: SubmissionIndex) {
        let mapping = Mapping::default();
        let told = Arc::clone(&mapping);
        self.held.buffer.map_async(self.mode, .., move |result| {
            *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        });
        self.pending = Some((submission, mapping));
    }

    /// Waits until the host has the buffer. Returns the time it took.
    pub fn wait(
        &mut self,
        device: &Device,
        trouble: &Trouble,
        at: &'static str,
    ) -> Result<Duration, DeviceError> {
        let Some((submission, mapping)) = self.pending.take() else {
            return Ok(Duration::ZERO);
        };
        let began = Instant::now();
        let how = PollType::Wait {
            submission_index: Some(submission),
            timeout: None,
        };
        trouble.wait(device, how, at)?;
        let fail = |why: String| DeviceError::Failed(format!("wgpu failed in {at}: {why}"));
        let told = mapping
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match told {
            Some(Ok(())) => Ok(began.elapsed()),
            Some(Err(e)) => Err(fail(e.to_string())),
            None => Err(fail("the buffer was not mapped".into())),
        }
    }

    /// `bytes` bytes from byte `at` on, for writing; the host must have the buffer.
    pub fn write(&self, at: u64, bytes: u64) -> Result<BufferViewMut, DeviceError> {
        let range = at..at + bytes;
        let view = self.held.buffer.slice(range).get_mapped_range_mut();
        view.map_err(|e| DeviceError::Failed(format!("wgpu failed in a staging buffer: {e}")))
    }
}

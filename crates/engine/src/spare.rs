//! Pixel buffers between two uses: fresh memory would be cleared by the system page by page.

use std::sync::{Mutex, PoisonError};

use zemosaic_room::{reserve, resize};

/// Buffers that nobody uses now.
#[derive(Debug, Default)]
pub(crate) struct Spare(Mutex<Vec<Vec<f32>>>);

impl Spare {
    /// A buffer of `len` pixels; what is in it is anybody's guess.
    pub(crate) fn take(&self, len: usize) -> Vec<f32> {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The smallest that is large enough, else the largest: it grows least.
        let fit = (0..spare.len()).min_by_key(|&i| {
            let capacity = spare[i].capacity();
            (capacity < len, capacity.abs_diff(len))
        });
        let mut buffer = fit.map(|i| spare.swap_remove(i)).unwrap_or_default();
        drop(spare);
        if buffer.capacity() < len {
            buffer = Vec::new();
            // The next windows may be somewhat taller; what is never touched takes no memory.
            reserve(&mut buffer, len + len / 4, "tile rows");
        }
        resize(&mut buffer, len, 0.0, "tile rows");
        buffer
    }

    /// Takes a buffer back.
    pub(crate) fn put(&self, buffer: Vec<f32>) {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spare.push(buffer);
    }

    /// Gives all of them back to the system.
    pub(crate) fn clear(&self) {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *spare = Vec::new();
    }
}

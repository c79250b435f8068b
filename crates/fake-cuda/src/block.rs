//! Memory that the driver owns.

use std::alloc::{Layout, alloc, dealloc};
use std::collections::BTreeMap;

/// New device memory is filled with this, so that a read before any write is noticed.
const POISON: u8 = 0xa5;
const ALIGN: usize = 256;

/// Owned memory.
pub(crate) struct Block {
    at: *mut u8,
    pub bytes: usize,
}

// SAFETY: plain memory, used under the driver's lock or in an order that the caller ensures.
unsafe impl Send for Block {}

impl Block {
    pub fn new(bytes: usize) -> Option<Self> {
        let layout = Layout::from_size_align(bytes, ALIGN)
            .ok()
            .filter(|_| bytes > 0)?;
        // SAFETY: the size is not zero.
        let at = unsafe { alloc(layout) };
        if at.is_null() {
            return None;
        }
        // SAFETY: `bytes` bytes were just allocated.
        unsafe { at.write_bytes(POISON, bytes) };
        Some(Self { at, bytes })
    }

    pub fn address(&self) -> u64 {
        self.at as u64
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this layout.
        unsafe {
            self.at.write_bytes(POISON, self.bytes);
            dealloc(
                self.at,
                Layout::from_size_align_unchecked(self.bytes, ALIGN),
            );
        }
    }
}

/// True when `bytes` from `at` lie inside one block.
pub(crate) fn inside(blocks: &BTreeMap<u64, Block>, at: u64, bytes: usize) -> bool {
    blocks
        .range(..=at)
        .next_back()
        .is_some_and(|(start, block)| {
            at.checked_add(bytes as u64)
                .is_some_and(|end| end <= start + block.bytes as u64)
        })
}

//! Memory that the driver owns.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::collections::BTreeMap;

/// New memory is filled with this, so that a read before any write is noticed.
const POISON: u8 = 0xa5;
const ALIGN: usize = 256;

/// What new memory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fresh {
    Poison,
    /// Poison, and each byte has a flag that says whether it was written.
    Flagged,
    /// Whatever the system gives, which is given when it is first touched.
    Untouched,
}

/// Owned memory.
pub(crate) struct Block {
    at: *mut u8,
    /// A flag for each byte, 1 once it is written; or null.
    flags: *mut u8,
    pub bytes: usize,
    fresh: Fresh,
}

// SAFETY: plain memory, used under the driver's lock or in an order that the caller ensures.
unsafe impl Send for Block {}

impl Block {
    pub fn new(bytes: usize, fresh: Fresh) -> Option<Self> {
        let layout = Layout::from_size_align(bytes, ALIGN)
            .ok()
            .filter(|_| bytes > 0)?;
        // SAFETY: the size is not zero.
        let at = unsafe { alloc(layout) };
        if at.is_null() {
            return None;
        }
        let mut block = Self {
            at,
            flags: std::ptr::null_mut(),
            bytes,
            fresh,
        };
        // SAFETY: `bytes` bytes were just allocated.
        unsafe {
            match fresh {
                Fresh::Poison | Fresh::Flagged => at.write_bytes(POISON, bytes),
                Fresh::Untouched => {}
            }
        }
        if fresh == Fresh::Flagged {
            // SAFETY: the size is not zero.
            block.flags = unsafe { alloc_zeroed(layout) };
            if block.flags.is_null() {
                return None;
            }
        }
        Some(block)
    }

    pub fn address(&self) -> u64 {
        self.at as u64
    }

    /// The address of its flags.
    pub fn flags(&self) -> Option<u64> {
        (!self.flags.is_null()).then_some(self.flags as u64)
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this layout.
        unsafe {
            if matches!(self.fresh, Fresh::Poison | Fresh::Flagged) {
                self.at.write_bytes(POISON, self.bytes);
            }
            let layout = Layout::from_size_align_unchecked(self.bytes, ALIGN);
            dealloc(self.at, layout);
            if !self.flags.is_null() {
                dealloc(self.flags, layout);
            }
        }
    }
}

/// The block that holds `bytes` bytes from `at`.
fn holder(blocks: &BTreeMap<u64, Block>, at: u64, bytes: usize) -> Option<&Block> {
    let (start, block) = blocks.range(..=at).next_back()?;
    let end = at.checked_add(bytes as u64)?;
    (end <= start + block.bytes as u64).then_some(block)
}

/// True when `bytes` from `at` lie inside one block.
pub(crate) fn inside(blocks: &BTreeMap<u64, Block>, at: u64, bytes: usize) -> bool {
    holder(blocks, at, bytes).is_some()
}

/// The flags of `bytes` bytes from `at`, if they lie inside one block that has flags.
pub(crate) fn flags(blocks: &BTreeMap<u64, Block>, at: u64, bytes: usize) -> Option<*mut u8> {
    let block = holder(blocks, at, bytes)?;
    Some((block.flags()? + (at - block.address())) as *mut u8)
}

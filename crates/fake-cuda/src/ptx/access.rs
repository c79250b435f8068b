//! Memory as a launch sees it: what may be read and written, and what has been.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};

use super::types::Type;
use crate::block::Block;

/// What is wrong with an access.
#[derive(Debug)]
pub(super) enum Wrong {
    Outside,
    Misaligned,
    Unwritten,
}

struct Region {
    start: u64,
    end: u64,
    /// A flag for each byte, unless the host may write them at any time.
    written: Option<u64>,
}

/// All allocations that are alive.
pub(super) struct Memory {
    regions: Vec<Region>,
}

impl Memory {
    pub fn new(blocks: &BTreeMap<u64, Block>, pinned: &BTreeMap<u64, Block>) -> Self {
        let region = |(start, block): (&u64, &Block)| Region {
            start: *start,
            end: start + block.bytes as u64,
            written: block.flags(),
        };
        Self {
            regions: blocks.iter().chain(pinned).map(region).collect(),
        }
    }

    /// The region of `bytes` bytes; `last` is where one was found before.
    fn find(&self, at: u64, bytes: u32, align: u32, last: &mut usize) -> Result<&Region, Wrong> {
        let bytes = u64::from(bytes);
        let holds = |r: &Region| r.start <= at && at.checked_add(bytes).is_some_and(|e| e <= r.end);
        if !self.regions.get(*last).is_some_and(holds) {
            let found = self.regions.iter().position(holds);
            *last = found.ok_or(Wrong::Outside)?;
        }
        if at.is_multiple_of(u64::from(align)) {
            Ok(&self.regions[*last])
        } else {
            Err(Wrong::Misaligned)
        }
    }

    /// Reads `values.len()` values of a type.
    pub fn load(
        &self,
        at: u64,
        kind: Type,
        values: &mut [u64],
        last: &mut usize,
    ) -> Result<(), Wrong> {
        let all = kind.bytes * values.len() as u32;
        let region = self.find(at, all, all, last)?;
        if let Some(flags) = region.written {
            let flags = flags + (at - region.start);
            // SAFETY: a region has a flag for each byte.
            if (0..u64::from(all)).any(|n| unsafe { atomic(flags + n) }.load(Relaxed) == 0) {
                return Err(Wrong::Unwritten);
            }
        }
        for (value, n) in values.iter_mut().zip(0..) {
            let at = at + n * u64::from(kind.bytes);
            // SAFETY: inside a live region, and aligned. A launch that races with itself is the kernel's fault.
            *value = unsafe {
                match kind.bytes {
                    1 => u64::from((at as *const u8).read()),
                    2 => u64::from((at as *const u16).read()),
                    4 => u64::from((at as *const u32).read()),
                    _ => (at as *const u64).read(),
                }
            };
        }
        Ok(())
    }

    /// Writes values of a type.
    pub fn store(
        &self,
        at: u64,
        kind: Type,
        values: &[u64],
        last: &mut usize,
    ) -> Result<(), Wrong> {
        let all = kind.bytes * values.len() as u32;
        let region = self.find(at, all, all, last)?;
        for (value, n) in values.iter().zip(0..) {
            let at = at + n * u64::from(kind.bytes);
            // SAFETY: as in `load`.
            unsafe {
                match kind.bytes {
                    1 => (at as *mut u8).write(*value as u8),
                    2 => (at as *mut u16).write(*value as u16),
                    4 => (at as *mut u32).write(*value as u32),
                    _ => (at as *mut u64).write(*value),
                }
            }
        }
        if let Some(flags) = region.written {
            let flags = flags + (at - region.start);
            for n in 0..u64::from(all) {
                // SAFETY: a region has a flag for each byte.
                unsafe { atomic(flags + n) }.store(1, Relaxed);
            }
        }
        Ok(())
    }

    /// Joins bits to a number, of 4 or 8 bytes. Returns the old number.
    pub fn or(&self, at: u64, kind: Type, bits: u64, last: &mut usize) -> Result<u64, Wrong> {
        let mut old = [0];
        self.load(at, kind, &mut old, last)?;
        // SAFETY: `load` has found it inside a live region, and aligned.
        Ok(unsafe {
            if kind.bytes == 4 {
                u64::from(AtomicU32::from_ptr(at as *mut u32).fetch_or(bits as u32, Relaxed))
            } else {
                AtomicU64::from_ptr(at as *mut u64).fetch_or(bits, Relaxed)
            }
        })
    }
}

/// A flag.
///
/// # Safety
/// It must be one, and alive.
unsafe fn atomic<'a>(at: u64) -> &'a AtomicU8 {
    // SAFETY: the caller says so.
    unsafe { AtomicU8::from_ptr(at as *mut u8) }
}

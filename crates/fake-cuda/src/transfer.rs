//! Copies and fills in the queues of streams.

use std::collections::BTreeMap;

use crate::block::{Block, flags};
use crate::code::{Code, LAUNCH_FAILED};

/// The null driver does work of up to so many bytes, such as words that say how a launch ended.
pub(crate) const SMALL: usize = 4096;

/// What the null driver downloads: floats of 0.75, so that pixels count as covered.
const PLAUSIBLE: u8 = 0x3f;

/// Pinned memory that the null driver has filled, from address to bytes.
#[derive(Default)]
pub(crate) struct Shown(BTreeMap<u64, usize>);

impl Shown {
    /// Fills a range when something is downloaded to it for the first time, which costs nothing later.
    pub fn show(&mut self, to: u64, bytes: usize) {
        let shown = self.0.entry(to).or_default();
        if *shown < bytes {
            // SAFETY: the download was checked against its block when it was requested.
            unsafe { (to as *mut u8).write_bytes(PLAUSIBLE, bytes) };
            *shown = bytes;
        }
    }

    /// Forgets all when memory is freed, because addresses are used again.
    pub fn forget(&mut self) {
        self.0.clear();
    }
}

/// Where a copy comes from.
pub(crate) enum Source {
    Address(u64),
    /// Pageable host memory is read before the call returns.
    Captured(Vec<u8>),
}

/// Rows of bytes to copy.
pub(crate) struct Copy {
    pub from: Source,
    pub from_pitch: usize,
    pub to: u64,
    pub to_pitch: usize,
    pub width: usize,
    pub rows: usize,
}

// SAFETY: addresses; see Block.
unsafe impl Send for Copy {}

impl Copy {
    pub fn line(from: u64, to: u64, bytes: usize) -> Self {
        Self {
            from: Source::Address(from),
            from_pitch: bytes,
            to,
            to_pitch: bytes,
            width: bytes,
            rows: 1,
        }
    }

    /// Where it goes to and how much it is, if the null driver leaves it out.
    pub fn left_out(&self) -> Option<(u64, usize)> {
        let bytes = self.width * self.rows;
        (bytes > SMALL).then_some((self.to, bytes))
    }

    /// Copies. It is a fault to copy what was never written.
    pub fn run(&self, blocks: &BTreeMap<u64, Block>) -> Result<(), Code> {
        let from = match &self.from {
            Source::Address(at) => *at as *const u8,
            Source::Captured(bytes) => bytes.as_ptr(),
        };
        for row in 0..self.rows {
            let to = self.to + (row * self.to_pitch) as u64;
            // SAFETY: both sides were checked against their blocks when the copy was requested, or are
            // the caller's own host memory. A block has a flag for each byte.
            unsafe {
                let from = from.add(row * self.from_pitch);
                if let Some(flags) = flags(blocks, from as u64, self.width) {
                    let flags = std::slice::from_raw_parts(flags, self.width);
                    if let Some(at) = flags.iter().position(|f| *f == 0) {
                        eprintln!(
                            "fake-cuda: a copy of {} bytes: byte {at} was never written",
                            self.width
                        );
                        return Err(LAUNCH_FAILED);
                    }
                }
                std::ptr::copy(from, to as *mut u8, self.width);
                if let Some(flags) = flags(blocks, to, self.width) {
                    flags.write_bytes(1, self.width);
                }
            }
        }
        Ok(())
    }
}

/// Device memory to fill with a pattern.
pub(crate) struct Fill {
    pub to: u64,
    pub pattern: u32,
    /// Bytes of the pattern, 1 or 4.
    pub unit: usize,
    pub count: usize,
}

impl Fill {
    pub fn run(&self, blocks: &BTreeMap<u64, Block>, is_null: bool) {
        let (pattern, bytes) = (self.pattern.to_ne_bytes(), self.unit * self.count);
        if is_null && bytes > SMALL {
            return;
        }
        // SAFETY: checked against its block when the fill was requested. A block has a flag for each byte.
        unsafe {
            if let Some(flags) = flags(blocks, self.to, bytes) {
                flags.write_bytes(1, bytes);
            }
            if self.unit == 1 {
                (self.to as *mut u8).write_bytes(pattern[0], self.count);
                return;
            }
            for i in 0..self.count {
                (self.to as *mut u32).add(i).write_unaligned(self.pattern);
            }
        }
    }
}

//! Copies and fills in the queues of streams.

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

    pub fn run(&self) {
        let from = match &self.from {
            Source::Address(at) => *at as *const u8,
            Source::Captured(bytes) => bytes.as_ptr(),
        };
        for row in 0..self.rows {
            // SAFETY: both sides were checked against their blocks when the copy was requested, or are
            // the caller's own host memory.
            unsafe {
                let to = (self.to as *mut u8).add(row * self.to_pitch);
                std::ptr::copy(from.add(row * self.from_pitch), to, self.width);
            }
        }
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
    pub fn run(&self) {
        let pattern = self.pattern.to_ne_bytes();
        // SAFETY: checked against its block when the fill was requested.
        unsafe {
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

//! The account of device memory: what is allocated, what may be allocated, and the error of a refusal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::backend::{AllocatorOptions, DeviceError, DeviceMemory, Pretended};

/// Counts a device's allocations, and limits them to a grant.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The grant and pretended values in force.
    pub options: AllocatorOptions,
    /// How many more chunk attempts are to fail at their first allocation.
    pub inject: u32,
    fail_next: bool,
    count: Arc<Count>,
}

#[derive(Debug, Default)]
struct Count {
    live: AtomicU64,
    peak: AtomicU64,
}

/// Bytes that count in a ledger until this is dropped.
#[derive(Debug)]
pub struct Entry {
    bytes: u64,
    count: Arc<Count>,
}

impl Ledger {
    /// An empty ledger.
    pub fn new(options: AllocatorOptions) -> Self {
        Self {
            options,
            ..Self::default()
        }
    }

    /// Begins an attempt at a chunk: resets the peak, and arms an injected failure.
    pub fn begin_chunk(&mut self) {
        self.count.peak.store(self.live(), Ordering::Relaxed);
        self.fail_next = self.inject > 0;
        self.inject = self.inject.saturating_sub(1);
    }

    /// Bytes allocated now.
    pub fn live(&self) -> u64 {
        self.count.live.load(Ordering::Relaxed)
    }

    /// Most bytes allocated at the same time since [`Self::begin_chunk`].
    pub fn peak(&self) -> u64 {
        self.count.peak.load(Ordering::Relaxed)
    }

    /// The pretended memory if there is one, else the result of `ask`.
    pub fn known(&self, ask: impl FnOnce() -> Option<DeviceMemory>) -> Option<DeviceMemory> {
        match self.options.pretended {
            Some(Pretended::Memory(memory)) => Some(memory),
            Some(Pretended::NoProbe) => None,
            None => ask(),
        }
    }

    /// Whether `bytes` for buffer `at` may be requested from the device; an error if an injected failure is
    /// due or the grant is too small.
    pub fn admit(
        &mut self,
        bytes: u64,
        at: &'static str,
        ask: impl FnOnce() -> Option<DeviceMemory>,
    ) -> Result<(), DeviceError> {
        let injected = std::mem::take(&mut self.fail_next);
        let left = self.options.grant.map(|g| g.saturating_sub(self.live()));
        if !injected && left.is_none_or(|left| bytes <= left) {
            return Ok(());
        }
        let mut error = self.refusal(bytes, at, ask);
        if let (DeviceError::OutOfMemory { free, .. }, false) = (&mut error, injected) {
            *free = left;
        }
        Err(error)
    }

    /// The error of a refused allocation, with the current or the pretended memory.
    pub fn refusal(
        &self,
        asked: u64,
        at: &'static str,
        ask: impl FnOnce() -> Option<DeviceMemory>,
    ) -> DeviceError {
        let known = self.known(ask);
        DeviceError::OutOfMemory {
            asked,
            free: known.map(|m| m.free),
            total: known.map(|m| m.total),
            at,
        }
    }

    /// Adds bytes that the device allocated.
    pub fn enter(&self, bytes: u64) -> Entry {
        let live = self.count.live.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.count.peak.fetch_max(live, Ordering::Relaxed);
        Entry {
            bytes,
            count: Arc::clone(&self.count),
        }
    }
}

impl Entry {
    /// Bytes that count.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.count.live.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_count_while_they_live() {
        let mut ledger = Ledger::default();
        let first = ledger.enter(10);
        let second = ledger.enter(5);
        drop(first);
        assert_eq!((ledger.live(), ledger.peak()), (5, 15));
        ledger.begin_chunk();
        assert_eq!((ledger.peak(), second.bytes()), (5, 5));
    }

    #[test]
    fn a_grant_bounds_what_is_live() {
        let mut ledger = Ledger::new(AllocatorOptions {
            grant: Some(12),
            pretended: None,
        });
        let _held = ledger.enter(10);
        assert_eq!(ledger.admit(2, "rows", || None), Ok(()));
        let total = Some(100);
        let refused = ledger.admit(3, "rows", || {
            Some(DeviceMemory {
                free: 90,
                total: 100,
            })
        });
        let (asked, free, at) = (3, Some(2), "rows");
        assert_eq!(
            refused,
            Err(DeviceError::OutOfMemory {
                asked,
                free,
                total,
                at
            })
        );
    }

    #[test]
    fn injected_failures_come_once_an_attempt() {
        let mut ledger = Ledger {
            inject: 2,
            ..Ledger::default()
        };
        for fails in [true, true, false] {
            ledger.begin_chunk();
            assert_eq!(ledger.admit(1, "rows", || None).is_err(), fails);
            assert_eq!(ledger.admit(1, "rows", || None), Ok(()));
        }
    }
}

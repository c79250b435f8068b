//! The context that is current on the calling thread.

use std::cell::Cell;

thread_local! {
    /// 0 means none.
    pub(crate) static CURRENT: Cell<u64> = const { Cell::new(0) };
}

/// Whether a context is current.
pub(crate) fn has_context() -> bool {
    CURRENT.get() != 0
}

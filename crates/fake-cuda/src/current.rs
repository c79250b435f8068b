//! The context that is current on the calling thread.

use std::cell::Cell;

thread_local! {
    /// 0: none.
    pub(crate) static CURRENT: Cell<u64> = const { Cell::new(0) };
}

/// Whether there is one.
pub(crate) fn has_context() -> bool {
    CURRENT.get() != 0
}

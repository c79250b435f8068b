//! Runs foreign code that may panic: wgpu panics when a driver's answer leaves it no choice.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`. A panic is returned as text instead of being printed to stderr, because it is not a bug of this program.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                usual(panic);
            }
        }));
    });
    let before = QUIET.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(before);
    done.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        let first = text.unwrap_or_default().lines().next().unwrap_or_default();
        first.trim().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_are_told_and_leave_the_next_one_alone() {
        assert_eq!(guarded(|| 3), Ok(3));
        let told = guarded(|| -> u8 { panic!("no\nmemory") });
        assert_eq!(told, Err("no".into()));
        assert!(!QUIET.get());
    }
}

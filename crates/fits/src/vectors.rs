//! Loops over pixels, compiled once for any CPU and once more for AVX2, chosen at run time: the same numbers.

#![allow(unsafe_code)] // Entering a function compiled for AVX2 after asking for it.

/// Runs `work`, which must be inlined for the vectors to come in.
pub(crate) fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the CPU has AVX2.
        return unsafe { avx2(work) };
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}

//! Loops over pixels, compiled for any CPU and again for AVX2, chosen at run time; the results are the same.

#![allow(unsafe_code)] // Calls a function compiled for AVX2 after checking for it.

/// Runs `work`, which must be inlined so that it gets vectorized.
#[inline]
pub fn vectorized<R>(work: impl FnOnce() -> R) -> R {
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

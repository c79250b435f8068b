//! From the program's pixels to the file's bytes, in place and in one pass, with their sum.

// Calls a function compiled for AVX2 after checking for it. (A closure for `vectorized` would be too large to be inlined.)
#![allow(unsafe_code)]

use super::order::{RowSum, sum_words};

/// Swaps the pixels to big-endian in place, makes every NaN the same, and returns the sums of the words.
pub(crate) fn floats(pixels: &mut [f32]) -> RowSum {
    let words = bytemuck::cast_slice_mut(pixels);
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the CPU has AVX2.
        return unsafe { floats_avx2(words) };
    }
    sum_words::<true>(words)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn floats_avx2(words: &mut [u32]) -> RowSum {
    sum_words::<true>(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::order::{NAN_BITS, row_sum};

    #[test]
    fn swapped_and_summed() {
        let mut pixels: Vec<f32> = (0..9003).map(|n| (n as f32 - 7.5).powi(3)).collect();
        let expected: Vec<u8> = pixels.iter().flat_map(|p| p.to_be_bytes()).collect();
        let sum = floats(&mut pixels);
        assert_eq!(bytemuck::cast_slice::<f32, u8>(&pixels), expected);
        assert_eq!(sum, row_sum(&expected, 0));
    }

    #[test]
    fn every_nan_is_the_same() {
        let mut pixels = [0xFFC0_0000, 0x7F80_0001, 0x7FFF_FFFF].map(f32::from_bits);
        floats(&mut pixels);
        assert!(pixels.iter().all(|p| p.to_bits() == NAN_BITS.to_be()));
        let mut infinite = [f32::INFINITY, f32::NEG_INFINITY];
        floats(&mut infinite);
        assert_eq!(infinite[0].to_bits(), 0x7F80_0000_u32.to_be());
        assert_eq!(infinite[1].to_bits(), 0xFF80_0000_u32.to_be());
    }
}

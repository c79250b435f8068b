//! From the program's pixels to the file's bytes, in place and in one pass, with their sum.

use super::order::{RowSum, sum_words};
use crate::vectors::vectorized;

/// Swaps the pixels to big-endian in place, makes every NaN the same, and returns the sums of the words.
pub(crate) fn floats(pixels: &mut [f32]) -> RowSum {
    vectorized(|| sum_words::<true>(bytemuck::cast_slice_mut(pixels)))
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

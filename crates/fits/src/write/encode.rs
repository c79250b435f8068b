//! From the program's pixels to the file's bytes, in place and in one pass, with their sum.

use super::checksum::fold;
use super::order::{LANES, Order, RowSum};
use crate::vectors::vectorized;

/// The only NaN that is written, so that all pixels without a value have the same bytes.
pub(crate) const NAN_BITS: u32 = 0x7FC0_0000;

/// Pixels converted between two folds of the sum: 2^20 words cannot overflow 64 bits and stay in the cache.
const BLOCK: usize = 1 << 20;

/// Swaps the pixels to big-endian in place, makes every NaN the same, and returns the sums of the words.
pub(crate) fn floats(pixels: &mut [f32]) -> RowSum {
    vectorized(|| swapped(bytemuck::cast_slice_mut(pixels)))
}

#[inline(always)]
#[allow(clippy::inline_always)] // Compiled for several instruction sets.
fn swapped(words: &mut [u32]) -> RowSum {
    let mut total = 0;
    let mut order = Order::default();
    for block in words.chunks_mut(BLOCK) {
        let mut sums = [0_u64; LANES];
        let (lanes, rest) = block.as_chunks_mut::<LANES>();
        for words in lanes {
            for (lane, word) in words.iter_mut().enumerate() {
                let bits = one_nan(*word);
                sums[lane] += u64::from(bits);
                order.add(lane, bits);
                *word = bits.to_be();
            }
        }
        for (lane, word) in rest.iter_mut().enumerate() {
            let bits = one_nan(*word);
            sums[lane] += u64::from(bits);
            order.add(lane, bits);
            *word = bits.to_be();
        }
        total += u64::from(fold(sums.iter().sum()));
    }
    RowSum {
        words: fold(total),
        order: order.sum(),
    }
}

#[inline(always)]
#[allow(clippy::inline_always)] // Compiled for several instruction sets.
fn one_nan(word: u32) -> u32 {
    let nan = word & 0x7FFF_FFFF > 0x7F80_0000;
    if nan { NAN_BITS } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::order::row_sum;

    #[test]
    fn swapped_and_summed() {
        let mut pixels: Vec<f32> = (0..3000).map(|n| (n as f32 - 7.5).powi(3)).collect();
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

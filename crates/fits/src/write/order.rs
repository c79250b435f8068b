//! Sums of a row that also notice words that have changed places, which the ones' complement sum of the standard does not.

use super::checksum::{fold, sum_bytes};

/// Words that are summed side by side, as vector instructions do.
const LANES: usize = 8;
/// Groups of so many words in a block: so few that the sums of halves of words fit into 32 bits.
const BLOCK: usize = 512;
/// The number of the block of the last words, which are no whole group.
const LAST: usize = 1 << 24;

/// The only NaN that is written, so that all pixels without a value have the same bytes.
pub(crate) const NAN_BITS: u32 = 0x7FC0_0000;

/// What is known of a row: the sum for DATASUM, and one that depends on the order of its words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RowSum {
    pub words: u32,
    pub order: u32,
}

/// The sums of a block, lane by lane: of the low and the high halves of its words, and of all these sums so far (as
/// Fletcher's checksum; J. G. Fletcher 1982, IEEE Trans. Commun. 30, 247).
struct BlockSum {
    low: [u32; LANES],
    high: [u32; LANES],
    twos: [u32; LANES],
}

impl BlockSum {
    /// `FLOATS`: makes every NaN the same and then swaps the words to big-endian.
    #[inline(always)]
    #[allow(clippy::inline_always)] // Compiled for several instruction sets.
    fn of<const FLOATS: bool>(groups: &mut [[u32; LANES]]) -> Self {
        // Apart, and with no index that is not known, these stay in vector registers.
        let (mut low, mut high, mut twos) = ([0_u32; LANES], [0_u32; LANES], [0_u32; LANES]);
        for group in groups {
            for lane in 0..LANES {
                let word = group[lane];
                let nan = FLOATS && word & 0x7FFF_FFFF > 0x7F80_0000;
                let bits = if nan { NAN_BITS } else { word };
                low[lane] += bits & 0xFFFF;
                high[lane] += bits >> 16;
                let one = low[lane].wrapping_add(high[lane].rotate_left(16));
                twos[lane] = twos[lane].wrapping_add(one);
                if FLOATS {
                    group[lane] = bits.to_be();
                }
            }
        }
        Self { low, high, twos }
    }

    /// Adds the block, which is the `number`-th of its row.
    #[inline(always)]
    #[allow(clippy::inline_always)] // Compiled for several instruction sets.
    fn add_to(&self, total: &mut u64, order: &mut u32, number: usize) {
        for lane in 0..LANES {
            *total += u64::from(self.low[lane]) + (u64::from(self.high[lane]) << 16);
            // 0 stays 0, so that nothing need be known of rows of zeros.
            let salt = 2 * (number * LANES + lane) as u32 + 1;
            let two = self.twos[lane];
            let mixed = (two ^ (two >> 15)).wrapping_mul(0x2C1B_3C6D ^ (salt << 1));
            *order = order.wrapping_add((mixed ^ (mixed >> 13)).wrapping_mul(salt));
        }
    }
}

/// The sums of the words of a row; see [`BlockSum::of`].
#[inline(always)]
#[allow(clippy::inline_always)] // Compiled for several instruction sets.
pub(crate) fn sum_words<const FLOATS: bool>(words: &mut [u32]) -> RowSum {
    let (mut total, mut order) = (0, 0);
    let (groups, rest) = words.as_chunks_mut::<LANES>();
    for (number, block) in groups.chunks_mut(BLOCK).enumerate() {
        BlockSum::of::<FLOATS>(block).add_to(&mut total, &mut order, number);
    }
    let mut last = [[0; LANES]];
    last[0][..rest.len()].copy_from_slice(rest);
    BlockSum::of::<FLOATS>(&mut last).add_to(&mut total, &mut order, LAST);
    rest.copy_from_slice(&last[0][..rest.len()]);
    RowSum {
        words: fold(total),
        order,
    }
}

/// The sums of a row as it is in the file, `offset` bytes into the data.
pub(crate) fn row_sum(bytes: &[u8], offset: u64) -> RowSum {
    let (whole, rest) = bytes.as_chunks::<4>();
    let mut words: Vec<u32> = whole.iter().map(|w| u32::from_be_bytes(*w)).collect();
    if !rest.is_empty() {
        let mut last = [0; 4];
        last[..rest.len()].copy_from_slice(rest);
        words.push(u32::from_be_bytes(last));
    }
    let sum = sum_words::<false>(&mut words);
    let aligned = offset.is_multiple_of(4);
    RowSum {
        words: if aligned {
            sum.words
        } else {
            sum_bytes(bytes, offset)
        },
        ..sum
    }
}

#[cfg(test)]
mod tests {
    use super::{RowSum, row_sum};
    use crate::write::checksum::sum_bytes;

    #[test]
    fn words_that_change_places_are_noticed() {
        // Whole numbers as floats have many zeros at their ends.
        let words: Vec<f32> = (0..9001_u16).map(f32::from).collect();
        let row: Vec<u8> = words.iter().flat_map(|v| v.to_be_bytes()).collect();
        let sum = row_sum(&row, 0);
        assert_eq!(sum.words, sum_bytes(&row, 0));
        for (a, b) in [
            (0, 1),
            (0, 8),
            (3, 100),
            (64, 128),
            (16, 4112),
            (8191, 8192),
            (8999, 9000),
        ] {
            let mut other = row.clone();
            for byte in 0..4 {
                other.swap(4 * a + byte, 4 * b + byte);
            }
            let swapped = row_sum(&other, 0);
            assert_eq!(swapped.words, sum.words);
            assert_ne!(swapped.order, sum.order, "{a} and {b}");
        }
        assert_eq!(row_sum(&[0; 13], 2), RowSum::default());
        assert_eq!(row_sum(&row[..13], 3).words, sum_bytes(&row[..13], 3));
    }
}

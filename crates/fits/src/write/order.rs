//! Sums of a row that also notice words that have changed places, which the ones' complement sum of the standard does not.

use super::checksum::sum_bytes;

/// Words that are summed side by side, as vector instructions do.
pub(crate) const LANES: usize = 8;

/// What is known of a row: the sum for DATASUM, and one that depends on the order of its words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RowSum {
    pub words: u32,
    pub order: u32,
}

/// A sum and the sum of all sums so far, lane by lane (as Fletcher's checksum; J. G. Fletcher 1982, IEEE Trans. Commun. 30,
/// 247).
#[derive(Clone, Copy, Default)]
pub(crate) struct Order {
    ones: [u32; LANES],
    twos: [u32; LANES],
}

impl Order {
    #[inline(always)]
    #[allow(clippy::inline_always)] // Compiled for several instruction sets.
    pub fn add(&mut self, lane: usize, word: u32) {
        self.ones[lane] = self.ones[lane].wrapping_add(word);
        self.twos[lane] = self.twos[lane].wrapping_add(self.ones[lane]);
    }

    /// 0 for words that are all 0.
    pub fn sum(&self) -> u32 {
        (0..LANES as u32).fold(0, |sum, lane| {
            let (one, two) = (self.ones[lane as usize], self.twos[lane as usize]);
            let mixed = two.wrapping_add(one.rotate_left(16));
            sum.wrapping_add(mixed.wrapping_mul(2 * lane + 1))
        })
    }
}

/// The sums of a row as it is in the file, `offset` bytes into the data.
pub(crate) fn row_sum(bytes: &[u8], offset: u64) -> RowSum {
    let mut order = Order::default();
    let (words, rest) = bytes.as_chunks::<4>();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    let last = [last];
    let last = if rest.is_empty() { &[][..] } else { &last[..] };
    for (at, word) in words.iter().chain(last).enumerate() {
        order.add(at % LANES, u32::from_be_bytes(*word));
    }
    RowSum {
        words: sum_bytes(bytes, offset),
        order: order.sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::row_sum;

    #[test]
    fn words_that_change_places_are_noticed() {
        let row: Vec<u8> = (0..101_u32)
            .flat_map(|n| (n * n + 7).to_be_bytes())
            .collect();
        let sum = row_sum(&row, 0);
        for (a, b) in [(0, 1), (0, 8), (3, 100), (92, 99), (16, 24)] {
            let mut other = row.clone();
            for byte in 0..4 {
                other.swap(4 * a + byte, 4 * b + byte);
            }
            let swapped = row_sum(&other, 0);
            assert_eq!(swapped.words, sum.words);
            assert_ne!(swapped.order, sum.order, "{a} and {b}");
        }
        assert_eq!(row_sum(&[0; 13], 2).order, 0);
    }
}

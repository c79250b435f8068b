//! DATASUM and CHECKSUM (FITS standard 4.0, section 4.4.2.7 and appendix J): the ones' complement sum of all 32-bit
//! big-endian words. It does not depend on the order, so rows can be added as they are written.

/// Carries wrap around to the lowest bit.
pub(crate) fn fold(mut sum: u64) -> u32 {
    while sum >> 32 != 0 {
        sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
    }
    sum as u32
}

/// The sum of bytes that start `offset` bytes into the data; all other bytes count as zeros.
pub(crate) fn sum_bytes(bytes: &[u8], offset: u64) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    let word = |w: &[u8; 4]| u64::from(u32::from_be_bytes(*w));
    // Summing by blocks keeps the 64-bit sum far from overflowing.
    let aligned = words
        .chunks(1 << 20)
        .map(|block| u64::from(fold(block.iter().map(word).sum())))
        .sum::<u64>();
    // A shift by whole bytes with wrap-around carry is a rotation.
    fold(aligned + word(&last)).rotate_right(8 * (offset % 4) as u32)
}

/// The sum of `count` words of the same value.
pub(crate) fn sum_repeated(word: u32, count: u64) -> u32 {
    let product = u128::from(word) * u128::from(count);
    let low = u64::from(fold(product as u64));
    fold(low + u64::from(fold((product >> 64) as u64)))
}

/// The 16 characters that make the sum of the whole HDU -0, given the sum without them (appendix J.2): each byte of the
/// complement is spread over four characters, all of them letters or digits.
pub(crate) fn encode(sum: u32) -> String {
    let complement = (!sum).to_be_bytes();
    let mut text = [0_u8; 16];
    for (lane, byte) in complement.into_iter().enumerate() {
        let quarter = byte / 4 + b'0';
        let mut four = [quarter + byte % 4, quarter, quarter, quarter];
        // Pairs are moved apart, which keeps their sum, until none is punctuation.
        while four.iter().any(|c| !c.is_ascii_alphanumeric()) {
            for pair in four.chunks_exact_mut(2) {
                if pair.iter().any(|c| !c.is_ascii_alphanumeric()) {
                    pair[0] += 1;
                    pair[1] -= 1;
                }
            }
        }
        for (n, character) in four.into_iter().enumerate() {
            text[4 * n + lane] = character;
        }
    }
    // The value starts in the twelfth column, one byte before a word boundary.
    text.rotate_right(1);
    text.iter().map(|&c| char::from(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_sum_to_the_whole() {
        let bytes: Vec<u8> = (0..1000_u32).map(|n| (n * 7919 % 251) as u8).collect();
        let whole = sum_bytes(&bytes, 0);
        for cut in [1, 2, 3, 4, 5, 499, 999] {
            let (a, b) = bytes.split_at(cut);
            let sum = u64::from(sum_bytes(b, cut as u64)) + u64::from(sum_bytes(a, 0));
            assert_eq!(fold(sum), whole, "cut at {cut}");
        }
        assert_ne!(sum_bytes(&bytes[1..], 0), sum_bytes(&bytes[1..], 1));
    }

    #[test]
    fn repeated_words_sum_as_bytes_do() {
        let bytes = 0x7FC0_0000_u32.to_be_bytes().repeat(12_345);
        assert_eq!(sum_repeated(0x7FC0_0000, 12_345), sum_bytes(&bytes, 0));
        assert_eq!(sum_repeated(u32::MAX, u64::MAX), u32::MAX);
    }

    #[test]
    fn encoding_cancels_the_sum() {
        for sum in [0, 1, 0x1234_5678, 0xFFFF_FFFF, 0x80FF_7F01, 868_229_149] {
            let text = encode(sum);
            assert!(text.bytes().all(|c| c.is_ascii_alphanumeric()), "{text}");
            // The other bytes of the card are part of the sum; here only the 16 characters, minus sixteen zeros, are.
            let with = u64::from(sum) + u64::from(sum_bytes(text.as_bytes(), 3));
            let zeros = u64::from(sum_bytes(&[b'0'; 16], 3));
            let total = fold(with + u64::from(!fold(zeros)));
            assert!(total == 0 || total == u32::MAX, "{sum}: {total:x}");
        }
        // The standard's own example of an HDU that has nothing left to cancel.
        assert_eq!(encode(0xFFFF_FFFF), "0000000000000000");
    }
}

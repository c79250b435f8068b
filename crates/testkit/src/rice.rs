//! Rice coding of 16-bit pixels (FITS standard 4.0, section 10.4.1).

/// Pixels that are coded together.
pub(crate) const BLOCK: usize = 32;
/// Bits of a block's number of low bits, and the largest such number.
const CODE_BITS: u32 = 4;
const MOST_LOW: u32 = 14;

/// Codes a row.
pub(crate) fn rice(pixels: &[i16]) -> Vec<u8> {
    let mut out = Bits::default();
    let mut last = pixels.first().copied().unwrap_or_default();
    out.put(u32::from(last as u16), 16);
    for block in pixels.chunks(BLOCK) {
        let mut steps = [0_u16; BLOCK];
        for (step, pixel) in steps.iter_mut().zip(block) {
            // Wrapping differences, with the sign in the lowest bit.
            let by = pixel.wrapping_sub(last);
            *step = ((by << 1) ^ (by >> 15)) as u16;
            last = *pixel;
        }
        let steps = &steps[..block.len()];
        let sum: u32 = steps.iter().map(|step| u32::from(*step)).sum();
        if sum == 0 {
            out.put(0, CODE_BITS);
            continue;
        }
        let mean = sum / block.len() as u32;
        let low = (mean + 1).ilog2().saturating_sub(1);
        if low >= MOST_LOW {
            out.put(MOST_LOW + 1, CODE_BITS);
            for step in steps {
                out.put(u32::from(*step), 16);
            }
            continue;
        }
        out.put(low + 1, CODE_BITS);
        for step in steps {
            let step = u32::from(*step);
            for _ in 0..step >> low {
                out.put(0, 1);
            }
            out.put(1, 1);
            out.put(step, low);
        }
    }
    out.end()
}

/// Bits in the order of a file.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    held: u64,
    count: u32,
}

impl Bits {
    /// Appends the lowest `bits` of a value, of at most 32.
    fn put(&mut self, value: u32, bits: u32) {
        let low = u64::from(value) & ((1 << bits) - 1);
        self.held = self.held << bits | low;
        self.count += bits;
        while self.count >= 8 {
            self.count -= 8;
            self.bytes.push((self.held >> self.count) as u8);
        }
    }

    fn end(mut self) -> Vec<u8> {
        let rest = (8 - self.count % 8) % 8;
        self.put(0, rest);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // Equal pixels: the first one, and a code of 0 for the block.
        assert_eq!(rice(&[5; 32]), [0, 5, 0]);
        // Steps 0, 1, -1, 1, as 0, 2, 1, 2: a mean of 1, no low bits (code 1), then 1, 001, 01, 001.
        assert_eq!(rice(&[7, 8, 7, 8]), [0, 7, 0b0001_1001, 0b0100_1000]);
        // Far apart: as they are.
        let far = rice(&[-32_768, 0, -32_768, 0]);
        assert_eq!(far.len(), (16 + 4 + 4 * 16_usize).div_ceil(8));
    }
}

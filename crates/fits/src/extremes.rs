//! The ends of what an image of whole numbers holds, without making a number of each pixel.

#![allow(clippy::inline_always)] // Loops that are inlined to be vectorized.

use crate::vectors::vectorized;

/// Stored numbers seen so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored<T> {
    pub least: T,
    pub most: T,
    pub blanks: u64,
}

/// A whole number as it is stored.
pub(crate) trait Whole: Copy + Ord + Into<i64> + TryFrom<i64> {
    /// The least and the largest.
    const ENDS: [Self; 2];
}

impl Whole for u8 {
    const ENDS: [u8; 2] = [u8::MIN, u8::MAX];
}
impl Whole for i16 {
    const ENDS: [i16; 2] = [i16::MIN, i16::MAX];
}
impl Whole for i32 {
    const ENDS: [i32; 2] = [i32::MIN, i32::MAX];
}
impl Whole for i64 {
    const ENDS: [i64; 2] = [i64::MIN, i64::MAX];
}

impl<T: Whole> Stored<T> {
    /// Before any was seen: the least is above the most.
    pub(crate) fn new() -> Stored<T> {
        let [least, most] = T::ENDS;
        Stored {
            least: most,
            most: least,
            blanks: 0,
        }
    }

    /// Looks at more pixels.
    pub(crate) fn see<const N: usize>(
        &mut self,
        bytes: &[u8],
        blank: Option<T>,
        number: impl Fn([u8; N]) -> T + Copy,
    ) {
        let pixels = bytes.as_chunks::<N>().0;
        vectorized(
            #[inline(always)]
            || match blank {
                None => self.see_all(pixels, number),
                Some(blank) => self.see_others(pixels, blank, number),
            },
        );
    }

    #[inline(always)]
    fn see_all<const N: usize>(&mut self, pixels: &[[u8; N]], number: impl Fn([u8; N]) -> T) {
        let (mut least, mut most) = (self.least, self.most);
        for pixel in pixels {
            let value = number(*pixel);
            least = least.min(value);
            most = most.max(value);
        }
        (self.least, self.most) = (least, most);
    }

    #[inline(always)]
    fn see_others<const N: usize>(
        &mut self,
        pixels: &[[u8; N]],
        blank: T,
        number: impl Fn([u8; N]) -> T,
    ) {
        let [lowest, highest] = T::ENDS;
        let (mut least, mut most) = (self.least, self.most);
        let mut blanks = 0_u32;
        for pixel in pixels {
            let value = number(*pixel);
            let is_blank = value == blank;
            blanks += u32::from(is_blank);
            least = least.min(if is_blank { highest } else { value });
            most = most.max(if is_blank { lowest } else { value });
        }
        (self.least, self.most) = (least, most);
        self.blanks += u64::from(blanks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(pixels: &[i16], blank: Option<i16>) -> (i16, i16, u64) {
        let bytes: Vec<u8> = pixels.iter().flat_map(|v| v.to_be_bytes()).collect();
        let mut stored = Stored::new();
        // In two parts, as files are read.
        let (first, second) = bytes.split_at(bytes.len() / 4 * 2);
        for part in [first, second] {
            stored.see(part, blank, i16::from_be_bytes);
        }
        (stored.least, stored.most, stored.blanks)
    }

    #[test]
    fn ends_and_blanks() {
        let pixels: Vec<i16> = (0..1000)
            .map(|n: i32| (n * 37 % 501 - 200) as i16)
            .collect();
        assert_eq!(seen(&pixels, None), (-200, 300, 0));
        assert_eq!(
            seen(&[5, -7, 9, -7, i16::MIN, i16::MAX], Some(-7)),
            (i16::MIN, i16::MAX, 2)
        );
        assert_eq!(seen(&[-7, 3, 4, -7], Some(-7)), (3, 4, 2));
        // Nothing but blanks.
        let (least, most, blanks) = seen(&[-7, -7], Some(-7));
        assert!(least > most && blanks == 2);
    }
}

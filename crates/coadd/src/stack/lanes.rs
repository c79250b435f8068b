//! Arithmetic for neighbouring pixels side by side, without branches, so that it becomes vector instructions.

/// Pixels that are processed side by side.
pub(crate) const LANES: usize = 16;
/// One number for each pixel.
pub(crate) type Lanes = [f32; LANES];
/// A mask for each pixel.
pub(super) type Bits = [u32; LANES];
/// One place among the ranked samples for each pixel.
pub(super) type Places = [i32; LANES];

/// For each lane the samples `first..end` of the ranked ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub first: Places,
    pub end: Places,
}

impl Stretch {
    #[inline(always)]
    pub fn len(&self, lane: usize) -> i32 {
        self.end[lane] - self.first[lane]
    }

    /// Where the length of a stretch meets a condition.
    #[inline(always)]
    pub fn where_len(&self, so: impl Fn(i32) -> bool) -> Bits {
        let mut lanes = [0; LANES];
        for lane in 0..LANES {
            lanes[lane] = bits(so(self.len(lane)));
        }
        lanes
    }

    /// The other stretch where bits are set.
    #[inline(always)]
    pub fn take(&mut self, other: &Self, set: &Bits) {
        for lane in 0..LANES {
            let keep = !set[lane] as i32;
            self.first[lane] = other.first[lane] & !keep | self.first[lane] & keep;
            self.end[lane] = other.end[lane] & !keep | self.end[lane] & keep;
        }
    }
}

/// All bits or none, because a branch would not become vector code.
#[inline(always)]
pub(super) fn bits(set: bool) -> u32 {
    u32::from(set).wrapping_neg()
}

/// The first where all bits are set, the second where none is.
#[inline(always)]
pub(super) fn either(bits: u32, set: f32, not: f32) -> f32 {
    f32::from_bits(set.to_bits() & bits | not.to_bits() & !bits)
}

/// True when bits are set in any lane.
#[inline(always)]
pub(super) fn any(set: &Bits) -> bool {
    set.iter().fold(0, |all, lane| all | lane) != 0
}

/// The mean of two; halved first, because their sum may overflow.
#[inline(always)]
pub(super) fn halfway(a: f32, b: f32) -> f32 {
    0.5 * a + 0.5 * b
}

#[inline(always)]
pub(super) fn clipped(value: f32, low: f32, high: f32) -> f32 {
    smaller(high, larger(low, value))
}

// Defined as the vector instructions are; `max` and `min` of Rust also check for NaN.
#[inline(always)]
pub(super) fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[inline(always)]
pub(super) fn smaller(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// The value where all bits are set, 0 where none is.
#[inline(always)]
pub(super) fn masked(value: f32, bits: u32) -> f32 {
    f32::from_bits(value.to_bits() & bits)
}

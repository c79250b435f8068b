//! One row of one cell in fixed point.

use std::ops::Range;

/// Fraction bits of positions inside a run: 2^-24 px, exact in f32.
pub const FRACTION_BITS: u32 = 24;

/// Most output pixels in one run.
pub const MAX_RUN: usize = 32;

/// Tile positions must stay this close (px) to a run's base, so that fixed point never overflows.
pub(super) const REACH: f64 = 120.0;

/// Tile positions of `len` consecutive output pixels of one output row, starting at column `x`.
///
/// Output pixel `x + k` falls on tile pixel `base + (p + k d + k(k-1)/2 e) / 2^24` per axis; the
/// bracket is evaluated in wrapping i32 arithmetic, and its value always fits in an i32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Run {
    /// First output column.
    pub x: u32,
    /// Number of output pixels, 1..=32.
    pub len: u32,
    /// Whole tile pixel (column, row) that positions are relative to.
    pub base: [i32; 2],
    /// Position at `k = 0` (column, row).
    pub p: [i32; 2],
    /// First difference.
    pub d: [i32; 2],
    /// Second difference.
    pub e: [i32; 2],
}

/// A position along a row, `start + k slope + k^2 bend`, px.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quadratic {
    pub start: f64,
    pub slope: f64,
    pub bend: f64,
}

impl Run {
    /// Fixed-point form of the two quadratics (column, row) over `span` pixels, of which `len` are used.
    ///
    /// The caller has checked that positions stay within [`REACH`] of `base`. The second difference is rounded first;
    /// the first difference then absorbs its error at the far end, which leaves at most 2^-18 px in the middle.
    pub(super) fn new(x: u32, len: u32, span: u32, base: [i32; 2], at: &[Quadratic; 2]) -> Self {
        let one = f64::from(1u32 << FRACTION_BITS);
        let last = f64::from(span - 1);
        let mut run = Self {
            x,
            len,
            base,
            p: [0; 2],
            d: [0; 2],
            e: [0; 2],
        };
        for axis in 0..2 {
            let Quadratic { start, slope, bend } = at[axis];
            let e = round(2.0 * bend * one);
            let bend_left = bend * one - 0.5 * f64::from(e);
            run.e[axis] = e;
            // k^2 bend = k bend + k(k-1) bend; what rounding e leaves is spread along the run.
            run.d[axis] = round((slope + bend) * one + (last - 1.0) * bend_left);
            run.p[axis] = round((start - f64::from(base[axis])) * one);
        }
        run
    }

    /// A run of one exact position, or `None` when it is too large for 32 bits.
    pub(super) fn single(x: u32, at: [f64; 2]) -> Option<Self> {
        let limit = f64::from(i32::MAX / 2);
        if at.iter().any(|v| v.abs() > limit) {
            return None;
        }
        let base = at.map(|v| libm::floor(v) as i32);
        let point = at.map(|start| Quadratic {
            start,
            slope: 0.0,
            bend: 0.0,
        });
        Some(Self::new(x, 1, 2, base, &point))
    }

    /// Fixed-point offset from the base of pixel `k` on `axis` (0 column, 1 row).
    #[inline(always)]
    #[allow(clippy::inline_always)] // Callers are compiled for several instruction sets.
    pub fn offset(&self, axis: usize, k: u32) -> i32 {
        let k = k as i32;
        let triangle = k * (k - 1) / 2;
        self.p[axis]
            .wrapping_add(k.wrapping_mul(self.d[axis]))
            .wrapping_add(triangle.wrapping_mul(self.e[axis]))
    }

    /// Part of its pixels as a separate run, at exactly the same positions.
    #[must_use]
    pub fn part(&self, lanes: Range<u32>) -> Self {
        let skipped = lanes.start as i32;
        let mut part = Self {
            x: self.x + lanes.start,
            len: lanes.end - lanes.start,
            ..*self
        };
        for axis in 0..2 {
            part.p[axis] = self.offset(axis, lanes.start);
            part.d[axis] = self.d[axis].wrapping_add(skipped.wrapping_mul(self.e[axis]));
        }
        part
    }

    /// The same positions, last pixel first; `x` stays that of the leftmost pixel.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let mut reversed = *self;
        for axis in 0..2 {
            // With L the last pixel, p + (L - k) d + (L - k)(L - k - 1)/2 e, sorted by powers of k.
            let bend = self.e[axis].wrapping_mul(self.len as i32 - 2);
            reversed.p[axis] = self.offset(axis, self.len - 1);
            reversed.d[axis] = self.d[axis].wrapping_add(bend).wrapping_neg();
        }
        reversed
    }

    /// Position of pixel `k` in px, for tests and reports.
    pub fn position(&self, k: u32) -> [f64; 2] {
        [0, 1].map(|a| {
            f64::from(self.base[a])
                + f64::from(self.offset(a, k)) / f64::from(1u32 << FRACTION_BITS)
        })
    }

    /// Whole-pixel box `[x0, x1, y0, y1]` (inclusive) that is certain to contain `floor` of every position.
    #[inline]
    pub fn bounds(&self) -> [i32; 4] {
        let mut out = [0; 4];
        for axis in 0..2 {
            let (a, b) = (self.offset(axis, 0), self.offset(axis, self.len - 1));
            // A parabola deviates from its chord by at most |e| len^2 / 8.
            let bulge = (i64::from(self.e[axis]).abs() * i64::from(self.len * self.len)) / 8 + 1;
            let low = i64::from(a.min(b)) - bulge;
            let high = i64::from(a.max(b)) + bulge;
            out[2 * axis] = self.base[axis].saturating_add((low >> FRACTION_BITS) as i32);
            out[2 * axis + 1] = self.base[axis].saturating_add((high >> FRACTION_BITS) as i32);
        }
        out
    }
}

/// Half away from zero, without the function call that `round` costs on plain x86-64.
#[inline]
fn round(v: f64) -> i32 {
    (v + 0.5f64.copysign(v)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: Run = Run {
        x: 64,
        len: 32,
        base: [7, -3],
        p: [-12_345, i32::MAX - 5],
        d: [16_777_300, -9_000_001],
        e: [-77, 4_242],
    };

    #[test]
    fn parts_lie_where_the_whole_does() {
        let run = RUN;
        for lanes in [0..32, 0..1, 5..9, 31..32] {
            let part = run.part(lanes.clone());
            assert_eq!((part.x, part.len), (64 + lanes.start, lanes.len() as u32));
            for k in 0..part.len {
                for axis in 0..2 {
                    let whole = run.offset(axis, lanes.start + k);
                    assert_eq!(part.offset(axis, k), whole, "{lanes:?}, pixel {k}");
                }
            }
        }
    }

    #[test]
    fn reversed_runs_lie_where_they_did() {
        for len in [1, 2, 7, 32] {
            let run = Run { len, ..RUN };
            let reversed = run.reversed();
            for k in 0..len {
                for axis in 0..2 {
                    assert_eq!(reversed.offset(axis, k), run.offset(axis, len - 1 - k));
                }
            }
        }
    }
}

//! One row of one cell in fixed point.

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

impl Run {
    /// Fits the run through tile positions at `k = 0`, `span/2` and `span` (px, f64), or `None`
    /// when they reach too far from each other for fixed point.
    ///
    /// The second difference is rounded first and the first difference then absorbs its error at
    /// the far end, which leaves at most 2^-18 px in the middle.
    pub(super) fn fit(x: u32, len: u32, span: f64, at: [[f64; 2]; 3]) -> Option<Self> {
        let mut run = Self {
            x,
            len,
            base: [0; 2],
            p: [0; 2],
            d: [0; 2],
            e: [0; 2],
        };
        let one = f64::from(1u32 << FRACTION_BITS);
        for axis in 0..2 {
            let [start, middle, end] = at.map(|q| q[axis]);
            let base = libm::floor(middle);
            if (start - base).abs() > REACH
                || (end - base).abs() > REACH
                || base.abs() > f64::from(i32::MAX / 2)
            {
                return None;
            }
            let square = 2.0 * (start - 2.0 * middle + end) / (span * span);
            let slope = (4.0 * middle - 3.0 * start - end) / span;
            let e = libm::round(2.0 * square * one);
            let last = span - 1.0;
            let far = start + last * slope + last * last * square;
            let d = libm::round(((far - start) * one - last * (last - 1.0) / 2.0 * e) / last);
            let p = libm::round((start - base) * one);
            run.base[axis] = base as i32;
            run.p[axis] = p as i32;
            run.d[axis] = d as i32;
            run.e[axis] = e as i32;
        }
        Some(run)
    }

    /// A run of one exact position.
    pub(super) fn single(x: u32, at: [f64; 2]) -> Option<Self> {
        let mut run = Self::fit(x, 1, 2.0, [at, at, at])?;
        run.d = [0; 2];
        run.e = [0; 2];
        Some(run)
    }

    /// Fixed-point offset from the base of pixel `k` on `axis` (0 column, 1 row).
    #[inline]
    pub fn offset(&self, axis: usize, k: u32) -> i32 {
        let k = k as i32;
        let triangle = k * (k - 1) / 2;
        self.p[axis]
            .wrapping_add(k.wrapping_mul(self.d[axis]))
            .wrapping_add(triangle.wrapping_mul(self.e[axis]))
    }

    /// Position of pixel `k` in px, for tests and reports.
    pub fn position(&self, k: u32) -> [f64; 2] {
        [0, 1].map(|a| {
            f64::from(self.base[a])
                + f64::from(self.offset(a, k)) / f64::from(1u32 << FRACTION_BITS)
        })
    }

    /// Whole-pixel box `[x0, x1, y0, y1]` (inclusive) that certainly holds `floor` of every position.
    pub fn bounds(&self) -> [i32; 4] {
        let mut out = [0; 4];
        for axis in 0..2 {
            let (a, b) = (self.offset(axis, 0), self.offset(axis, self.len - 1));
            // A parabola leaves the chord by at most |e| len^2 / 8.
            let bulge = (i64::from(self.e[axis]).abs() * i64::from(self.len * self.len)) / 8 + 1;
            let low = i64::from(a.min(b)) - bulge;
            let high = i64::from(a.max(b)) + bulge;
            out[2 * axis] = self.base[axis].saturating_add((low >> FRACTION_BITS) as i32);
            out[2 * axis + 1] = self.base[axis].saturating_add((high >> FRACTION_BITS) as i32);
        }
        out
    }
}

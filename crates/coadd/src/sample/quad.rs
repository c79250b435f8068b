//! Areas that small quadrilaterals share with pixels, for several of them at once: the theorem of [`super::area`] in f32,
//! from the first pixel that each one meets. A lane does not depend on the others.

use super::each;

/// Pixels that a quadrilateral may span along an axis.
pub(super) const MOST_SPAN: usize = 8;
/// Positions beyond this (px) are not counted in i32.
const FARTHEST: f64 = (1u32 << 30) as f64;
/// Areas below this (px², or share of a smaller pixel) are the rounding of positions, not contact.
const LEAST_AREA: f32 = 1.0 / (1u32 << 20) as f32;

/// `N` quadrilaterals, counter-clockwise from the lower left corner. Pixel (i, j) is the square [i, i + 1] x [j, j + 1].
#[derive(Clone, Debug)]
pub(super) struct Quads<const N: usize> {
    /// The first pixel that each one meets: columns, rows.
    pub base: [[i32; N]; 2],
    /// Pixels from there on that it may meet.
    pub span: [[i32; N]; 2],
    /// Corners from there, px: columns, rows.
    corners: [[[f32; N]; 2]; 4],
}

/// An edge of each quadrilateral inside one row of pixels.
#[derive(Clone, Copy, Debug)]
struct Segments<const N: usize> {
    low: [f32; N],
    high: [f32; N],
    /// Half of 1 / (high - low).
    half: [f32; N],
    /// Height that it spans, negative if it runs downwards.
    rise: [f32; N],
}

/// Whole pixels below the least and the largest coordinate of each quadrilateral.
struct Extent<const N: usize> {
    low: [f64; N],
    high: [f64; N],
}

impl<const N: usize> Quads<N> {
    /// From corners in pixels of the tile, finite and within the range of i32.
    #[inline(always)]
    pub fn new(corners: &[[[f64; N]; 2]; 4]) -> Self {
        let [x, y] = [extent(corners, 0), extent(corners, 1)];
        let base = |of: &Extent<N>| each(|k| of.low[k] as i32);
        let span = |of: &Extent<N>| each(|k| (of.high[k] - of.low[k]) as i32 + 1);
        let from = |i: usize| {
            let [columns, rows] = &corners[i];
            [
                each(|k| (columns[k] - x.low[k]) as f32),
                each(|k| (rows[k] - y.low[k]) as f32),
            ]
        };
        Self {
            base: [base(&x), base(&y)],
            span: [span(&x), span(&y)],
            corners: [from(0), from(1), from(2), from(3)],
        }
    }

    /// One of them.
    #[inline(always)]
    pub fn one(&self, k: usize) -> Quads<1> {
        Quads {
            base: self.base.map(|of| [of[k]]),
            span: self.span.map(|of| [of[k]]),
            corners: self.corners.map(|corner| corner.map(|of| [of[k]])),
        }
    }

    /// Their areas, px², positive when corners run counter-clockwise: half the cross product of the diagonals.
    #[inline(always)]
    pub fn signed_areas(&self) -> [f32; N] {
        let [a, b, c, d] = &self.corners;
        each(|k| {
            let across = [c[0][k] - a[0][k], c[1][k] - a[1][k]];
            let along = [d[0][k] - b[0][k], d[1][k] - b[1][k]];
            0.5 * (across[0] * along[1] - along[0] * across[1])
        })
    }

    /// The pixel, counted from the first one, in which the middle of each one lies: column, row.
    #[inline(always)]
    pub fn middles(&self) -> [[i32; N]; 2] {
        let [a, b, c, d] = &self.corners;
        let of = |axis: usize| {
            each(|k| (0.25 * ((a[axis][k] + b[axis][k]) + (c[axis][k] + d[axis][k]))) as i32)
        };
        [of(0), of(1)]
    }

    /// The areas shared with `columns` x `rows` pixels from the first one on, row by row; 0 where there is no contact.
    #[inline(always)]
    pub fn share(&self, [columns, rows]: [usize; 2], areas: &mut [[f32; N]]) {
        let signed = self.signed_areas();
        let sign: [f32; N] = each(|k| 1.0f32.copysign(signed[k]));
        let least: [f32; N] = each(|k| LEAST_AREA * lesser(signed[k].abs(), 1.0));
        let slopes = [
            self.slopes(0),
            self.slopes(1),
            self.slopes(2),
            self.slopes(3),
        ];
        for (row, areas) in areas.chunks_mut(columns).take(rows).enumerate() {
            let row = row as f32;
            let edges = [
                self.cut(0, &slopes[0], row),
                self.cut(1, &slopes[1], row),
                self.cut(2, &slopes[2], row),
                self.cut(3, &slopes[3], row),
            ];
            let mut beyond = area_beyond(&edges, 0.0);
            for (column, areas) in areas.iter_mut().enumerate() {
                let next = area_beyond(&edges, (column + 1) as f32);
                *areas = each(|k| {
                    let area = (beyond[k] - next[k]) * sign[k];
                    if area >= least[k] { area } else { 0.0 }
                });
                beyond = next;
            }
        }
    }

    /// Columns per row along edge `i`; 0 where it spans no height.
    #[inline(always)]
    fn slopes(&self, i: usize) -> [f32; N] {
        let (a, b) = (&self.corners[i], &self.corners[(i + 1) % 4]);
        each(|k| {
            let slope = (b[0][k] - a[0][k]) / (b[1][k] - a[1][k]);
            if a[1][k] == b[1][k] { 0.0 } else { slope }
        })
    }

    /// Edge `i` inside the row of pixels [row, row + 1].
    #[inline(always)]
    fn cut(&self, i: usize, slopes: &[f32; N], row: f32) -> Segments<N> {
        let (a, b) = (&self.corners[i], &self.corners[(i + 1) % 4]);
        let inside = |y: f32| lesser(larger(y, row), row + 1.0);
        let from: [f32; N] = each(|k| inside(a[1][k]));
        let to: [f32; N] = each(|k| inside(b[1][k]));
        // The corner itself where it lies inside, so that an upright edge stays upright.
        let x = |y: f32, k: usize| {
            let x = a[0][k] + (y - a[1][k]) * slopes[k];
            if y == b[1][k] { b[0][k] } else { x }
        };
        let x0: [f32; N] = each(|k| x(from[k], k));
        let x1: [f32; N] = each(|k| x(to[k], k));
        let low: [f32; N] = each(|k| lesser(x0[k], x1[k]));
        let high: [f32; N] = each(|k| larger(x0[k], x1[k]));
        Segments {
            low,
            high,
            half: each(|k| 0.5 / (high[k] - low[k])),
            rise: each(|k| to[k] - from[k]),
        }
    }
}

impl Quads<1> {
    /// A quadrilateral from its corners; `None` if it is large, far away or has no place.
    pub fn of(corners: &[[f64; 2]; 4]) -> Option<Self> {
        let near = |v: f64| v.abs() < FARTHEST;
        if !corners.iter().flatten().all(|v| near(*v)) {
            return None;
        }
        let quad = Self::new(&corners.map(|corner| corner.map(|v| [v])));
        let small = quad.span.iter().all(|of| of[0] as usize <= MOST_SPAN);
        small.then_some(quad)
    }
}

#[inline(always)]
fn extent<const N: usize>([a, b, c, d]: &[[[f64; N]; 2]; 4], axis: usize) -> Extent<N> {
    let (a, b, c, d) = (&a[axis], &b[axis], &c[axis], &d[axis]);
    Extent {
        low: each(|k| lesser(lesser(a[k], b[k]), lesser(c[k], d[k])).floor()),
        high: each(|k| larger(larger(a[k], b[k]), larger(c[k], d[k])).floor()),
    }
}

/// The lesser of two numbers; unlike `min`, one instruction, because none is NaN.
#[inline(always)]
fn lesser<T: PartialOrd>(a: T, b: T) -> T {
    if a < b { a } else { b }
}

/// The larger of two numbers.
#[inline(always)]
fn larger<T: PartialOrd>(a: T, b: T) -> T {
    if a > b { a } else { b }
}

/// Area of the row's part of each quadrilateral that lies beyond column edge `x`: the edges' distance from it, integrated
/// over their rise.
#[inline(always)]
fn area_beyond<const N: usize>(edges: &[Segments<N>; 4], x: f32) -> [f32; N] {
    let mut area = [0.0; N];
    for edge in edges {
        area = each(|k| {
            let (low, high) = (edge.low[k], edge.high[k]);
            let left = high - x;
            let part = left * left * edge.half[k];
            let whole = 0.5 * (low + high) - x;
            let cut = if x < high { part } else { 0.0 };
            area[k] + edge.rise[k] * if x <= low { whole } else { cut }
        });
    }
    area
}

#[cfg(test)]
mod tests {
    use std::array::from_fn;

    use super::super::area::share;
    use super::*;
    use crate::constants::FRACTION_STEP;

    /// Quadrilaterals of up to `size` px, of any shape, at positions as runs have them.
    fn drawn(seed: u32, size: f64) -> [[f64; 2]; 4] {
        let noise =
            |i: u32| f64::from((seed * 12 + i).wrapping_mul(2_654_435_761) >> 8) / 16_777_216.0;
        let turn = noise(0) * std::f64::consts::TAU;
        let place = [1, 2].map(|i| 5.0 + 100.0 * noise(i).floor() + 6.0 * noise(i + 2));
        let step = f64::from(FRACTION_STEP);
        let corner = |i: u32| {
            let angle = turn + 1.5 * f64::from(i) + 0.6 * noise(5 + i);
            let at = [place[0] + size * angle.cos(), place[1] + size * angle.sin()];
            at.map(|v| (v / step).round() * step)
        };
        [0, 1, 2, 3].map(corner)
    }

    #[test]
    fn property_areas_are_those_of_double_precision() {
        let mut met = 0;
        for seed in 0..4000 {
            let mut corners = drawn(seed, [0.05, 0.7, 1.0, 3.4][seed as usize % 4]);
            if seed % 3 == 0 {
                corners.reverse();
            }
            let quad = Quads::of(&corners).expect("small");
            let [columns, rows] = quad.span.map(|of| of[0] as usize);
            let mut areas = vec![[0.0]; columns * rows];
            quad.share([columns, rows], &mut areas);
            let mut expected = vec![0.0; columns * rows];
            let whole = share(&corners, [120, 120], |[x, y], area| {
                let at = [x as i32 - quad.base[0][0], y as i32 - quad.base[1][0]];
                expected[at[1] as usize * columns + at[0] as usize] = area;
            });
            let total = quad.signed_areas()[0].abs();
            assert!((f64::from(total) - whole.map_or(0.0, |s| s.total)).abs() < 4e-6);
            for (area, expected) in areas.iter().zip(&expected) {
                assert!(
                    (f64::from(area[0]) - expected).abs() < 2e-6,
                    "{area:?} {expected}"
                );
                met += usize::from(*expected > 1e-3);
            }
        }
        assert!(met > 20_000, "{met}");
    }

    #[test]
    fn a_lane_does_not_depend_on_the_others() {
        for first in (0..2000).step_by(8) {
            let all: [_; 8] = from_fn(|k| drawn(first + k as u32, 0.3 + 0.3 * k as f64));
            let quads = Quads::new(&from_fn(|i| from_fn(|axis| from_fn(|k| all[k][i][axis]))));
            let mut together = [[0.0; 8]; MOST_SPAN * MOST_SPAN];
            quads.share([MOST_SPAN; 2], &mut together);
            for k in 0..8 {
                let one = Quads::of(&all[k]).expect("small");
                let [columns, rows] = one.span.map(|of| of[0] as usize);
                let mut alone = vec![[0.0]; columns * rows];
                one.share([columns, rows], &mut alone);
                for (i, lanes) in together.iter().enumerate() {
                    let (x, y) = (i % MOST_SPAN, i / MOST_SPAN);
                    let inside = x < columns && y < rows;
                    let area = if inside {
                        alone[y * columns + x][0]
                    } else {
                        0.0
                    };
                    assert_eq!(lanes[k].to_bits(), area.to_bits());
                }
            }
        }
    }
}

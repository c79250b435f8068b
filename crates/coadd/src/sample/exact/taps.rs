//! Which pixels of a tile output pixels of the exact kernel meet, and means over them.

// Everything here is inlined into one function per instruction set (see cpu::simd); as calls it would stay portable code.
#![allow(clippy::inline_always)]

use crate::accumulate::Reached;
use crate::job::Window;
use crate::rows::TileRows;
use crate::sample::quad::Quads;
use crate::sample::{GROUP, are_neighbours, each};

/// The pixels that a group may meet; `None` if they do not all lie inside the tile, and in the rows that are held.
#[inline(always)]
pub(super) fn inside(
    base: &[[i32; GROUP]; 2],
    span: [usize; 2],
    rows: &TileRows,
) -> Option<Reached> {
    let held = rows.held();
    let first = [0, held.start as i32];
    let end = [rows.size[0] as i32, held.end as i32];
    let mut sides = [[0; 2]; 2];
    for axis in 0..2 {
        let (least, most) = base[axis]
            .iter()
            .fold((i32::MAX, i32::MIN), |(low, high), v| {
                (low.min(*v), high.max(*v))
            });
        if least < first[axis] || most > end[axis] - span[axis] as i32 {
            return None;
        }
        sides[axis] = [least, most + span[axis] as i32 - 1];
    }
    let [columns, rows] = sides;
    Some(Reached { columns, rows })
}

/// The pixels of the tile that a quadrilateral may meet, in rows that are held; `None` if it lies beside the tile, or has no
/// place.
pub(super) fn reached(corners: &[[f64; 2]; 4], rows: &TileRows) -> Option<Reached> {
    let side = |axis: usize| {
        let of = corners.map(|c| c[axis]);
        let low = of.iter().fold(f64::MAX, |low, v| low.min(*v)).floor();
        let high = of.iter().fold(f64::MIN, |high, v| high.max(*v)).floor();
        let last = f64::from(rows.size[axis]) - 1.0;
        // A pixel more on either side, because areas are found in f32.
        let side = [(low - 1.0).max(0.0), (high + 1.0).min(last)];
        // False where a corner is not a number, too.
        (side[0] <= side[1]).then(|| side.map(|v| v as i32))
    };
    let (columns, [low, high]) = (side(0)?, side(1)?);
    let held = rows.held();
    let rows = [low.max(held.start as i32), high.min(held.end as i32 - 1)];
    (rows[0] <= rows[1]).then_some(Reached { columns, rows })
}

/// The pixels that a group may meet, as indices in its window.
pub(super) struct Taps {
    /// The first of each quadrilateral.
    first: [u32; GROUP],
    /// The one in its middle.
    middle: [u32; GROUP],
    span: [usize; 2],
    /// Pixels from a row of the window to the next.
    stride: usize,
    neighbours: bool,
}

impl Taps {
    #[inline(always)]
    pub fn new(quads: &Quads<GROUP>, span: [usize; 2], window: &Window) -> Self {
        let stride = window.stride;
        let first = each(|k| window.index(quads.base[0][k], quads.base[1][k]) as u32);
        let [x, y] = quads.middles();
        Self {
            first,
            middle: each(|k| first[k] + y[k] as u32 * stride + x[k] as u32),
            span,
            stride: stride as usize,
            neighbours: are_neighbours(&first),
        }
    }

    /// Means over the shared areas, as differences from the middle; not finite where a pixel has no value.
    #[inline(always)]
    pub fn mean(
        &self,
        plane: &[f32],
        shared: &[[f32; GROUP]],
        valid: &[f32; GROUP],
    ) -> [f32; GROUP] {
        let middle: [f32; GROUP] = each(|k| plane[self.middle[k] as usize]);
        let mut sum = [0.0; GROUP];
        for (row, shared) in shared.chunks_exact(self.span[0]).enumerate() {
            for (column, areas) in shared.iter().enumerate() {
                let more = row * self.stride + column;
                let values: [f32; GROUP] = if self.neighbours {
                    let at = self.first[0] as usize + more;
                    let taps = &plane[at..at + GROUP];
                    each(|k| taps[k])
                } else {
                    each(|k| plane[self.first[k] as usize + more])
                };
                for k in 0..GROUP {
                    let apart = values[k] - middle[k];
                    let apart = if areas[k] > 0.0 { apart } else { 0.0 };
                    sum[k] += areas[k] * apart;
                }
            }
        }
        each(|k| middle[k] + sum[k] / valid[k])
    }
}

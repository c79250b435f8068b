//! Runs where a tile has no values, as outside a turned frame: found at once rather than pixel by pixel.

// Inlined into one function per instruction set (see cpu::simd); as a call it would stay portable code.
#![allow(clippy::inline_always)]

use crate::job::Window;
use crate::sample::none_finite;

/// Most pixels that are looked at to spare those of a run.
const MOST_LOOKED_AT: i32 = 1024;

/// Whether no pixel has a value in the box that holds all taps of a run with these bounds; false also where the box is
/// large. Where the window does not hold a pixel of the box, another one is looked at, which no tap needs.
#[inline(always)]
pub(super) fn has_nothing(
    plane: &[f32],
    window: &Window,
    [x0, x1, y0, y1]: [i32; 4],
    reach: [i32; 2],
) -> bool {
    let first = x0 - reach[0];
    let columns = x1 + reach[1] + 1 - first;
    let rows = y0 - reach[0]..y1 + reach[1] + 1;
    if columns.saturating_mul(rows.end - rows.start) > MOST_LOOKED_AT {
        return false;
    }
    // A loop, because a closure of an iterator would be a call.
    for row in rows {
        let at = window.index(first, row) as u32 as usize;
        match plane.get(at..at + columns as usize) {
            Some(row) if none_finite(row) => {}
            _ => return false,
        }
    }
    true
}

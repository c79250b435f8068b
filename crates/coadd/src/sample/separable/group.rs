//! Eight pixels at once, if their taps are neighbours.

use super::Taps;
use crate::constants::LANCZOS4_TAPS;
use crate::sample::{GROUP, are_neighbours};

/// Columns that the taps of a group span at most: those of the widest kernel.
const SPAN: usize = GROUP + LANCZOS4_TAPS - 1;

/// Pixels whose taps are neighbours: tap `i` of all of them is one vector.
pub(super) struct Group<const N: usize> {
    at: usize,
    x: [[f32; GROUP]; N],
    y: [[f32; GROUP]; N],
}

impl<const N: usize> Group<N> {
    /// The lanes from `first` on, if they are a whole group of neighbours.
    #[inline(always)]
    pub(super) fn of(taps: &Taps<N>, first: usize, len: usize) -> Option<Self> {
        let at = taps.at[first..len].first_chunk()?;
        if !are_neighbours(at) {
            return None;
        }
        let mut group = Self {
            at: at[0] as usize,
            x: [[0.0; GROUP]; N],
            y: [[0.0; GROUP]; N],
        };
        for k in 0..GROUP {
            for i in 0..N {
                group.x[i][k] = taps.x[first + k][i];
                group.y[i][k] = taps.y[first + k][i];
            }
        }
        Some(group)
    }

    /// The tile rows under the kernel, from the first column of its taps on; `None` where the window
    /// ends too soon for whole vectors.
    #[inline(always)]
    pub(super) fn rows<'a>(&self, width: usize, plane: &'a [f32]) -> Option<[&'a [f32; SPAN]; N]> {
        let mut rows = [&[0.0; SPAN]; N];
        for (i, row) in rows.iter_mut().enumerate() {
            *row = plane.get(self.at + i * width..)?.first_chunk()?;
        }
        Some(rows)
    }

    #[inline(always)]
    pub(super) fn plain(&self, rows: &[&[f32; SPAN]; N]) -> [f32; GROUP] {
        let mut sums = [0.0; GROUP];
        for (i, x) in self.x.iter().enumerate() {
            let mut column = [0.0; GROUP];
            for (row, y) in rows.iter().zip(&self.y) {
                for k in 0..GROUP {
                    column[k] += y[k] * row[i + k];
                }
            }
            for k in 0..GROUP {
                sums[k] += column[k] * x[k];
            }
        }
        sums
    }
}

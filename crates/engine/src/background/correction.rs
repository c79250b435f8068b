//! The correction of a tile's values, in its own pixels.

#![allow(clippy::inline_always)] // A loop that is inlined to be vectorized.

use zemosaic_background::Match;
use zemosaic_fits::vectorized;
use zemosaic_wcs::Mapping;

use crate::tile::Part;

/// Positions along each side of a tile at which its plane is sampled.
const MESH: u32 = 9;
/// 1, u, v, u², uv, v²
const TERMS: usize = 6;

/// Correction of each tile, if any, channel by channel; empty when nothing changes.
pub(crate) type Corrections = Vec<Vec<Option<Correction>>>;

/// `gain x value + added(x, y)`, where the added part is a quadratic in u and v, which run from -1 to 1 across the
/// tile.
///
/// A plane on the output is a plane on the tile except for the curvature between their projections, which the quadratic
/// includes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Correction {
    gain: f64,
    added: [f64; TERMS],
    half: [f64; 2],
}

impl Correction {
    /// Converts `found` to the pixels of a tile; `to_position` converts output pixels to the positions of `found`.
    /// `None` when it changes nothing.
    pub(crate) fn new(
        found: &Match,
        mapping: &Mapping,
        size: [u32; 2],
        to_position: impl Fn([f64; 2]) -> [f64; 2],
    ) -> Option<Self> {
        if *found == Match::NONE {
            return None;
        }
        let half = size.map(|n| ((f64::from(n) - 1.0) / 2.0).max(0.5));
        let mut added = [found.offset, 0.0, 0.0, 0.0, 0.0, 0.0];
        if found.slope != [0.0; 2] {
            let side = |i: u32| 2.0 * f64::from(i) / f64::from(MESH - 1) - 1.0;
            let mesh = (0..MESH * MESH).map(|i| [side(i % MESH), side(i / MESH)]);
            let points: Vec<([f64; 2], f64)> = mesh
                .filter_map(|[u, v]| {
                    let at = mapping.inverse_at(half[0] * (1.0 + u), half[1] * (1.0 + v))?;
                    Some(([u, v], found.added(to_position(at))))
                })
                .collect();
            // A tile of which the grid shows very little gets at least the right level.
            let mean = points.iter().map(|p| p.1).sum::<f64>() / points.len().max(1) as f64;
            added = fit(&points).unwrap_or([mean, 0.0, 0.0, 0.0, 0.0, 0.0]);
        }
        Some(Self {
            gain: found.gain,
            added,
            half,
        })
    }

    /// The factor on values.
    pub(crate) fn gain(&self) -> f64 {
        self.gain
    }

    /// Changes a part of the tile; NaN stays NaN.
    pub(crate) fn apply(&self, part: &Part, values: &mut [f32]) {
        vectorized(|| self.change(part, values));
    }

    #[inline(always)]
    fn change(&self, Part { rows, columns }: &Part, values: &mut [f32]) {
        let gain = self.gain;
        let [c, cu, cv, cuu, cuv, cvv] = self.added;
        if cu == 0.0 && cv == 0.0 && cuu == 0.0 && cuv == 0.0 && cvv == 0.0 {
            for value in values {
                *value = (gain * f64::from(*value) + c) as f32;
            }
            return;
        }
        let first = columns.start as f64;
        let parts = values.chunks_mut(columns.len().max(1));
        for (y, row) in rows.clone().zip(parts) {
            let v = y as f64 / self.half[1] - 1.0;
            let start = c + v * (cv + v * cvv);
            let slope = cu + v * cuv;
            for (x, value) in row.iter_mut().enumerate() {
                let u = (first + x as f64) / self.half[0] - 1.0;
                *value = (gain * f64::from(*value) + (start + u * (slope + u * cuu))) as f32;
            }
        }
    }
}

/// Least squares over the six terms; `None` when the points do not determine them.
fn fit(points: &[([f64; 2], f64)]) -> Option<[f64; TERMS]> {
    let mut rows = [[0.0; TERMS + 1]; TERMS];
    for &([u, v], value) in points {
        let terms = [1.0, u, v, u * u, u * v, v * v];
        for (row, a) in rows.iter_mut().zip(terms) {
            for (sum, b) in row.iter_mut().zip(terms) {
                *sum += a * b;
            }
            row[TERMS] += a * value;
        }
    }
    // Gauss-Jordan elimination with pivoting.
    for k in 0..TERMS {
        let pivot = (k..TERMS).max_by(|&a, &b| rows[a][k].abs().total_cmp(&rows[b][k].abs()))?;
        rows.swap(k, pivot);
        if rows[k][k].abs() < 1e-9 {
            return None;
        }
        let head = rows[k].map(|term| term / rows[k][k]);
        rows[k] = head;
        for (i, row) in rows.iter_mut().enumerate() {
            if i != k {
                let factor = row[k];
                for (term, head) in row.iter_mut().zip(head) {
                    *term -= factor * head;
                }
            }
        }
    }
    Some(rows.map(|row| row[TERMS]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_terms_come_back() {
        let truth = [3.0, -1.0, 2.0, 0.5, 0.25, -0.75];
        let points: Vec<_> = (0..25)
            .map(|i| {
                let [u, v] = [f64::from(i % 5) / 2.0 - 1.0, f64::from(i / 5) / 2.0 - 1.0];
                let terms = [1.0, u, v, u * u, u * v, v * v];
                ([u, v], terms.iter().zip(truth).map(|(a, b)| a * b).sum())
            })
            .collect();
        let found = fit(&points).expect("25 points determine six terms");
        assert!(found.iter().zip(truth).all(|(a, b)| (a - b).abs() < 1e-12));
        assert_eq!(fit(&points[..5]), None);
    }

    #[test]
    fn rows_are_changed_where_they_lie() {
        let correction = Correction {
            gain: 2.0,
            added: [10.0, 1.0, 100.0, 0.0, 0.0, 0.0],
            half: [1.0, 1.0],
        };
        let mut values = [1.0, f32::NAN, 3.0];
        let part = Part {
            rows: 2..4,
            columns: 0..3,
        };
        correction.apply(&part, &mut values);
        assert_eq!([values[0], values[2]], [111.0, 117.0]);
        assert!(values[1].is_nan());
    }
}

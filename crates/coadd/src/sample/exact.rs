//! All tile pixels that an output pixel covers, weighted by the shared area.
//!
//! The corners of output pixels come from their own lattice, and neighbours share them bit for bit:
//! what one pixel loses of a tile pixel, the next one gains. Areas are exact for the quadrilateral
//! between the corners (see [`super::area`]).

use zemosaic_wcs::lattice::{LatticeRows, Run};

use super::area::{Shared, share};
use super::{LEAST_VALID, Maps, Sample, tap_at};
use crate::job::{TileJob, Window};
use crate::rows::TileRows;

/// The share that a pixel lacks because of rounding.
const LEAST_LOST: f64 = 1.0 / (1u32 << 20) as f64;
/// The share that a whole pixel may lack.
const MOST_LOST: f64 = 0.1;

/// Buffers, reused from tile to tile.
#[derive(Debug, Default)]
pub(crate) struct Areas {
    below: CornerRow,
    above: CornerRow,
    /// One set of sums per channel.
    sums: Vec<Sums>,
}

/// Corners of one output row in tile pixels shifted by half a pixel, so that pixel i is [i, i + 1].
#[derive(Debug, Default)]
struct CornerRow {
    /// NaN where there is no corner.
    at: Vec<[f64; 2]>,
    /// Corners that were mapped one by one: only there can a pixel be torn by a seam.
    alone: Vec<bool>,
    /// Block columns with corners, half-open.
    columns: [usize; 2],
}

/// Sums over the taps of one pixel and channel.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    /// Area x value, area x variance, area, area x opacity.
    value: f64,
    variance: f64,
    valid: f64,
    opacity: f64,
    /// Area without data, px².
    lost: f64,
}

/// Output pixels: the first one's column and row, and how many of each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pixels {
    pub origin: [u32; 2],
    pub size: [usize; 2],
}

impl Areas {
    /// Calls `each` for every sample of the tile, with its channel and the number of its pixel. The lattice holds
    /// corners: one row and one column more than there are pixels.
    pub fn sample_tile(
        &mut self,
        lattice: &LatticeRows,
        Pixels { origin, size }: Pixels,
        tile: &TileJob,
        mut each: impl FnMut(usize, usize, Sample),
    ) {
        let [width, rows] = size;
        let Some(first) = tile.rows.blocks.first() else {
            return;
        };
        let mut block = first;
        self.sums.resize(first.values.len(), Sums::default());
        self.below.lay(lattice.row(0), origin[0], width + 1);
        for row in 0..rows {
            self.above.lay(lattice.row(row + 1), origin[0], width + 1);
            let first = self.below.columns[0].min(self.above.columns[0]);
            let last = self.below.columns[1].max(self.above.columns[1]);
            for column in first.saturating_sub(1)..last.min(width) {
                let at = [origin[0] + column as u32, origin[1] + row as u32];
                let Some(corners) = corners(self, column, at, tile) else {
                    continue;
                };
                let Some(total) = add_up(&corners, &tile.rows, &mut block, &mut self.sums) else {
                    continue;
                };
                for (channel, sums) in self.sums.iter().enumerate() {
                    if let Some(sample) = sums.sample(total) {
                        each(channel, row * width + column, sample);
                    }
                }
            }
            std::mem::swap(&mut self.below, &mut self.above);
        }
    }
}

impl CornerRow {
    /// Takes the corners of `count` columns from output column `x` on.
    fn lay(&mut self, runs: &[Run], x: u32, count: usize) {
        self.at.clear();
        self.at.resize(count, [f64::NAN; 2]);
        self.alone.clear();
        self.alone.resize(count, false);
        self.columns = [count, 0];
        for run in runs {
            let first = (run.x - x) as usize;
            let end = (first + run.len as usize).min(count);
            for column in first..end {
                self.at[column] = run.position((column - first) as u32).map(|v| v + 0.5);
                self.alone[column] = run.d == [0; 2];
            }
            if first < end {
                self.columns = [self.columns[0].min(first), self.columns[1].max(end)];
            }
        }
    }
}

/// Corners of the pixel in a block column, counter-clockwise from the lower left one; `None` when it
/// has no place on the tile.
fn corners(areas: &Areas, column: usize, at: [u32; 2], tile: &TileJob) -> Option<[[f64; 2]; 4]> {
    let (below, above) = (&areas.below, &areas.above);
    let next = column + 1;
    let corners = [
        below.at[column],
        below.at[next],
        above.at[next],
        above.at[column],
    ];
    let known = corners.iter().filter(|c| !c[0].is_nan()).count();
    if known == 0 {
        return None;
    }
    let alone = [
        below.alone[column],
        below.alone[next],
        above.alone[next],
        above.alone[column],
    ];
    if known == 4 && !alone.contains(&true) {
        return Some(corners);
    }
    let moved = |by: f64| move |c: [f64; 2]| c.map(|v| v + by);
    let mended = tile
        .lattice
        .mended(at[0], at[1], corners.map(moved(-0.5)))?;
    Some(mended.map(moved(0.5)))
}

/// Sums over the tile pixels that the quadrilateral meets; its area, or `None` when it meets none. `block` is the last one used.
fn add_up<'r, 'a>(
    corners: &[[f64; 2]; 4],
    rows: &'r TileRows<'a>,
    block: &mut &'r Window<'a>,
    sums: &mut [Sums],
) -> Option<f64> {
    sums.fill(Sums::default());
    let Shared { total, inside } = share(corners, rows.size, |[column, row], area| {
        if row.wrapping_sub(block.first_row) >= block.rows {
            *block = rows.block(row);
        }
        let window = *block;
        for (sums, plane) in sums.iter_mut().zip(&window.values) {
            match tap_at(window, plane, column as i32, row as i32) {
                Some(at) => {
                    let of = |map: Option<&[f32]>| map.map_or(1.0, |map| f64::from(map[at]));
                    sums.value += area * f64::from(plane[at]);
                    sums.variance += area * of(window.variances);
                    sums.valid += area;
                    sums.opacity += area * of(window.alphas);
                }
                None => sums.lost += area,
            }
        }
    })?;
    if total - inside > LEAST_LOST * total {
        for sums in sums.iter_mut() {
            sums.lost += total - inside;
        }
    }
    Some(total)
}

impl Sums {
    /// The sample of a pixel that covers `total` px²; `None` where too little of it has data.
    fn sample(&self, total: f64) -> Option<Sample> {
        // A whole pixel may lack a little because of rounding.
        let share = if self.lost == 0.0 {
            1.0
        } else {
            self.valid / total
        };
        let maps = Maps {
            variance: (self.variance / self.valid) as f32,
            alpha: (self.opacity / self.valid) as f32,
        };
        (self.valid >= f64::from(LEAST_VALID) * total).then(|| Sample {
            value: (self.value / self.valid) as f32,
            weight: maps.weight() * share as f32,
            alpha: maps.alpha,
            whole: self.lost <= MOST_LOST * total,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_outside_the_tile_is_lost() {
        let square = |x: f64, y: f64| [[x, y], [x + 2.0, y], [x + 2.0, y + 2.0], [x, y + 2.0]];
        let values = vec![5.0; 144];
        let sample = |corners| {
            let rows = TileRows::of(Window {
                first_row: 0,
                rows: 12,
                stride: 12,
                first_column: 0,
                width: 12,
                height: 12,
                values: vec![&values],
                variances: None,
                alphas: None,
            });
            let mut sums = [Sums::default()];
            let total = add_up(&corners, &rows, &mut &rows.blocks[0], &mut sums)?;
            sums[0].sample(total)
        };
        let whole = sample(square(3.5, 10.0)).expect("inside");
        assert_eq!((whole.value, whole.weight, whole.whole), (5.0, 1.0, true));
        let half = sample(square(-1.0, 4.0)).expect("half of it inside");
        assert_eq!((half.value, half.weight, half.whole), (5.0, 0.5, false));
        assert_eq!(sample(square(-1.9985, 4.0)), None, "less than a thousandth");
        assert_eq!(sample(square(40.0, 4.0)), None);
        assert_eq!(sample([[3.0, 3.0]; 4]), None, "a point covers nothing");
        assert_eq!(sample([[f64::NAN; 2]; 4]), None);
        // A contact that comes only from the rounding of positions does not count.
        let nearly = sample(square(-1e-8, 10.0 + 1e-8)).expect("inside");
        assert!(nearly.whole);
    }
}

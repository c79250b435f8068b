//! Compares two tiles where they overlap.

use zemosaic_room::push;

use crate::gain::{self, GainRatio, NoRatio};
use crate::light::light;
use crate::point::{CELL_POINTS, PURPOSE, Point};
use crate::robust::{median, sigma};
use crate::stars::{self, Stars};

/// The fewest points of a cell; with less, the median would not be robust.
const FEWEST: usize = 8;
/// Variance of the median of normal deviates, in units of that of their mean: pi / 2.
const MEDIAN_VARIANCE: f64 = std::f64::consts::FRAC_PI_2;

/// Robust statistics of neighbouring points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Mean position of the points, in the units in which slopes are wanted.
    pub at: [f64; 2],
    /// Medians of both tiles.
    pub level: [f64; 2],
    /// Robust standard deviations of both tiles' values.
    pub spread: [f64; 2],
    /// Median of second minus first.
    pub difference: f64,
    /// Standard error of `difference`.
    pub sigma: f64,
}

/// Two overlapping tiles.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Index of the first tile.
    pub first: usize,
    /// Index of the second tile.
    pub second: usize,
    /// What the overlap says about their levels; empty when the tiles share no valid point.
    pub cells: Vec<Cell>,
    /// What it says about their gains.
    pub ratio: Result<GainRatio, NoRatio>,
    /// Whether their stars coincide, if there are enough.
    pub stars: Option<Stars>,
}

impl Pair {
    /// Condenses the `points` that the tiles share. A lattice position (column, row) is at `origin + step x position`
    /// in the units in which slopes are wanted.
    ///
    /// Takes the median of the differences cell by cell, so that stars, hot pixels and trails do not matter.
    pub fn measure(
        [first, second]: [usize; 2],
        points: &[Point],
        origin: [f64; 2],
        step: f64,
    ) -> Self {
        let shared = points
            .iter()
            .filter(|p| p.values.iter().all(|v| v.is_finite()));
        let mut points = Vec::new();
        shared.for_each(|p| push(&mut points, *p, PURPOSE));
        let key = |p: &Point| [p.at[1] / CELL_POINTS, p.at[0] / CELL_POINTS];
        // No two points have the same position. (A stable sort would need extra memory.)
        points.sort_unstable_by_key(|p| (key(p), p.at[1], p.at[0]));
        let mut groups: Vec<&[Point]> = points
            .chunk_by(|a, b| key(a) == key(b))
            .filter(|group| group.len() >= FEWEST)
            .collect();
        // An overlap of a few pixels may fill no cell; it then counts as one.
        if groups.is_empty() && points.len() >= FEWEST {
            groups.push(&points);
        }
        let lights = light(&groups);
        Self {
            first,
            second,
            cells: groups.iter().map(|g| cell(g, origin, step)).collect(),
            ratio: gain::ratio(&lights),
            stars: stars::compare(&lights),
        }
    }
}

fn cell(points: &[Point], origin: [f64; 2], step: f64) -> Cell {
    let count = points.len() as f64;
    let mean = |axis: usize| points.iter().map(|p| f64::from(p.at[axis])).sum::<f64>() / count;
    let values = |side: usize| {
        points
            .iter()
            .map(|p| f64::from(p.values[side]))
            .collect::<Vec<f64>>()
    };
    let level = [0, 1].map(|side| median(&mut values(side)));
    let spread = [0, 1].map(|side| sigma(&values(side), level[side]));
    let center = [mean(0), mean(1)];
    let slope = slope(points);
    let mut differences: Vec<f64> = points
        .iter()
        .map(|p| {
            let trend = (0..2).map(|axis| slope[axis] * (f64::from(p.at[axis]) - center[axis]));
            gap(p) - trend.sum::<f64>()
        })
        .collect();
    let difference = median(&mut differences);
    Cell {
        at: [0, 1].map(|axis| origin[axis] + step * center[axis]),
        level,
        spread,
        difference,
        sigma: sigma(&differences, difference) * (MEDIAN_VARIANCE / count).sqrt(),
    }
}

/// Second minus first.
fn gap(point: &Point) -> f64 {
    f64::from(point.values[1]) - f64::from(point.values[0])
}

/// Slope of the differences along x and y, per lattice step: the median over neighbours. Without it the median of a
/// cell that is cut by a tile's edge would not belong to the cell's mean position.
fn slope(points: &[Point]) -> [f64; 2] {
    const SIDE: usize = CELL_POINTS as usize;
    let mut gaps = [[f64::NAN; SIDE]; SIDE];
    let corner = points[0].at.map(|n| n / CELL_POINTS);
    for point in points {
        let [x, y] = point.at;
        if [x / CELL_POINTS, y / CELL_POINTS] == corner {
            gaps[(y % CELL_POINTS) as usize][(x % CELL_POINTS) as usize] = gap(point);
        }
    }
    let along = |dx: usize, dy: usize| {
        let pairs = (0..SIDE - dy).flat_map(|y| (0..SIDE - dx).map(move |x| (x, y)));
        let mut steps: Vec<f64> = pairs
            .map(|(x, y)| gaps[y + dy][x + dx] - gaps[y][x])
            .filter(|step| step.is_finite())
            .collect();
        if steps.len() < FEWEST {
            return 0.0;
        }
        median(&mut steps)
    };
    [along(1, 0), along(0, 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lattice(width: u32, height: u32, values: impl Fn(u32, u32) -> [f32; 2]) -> Vec<Point> {
        (0..height)
            .flat_map(|y| (0..width).map(move |x| [x, y]))
            .map(|at| Point {
                at,
                values: values(at[0], at[1]),
            })
            .collect()
    }

    #[test]
    fn cells_give_the_difference_whatever_bright_things_cross_them() {
        let points = lattice(32, 16, |x, y| {
            let sky = 100.0 + x as f32;
            let star = if (x + 3 * y) % 11 == 0 { 5000.0 } else { 0.0 };
            let trail = if x == y { 900.0 } else { 0.0 };
            [sky + star, sky + star + trail + 7.0]
        });
        let pair = Pair::measure([2, 5], &points, [10.0, 20.0], 0.5);
        assert_eq!((pair.first, pair.second), (2, 5));
        assert_eq!(pair.cells.len(), 8);
        assert!(pair.cells.iter().all(|c| c.difference == 7.0));
        assert_eq!(pair.cells[0].at, [11.75, 21.75]);
    }

    #[test]
    fn points_without_a_value_count_for_nothing() {
        let holes = lattice(16, 8, |x, _| [if x < 8 { f32::NAN } else { 1.0 }, 3.0]);
        assert_eq!(Pair::measure([0, 1], &holes, [0.0; 2], 1.0).cells.len(), 1);
        let nothing = lattice(16, 8, |_, _| [f32::NAN, f32::INFINITY]);
        assert!(
            Pair::measure([0, 1], &nothing, [0.0; 2], 1.0)
                .cells
                .is_empty()
        );
    }

    #[test]
    fn a_sliver_is_one_cell() {
        // Five columns of one cell and five of the next, four points in each.
        let points = lattice(10, 1, |x, _| [0.0, if x == 3 { 1e6 } else { 2.0 }]);
        let sliver = Pair::measure([0, 1], &points[4..], [0.0; 2], 1.0);
        assert!(sliver.cells.is_empty(), "six points are too few");
        let pair = Pair::measure([0, 1], &points[..7], [0.0; 2], 1.0);
        assert!(pair.cells.is_empty());
        let split: Vec<Point> = (4..12)
            .map(|x| Point {
                at: [x, 0],
                values: [0.0, 2.0],
            })
            .collect();
        let pair = Pair::measure([0, 1], &split, [0.0; 2], 1.0);
        assert_eq!(pair.cells.len(), 1);
        assert_eq!(pair.cells[0].difference, 2.0);
    }
}

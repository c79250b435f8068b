//! Cells of 3x3 exact nodes, halved until they are accurate enough, emitted as runs.

use std::ops::Range;

use zemosaic_room::{push, reserve};

use super::PURPOSE;
use super::run::{MAX_RUN, Quadratic, REACH, Run};
use crate::mapping::Mapping;

/// Initial cell size, output px: the measured error is 2e-5 px for SIP and TPV of 3 px at the edge of tiles of 1500 px.
const SPACING: u32 = MAX_RUN as u32;
/// A tile must span at least this many cells; otherwise its cells shrink.
const CELLS_ACROSS: u32 = 4;

type Node = Option<[f64; 2]>;

/// Where the pixels of one grid fall on one tile.
#[derive(Clone, Debug)]
pub struct Lattice {
    mapping: Mapping,
    tile: [u32; 2],
    grid_width: u32,
    spacing: u32,
    tolerance: f64,
    corners: bool,
}

/// Runs of consecutive output rows, reused between calls.
#[derive(Debug, Default)]
pub struct LatticeRows {
    rows: Vec<Vec<Run>>,
    nodes: Vec<Node>,
    worst: f64,
}

impl LatticeRows {
    /// Runs of the `i`-th row of the last emission, in ascending columns; gaps have no sky.
    pub fn row(&self, i: usize) -> &[Run] {
        &self.rows[i]
    }

    /// Largest interpolation error measured so far, px.
    pub fn worst_error(&self) -> f64 {
        self.worst
    }

    fn reset(&mut self, rows: usize) {
        if self.rows.len() < rows {
            self.rows.resize_with(rows, Vec::new);
        }
        self.rows.iter_mut().for_each(Vec::clear);
    }
}

/// One cell and the part of the emission it belongs to.
struct Cell<'a> {
    x: u32,
    y: u32,
    size: u32,
    rows: &'a Range<u32>,
    x_end: u32,
}

impl Lattice {
    /// `tile` and `grid_width` in px; `tolerance` is the largest allowed interpolation error, px; `extent` is how many
    /// output pixels the tile spans on its shorter side.
    pub fn new(
        mapping: Mapping,
        tile: [u32; 2],
        grid_width: u32,
        tolerance: f64,
        extent: u32,
    ) -> Self {
        let mut spacing = SPACING;
        while spacing > 1 && spacing * CELLS_ACROSS > extent {
            spacing /= 2;
        }
        Self {
            mapping,
            tile,
            grid_width,
            spacing,
            tolerance,
            corners: false,
        }
    }

    /// The same for corners of output pixels: (x, y) is then the lower left corner of that pixel, and there is one
    /// column and one row more than there are pixels. A position off the tile is kept if its pixel may reach the tile.
    #[must_use]
    pub fn of_corners(self) -> Self {
        Self {
            grid_width: self.grid_width + 1,
            corners: true,
            ..self
        }
    }

    /// The tile position of (x, y): of a pixel's centre, or of its corner.
    fn at(&self, x: f64, y: f64) -> Node {
        let shift = if self.corners { 0.5 } else { 0.0 };
        self.mapping.at(x - shift, y - shift)
    }

    pub(super) fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Tile size (width, height), px.
    pub fn tile(&self) -> [u32; 2] {
        self.tile
    }

    /// Fills `out` with the runs of output `rows` between the columns `cols`.
    ///
    /// `cols.start` must be a multiple of [`MAX_RUN`]; `cols.end` must be one too, or the grid's width, or for corners
    /// one more than that. Runs that cannot touch the tile are left out.
    pub fn emit(&self, rows: Range<u32>, cols: Range<u32>, out: &mut LatticeRows) {
        debug_assert!((cols.start as usize).is_multiple_of(MAX_RUN));
        out.reset(rows.len());
        let x_end = cols.end.min(self.grid_width);
        if rows.is_empty() || cols.start >= x_end {
            return;
        }
        let (size, half) = (self.spacing, f64::from(self.spacing) / 2.0);
        let cells = (x_end - cols.start).div_ceil(size);
        let across = 2 * cells as usize + 1;
        let mut nodes = std::mem::take(&mut out.nodes);
        nodes.clear();
        reserve(&mut nodes, 3 * across, PURPOSE);
        for cell_row in rows.start / size..rows.end.div_ceil(size) {
            let y = cell_row * size;
            nodes.clear();
            for j in 0..3 {
                let node_y = f64::from(y) + f64::from(j) * half;
                nodes.extend(
                    (0..across).map(|i| self.at(f64::from(cols.start) + i as f64 * half, node_y)),
                );
            }
            for c in 0..cells {
                let first = 2 * c as usize;
                let at = [0, 1, 2].map(|j| {
                    let row = &nodes[j * across + first..][..3];
                    [row[0], row[1], row[2]]
                });
                let cell = Cell {
                    x: cols.start + c * size,
                    y,
                    size,
                    rows: &rows,
                    x_end,
                };
                self.cell(&cell, &at, out);
            }
        }
        out.nodes = nodes;
    }

    fn cell(&self, cell: &Cell, at: &[[Node; 3]; 3], out: &mut LatticeRows) {
        let Some(at) = all_known(at) else {
            // Nodes are dense enough (see CELLS_ACROSS) that a cell whose nodes all miss the sky misses the tile.
            if cell.size <= 2 || at.iter().flatten().any(Option::is_some) {
                self.halve(cell, out);
            }
            return;
        };
        let side = self.side(cell, &at);
        if side == Side::Clear {
            return;
        }
        if cell.size <= 2 {
            return self.exact(cell, out);
        }
        match self.error(cell, &at) {
            Some(error) if error <= self.tolerance => {
                if self.push_runs(cell, &at, side, out) {
                    out.worst = out.worst.max(error);
                    return;
                }
                self.halve(cell, out);
            }
            _ => self.halve(cell, out),
        }
    }

    fn halve(&self, cell: &Cell, out: &mut LatticeRows) {
        if cell.size <= 2 {
            return self.exact(cell, out);
        }
        let size = cell.size / 2;
        let half = f64::from(size) / 2.0;
        for (dy, dx) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let part = Cell {
                x: cell.x + dx * size,
                y: cell.y + dy * size,
                size,
                ..*cell
            };
            if part.x >= part.x_end
                || part.y >= part.rows.end
                || part.y + part.size <= part.rows.start
            {
                continue;
            }
            let at = [0, 1, 2].map(|j| {
                [0, 1, 2].map(|i| {
                    self.at(
                        f64::from(part.x) + f64::from(i) * half,
                        f64::from(part.y) + f64::from(j) * half,
                    )
                })
            });
            self.cell(&part, &at, out);
        }
    }

    /// Computes every pixel of the cell by the exact mapping.
    fn exact(&self, cell: &Cell, out: &mut LatticeRows) {
        for y in cell.y.max(cell.rows.start)..(cell.y + cell.size).min(cell.rows.end) {
            for x in cell.x..(cell.x + cell.size).min(cell.x_end) {
                let run = self
                    .at(f64::from(x), f64::from(y))
                    .and_then(|p| Run::single(x, p));
                if let Some(run) = run {
                    self.push(run, (y - cell.rows.start) as usize, out);
                }
            }
        }
    }

    /// Largest distance (px) between the biquadratic and the exact mapping at four inner points.
    fn error(&self, cell: &Cell, at: &[[[f64; 2]; 3]; 3]) -> Option<f64> {
        let mut worst = 0.0f64;
        for (u, v) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
            let size = f64::from(cell.size);
            let truth = self.at(f64::from(cell.x) + u * size, f64::from(cell.y) + v * size)?;
            let (bu, bv) = (lagrange(u), lagrange(v));
            for axis in 0..2 {
                let mut model = 0.0;
                for (row, weight) in at.iter().zip(bv) {
                    model += weight
                        * (bu[0] * row[0][axis] + bu[1] * row[1][axis] + bu[2] * row[2][axis]);
                }
                worst = worst.max((model - truth[axis]).abs());
            }
        }
        Some(worst)
    }

    /// Returns false, and pushes nothing, when the cell is too wide for fixed point.
    fn push_runs(
        &self,
        cell: &Cell,
        at: &[[[f64; 2]; 3]; 3],
        side: Side,
        out: &mut LatticeRows,
    ) -> bool {
        let Some(base) = base(at) else {
            return false;
        };
        let surface = [0, 1].map(|axis| Surface::new(at, axis, f64::from(cell.size)));
        let len = cell.size.min(cell.x_end - cell.x);
        for y in cell.y.max(cell.rows.start)..(cell.y + cell.size).min(cell.rows.end) {
            let v = f64::from(y - cell.y);
            let row = [surface[0].row(v), surface[1].row(v)];
            let run = Run::new(cell.x, len, cell.size, base, &row);
            let row = (y - cell.rows.start) as usize;
            if side == Side::Inside {
                push(&mut out.rows[row], run, PURPOSE);
            } else {
                self.push(run, row, out);
            }
        }
        true
    }

    fn push(&self, run: Run, row: usize, out: &mut LatticeRows) {
        let [x0, x1, y0, y1] = run.bounds();
        let [w, h] = self.tile.map(|n| n as i32);
        if self.corners || (x1 >= -1 && x0 < w && y1 >= -1 && y0 < h) {
            push(&mut out.rows[row], run, PURPOSE);
        }
    }

    /// On which side of the tile's edge the cell is, whatever happens between its nodes, including the pixels that have
    /// corners in it.
    fn side(&self, cell: &Cell, at: &[[[f64; 2]; 3]; 3]) -> Side {
        let share = if cell.size > 1 { 0.5 } else { 1.0 };
        let mut side = Side::Inside;
        for axis in 0..2 {
            let values = at.iter().flatten().map(|p| p[axis]);
            let (low, high) = values.fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
            let margin = 2.0 + (high - low) * share;
            let end = f64::from(self.tile[axis]);
            if high + margin < 0.0 || low - margin > end {
                return Side::Clear;
            }
            if low - margin < 0.0 || high + margin > end {
                side = Side::Edge;
            }
        }
        side
    }
}

/// Position of a cell relative to its tile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// All pixels are on it.
    Inside,
    /// Some pixels may be off it.
    Edge,
    /// All pixels are off it.
    Clear,
}

/// Whole pixel in the middle of the nodes, or `None` when a node is too far from it. It is chosen for the whole cell,
/// so that the requested rows do not change how the cell is cut.
fn base(at: &[[[f64; 2]; 3]; 3]) -> Option<[i32; 2]> {
    let mut base = [0; 2];
    for axis in 0..2 {
        let middle = at[1][1][axis];
        if middle.abs() > f64::from(i32::MAX / 2) {
            return None;
        }
        base[axis] = libm::floor(middle) as i32;
        let far = |p: &[f64; 2]| (p[axis] - f64::from(base[axis])).abs() > REACH;
        if at.iter().flatten().any(far) {
            return None;
        }
    }
    Some(base)
}

/// One axis of a cell's biquadratic as monomials of the pixel offsets: `c[b][a]` multiplies u^a v^b.
struct Surface([[f64; 3]; 3]);

impl Surface {
    fn new(at: &[[[f64; 2]; 3]; 3], axis: usize, size: f64) -> Self {
        let monomials = |p: [f64; 3]| {
            [
                p[0],
                (4.0 * p[1] - 3.0 * p[0] - p[2]) / size,
                2.0 * (p[0] - 2.0 * p[1] + p[2]) / (size * size),
            ]
        };
        let rows = [0, 1, 2].map(|j| monomials([0, 1, 2].map(|i| at[j][i][axis])));
        let mut c = [[0.0; 3]; 3];
        for a in 0..3 {
            let column = monomials([rows[0][a], rows[1][a], rows[2][a]]);
            for b in 0..3 {
                c[b][a] = column[b];
            }
        }
        Self(c)
    }

    #[inline]
    fn row(&self, v: f64) -> Quadratic {
        let at = |a: usize| self.0[0][a] + v * (self.0[1][a] + v * self.0[2][a]);
        Quadratic {
            start: at(0),
            slope: at(1),
            bend: at(2),
        }
    }
}

/// Quadratic Lagrange weights of the nodes 0, 1/2 and 1 at `t`.
fn lagrange(t: f64) -> [f64; 3] {
    [
        (1.0 - t) * (1.0 - 2.0 * t),
        4.0 * t * (1.0 - t),
        t * (2.0 * t - 1.0),
    ]
}

fn all_known(at: &[[Node; 3]; 3]) -> Option<[[[f64; 2]; 3]; 3]> {
    let mut known = [[[0.0; 2]; 3]; 3];
    for (row, out) in at.iter().zip(&mut known) {
        for (node, out) in row.iter().zip(out) {
            *out = (*node)?;
        }
    }
    Some(known)
}

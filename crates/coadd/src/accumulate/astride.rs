//! Runs whose taps lie in more than one block of a tile: the pixels that they need are brought together, and nothing
//! else is copied.

use zemosaic_wcs::lattice::Run;

use crate::job::Window;
use crate::rows::TileRows;
use zemosaic_room::{push, resize};

/// What needs room.
const PIXELS: &str = "tile pixels";
/// A run is halved if its taps lie in a larger box than this for each pixel, or in more rows: where a grid is much coarser
/// than its tile, few pixels of the box are taps.
const MOST_AREA: i64 = 64;
const MOST_ROWS: i64 = 3;
/// Pixels behind each plane, because vectors reach beyond the last tap.
const BEHIND: usize = 16;

/// Part of a run, and where its samples go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    pub run: Run,
    /// Index of its first pixel in the block of output pixels.
    pub at: usize,
    pub reached: Reached,
    /// Row and column of the block in which its taps begin.
    pub block: [u32; 2],
}

/// First and last column and row (inclusive) that taps may have, inside the tile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached {
    pub columns: [i32; 2],
    pub rows: [i32; 2],
}

impl Reached {
    /// The taps of a run with these [`Run::bounds`]; `None` if they all lie beside the tile.
    #[inline(always)]
    #[allow(clippy::inline_always)] // Its callers are compiled for several instruction sets.
    pub fn of(bounds: [i32; 4], reach: [i32; 2], tile: [u32; 2]) -> Option<Self> {
        let [x0, x1, y0, y1] = bounds;
        let side = |low: i32, high: i32, n: u32| {
            let low = low.saturating_sub(reach[0]).max(0);
            [low, high.saturating_add(reach[1]).min(n as i32 - 1)]
        };
        let (columns, rows) = (side(x0, x1, tile[0]), side(y0, y1, tile[1]));
        let met = columns[0] <= columns[1] && rows[0] <= rows[1];
        met.then_some(Self { columns, rows })
    }

    /// Whether a block holds all of it.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub fn is_in(&self, block: &Window) -> bool {
        let (row, column) = (block.first_row as i32, block.first_column as i32);
        self.rows[0] >= row
            && self.rows[1] < row + block.rows as i32
            && self.columns[0] >= column
            && self.columns[1] < column + block.stride as i32
    }

    /// Whether few of its pixels can be taps of `count` pixels.
    fn is_sparse(&self, count: u32) -> bool {
        let side = |[low, high]: [i32; 2]| i64::from(high) - i64::from(low) + 1;
        let (columns, rows, count) = (side(self.columns), side(self.rows), i64::from(count));
        columns * rows > MOST_AREA * count || rows > MOST_ROWS * (count + 6)
    }
}

/// The runs of one tile that are astride, and buffers that are reused.
#[derive(Debug, Default)]
pub(crate) struct Astride {
    kept: Vec<Kept>,
    /// First and last column of each row that is brought together.
    first: Vec<i32>,
    last: Vec<i32>,
    pixels: Vec<f32>,
    /// Bytes copied so far.
    pub copied: u64,
}

impl Astride {
    /// Keeps a run for later, in parts if it is long.
    #[cold]
    pub fn keep(
        &mut self,
        run: &Run,
        at: usize,
        reached: Reached,
        reach: [i32; 2],
        rows: &TileRows,
    ) {
        if run.len > 1 && reached.is_sparse(run.len) {
            let middle = run.len / 2;
            for (lanes, at) in [(0..middle, at), (middle..run.len, at + middle as usize)] {
                let part = run.part(lanes);
                if let Some(reached) = Reached::of(part.bounds(), reach, rows.size) {
                    self.keep(&part, at, reached, reach, rows);
                }
            }
            return;
        }
        let begin = rows.block_of(reached);
        let block = [begin.first_row, begin.first_column];
        let run = *run;
        let kept = Kept {
            run,
            at,
            reached,
            block,
        };
        push(&mut self.kept, kept, PIXELS);
    }

    /// Whether no run was kept.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The runs that were kept, ordered by the block in which their taps begin; nothing is kept any more.
    pub fn take(&mut self) -> Vec<Kept> {
        let mut kept = std::mem::take(&mut self.kept);
        kept.sort_by_key(|one| one.block);
        kept
    }

    /// Takes back the list, for its room.
    pub fn give_back(&mut self, mut kept: Vec<Kept>) {
        kept.clear();
        self.kept = kept;
    }

    /// A window that holds all taps of those of these runs, whose taps begin in block `whole`, that it does not hold itself.
    pub fn bring(&mut self, rows: &TileRows, whole: &Window, runs: &[Kept]) -> Option<Window<'_>> {
        let reached = runs.iter().map(|kept| kept.reached);
        let others = reached.filter(|reached| !reached.is_in(whole));
        others.clone().next()?;
        Some(self.copy(rows, others))
    }

    /// A window that holds a box of pixels of several blocks.
    pub fn bring_box(&mut self, rows: &TileRows, reached: Reached) -> Window<'_> {
        self.copy(rows, std::iter::once(reached))
    }

    /// The pixels that runs need, in rows that overlap nowhere: each begins where the columns of the previous one end.
    /// So the window of a turned tile is as small as the slanting band that the runs need of it.
    fn copy(&mut self, rows: &TileRows, runs: impl Iterator<Item = Reached> + Clone) -> Window<'_> {
        let low = runs.clone().map(|reached| reached.rows[0]).min();
        let high = runs.clone().map(|reached| reached.rows[1]).max();
        let (low, high) = (low.unwrap_or(0), high.unwrap_or(0));
        let count = (high - low + 1) as usize;
        for (list, value) in [(&mut self.first, i32::MAX), (&mut self.last, i32::MIN)] {
            list.clear();
            resize(list, count, value, PIXELS);
        }
        for reached in runs {
            let met = (reached.rows[0] - low) as usize..=(reached.rows[1] - low) as usize;
            for first in &mut self.first[met.clone()] {
                *first = (*first).min(reached.columns[0]);
            }
            for last in &mut self.last[met] {
                *last = (*last).max(reached.columns[1]);
            }
        }
        // Where no run needs a row, nothing of it is brought.
        for i in 1..count {
            if self.first[i] > self.last[i] {
                self.first[i] = self.first[i - 1];
                self.last[i] = self.first[i] - 1;
            }
        }
        let spans = || self.first.iter().zip(&self.last);
        let widest = spans().map(|(first, last)| last - first + 1).max();
        let steps = self.first[1..].iter().zip(&self.last);
        let stride = steps.map(|(next, last)| last + 1 - next).max();
        let stride = stride.or(widest).unwrap_or(1).max(1) as usize;
        let begin = self.first[0];
        // The last row may end left of where the first begins.
        let end = ((count - 1) * stride) as i64 + i64::from(self.last[count - 1] + 1 - begin);
        let len = end as usize + BEHIND;
        let planes = rows.planes();
        if self.pixels.len() < len * planes {
            resize(&mut self.pixels, len * planes, 0.0, PIXELS);
        }
        for (i, (first, last)) in self.first.iter().zip(&self.last).enumerate() {
            let row = low as u32 + i as u32;
            let to = ((i * stride) as i64 + i64::from(*first) - i64::from(begin)) as usize;
            let columns = *first as u32..(*last + 1) as u32;
            for (plane, out) in self.pixels.chunks_exact_mut(len).take(planes).enumerate() {
                let mut rest = &mut out[to..to + columns.len()];
                for part in rows.row(plane, row, columns.clone()) {
                    let (here, behind) = rest.split_at_mut(part.len());
                    here.copy_from_slice(part);
                    rest = behind;
                }
            }
            self.copied += (4 * columns.len() * planes) as u64;
        }
        let block = rows.block(self.first[0] as u32, low as u32);
        let mut made = self.pixels.chunks_exact(len).take(planes);
        Window {
            first_row: low as u32,
            rows: count as u32,
            stride: stride as u32,
            first_column: begin as u32,
            width: rows.size[0],
            height: rows.size[1],
            values: made.by_ref().take(block.values.len()).collect(),
            variances: block.variances.and_then(|_| made.next()),
            alphas: block.alphas.and_then(|_| made.next()),
        }
    }
}

//! The pixels of a tile in memory: blocks of whole rows, or of parts of rows, each of them made once, however many chunks need
//! it.

use std::ops::Range;

use crate::accumulate::Reached;
use crate::cut::{COLUMNS, Cut, TileCut};
use crate::job::Window;

/// Values of pixels that no chunk needs.
static NOTHING: [f32; COLUMNS as usize] = [f32::NAN; COLUMNS as usize];

/// What a chunk needs of a tile: blocks of its pixels.
#[derive(Clone, Debug)]
pub struct TileRows<'a> {
    /// Tile width and height, px.
    pub size: [u32; 2],
    /// How it is cut.
    pub cut: TileCut,
    /// Numbers of the first column and the first row of blocks in the list.
    pub first: [u32; 2],
    /// Columns of blocks in the list, at least one.
    pub columns: u32,
    /// Blocks, row by row, all with the same planes; `None` where none is needed. At least one is held.
    pub blocks: Vec<Option<Window<'a>>>,
}

impl<'a> TileRows<'a> {
    /// Rows that are all in one block.
    pub fn of(window: Window<'a>) -> Self {
        let cut = |first: u32, count: u32| Cut {
            first,
            end: first + count,
            each: count.max(1),
        };
        Self {
            size: window.tile(),
            cut: TileCut {
                columns: cut(window.first_column, window.stride),
                rows: cut(window.first_row, window.rows),
            },
            first: [0, 0],
            columns: 1,
            blocks: vec![Some(window)],
        }
    }

    /// Tile rows of which something is held.
    pub fn held(&self) -> Range<u32> {
        let rows = self.blocks.len() as u32 / self.columns;
        let last = self.cut.rows.rows(self.first[1] + rows.saturating_sub(1));
        self.cut.rows.rows(self.first[1]).start..last.end
    }

    /// Any block that is held: all have the same planes.
    pub(crate) fn any(&self) -> Option<&Window<'a>> {
        self.blocks.iter().flatten().next()
    }

    /// Whether pixels have weights of their own.
    pub fn has_variances(&self) -> bool {
        self.any().is_some_and(|b| b.variances.is_some())
    }

    /// Whether pixels have opacities.
    pub fn has_alphas(&self) -> bool {
        self.any().is_some_and(|b| b.alphas.is_some())
    }

    /// Planes of its blocks: the channels, the variances, the opacities.
    pub fn planes(&self) -> usize {
        self.any().map_or(0, |b| b.planes().count())
    }

    /// The block that holds a pixel of the tile, if one does.
    #[inline]
    fn find(&self, column: u32, row: u32) -> Option<&Window<'a>> {
        let x = self.cut.columns.number(column, self.first[0]);
        let y = self.cut.rows.number(row, self.first[1]);
        if x >= self.columns {
            return None;
        }
        let at = u64::from(y) * u64::from(self.columns) + u64::from(x);
        let block = self.blocks.get(at as usize)?.as_ref();
        block.filter(|b| {
            row.wrapping_sub(b.first_row) < b.rows && column.wrapping_sub(b.first_column) < b.stride
        })
    }

    /// The block that holds a pixel of the tile.
    ///
    /// # Panics
    /// If the pixel is not held: then the plan is wrong, and stopping is better than a silent hole.
    #[inline]
    pub(crate) fn block(&self, column: u32, row: u32) -> &Window<'a> {
        self.find(column, row).unwrap_or_else(|| missing(row))
    }

    /// The block in which pixels begin.
    ///
    /// # Panics
    /// If it is not held.
    #[inline]
    pub(crate) fn block_of(&self, reached: Reached) -> &Window<'a> {
        self.block(reached.columns[0] as u32, reached.rows[0] as u32)
    }

    /// The block that holds all of these pixels, if one does.
    #[inline]
    pub(crate) fn whole(&self, reached: Reached) -> Option<&Window<'a>> {
        let block = self.block_of(reached);
        reached.is_in(block).then_some(block)
    }

    /// Columns `columns` of row `row` of plane `plane` (as [`Window::planes`] counts them), part by part, one for each block:
    /// NaN where none is held, because no output pixel needs it.
    ///
    /// # Panics
    /// If nothing of the row is held.
    pub fn row(
        &self,
        plane: usize,
        row: u32,
        columns: Range<u32>,
    ) -> impl Iterator<Item = &'a [f32]> {
        let held = self.held();
        if !held.contains(&row) {
            missing(row);
        }
        let cut = self.cut.columns;
        let parts = cut.meeting([columns.start, columns.end]);
        parts.map(move |number| {
            let part = cut.rows(number);
            let (start, end) = (part.start.max(columns.start), part.end.min(columns.end));
            let block = self.find(start, row);
            let plane = block.and_then(|b| Some((b, b.planes().nth(plane)?)));
            let count = (end - start) as usize;
            let held = |(block, plane): (&Window, &'a [f32])| {
                let at = block.index(start as i32, row as i32) as usize;
                &plane[at..at + count]
            };
            plane.map_or_else(|| &NOTHING[..count], held)
        })
    }
}

/// Ends the work.
#[cold]
pub(crate) fn missing(row: u32) -> ! {
    panic!("tile row {row} is missing from its window")
}

//! The samples of the pixels at work, for rules that need all of a pixel's at once.
//!
//! A launch makes as many pixels as the stack has columns, so its size is a matter of speed alone: what
//! does not fit at once goes in more launches. A pixel never has more samples than `depth`.

use zemosaic_coadd::constants::STACK_KINDS;
use zemosaic_coadd::device::{BLOCK_COLUMNS, CELL_COLUMNS, Parts, Piece, pad};
use zemosaic_coadd::{ChunkShape, Combine, STRIP_ROWS};

/// Bytes that a stack takes at most, where one cell's is not more.
const MOST_BYTES: u64 = 32 << 20;

/// The stack of a chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StackPlan {
    /// Samples of a pixel, at most.
    pub depth: u32,
    /// Pixels from sample to sample.
    pub pixels: u32,
    /// Bytes of the buffer; 0 for rules without a stack, and without tiles.
    pub bytes: u64,
}

impl StackPlan {
    /// For pixels of at most `deepest` samples.
    pub fn new(shape: &ChunkShape, parts: &Parts, deepest: u32) -> Self {
        let sample = sample_bytes(shape.combine);
        let depth = if sample > 0 { deepest } else { 0 };
        let column = sample * u64::from(depth);
        if column == 0 {
            return Self {
                depth,
                pixels: 0,
                bytes: 0,
            };
        }
        let (rows, cell) = (shape.rows.len() as u64, u64::from(CELL_COLUMNS));
        let wanted = if rows < u64::from(STRIP_ROWS) {
            rows * u64::from(BLOCK_COLUMNS).min(u64::from(shape.width).next_multiple_of(cell))
        } else {
            (parts.index_entries() - 1) * cell
        };
        let bytes = (wanted * column).min(MOST_BYTES).max(cell * column);
        Self {
            depth,
            pixels: (bytes / column / cell * cell) as u32,
            bytes: pad(bytes),
        }
    }

    /// (Row, cell)s that one launch may make.
    pub fn cells(&self) -> usize {
        match self.bytes {
            0 => usize::MAX,
            _ => (self.pixels / CELL_COLUMNS) as usize,
        }
    }

    /// Rows and columns of a block that the stack stands for when `piece` is made: first and count.
    pub fn part(piece: &Piece) -> [[u32; 2]; 2] {
        match &piece.rect {
            None => [[0, STRIP_ROWS], [0, BLOCK_COLUMNS]],
            Some(rect) => {
                let cells = [rect.cells.start, rect.cells.len()];
                [
                    [rect.rows.start as u32, rect.rows.len() as u32],
                    cells.map(|n| n as u32 * CELL_COLUMNS),
                ]
            }
        }
    }
}

/// Bytes of one sample: its value, and for rules that reject its weight and a place to sort values.
fn sample_bytes(combine: Combine) -> u64 {
    match combine {
        Combine::Median => 4,
        Combine::Winsorized | Combine::KappaSigma => 4 * u64::from(STACK_KINDS),
        _ => 0,
    }
}

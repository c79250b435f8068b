//! The samples of the pixels in one launch, for rules that need all samples of a pixel at once.
//!
//! A launch makes as many pixels as the stack has columns, so its size affects only speed: pixels that
//! do not fit take more launches. A pixel never has more samples than `depth`.

use zemosaic_coadd::constants::STACK_KINDS;
use zemosaic_coadd::device::{BLOCK_COLUMNS, CELL_COLUMNS, Parts, Piece, pad};
use zemosaic_coadd::{ChunkShape, Combine, STRIP_ROWS};

/// Most bytes of a stack, unless that of a single cell takes more.
const MOST_BYTES: u64 = 32 << 20;

/// The stack of a chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StackPlan {
    /// Most samples of a pixel.
    pub depth: u32,
    /// Pixels between one sample of a pixel and its next.
    pub pixels: u32,
    /// Bytes of the buffer; 0 for rules without a stack, or without tiles.
    pub bytes: u64,
}

impl StackPlan {
    /// A stack for pixels of at most `deepest` samples.
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

    /// The rows and columns of a block that the stack holds when `piece` is made: first and count.
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

/// Bytes of one sample: its value, and for rules that reject also its weight and room to sort values.
fn sample_bytes(combine: Combine) -> u64 {
    match combine {
        Combine::Median => 4,
        Combine::Winsorized | Combine::KappaSigma => 4 * u64::from(STACK_KINDS),
        _ => 0,
    }
}

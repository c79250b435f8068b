//! The samples of the pixels in one launch, for rules that need all samples of a pixel at once.

use zemosaic_coadd::device::{BLOCK_COLUMNS, CELL_COLUMNS, Parts, pad};
use zemosaic_coadd::{ChunkShape, STRIP_ROWS};

use crate::layout::{FLOAT, STACK_KINDS};

/// Bytes of a stack, if they are enough for one block; more would only save launches.
const STACK: u64 = 16 << 20;
/// Approximate samples that one launch of `reduce` examines: some systems end a launch after two seconds, and
/// a slow GPU processes 1e9 samples per second.
const MOST_LOOKS: u64 = 1 << 29;
/// Samples of some blocks at a time, stored behind the sums, for rules that need all samples of a pixel.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StackPlan {
    /// Where it begins in the buffer of sums, bytes.
    pub at: u64,
    /// Rows and columns of a block in it.
    pub size: [u32; 2],
    /// Samples of a pixel that it holds.
    pub depth: u32,
    /// Blocks that it holds; 0 if the rule needs no stack.
    pub blocks: u32,
}

/// The stack of one block.
pub(crate) struct BlockStack {
    size: [u32; 2],
    depth: u32,
    /// Bytes; 0 for rules without a stack, or without tiles.
    pub block: u64,
}

impl BlockStack {
    /// A stack of as many blocks as are worthwhile, at most all of a part, behind sums of `planes` bytes.
    pub fn of_part(self, parts: &Parts, planes: u64, limit: u64) -> (StackPlan, u64) {
        let Self { size, depth, block } = self;
        let room = STACK.min(limit.saturating_sub(planes)).max(block);
        let bytes = pad(room.min(parts.most_blocks() * block));
        let stack = StackPlan {
            at: planes,
            size,
            depth,
            blocks: bytes.checked_div(block).unwrap_or(0) as u32,
        };
        (stack, bytes)
    }
}

impl StackPlan {
    /// A stack for pixels of at most `deepest` samples.
    pub fn of_block(shape: &ChunkShape, deepest: u32) -> BlockStack {
        let size = [
            STRIP_ROWS.min(shape.rows.len().max(1) as u32),
            shape
                .width
                .min(BLOCK_COLUMNS)
                .next_multiple_of(CELL_COLUMNS),
        ];
        let depth = if shape.combine.needs_stack() {
            deepest
        } else {
            0
        };
        let pixels: u64 = size.iter().map(|n| u64::from(*n)).product();
        let sample = FLOAT * STACK_KINDS * shape.channels as u64;
        BlockStack {
            size,
            depth,
            block: sample * pixels * u64::from(depth),
        }
    }

    /// Launches that `reduce` is cut into, by rows of the block: one, unless the stack is deep.
    pub fn slices(&self) -> u32 {
        if self.blocks != 1 {
            return 1;
        }
        // Sorting compares each sample with about half of those before it, and some rounds of the rules examine it again.
        let depth = u64::from(self.depth);
        let pixels: u64 = self.size.iter().map(|n| u64::from(*n)).product();
        let looks = pixels * depth * (depth / 4 + 128);
        let slices = looks.div_ceil(MOST_LOOKS).clamp(1, u64::from(STRIP_ROWS));
        slices.next_power_of_two() as u32
    }
}

//! What any output rows need of the tiles, computed with work that grows with the tiles.

use std::collections::HashMap;
use std::ops::Range;

use zemosaic_wcs::lattice::{BlockNeed, Profile};

use super::need::{Share, blocks, depth};
use super::{Need, Planes, PlannedTile};

/// What each block of output rows needs of the tiles that meet it.
///
/// Blocks are examined from a chunk's first row on, each with only the tiles that meet it. So the cost of finding where
/// a chunk ends depends on what is in the chunk, however many tiles and rows the output has.
#[derive(Debug, Default)]
pub struct Needs {
    /// Tiles without their profiles, which [`Self::meetings`] holds.
    tiles: Vec<Planes>,
    /// Ordered by block, then by tile.
    meetings: Vec<Meeting>,
    /// Blocks that any tile meets, in order.
    blocks: Vec<Met>,
    /// The latest: of the chunk before, of a chunk and of the next, because a chunk is planned while the previous one is made,
    /// and again when its turn comes.
    sweeps: Vec<Sweep>,
    looks: u64,
}

/// A tile that meets a block of rows.
#[derive(Clone, Copy, Debug)]
struct Meeting {
    block: u32,
    tile: usize,
    need: BlockNeed,
}

#[derive(Clone, Debug)]
struct Met {
    block: u32,
    meetings: Range<usize>,
    depth: u32,
}

/// What the rows from one block on need, up to each block that was requested.
#[derive(Debug)]
struct Sweep {
    first: u32,
    /// The next of [`Needs::blocks`] to examine.
    next: usize,
    /// What is needed of each tile so far.
    held: HashMap<usize, BlockNeed>,
    /// The need after each block that any tile meets.
    found: Vec<(u32, Need)>,
}

/// How many sweeps are kept.
const SWEEPS: usize = 3;

impl Needs {
    /// The needs of these tiles.
    pub fn new<'a>(tiles: impl IntoIterator<Item = PlannedTile<'a>>) -> Self {
        let mut needs = Self::default();
        for (tile, planned) in tiles.into_iter().enumerate() {
            needs.tiles.push(planned.planes);
            let Profile {
                first_block,
                blocks,
                ..
            } = planned.profile;
            let met = (*first_block..).zip(blocks).filter(|(_, n)| !n.is_empty());
            needs.meetings.extend(met.map(|(block, need)| Meeting {
                block,
                tile,
                need: *need,
            }));
        }
        needs.meetings.sort_by_key(|m| m.block);
        needs.looks = needs.meetings.len() as u64;
        let mut start = 0;
        for met in needs.meetings.chunk_by(|a, b| a.block == b.block) {
            needs.blocks.push(Met {
                block: met[0].block,
                meetings: start..start + met.len(),
                depth: depth(met.iter().map(|m| m.need.out_x)),
            });
            start += met.len();
        }
        needs
    }

    /// What output rows `rows` need.
    pub fn of(&mut self, rows: &Range<u32>) -> Need {
        self.until(rows, |_| false)
    }

    /// What output rows `rows` need, or only their first blocks if those are `enough` already.
    pub fn until(&mut self, rows: &Range<u32>, enough: impl Fn(&Need) -> bool) -> Need {
        let asked = blocks(rows);
        let found = self.sweeps.iter().position(|s| s.first == asked.start);
        let mut sweep = match found {
            Some(at) => self.sweeps.remove(at),
            None => Sweep {
                first: asked.start,
                next: self.blocks.partition_point(|m| m.block < asked.start),
                held: HashMap::new(),
                found: Vec::new(),
            },
        };
        let need = self.sweep(&mut sweep, asked.end, enough);
        self.sweeps.insert(0, sweep);
        self.sweeps.truncate(SWEEPS);
        need
    }

    /// How often a block of a tile was examined: the cost of planning.
    pub fn looks(&self) -> u64 {
        self.looks
    }

    fn sweep(&mut self, sweep: &mut Sweep, end: u32, enough: impl Fn(&Need) -> bool) -> Need {
        while let Some(met) = self.blocks.get(sweep.next).filter(|m| m.block < end) {
            let mut need = sweep.found.last().map_or_else(Need::default, |f| f.1);
            if enough(&need) {
                return need;
            }
            let meetings = &self.meetings[met.meetings.clone()];
            for Meeting { tile, need: of, .. } in meetings {
                let share = |need: &BlockNeed| Share::of(self.tiles[*tile], need);
                let held = sweep.held.entry(*tile).or_default();
                if !held.is_empty() {
                    need.take_back(&share(held));
                }
                held.include(*of);
                need.add(&share(held));
            }
            self.looks += meetings.len() as u64;
            need.depth = need.depth.max(met.depth);
            sweep.found.push((met.block, need));
            sweep.next += 1;
        }
        let at = sweep.found.partition_point(|(block, _)| *block < end);
        at.checked_sub(1)
            .map_or_else(Need::default, |at| sweep.found[at].1)
    }
}

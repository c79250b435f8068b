//! The places of the windows of a chunk's tiles.

use std::ops::Range;

use zemosaic_coadd::device::WindowRect;
use zemosaic_coadd::{ChunkJob, TileJob};

use crate::layout::FLOAT;

/// A tile's window on the device: a rectangle of it, in planes that lie one after another by kind.
#[derive(Clone, Debug)]
pub(crate) struct WindowPlan {
    /// The part of the tile.
    pub rect: WindowRect,
    /// Floats from row to row and from plane to plane.
    pub pitch: u32,
    pub plane: u32,
    /// Offset in the group's buffer of each kind, bytes; `None` without one.
    pub at: [Option<u64>; KINDS],
}

/// Kinds of planes: values, variances, opacities.
pub(crate) const KINDS: usize = 3;

/// Consecutive tiles whose windows share buffers, one per kind.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub tiles: Range<usize>,
    /// Bytes of each kind.
    pub bytes: [u64; KINDS],
}

/// The windows of a chunk, and the buffers over which they are spread.
#[derive(Clone, Debug)]
pub(crate) struct Windows {
    pub of_tiles: Vec<WindowPlan>,
    pub groups: Vec<Group>,
}

impl Windows {
    /// Spreads the tiles' windows over groups whose buffers stay within `limit` bytes.
    pub fn place(job: &ChunkJob, limit: u64) -> Self {
        let mut of_tiles = Vec::with_capacity(job.tiles.len());
        let mut groups: Vec<Group> = Vec::new();
        for (i, tile) in job.tiles.iter().enumerate() {
            let (mut window, bytes) = WindowPlan::new(job, tile);
            let fits = groups.last().is_some_and(|g| {
                let mut both = g.bytes.iter().zip(&bytes);
                both.all(|(held, more)| held + more <= limit)
            });
            if !fits {
                groups.push(Group {
                    tiles: i..i,
                    bytes: [0; KINDS],
                });
            }
            if let Some(group) = groups.last_mut() {
                for ((at, held), more) in window.at.iter_mut().zip(&mut group.bytes).zip(bytes) {
                    *at = (more > 0).then_some(*held);
                    *held += more;
                }
                group.tiles.end = i + 1;
            }
            of_tiles.push(window);
        }
        Self { of_tiles, groups }
    }

    /// Bytes of all groups.
    pub fn bytes(&self) -> u64 {
        self.groups.iter().flat_map(|g| g.bytes).sum()
    }
}

impl WindowPlan {
    /// A window that has no place yet, and its bytes by kind.
    fn new(job: &ChunkJob, tile: &TileJob) -> (Self, [u64; KINDS]) {
        let rect = WindowRect::new(job, tile);
        let plane = FLOAT * rect.plane();
        let bytes = [
            plane * job.channels as u64,
            plane * u64::from(tile.rows.has_variances()),
            plane * u64::from(tile.rows.has_alphas()),
        ];
        let planned = Self {
            pitch: rect.pitch as u32,
            plane: rect.plane() as u32,
            rect,
            at: [None; KINDS],
        };
        (planned, bytes)
    }
}

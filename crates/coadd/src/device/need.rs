//! What output rows need of all tiles together: the figures that determine the bytes of a chunk.

use std::ops::Range;

use zemosaic_wcs::lattice::{BLOCK_ROWS, BlockNeed, Profile};

use super::window::{WindowRect, plane_bytes, row_bytes};
use super::{BLOCK_COLUMNS, CELL_COLUMNS};
use crate::{ChunkJob, TileCut};

/// A tile as plans see it.
#[derive(Clone, Copy, Debug)]
pub struct PlannedTile<'a> {
    /// What each block of output rows needs of it.
    pub profile: &'a Profile,
    /// The planes that its windows hold.
    pub planes: Planes,
}

/// What every window of a tile holds, besides a plane for each channel.
#[derive(Clone, Copy, Debug)]
pub struct Planes {
    /// It has variances of pixels: one more plane.
    pub variances: bool,
    /// It has opacities: another plane.
    pub alphas: bool,
    /// How it is cut; in host memory, blocks of it are held.
    pub cut: TileCut,
}

/// What some output rows need of all tiles, in the blocks of 64 rows that profiles have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Tiles that meet the rows.
    pub tiles: u64,
    /// Device bytes of one plane of every window.
    pub planes: u64,
    /// Device bytes of the planes besides the channels: variances and opacities.
    pub map_planes: u64,
    /// Device bytes of the largest plane.
    pub largest_plane: u64,
    /// Device bytes of the longest row of a window.
    pub longest_row: u64,
    /// Cells of the lattice in one output row, of all tiles.
    pub cells: u64,
    /// Whether any tile has an opacity.
    pub opacity: bool,
    /// Most tiles that meet one block of the output, 64 rows by 1024 columns, and thus the most samples of
    /// one pixel.
    pub depth: u32,
    /// Host bytes of one plane of every tile: blocks are held whole.
    pub host_planes: u64,
    /// Host bytes of the planes besides the channels.
    pub host_map_planes: u64,
}

/// One tile's share in a [`Need`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    row: u64,
    plane: u64,
    host_plane: u64,
    maps: u64,
    cells: u64,
    opacity: bool,
}

impl Share {
    /// The share of a tile of which `need` is needed.
    pub(super) fn of(tile: Planes, need: &BlockNeed) -> Self {
        let [columns, rows] = [need.tile_x, need.tile_y].map(|r| u64::from(r[1] - r[0]));
        Self {
            row: row_bytes(columns),
            plane: plane_bytes(columns, rows),
            host_plane: 4 * tile.cut.room(need),
            maps: u64::from(tile.variances) + u64::from(tile.alphas),
            cells: u64::from(need.out_x[1].div_ceil(CELL_COLUMNS) - need.out_x[0] / CELL_COLUMNS),
            opacity: tile.alphas,
        }
    }
}

impl Need {
    /// The need of a chunk that is to be made, from its actual windows.
    pub fn of(job: &ChunkJob) -> Self {
        let mut need = Self::default();
        for tile in &job.tiles {
            let rect = WindowRect::new(job, tile);
            let planes = Planes {
                variances: tile.rows.has_variances(),
                alphas: tile.rows.has_alphas(),
                cut: tile.rows.cut,
            };
            let held = BlockNeed {
                tile_x: [rect.columns.start, rect.columns.end],
                tile_y: [rect.rows.start, rect.rows.end],
                ..tile.profile.need([job.rows.start, job.rows.end])
            };
            need.add(&Share::of(planes, &held));
        }
        need.as_deep_as(&job.rows, || job.tiles.iter().map(|t| t.profile))
    }

    /// The need of output rows `rows`, by asking every tile; [`super::Needs`] finds the same faster.
    pub fn of_rows(tiles: &[PlannedTile], rows: &Range<u32>) -> Self {
        let mut need = Self::default();
        for tile in tiles {
            let part = tile.profile.need([rows.start, rows.end]);
            if !part.is_empty() {
                need.add(&Share::of(tile.planes, &part));
            }
        }
        need.as_deep_as(rows, || tiles.iter().map(|t| t.profile))
    }

    /// Adds the depth of these tiles over each block of `rows`.
    fn as_deep_as<'a, P: Iterator<Item = &'a Profile>>(
        mut self,
        rows: &Range<u32>,
        profiles: impl Fn() -> P,
    ) -> Self {
        for block in blocks(rows) {
            let met = profiles().filter_map(|profile| profile.block(block));
            self.depth = self.depth.max(depth(met.map(|need| need.out_x)));
        }
        self
    }

    /// Device bytes of the windows of `channels` channels.
    pub fn windows(&self, channels: usize) -> u64 {
        channels as u64 * self.planes + self.map_planes
    }

    /// Host bytes of the windows of `channels` channels.
    pub fn host_windows(&self, channels: usize) -> u64 {
        channels as u64 * self.host_planes + self.host_map_planes
    }

    pub(super) fn add(&mut self, share: &Share) {
        self.tiles += 1;
        self.planes += share.plane;
        self.map_planes += share.maps * share.plane;
        self.host_planes += share.host_plane;
        self.host_map_planes += share.maps * share.host_plane;
        self.cells += share.cells;
        self.largest_plane = self.largest_plane.max(share.plane);
        self.longest_row = self.longest_row.max(share.row);
        self.opacity |= share.opacity;
    }

    /// Subtracts a tile's share, to replace it by a larger one; so the largest plane and the longest row stay valid.
    pub(super) fn take_back(&mut self, share: &Share) {
        self.tiles -= 1;
        self.planes -= share.plane;
        self.map_planes -= share.maps * share.plane;
        self.host_planes -= share.host_plane;
        self.host_map_planes -= share.maps * share.host_plane;
        self.cells -= share.cells;
    }
}

/// The blocks of rows that output rows meet.
pub(super) fn blocks(rows: &Range<u32>) -> Range<u32> {
    rows.start / BLOCK_ROWS..rows.end.div_ceil(BLOCK_ROWS)
}

/// The most of these ranges of output columns that meet one block of columns.
pub(super) fn depth(ranges: impl Iterator<Item = [u32; 2]>) -> u32 {
    let mut met: Vec<u32> = Vec::new();
    for [start, end] in ranges {
        let columns = (start / BLOCK_COLUMNS) as usize..end.div_ceil(BLOCK_COLUMNS) as usize;
        if columns.end > met.len() {
            met.resize(columns.end, 0);
        }
        met[columns].iter_mut().for_each(|n| *n += 1);
    }
    met.into_iter().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cut;

    fn block(out_x: [u32; 2], tile_x: [u32; 2], tile_y: [u32; 2]) -> BlockNeed {
        BlockNeed {
            out_x,
            tile_x,
            tile_y,
            band: None,
        }
    }

    #[test]
    fn tiles_beside_each_other_are_not_deep() {
        assert_eq!(depth([[0, 1024], [1024, 2000]].into_iter()), 1);
        assert_eq!(
            depth([[0, 1025], [1024, 2000], [1900, 2100]].into_iter()),
            3
        );
        assert_eq!(depth(std::iter::empty()), 0);
    }

    #[test]
    fn rows_need_what_their_blocks_do() {
        let profile = Profile {
            first_block: 1,
            blocks: vec![
                block([10, 100], [0, 65], [5, 30]),
                block([40, 130], [3, 70], [20, 50]),
            ],
            extent: 100,
        };
        let tile = PlannedTile {
            profile: &profile,
            planes: Planes {
                variances: true,
                alphas: true,
                cut: TileCut {
                    columns: Cut::whole(80),
                    rows: Cut {
                        first: 5,
                        end: 50,
                        each: 15,
                    },
                },
            },
        };
        let of = |rows| Need::of_rows(&[tile], &rows);
        assert_eq!(of(0..64), Need::default());
        let expected = Need {
            tiles: 1,
            // 70 columns are 280 bytes, and 512 with the padding; rows 5 to 50.
            planes: 512 * 45,
            map_planes: 2 * 512 * 45,
            largest_plane: 512 * 45,
            longest_row: 512,
            // Columns 10 to 130.
            cells: 5,
            opacity: true,
            depth: 1,
            host_planes: 4 * 80 * 45,
            host_map_planes: 2 * 4 * 80 * 45,
        };
        assert_eq!(of(127..129), expected);
        assert_eq!(of(127..129).windows(3), 5 * 512 * 45);
        assert_eq!(of(127..129).host_windows(3), 5 * 4 * 80 * 45);
        assert_eq!(of(64..65).planes, 512 * 25);
    }
}

//! What each block of output rows needs of a tile: computed once, used by every plan.

use zemosaic_room::collected;

use super::band::Band;
use super::{PURPOSE, Places};
use crate::mapping::Mapping;

/// Output rows per profile block.
pub const BLOCK_ROWS: u32 = 64;

/// Pixels around the sampled positions that kernels may touch (Lanczos4 needs 4).
const FOOTPRINT: f64 = 6.0;
/// Sample points along each side of the tile when it is located on the grid.
const MESH: u32 = 33;
/// Tiles that span fewer output pixels than this are needed as a whole.
const SMALL: u32 = 256;
/// Output rows that cross fewer rows of a tile than one for so many columns need it from side to side.
const FLATTEST: f64 = 16.0;
/// Pixels that are sampled together may lie in two squares: the columns of a square are widened by this part, and by so many
/// px.
const ASTRIDE: (f64, f64) = (0.125, 2.0);

/// The part of a tile, and of the output, that one block of rows involves; half-open ranges.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BlockNeed {
    /// Output columns.
    pub out_x: [u32; 2],
    /// Tile columns.
    pub tile_x: [u32; 2],
    /// Tile rows.
    pub tile_y: [u32; 2],
    /// The part of these columns and rows that is involved, where the tile is turned.
    pub band: Option<Band>,
}

impl BlockNeed {
    /// True when the block does not meet the tile.
    pub fn is_empty(&self) -> bool {
        self.out_x[0] >= self.out_x[1]
    }

    /// Tile columns that are involved in those of these tile rows that are; half-open.
    pub fn columns(&self, rows: [u32; 2]) -> [u32; 2] {
        let [start, end] = [rows[0].max(self.tile_y[0]), rows[1].min(self.tile_y[1])];
        match self.band {
            _ if start >= end => [self.tile_x[0]; 2],
            None => self.tile_x,
            Some(band) => band.columns(self.tile_x, [start, end]),
        }
    }

    /// Grows to the smallest need that contains both.
    pub fn include(&mut self, other: Self) {
        if other.is_empty() {
            return;
        }
        if self.is_empty() {
            *self = other;
            return;
        }
        for (a, b) in [
            (&mut self.out_x, other.out_x),
            (&mut self.tile_x, other.tile_x),
            (&mut self.tile_y, other.tile_y),
        ] {
            *a = [a[0].min(b[0]), a[1].max(b[1])];
        }
        self.band = self.band.zip(other.band).and_then(|(a, b)| a.with(b));
    }
}

impl BlockNeed {
    /// Of a square of output pixels, as a band of this slope.
    fn in_band(self, slope: Option<f64>) -> Self {
        let width = f64::from(self.tile_x[1] - self.tile_x[0]);
        let band = slope.map(|slope| Band::around(slope, self.tile_x, self.tile_y));
        Self {
            band: band.map(|band| band.widened(ASTRIDE.0 * width + ASTRIDE.1)),
            ..self
        }
    }
}

/// What a tile contributes along the output, from block `first_block` on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Index of the first block that may meet the tile (rows `first_block * 64 ..`).
    pub first_block: u32,
    /// Needs of that block and the following ones.
    pub blocks: Vec<BlockNeed>,
    /// Output pixels that the tile spans on its shorter side.
    pub extent: u32,
}

/// Output columns and rows that may meet the tile; half-open.
struct Place {
    x: [u32; 2],
    y: [u32; 2],
    extent: u32,
}

impl Place {
    /// Columns per row of the tile along the rows of the output; `None` if they hardly cross its rows.
    fn slope(&self, mapping: &Mapping) -> Option<f64> {
        let [x, y] = [self.x, self.y].map(|[low, high]| f64::from(low + high) / 2.0);
        let step = f64::from(BLOCK_ROWS) / 2.0;
        let (a, b) = (mapping.at(x - step, y)?, mapping.at(x + step, y)?);
        let [dx, dy] = [b[0] - a[0], b[1] - a[1]];
        (FLATTEST * dy.abs() > dx.abs()).then(|| dx / dy)
    }
}

impl Profile {
    /// Profile of a tile of `tile` (width, height) px on a grid of `grid` (width, height) px.
    ///
    /// Never too small; may be larger than needed near the edges of a projection. `places` says whether kernels read
    /// the surroundings of a position, or everything that an output pixel covers.
    pub fn new(mapping: &Mapping, tile: [u32; 2], grid: [u32; 2], places: Places) -> Self {
        let Some(place) = place(mapping, tile, grid) else {
            return Self::default();
        };
        let first = place.y[0] / BLOCK_ROWS;
        let last = place.y[1].div_ceil(BLOCK_ROWS);
        let whole = BlockNeed {
            out_x: place.x,
            tile_x: [0, tile[0]],
            tile_y: [0, tile[1]],
            band: None,
        };
        let slope = place.slope(mapping);
        let need = |block| {
            if place.extent < SMALL {
                return whole;
            }
            let mut need = BlockNeed::default();
            for column in place.x[0] / BLOCK_ROWS..place.x[1].div_ceil(BLOCK_ROWS) {
                let square = square(mapping, tile, grid, [column, block], places);
                need.include(square.in_band(slope));
            }
            need
        };
        let mut blocks = collected((first..last).map(need), PURPOSE);
        let skip = blocks.iter().take_while(|b| b.is_empty()).count();
        blocks.drain(..skip);
        while blocks.last().is_some_and(BlockNeed::is_empty) {
            blocks.pop();
        }
        Self {
            first_block: first + skip as u32,
            blocks,
            extent: place.extent,
        }
    }

    /// Union of the needs of the blocks that output rows `rows` (half-open) meet.
    pub fn need(&self, rows: [u32; 2]) -> BlockNeed {
        let mut need = BlockNeed::default();
        for block in rows[0] / BLOCK_ROWS..rows[1].div_ceil(BLOCK_ROWS) {
            if let Some(b) = self.block(block) {
                need.include(*b);
            }
        }
        need
    }

    /// Tile rows that any output row needs, half-open.
    pub fn tile_rows(&self) -> [u32; 2] {
        let all = |mut held: BlockNeed, block: &BlockNeed| {
            held.include(*block);
            held
        };
        self.blocks.iter().fold(BlockNeed::default(), all).tile_y
    }

    /// The need of block `block`; `None` where it does not meet the tile.
    pub fn block(&self, block: u32) -> Option<&BlockNeed> {
        let at = block.checked_sub(self.first_block)?;
        self.blocks.get(at as usize).filter(|b| !b.is_empty())
    }
}

/// Where the border and interior of the tile fall on the grid; the whole grid when the projection tears the tile
/// (because it contains a pole or a seam).
fn place(mapping: &Mapping, tile: [u32; 2], grid: [u32; 2]) -> Option<Place> {
    let at = |i: u32, n: u32| f64::from(n) * f64::from(i) / f64::from(MESH - 1) - 0.5;
    let mesh: Vec<Option<[f64; 2]>> = (0..MESH * MESH)
        .map(|i| mapping.inverse_at(at(i % MESH, tile[0]), at(i / MESH, tile[1])))
        .collect();
    let known = || mesh.iter().flatten();
    // None of its points maps to the grid: it is on the other side of the sky.
    known().next()?;
    let span = |axis: usize| {
        known().fold((f64::MAX, f64::MIN), |(l, h), p| {
            (l.min(p[axis]), h.max(p[axis]))
        })
    };
    let (x, y) = (span(0), span(1));
    let steps = neighbour_steps(&mesh);
    let torn = known().count() < mesh.len() || steps.is_none_or(|(usual, most)| most > 8.0 * usual);
    let usual = steps.map_or(0.0, |s| s.0);
    let narrow = narrowest(&mesh).filter(|step| *step < 0.5 * usual);
    let across = narrow.unwrap_or(usual) * f64::from(MESH - 1);
    let extent = across.clamp(1.0, f64::from(u32::MAX / 2)) as u32;
    if torn {
        let shreds = known().count() < mesh.len() / 8;
        return Some(Place {
            x: [0, grid[0]],
            y: [0, grid[1]],
            // The extent is unknown, so small cells and whole windows are the safe choice; for shreds, single pixels.
            extent: if shreds { 1 } else { extent.min(SMALL - 1) },
        });
    }
    // Between mesh points the border may bulge slightly beyond the points themselves.
    let margin = 4.0 + usual / 2.0;
    let range = |(low, high): (f64, f64), n: u32| {
        let low = (low - margin).clamp(0.0, f64::from(n)) as u32;
        let high = (high + margin).ceil().clamp(0.0, f64::from(n)) as u32;
        [low, high]
    };
    let (x, y) = (range(x, grid[0]), range(y, grid[1]));
    (x[0] < x[1] && y[0] < y[1]).then_some(Place { x, y, extent })
}

/// Median and largest distance (output px) between neighbours of the mesh, per shorter axis.
fn neighbour_steps(mesh: &[Option<[f64; 2]>]) -> Option<(f64, f64)> {
    let n = MESH as usize;
    let gap = |a: usize, b: usize| Some(distance(mesh[a]?, mesh[b]?));
    let mut along: Vec<f64> = (0..mesh.len())
        .filter(|i| i % n + 1 < n)
        .filter_map(|i| gap(i, i + 1))
        .collect();
    let mut across: Vec<f64> = (0..mesh.len() - n).filter_map(|i| gap(i, i + n)).collect();
    if along.is_empty() || across.is_empty() {
        return None;
    }
    let most = along.iter().chain(&across).copied().fold(0.0, f64::max);
    let median = |v: &mut Vec<f64>| {
        let middle = v.len() / 2;
        *v.select_nth_unstable_by(middle, f64::total_cmp).1
    };
    let (a, b) = (median(&mut along), median(&mut across));
    // Steps along the longer of the two sides may be larger without meaning a tear.
    Some((a.min(b), most * a.min(b) / a.max(b)))
}

/// Median height (output px) of the mesh's cells over their longer sides: close to zero where a tile is sheared into a
/// needle, however long its sides are.
fn narrowest(mesh: &[Option<[f64; 2]>]) -> Option<f64> {
    let n = MESH as usize;
    let height = |i: usize| {
        let (a, b, c) = (mesh[i]?, mesh[i + 1]?, mesh[i + n]?);
        let area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
        let longest = distance(a, b).max(distance(a, c));
        (longest > 0.0).then(|| area.abs() / longest)
    };
    let places = (0..mesh.len() - n).filter(|i| i % n + 1 < n);
    let mut heights: Vec<f64> = places.filter_map(height).collect();
    let middle = heights.len() / 2;
    (!heights.is_empty()).then(|| *heights.select_nth_unstable_by(middle, f64::total_cmp).1)
}

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    libm::hypot(a[0] - b[0], a[1] - b[1])
}

/// What one square block of output pixels needs.
fn square(
    mapping: &Mapping,
    tile: [u32; 2],
    grid: [u32; 2],
    at: [u32; 2],
    places: Places,
) -> BlockNeed {
    let half = f64::from(BLOCK_ROWS) / 2.0;
    let [x, y] = at.map(|b| b * BLOCK_ROWS);
    let out_x = [x, (x + BLOCK_ROWS).min(grid[0])];
    let mut nodes = [[[0.0; 2]; 3]; 3];
    let mut known = 0;
    for (j, row) in nodes.iter_mut().enumerate() {
        for (i, node) in row.iter_mut().enumerate() {
            let p = mapping.at(
                f64::from(x) + i as f64 * half,
                f64::from(y) + j as f64 * half,
            );
            known += usize::from(p.is_some());
            *node = p.unwrap_or_default();
        }
    }
    match known {
        0 => return BlockNeed::default(),
        9 => {}
        _ => {
            return BlockNeed {
                out_x,
                tile_x: [0, tile[0]],
                tile_y: [0, tile[1]],
                band: None,
            };
        }
    }
    let mut ranges = [[0u32; 2]; 2];
    for axis in 0..2 {
        let v = |j: usize, i: usize| nodes[j][i][axis];
        let mut low = f64::MAX;
        let mut high = f64::MIN;
        let mut bend = 0.0f64;
        for k in 0..3 {
            for i in 0..3 {
                low = low.min(v(k, i));
                high = high.max(v(k, i));
            }
            bend = bend.max((v(k, 0) - 2.0 * v(k, 1) + v(k, 2)).abs());
            bend = bend.max((v(0, k) - 2.0 * v(1, k) + v(2, k)).abs());
        }
        let n = f64::from(tile[axis]);
        // Corners are half a pixel beyond the centres; a whole pixel allows for curvature.
        let pixel = match places {
            Places::Centres => 0.0,
            Places::Corners => (high - low) / f64::from(BLOCK_ROWS),
        };
        let slack = FOOTPRINT + bend + pixel;
        if high + slack < 0.0 || low - slack > n {
            return BlockNeed::default();
        }
        ranges[axis] = [
            (low - slack).clamp(0.0, n) as u32,
            (high + slack).ceil().clamp(0.0, n) as u32,
        ];
        if ranges[axis][0] >= ranges[axis][1] {
            return BlockNeed::default();
        }
    }
    BlockNeed {
        out_x,
        tile_x: ranges[0],
        tile_y: ranges[1],
        band: None,
    }
}

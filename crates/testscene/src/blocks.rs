//! A tile cut into blocks, as runs of the program hold tiles.

use zemosaic_coadd::{Cut, TileCut, TileRows, Window};
use zemosaic_wcs::lattice::{BlockNeed, Profile};

/// Rows of a block, and columns where the tile is turned: few, so that many samples need several blocks.
const BLOCK: [u32; 2] = [24, 40];

/// The planes of a tile: the channels, 1 / weight, the opacity.
#[derive(Clone, Debug)]
pub(crate) struct TilePlanes<'a> {
    pub size: [u32; 2],
    pub channels: &'a [Vec<f32>],
    pub variances: Option<&'a [f32]>,
    pub alphas: Option<&'a [f32]>,
}

impl<'a> TilePlanes<'a> {
    fn all(&self) -> impl Iterator<Item = &'a [f32]> {
        let maps = self.variances.into_iter().chain(self.alphas);
        self.channels.iter().map(Vec::as_slice).chain(maps)
    }

    /// All pixels in one block.
    pub(crate) fn whole(&self) -> TileRows<'a> {
        let [width, height] = self.size;
        TileRows::of(Window {
            first_row: 0,
            rows: height,
            stride: width,
            first_column: 0,
            width,
            height,
            values: self.channels.iter().map(Vec::as_slice).collect(),
            variances: self.variances,
            alphas: self.alphas,
        })
    }
}

/// Blocks of a tile, each with pixels of its own, so that nothing can be read beyond its ends.
#[derive(Clone, Debug)]
pub(crate) struct TileBlocks {
    size: [u32; 2],
    cut: TileCut,
    channels: usize,
    has_variances: bool,
    has_alphas: bool,
    /// Row by row of blocks; plane after plane.
    blocks: Vec<Vec<f32>>,
}

impl TileBlocks {
    /// Cuts a tile whose profile this is.
    pub(crate) fn new(planes: &TilePlanes, profile: &Profile) -> Self {
        let [width, height] = planes.size;
        let is_turned = profile.blocks.iter().any(|block| block.band.is_some());
        let columns = if is_turned { BLOCK[1] } else { width };
        let cut = TileCut {
            columns: Cut::new([0, width], width, 1, columns),
            rows: Cut::new([0, height], height, 1, BLOCK[0]),
        };
        let mut blocks = Vec::new();
        for row in cut.rows.meeting([0, height]) {
            for column in cut.columns.meeting([0, width]) {
                let (rows, columns) = (cut.rows.rows(row), cut.columns.rows(column));
                let mut block = Vec::new();
                for plane in planes.all() {
                    for y in rows.clone() {
                        let from = (y * width + columns.start) as usize;
                        block.extend(&plane[from..from + columns.len()]);
                    }
                }
                blocks.push(block);
            }
        }
        Self {
            size: planes.size,
            cut,
            channels: planes.channels.len(),
            has_variances: planes.variances.is_some(),
            has_alphas: planes.alphas.is_some(),
            blocks,
        }
    }

    /// The blocks that are needed.
    pub(crate) fn rows(&self, need: &BlockNeed) -> TileRows<'_> {
        let met = || self.cut.meeting(need);
        let columns = met().map(|(_, columns)| columns);
        let columns = columns.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end));
        let columns = columns.unwrap_or(0..1);
        let rows = self.cut.rows.meeting(need.tile_y);
        let needed = |row: u32, column: u32| {
            let mut of_row = met().filter(|(number, _)| *number == row);
            of_row.any(|(_, columns)| columns.contains(&column))
        };
        let all = rows
            .clone()
            .flat_map(|row| columns.clone().map(move |column| (row, column)));
        TileRows {
            size: self.size,
            cut: self.cut,
            first: [columns.start, rows.start],
            columns: columns.len() as u32,
            blocks: all
                .map(|(row, column)| needed(row, column).then(|| self.window(row, column)))
                .collect(),
        }
    }

    fn window(&self, row: u32, column: u32) -> Window<'_> {
        let [width, height] = self.size;
        let (rows, columns) = (self.cut.rows.rows(row), self.cut.columns.rows(column));
        let across = self.cut.columns.meeting([0, width]).len() as u32;
        let block = &self.blocks[(row * across + column) as usize];
        let mut planes = block.chunks_exact(rows.len() * columns.len());
        Window {
            first_row: rows.start,
            rows: rows.len() as u32,
            stride: columns.len() as u32,
            first_column: columns.start,
            width,
            height,
            values: planes.by_ref().take(self.channels).collect(),
            variances: self.has_variances.then(|| planes.next()).flatten(),
            alphas: self.has_alphas.then(|| planes.next()).flatten(),
        }
    }
}

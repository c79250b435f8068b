//! Various outputs, and the questions that are asked about them.

use proptest::prelude::*;
use zemosaic_coadd::backend::ChunkSize;
use zemosaic_coadd::device::{Need, Needs, Planes, PlannedTile};
use zemosaic_coadd::lattice::{BlockNeed, Profile};
use zemosaic_coadd::{ChunkShape, Combine, Cut, Kernel, TileCut};
use zemosaic_engine::{Bounds, Fitter};
use zemosaic_wgpu::Limits;

pub const MB: u64 = 1 << 20;

/// Tiles on an output, and who makes it.
#[derive(Clone, Debug)]
pub struct Output {
    pub tiles: Vec<(Profile, Planes)>,
    pub shape: ChunkShape,
    pub threads: usize,
}

impl Output {
    pub fn planned(&self) -> Vec<PlannedTile<'_>> {
        let tiles = self.tiles.iter();
        tiles
            .map(|(profile, planes)| PlannedTile {
                profile,
                planes: *planes,
            })
            .collect()
    }

    pub fn needs(&self) -> Needs {
        Needs::new(self.planned())
    }

    pub fn fitter<'a>(&self, needs: &'a mut Needs) -> Fitter<'a> {
        Fitter {
            needs,
            output: self.shape.clone(),
            threads: self.threads,
            after: None,
        }
    }

    pub fn height(&self) -> u32 {
        self.shape.rows.end
    }
}

/// A device of either kind.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Cuda,
    /// With so large a buffer.
    Wgpu(u64),
}

impl Kind {
    pub fn size(self, shape: &ChunkShape, need: &Need) -> ChunkSize {
        match self {
            Self::Cuda => zemosaic_cuda::chunk_size(shape, need),
            Self::Wgpu(bytes) => zemosaic_wgpu::chunk_size(
                shape,
                need,
                &Limits {
                    buffer: bytes,
                    binding: bytes,
                },
            ),
        }
    }

    pub fn max_buffer(self) -> Option<u64> {
        match self {
            Self::Cuda => None,
            Self::Wgpu(bytes) => Some(bytes),
        }
    }
}

pub fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Cuda),
        prop_oneof![Just(16 * MB), Just(128 * MB)].prop_map(Kind::Wgpu)
    ]
}

pub fn bounds() -> impl Strategy<Value = Bounds> {
    let bytes = || (1..400u64).prop_map(|n| n * MB / 4);
    let rows = prop_oneof![Just(256), Just(5000), 1..700u32];
    (rows, prop::bool::weighted(0.2), bytes(), bytes()).prop_map(|(rows, exact, device, host)| {
        Bounds {
            rows,
            exact,
            device,
            host,
            strips: None,
        }
    })
}

pub fn outputs() -> impl Strategy<Value = Output> {
    let rules = (
        prop_oneof![Just(Kernel::Bilinear), Just(Kernel::Lanczos3)],
        prop_oneof![
            Just(Combine::Mean),
            Just(Combine::Median),
            Just(Combine::Winsorized)
        ],
    );
    let size = (1..9000u32, 1..5000u32, prop_oneof![Just(1usize), Just(3)]);
    let threads = prop_oneof![Just(1usize), Just(2), Just(40)];
    (size, rules, threads).prop_flat_map(
        |((width, height, channels), (kernel, combine), threads)| {
            prop::collection::vec(tiles(width), 0..12).prop_map(move |tiles| Output {
                tiles,
                shape: ChunkShape {
                    rows: 0..height,
                    width,
                    channels,
                    kernel,
                    combine,
                },
                threads,
            })
        },
    )
}

/// Whether a block is met; its output columns; its part of the tile.
type Block = (bool, (u32, u32), (u32, u32, u32));

/// A tile as it may lie: what its blocks need differs from one to the next, and some need nothing.
fn tiles(width: u32) -> impl Strategy<Value = (Profile, Planes)> {
    let across = (0..width, 1..3000u32);
    let part = (0..3000u32, 0..3000u32, 1..400u32);
    let block = (prop::bool::weighted(0.9), across, part);
    let blocks = prop::collection::vec(block, 0..30);
    let across = 1..200u32;
    (0..60u32, 0..3u32, 1..4000u32, across, blocks).prop_map(
        move |(first_block, maps, columns, each, blocks)| {
            let need = |(met, (x, across), (tx, ty, tall)): Block| {
                if !met {
                    return BlockNeed::default();
                }
                BlockNeed {
                    out_x: [x, width.min(x + across)],
                    tile_x: [tx, tx + columns],
                    tile_y: [ty, ty + tall],
                    band: None,
                }
            };
            let profile = Profile {
                first_block,
                blocks: blocks.into_iter().map(need).collect(),
                extent: 300,
            };
            let planes = Planes {
                variances: maps > 0,
                alphas: maps > 1,
                cut: TileCut {
                    columns: Cut::whole(columns),
                    rows: Cut {
                        first: profile.tile_rows()[0],
                        end: profile.tile_rows()[1],
                        each,
                    },
                },
            };
            (profile, planes)
        },
    )
}

//! Tiles laid on a grid, from which any backend can make the output.

use std::ops::Range;

use zemosaic_coadd::backend::{Backend, ChunkError, DeviceError};
use zemosaic_coadd::cpu::CpuBackend;
use zemosaic_coadd::{ChunkJob, Combine, Counters, Kernel, TileJob, drop_without, to_variances};
use zemosaic_wcs::lattice::{Lattice, LatticeRows, Places, Profile, lay};
use zemosaic_wcs::{Frame, Mapping, Wcs};

use crate::blocks::{TileBlocks, TilePlanes};
use crate::output::{Collect, Output};
use crate::tile::{SCALE, TestTile};

/// Output pixel of the grid's tangent point.
pub(crate) const TANGENT: [f64; 2] = [500.0, 250.0];

/// Tiles laid on a grid.
pub struct Scene {
    /// The tiles; their places and maps are read when the scene is made.
    pub tiles: Vec<TestTile>,
    /// Columns and rows of the output.
    pub size: [u32; 2],
    /// The rule; [`Combine::Mean`] by default.
    pub combine: Combine,
    /// Whether tiles are held whole, in one block; by default only the blocks that are needed.
    pub whole_tiles: bool,
    /// The lattices of centres and of corners.
    laid: Vec<[(Lattice, Profile); 2]>,
    variances: Vec<Option<Vec<f32>>>,
    /// The channels of the tiles, without pixels that have no weight or no opacity.
    channels: Vec<Vec<Vec<f32>>>,
    blocks: Vec<TileBlocks>,
    mappings: Vec<Mapping>,
}

impl Scene {
    /// Lays `tiles` on a grid of `size`.
    ///
    /// # Panics
    /// If a tile cannot be placed.
    pub fn new(tiles: Vec<TestTile>, size: [u32; 2]) -> Self {
        let cd = [[-SCALE, 0.0], [0.0, SCALE]];
        let grid = Wcs::celestial("TAN", Frame::Icrs, [10.0, 20.0], TANGENT, cd);
        let grid = grid.expect("a plain TAN");
        let mappings: Vec<_> = tiles
            .iter()
            .map(|t| Mapping::new(&grid, &t.wcs(&grid)))
            .collect();
        let lay = |(t, mapping): (&TestTile, &Mapping)| {
            let lay = |places| lay(mapping.clone(), t.size, size, 1e-3, places);
            [lay(Places::Centres), lay(Places::Corners)]
        };
        let inverted = |t: &TestTile| {
            let mut weights = t.weights.clone()?;
            to_variances(&mut weights);
            Some(weights)
        };
        let variances: Vec<_> = tiles.iter().map(inverted).collect();
        let valid = |(t, variances): (&TestTile, &Option<Vec<f32>>)| {
            let mut channels = t.channels.clone();
            for map in variances.iter().chain(&t.alphas) {
                for plane in &mut channels {
                    drop_without(map, plane);
                }
            }
            channels
        };
        let laid: Vec<_> = tiles.iter().zip(&mappings).map(lay).collect();
        let channels: Vec<_> = tiles.iter().zip(&variances).map(valid).collect();
        let cut = |i: usize| {
            let planes = planes(&tiles[i], &channels[i], variances[i].as_deref());
            TileBlocks::new(&planes, &laid[i][0].1)
        };
        Self {
            blocks: (0..tiles.len()).map(cut).collect(),
            laid,
            channels,
            variances,
            tiles,
            size,
            combine: Combine::Mean,
            whole_tiles: false,
            mappings,
        }
    }

    /// Area (tile px²) that output pixel (x, y) covers of a tile, by the exact mapping of its corners.
    ///
    /// # Panics
    /// If the pixel is not on the sky.
    pub fn area(&self, tile: usize, x: usize, y: usize) -> f64 {
        let corner = |dx: f64, dy: f64| {
            let at = self.mappings[tile].at(x as f64 + dx, y as f64 + dy);
            at.expect("sky")
        };
        let (a, c) = (corner(-0.5, -0.5), corner(0.5, 0.5));
        let (b, d) = (corner(0.5, -0.5), corner(-0.5, 0.5));
        (0.5 * ((c[0] - a[0]) * (d[1] - b[1]) - (d[0] - b[0]) * (c[1] - a[1]))).abs()
    }

    /// The job of output rows `rows`.
    pub fn job(&self, rows: Range<u32>, kernel: Kernel) -> ChunkJob<'_> {
        let tiles = self.tiles.iter().enumerate().filter_map(|(i, tile)| {
            let of = usize::from(kernel.places() == Places::Corners);
            let (lattice, profile) = &self.laid[i][of];
            let need = profile.need([rows.start, rows.end]);
            let held = || {
                if self.whole_tiles {
                    planes(tile, &self.channels[i], self.variances[i].as_deref()).whole()
                } else {
                    self.blocks[i].rows(&need)
                }
            };
            (!need.is_empty()).then(|| TileJob {
                lattice,
                profile,
                rows: held(),
                weight: tile.weight,
            })
        });
        ChunkJob {
            rows: rows.clone(),
            width: self.size[0],
            channels: self.tiles[0].channels.len(),
            tiles: tiles.collect(),
            kernel,
            combine: self.combine,
        }
    }

    /// The output of the CPU, which is the reference.
    pub fn on_cpu(&self, kernel: Kernel) -> Output {
        self.on_cpu_in_chunks(kernel, self.size[1])
    }

    /// The output of the CPU in chunks of `chunk` rows.
    pub fn on_cpu_in_chunks(&self, kernel: Kernel, chunk: u32) -> Output {
        let backend = CpuBackend::default();
        self.made(kernel, chunk, |job, sink| {
            backend
                .run_chunk(job, sink)
                .unwrap_or_else(|never| match never {})
        })
    }

    /// The output of a device.
    ///
    /// # Panics
    /// If a chunk fails, if its peak exceeds `chunk_bytes` of its job, or if something stays allocated.
    pub fn on_device(
        &self,
        backend: &mut impl Backend,
        chunk_bytes: impl Fn(&ChunkJob) -> Result<u64, DeviceError>,
        kernel: Kernel,
        chunk: u32,
    ) -> Output {
        self.made(kernel, chunk, |job, sink| {
            let estimate = chunk_bytes(job).expect("small enough");
            let made = backend.run_chunk(job, sink);
            let counters = made.expect("the device makes the chunk");
            assert!(
                counters.peak_bytes <= estimate && counters.peak_bytes > 0,
                "{} bytes at the peak of {:?}, {estimate} estimated",
                counters.peak_bytes,
                job.rows
            );
            assert_eq!(backend.ledger().live(), 0, "after rows {:?}", job.rows);
            counters.common
        })
    }

    /// Attempts one chunk of all rows: the output and its peak device bytes, or the error.
    ///
    /// # Panics
    /// If something stays allocated, or if rows were written before all memory was allocated.
    pub fn attempt(&self, backend: &mut impl Backend) -> Result<(Output, u64), DeviceError> {
        let job = self.job(0..self.size[1], Kernel::Bilinear);
        let sink = Collect::new(self.untouched());
        let made = backend.run_chunk(&job, &sink);
        assert_eq!(backend.ledger().live(), 0, "after an attempt");
        let error = match made {
            Ok(counters) => return Ok((sink.finish(counters.common), counters.peak_bytes)),
            Err(ChunkError::Sink(never)) => match never {},
            Err(ChunkError::Device(error)) => error,
        };
        if let DeviceError::OutOfMemory { .. } | DeviceError::TooBigEver { .. } = error {
            let left = sink.finish(Counters::default());
            assert!(left == self.untouched(), "rows were written: {error}");
        }
        Err(error)
    }

    /// Largest |value| that any tile has under the kernel around each output pixel, of any channel.
    pub fn magnitudes(&self, kernel: Kernel) -> Vec<f32> {
        let reach = match kernel {
            Kernel::Lanczos3 => 3,
            Kernel::Lanczos4 => 4,
            _ => 2,
        };
        let [width, height] = self.size;
        let mut out = vec![0.0f32; (width * height) as usize];
        let mut rows = LatticeRows::default();
        for (tile, [(lattice, _), _]) in self.tiles.iter().zip(&self.laid) {
            lattice.emit(0..height, 0..width, &mut rows);
            for y in 0..height {
                for run in rows.row(y as usize) {
                    for k in 0..run.len {
                        let found = &mut out[(y * width + run.x + k) as usize];
                        *found = found.max(tile.largest_around(run.position(k), reach));
                    }
                }
            }
        }
        out
    }

    fn untouched(&self) -> Output {
        Output::untouched(self.size, self.tiles[0].channels.len())
    }

    fn made(
        &self,
        kernel: Kernel,
        chunk: u32,
        mut make: impl FnMut(&ChunkJob, &Collect) -> Counters,
    ) -> Output {
        let sink = Collect::new(self.untouched());
        let mut total = Counters::default();
        for start in (0..self.size[1]).step_by(chunk as usize) {
            let rows = start..(start + chunk).min(self.size[1]);
            total = total.with(make(&self.job(rows, kernel), &sink));
        }
        sink.finish(total)
    }
}

fn planes<'a>(
    tile: &'a TestTile,
    channels: &'a [Vec<f32>],
    variances: Option<&'a [f32]>,
) -> TilePlanes<'a> {
    TilePlanes {
        size: tile.size,
        channels,
        variances,
        alphas: tile.alphas.as_deref(),
    }
}

//! Tiles on a grid, made by the CPU and by the CUDA backend.

use std::convert::Infallible;
use std::ops::Range;
use std::sync::Mutex;

use zemosaic_coadd::backend::{Backend, ChunkError, DeviceCounters, DeviceError};
use zemosaic_coadd::{
    ChunkJob, Combine, Counters, Kernel, Sink, Strip, TileJob, Window, cpu, fold_weights,
};
use zemosaic_cuda::CudaBackend;
use zemosaic_wcs::lattice::{Lattice, Profile};
use zemosaic_wcs::{Cards, Frame, Mapping, Wcs};

const SCALE: f64 = 1.0 / 3600.0;

/// A tile in memory, its place and its maps.
pub struct TestTile {
    pub size: [u32; 2],
    pub channels: Vec<Vec<f32>>,
    pub weights: Option<Vec<f32>>,
    pub alphas: Option<Vec<f32>>,
    pub weight: f32,
    pub centre: [f64; 2],
    pub rotation_deg: f64,
    pub sip: bool,
    exact: Option<[f64; 2]>,
}

/// A number that looks random, 0..1.
fn noise(seed: u32) -> f32 {
    let mut x = seed.wrapping_mul(0x9e37_79b9) ^ 0x5bd1_e995;
    x ^= x >> 15;
    x = x.wrapping_mul(0x2c1b_3c6d);
    x ^= x >> 12;
    (x >> 8) as f32 / 16_777_216.0
}

impl TestTile {
    /// A tile of noise whose every 97th pixel is not a number.
    pub fn new(size: [u32; 2], seed: u32, channels: u32) -> Self {
        let plane = |c: u32| {
            let value = |i: u32| {
                let v = 1000.0 * noise(i.wrapping_add(seed * 7919 + c * 104_729)) - 100.0;
                match (i + seed + 13 * c) % 97 {
                    5 => f32::NAN,
                    11 if i.is_multiple_of(7) => f32::INFINITY,
                    // Differences and sums of these overflow.
                    17 if i.is_multiple_of(5) => 3.3e38 * (v - 400.0).signum(),
                    18 if i.is_multiple_of(3) => -3.3e38,
                    _ => v,
                }
            };
            (0..size[0] * size[1]).map(value).collect()
        };
        Self {
            size,
            channels: (0..channels).map(plane).collect(),
            weights: None,
            alphas: None,
            weight: 1.0 + 0.37 * seed as f32,
            centre: [0.0; 2],
            rotation_deg: 0.0,
            sip: false,
            exact: None,
        }
    }

    pub fn at(mut self, x: f64, y: f64, rotation_deg: f64) -> Self {
        (self.centre, self.rotation_deg) = ([x, y], rotation_deg);
        self
    }

    /// On the grid itself, `shift` px away from its origin, so that fractions are exact.
    pub fn on_the_grid(mut self, shift: [f64; 2]) -> Self {
        self.exact = Some(shift);
        self
    }

    pub fn weighted(mut self) -> Self {
        let bad = [0.0, -1.0, f32::NAN, f32::INFINITY, 1e-20];
        let pixels = self.size[0] * self.size[1];
        let weight = |i: u32| {
            if i % 53 < 5 {
                bad[(i % 53) as usize]
            } else {
                4.0 * noise(i)
            }
        };
        self.weights = Some((0..pixels).map(weight).collect());
        self
    }

    pub fn translucent(mut self) -> Self {
        let [w, h] = self.size;
        let alpha = |i: u32| ((i % w) as f32 / w as f32 * 1.5 - 0.2).clamp(0.0, 1.0);
        self.alphas = Some((0..w * h).map(alpha).collect());
        self
    }

    pub fn distorted(mut self) -> Self {
        self.sip = true;
        self
    }

    /// The tile's centre lies over output pixel `centre`.
    fn wcs(&self, grid: &Wcs) -> Wcs {
        if let Some([x, y]) = self.exact {
            return grid.shifted(x, y);
        }
        let (s, c) = self.rotation_deg.to_radians().sin_cos();
        let cd = [[-SCALE * c, SCALE * s], [SCALE * s, SCALE * c]];
        let pixel = self.size.map(|n| (f64::from(n) - 1.0) / 2.0);
        let sky = grid
            .pixel_to_world(self.centre[0], self.centre[1])
            .expect("sky");
        if !self.sip {
            return Wcs::celestial("TAN", Frame::Icrs, sky, pixel, cd).expect("a plain TAN");
        }
        let size = (self.size[0] as usize, self.size[1] as usize);
        Wcs::from_cards(&SipHeader { sky, pixel, cd }, size).expect("a TAN with SIP")
    }
}

/// A header with a distortion of some 3 px.
struct SipHeader {
    sky: [f64; 2],
    pixel: [f64; 2],
    cd: [[f64; 2]; 2],
}

impl Cards for SipHeader {
    fn number(&self, key: &str) -> Option<f64> {
        Some(match key {
            "CRVAL1" => self.sky[0],
            "CRVAL2" => self.sky[1],
            "CRPIX1" => self.pixel[0] + 1.0,
            "CRPIX2" => self.pixel[1] + 1.0,
            "CD1_1" => self.cd[0][0],
            "CD1_2" => self.cd[0][1],
            "CD2_1" => self.cd[1][0],
            "CD2_2" => self.cd[1][1],
            "A_ORDER" | "B_ORDER" => 2.0,
            "A_2_0" => 3e-5,
            "A_0_2" => -2e-5,
            "B_1_1" => 2.5e-5,
            "B_2_0" => -1e-5,
            _ => return None,
        })
    }

    fn text(&self, key: &str) -> Option<String> {
        Some(match key {
            "CTYPE1" => "RA---TAN-SIP".into(),
            "CTYPE2" => "DEC--TAN-SIP".into(),
            "RADESYS" => "ICRS".into(),
            _ => return None,
        })
    }
}

/// A whole output, bit for bit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    pub values: Vec<Vec<u32>>,
    pub coverage: Vec<u32>,
    pub alpha: Vec<u8>,
    pub covered: u64,
    pub dead: u64,
}

struct Collect {
    width: usize,
    out: Mutex<Output>,
}

impl Sink for Collect {
    type Error = Infallible;

    fn take(&self, strip: &mut Strip) -> Result<(), Infallible> {
        let mut out = self.out.lock().expect("no panic in a sink");
        let at = strip.first_row as usize * self.width;
        assert!(strip.rows > 0 && strip.first_row / 32 == (strip.first_row + strip.rows - 1) / 32);
        assert_eq!(strip.coverage.len(), strip.rows as usize * self.width);
        let bits = |to: &mut [u32], from: &[f32]| {
            for (to, from) in to.iter_mut().zip(from) {
                *to = from.to_bits();
            }
        };
        for (plane, values) in out.values.iter_mut().zip(&strip.values) {
            bits(&mut plane[at..], values);
        }
        bits(&mut out.coverage[at..], &strip.coverage);
        out.alpha[at..at + strip.alpha.len()].copy_from_slice(&strip.alpha);
        Ok(())
    }
}

/// Tiles laid on a grid.
pub struct Scene {
    pub tiles: Vec<TestTile>,
    pub size: [u32; 2],
    laid: Vec<(Lattice, Profile)>,
    folded: Vec<Option<Vec<f32>>>,
}

impl Scene {
    pub fn new(tiles: Vec<TestTile>, size: [u32; 2]) -> Self {
        let cd = [[-SCALE, 0.0], [0.0, SCALE]];
        let grid = Wcs::celestial("TAN", Frame::Icrs, [10.0, 20.0], [500.0, 250.0], cd);
        let grid = grid.expect("a plain TAN");
        let lay = |t: &TestTile| {
            let mapping = Mapping::new(&grid, &t.wcs(&grid));
            let profile = Profile::new(&mapping, t.size, size);
            let lattice = Lattice::new(mapping, t.size, size[0], 1e-3, profile.extent);
            (lattice, profile)
        };
        let fold = |t: &TestTile| {
            let ones = || vec![1.0; (t.size[0] * t.size[1]) as usize];
            let maps = t.weights.is_some() || t.alphas.is_some();
            let mut weights = maps.then(|| t.weights.clone().unwrap_or_else(ones))?;
            fold_weights(&mut weights, t.alphas.as_deref());
            Some(weights)
        };
        Self {
            laid: tiles.iter().map(lay).collect(),
            folded: tiles.iter().map(fold).collect(),
            tiles,
            size,
        }
    }

    /// The job of output rows `rows`, with windows of exactly the rows asked for.
    pub fn job(&self, rows: Range<u32>, kernel: Kernel) -> ChunkJob<'_> {
        let parts = self.tiles.iter().zip(&self.folded).zip(&self.laid);
        let tiles = parts.filter_map(|((tile, folded), (lattice, profile))| {
            let need = profile.need([rows.start, rows.end]);
            let held = need.tile_y;
            let range = (held[0] * tile.size[0]) as usize..(held[1] * tile.size[0]) as usize;
            (!need.is_empty()).then(|| TileJob {
                lattice,
                profile,
                window: Window {
                    first_row: held[0],
                    rows: held[1] - held[0],
                    width: tile.size[0],
                    height: tile.size[1],
                    values: tile.channels.iter().map(|p| &p[range.clone()]).collect(),
                    weights: folded.as_ref().map(|p| &p[range.clone()]),
                    alphas: tile.alphas.as_ref().map(|p| &p[range.clone()]),
                },
                weight: tile.weight,
            })
        });
        ChunkJob {
            rows: rows.clone(),
            width: self.size[0],
            channels: self.tiles[0].channels.len(),
            tiles: tiles.collect(),
            kernel,
            combine: Combine::Mean,
        }
    }

    fn sink(&self) -> Collect {
        let pixels = (self.size[0] * self.size[1]) as usize;
        Collect {
            width: self.size[0] as usize,
            out: Mutex::new(Output {
                values: vec![vec![7; pixels]; self.tiles[0].channels.len()],
                coverage: vec![7; pixels],
                alpha: vec![7; pixels],
                ..Output::default()
            }),
        }
    }

    fn chunks(&self, chunk: u32) -> impl Iterator<Item = Range<u32>> {
        let height = self.size[1];
        (0..height)
            .step_by(chunk as usize)
            .map(move |start| start..(start + chunk).min(height))
    }

    /// The reference.
    pub fn on_cpu(&self, kernel: Kernel) -> Output {
        let sink = self.sink();
        let job = self.job(0..self.size[1], kernel);
        let counters = cpu::run_chunk(&job, &sink).unwrap_or_else(|never| match never {});
        finish(sink, counters)
    }

    /// The same on the device, in chunks of `chunk` rows; peaks are compared with their estimates.
    pub fn on_cuda(&self, backend: &mut CudaBackend, kernel: Kernel, chunk: u32) -> Output {
        let sink = self.sink();
        let mut total = Counters::default();
        for rows in self.chunks(chunk) {
            let job = self.job(rows.clone(), kernel);
            let estimate = zemosaic_cuda::chunk_bytes(&job).expect("small enough");
            let counters = backend
                .run_chunk(&job, &sink)
                .expect("the device makes the chunk");
            assert!(
                counters.peak_bytes <= estimate && counters.peak_bytes > 0,
                "{} bytes at the peak of {rows:?}, {estimate} estimated",
                counters.peak_bytes
            );
            assert_eq!(backend.ledger().live(), 0, "after rows {rows:?}");
            total = total.with(counters.common);
        }
        finish(sink, total)
    }

    /// One chunk of all rows, whatever comes of it.
    pub fn attempt(&self, backend: &mut CudaBackend) -> Result<DeviceCounters, DeviceError> {
        let job = self.job(0..self.size[1], Kernel::Bilinear);
        backend.run_chunk(&job, &self.sink()).map_err(|e| match e {
            ChunkError::Device(e) => e,
            ChunkError::Sink(never) => match never {},
        })
    }
}

fn finish(sink: Collect, counters: Counters) -> Output {
    let mut out = sink.out.into_inner().expect("no panic in a sink");
    (out.covered, out.dead) = (counters.covered, counters.dead_in_one_channel);
    out
}

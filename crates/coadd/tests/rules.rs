//! The rules of pixels, on tiles small enough to reckon by hand.

use std::convert::Infallible;
use std::ops::Range;
use std::sync::Mutex;

use zemosaic_coadd::{
    ChunkJob, Combine, Counters, Kernel, Sink, Strip, TileJob, Window, cpu, fold_weights,
};
use zemosaic_wcs::lattice::{Lattice, Profile};
use zemosaic_wcs::{Frame, Mapping, Wcs};

const SCALE: f64 = 1.0 / 3600.0;
const KERNELS: [Kernel; 5] = [
    Kernel::Nearest,
    Kernel::Bilinear,
    Kernel::Bicubic,
    Kernel::Lanczos3,
    Kernel::Lanczos4,
];

/// A tile in memory, `shift` output pixels away from the grid's origin and turned by `rotation`.
struct TestTile {
    width: u32,
    height: u32,
    channels: Vec<Vec<f32>>,
    weights: Option<Vec<f32>>,
    alphas: Option<Vec<f32>>,
    weight: f32,
    shift: [f64; 2],
    rotation_deg: f64,
}

impl TestTile {
    fn new(width: u32, height: u32, value: impl Fn(u32, u32) -> f32) -> Self {
        let pixels = (0..width * height).map(|i| value(i % width, i / width));
        Self {
            width,
            height,
            channels: vec![pixels.collect()],
            weights: None,
            alphas: None,
            weight: 1.0,
            shift: [0.0, 0.0],
            rotation_deg: 0.0,
        }
    }

    fn at(mut self, x: f64, y: f64) -> Self {
        self.shift = [x, y];
        self
    }

    fn wcs(&self) -> Wcs {
        let (s, c) = self.rotation_deg.to_radians().sin_cos();
        let cd = [[-SCALE * c, SCALE * s], [SCALE * s, SCALE * c]];
        let pixel = [100.0 - self.shift[0], 100.0 - self.shift[1]];
        Wcs::celestial("TAN", Frame::Icrs, [10.0, 20.0], pixel, cd).expect("a plain TAN")
    }
}

/// A whole output: channels, coverage, alpha.
#[derive(Clone, Debug, Default, PartialEq)]
struct Output {
    width: usize,
    values: Vec<Vec<u32>>,
    coverage: Vec<f32>,
    alpha: Vec<u8>,
    covered: u64,
    dead: u64,
}

impl Output {
    fn value(&self, x: usize, y: usize) -> f32 {
        f32::from_bits(self.values[0][y * self.width + x])
    }

    fn weight(&self, x: usize, y: usize) -> f32 {
        self.coverage[y * self.width + x]
    }
}

struct Collect(Mutex<Output>);

impl Sink for Collect {
    type Error = Infallible;

    fn take(&self, strip: &mut Strip) -> Result<(), Infallible> {
        let mut out = self.0.lock().expect("no panic in a sink");
        let at = strip.first_row as usize * out.width;
        for (plane, values) in out.values.iter_mut().zip(&strip.values) {
            for (to, from) in plane[at..].iter_mut().zip(values) {
                *to = from.to_bits();
            }
        }
        out.coverage[at..at + strip.coverage.len()].copy_from_slice(&strip.coverage);
        out.alpha[at..at + strip.alpha.len()].copy_from_slice(&strip.alpha);
        Ok(())
    }
}

fn mosaic(tiles: &[TestTile], size: [u32; 2], kernel: Kernel, chunk: u32) -> Output {
    mosaic_from(tiles, size, (kernel, Combine::Mean), chunk, true)
}

fn combined(tiles: &[TestTile], size: [u32; 2], combine: Combine) -> Output {
    mosaic_from(tiles, size, (Kernel::Bilinear, combine), size[1], true)
}

/// `whole`: windows hold the whole tile; else only the rows that the profile asks for.
fn mosaic_from(
    tiles: &[TestTile],
    size: [u32; 2],
    (kernel, combine): (Kernel, Combine),
    chunk: u32,
    whole: bool,
) -> Output {
    let grid = TestTile::new(1, 1, |_, _| 0.0).wcs();
    let laid: Vec<(Lattice, Profile)> = tiles
        .iter()
        .map(|t| {
            let mapping = Mapping::new(&grid, &t.wcs());
            let profile = Profile::new(&mapping, [t.width, t.height], size);
            let lattice = Lattice::new(mapping, [t.width, t.height], size[0], 1e-3, profile.extent);
            (lattice, profile)
        })
        .collect();
    let folded: Vec<Option<Vec<f32>>> = tiles
        .iter()
        .map(|t| {
            let ones = || vec![1.0; (t.width * t.height) as usize];
            let maps = t.weights.is_some() || t.alphas.is_some();
            let mut weights = maps.then(|| t.weights.clone().unwrap_or_else(ones))?;
            fold_weights(&mut weights, t.alphas.as_deref());
            Some(weights)
        })
        .collect();
    let channels = tiles[0].channels.len();
    let pixels = (size[0] * size[1]) as usize;
    let sink = Collect(Mutex::new(Output {
        width: size[0] as usize,
        values: vec![vec![0; pixels]; channels],
        coverage: vec![-1.0; pixels],
        alpha: vec![7; pixels],
        ..Output::default()
    }));
    let mut total = Counters::default();
    for start in (0..size[1]).step_by(chunk as usize) {
        let rows = start..(start + chunk).min(size[1]);
        let parts = tiles.iter().zip(&folded).zip(&laid);
        let jobs = parts.filter_map(|((tile, folded), (lattice, profile))| {
            let need = profile.need([rows.start, rows.end]);
            let held = if whole { [0, tile.height] } else { need.tile_y };
            (!need.is_empty()).then(|| TileJob {
                lattice,
                profile,
                window: window(tile, folded.as_deref(), held[0]..held[1]),
                weight: tile.weight,
            })
        });
        let job = ChunkJob {
            rows: rows.clone(),
            width: size[0],
            channels,
            tiles: jobs.collect(),
            kernel,
            combine,
        };
        let counters = cpu::run_chunk(&job, &sink).unwrap_or_else(|never| match never {});
        total = total.with(counters);
    }
    let mut out = sink.0.into_inner().expect("no panic in a sink");
    (out.covered, out.dead) = (total.covered, total.dead_in_one_channel);
    out
}

fn window<'a>(tile: &'a TestTile, folded: Option<&'a [f32]>, rows: Range<u32>) -> Window<'a> {
    let range = (rows.start * tile.width) as usize..(rows.end * tile.width) as usize;
    Window {
        first_row: rows.start,
        rows: rows.len() as u32,
        width: tile.width,
        height: tile.height,
        values: tile.channels.iter().map(|p| &p[range.clone()]).collect(),
        weights: folded.map(|p| &p[range.clone()]),
        alphas: tile.alphas.as_ref().map(|p| &p[range.clone()]),
    }
}

fn ramp(x: u32, y: u32) -> f32 {
    100.0 + 3.0 * x as f32 + 0.25 * y as f32
}

#[test]
fn property_the_identity_grid_returns_the_input() {
    for kernel in KERNELS {
        let tile = TestTile::new(150, 90, |x, y| {
            if x % 7 == 3 && y % 5 == 1 {
                f32::NAN
            } else {
                ramp(x, y)
            }
        });
        let out = mosaic(std::slice::from_ref(&tile), [150, 90], kernel, 64);
        for (i, value) in tile.channels[0].iter().enumerate() {
            let got = f32::from_bits(out.values[0][i]);
            assert_eq!(got.is_nan(), value.is_nan(), "{kernel:?} pixel {i}");
            assert!(
                value.is_nan() || got == *value,
                "{kernel:?} pixel {i}: {got} is not {value}"
            );
            assert_eq!(out.coverage[i], if value.is_nan() { 0.0 } else { 1.0 });
            assert_eq!(out.alpha[i], if value.is_nan() { 0 } else { 255 });
        }
        assert_eq!(
            out.covered,
            tile.channels[0].iter().filter(|v| !v.is_nan()).count() as u64
        );
    }
}

#[test]
fn bilinear_between_pixels_is_linear() {
    // Shifted by whole and half pixels: a ramp stays that ramp.
    let tile = TestTile::new(100, 80, ramp).at(20.5, 10.25);
    let out = mosaic(&[tile], [160, 120], Kernel::Bilinear, 1000);
    let expected = |x: f64, y: f64| 100.0 + 3.0 * (x - 20.5) + 0.25 * (y - 10.25);
    for y in 12..88 {
        for x in 22..118 {
            let got = f64::from(out.value(x, y));
            assert!(
                (got - expected(x as f64, y as f64)).abs() < 1e-3,
                "{got} at {x}, {y}"
            );
        }
    }
}

#[test]
fn the_half_pixel_border_is_covered() {
    // A tile of [-0.5, n - 0.5) shifted by 0.4 covers the pixels whose centre lies inside.
    let tile = TestTile::new(10, 10, |_, _| 5.0).at(30.4, 30.0);
    let out = mosaic(&[tile], [64, 64], Kernel::Bilinear, 64);
    let covered: Vec<usize> = (0..64).filter(|x| out.weight(*x, 33) > 0.0).collect();
    assert_eq!(
        covered,
        (30..40).collect::<Vec<_>>(),
        "centres from 29.9 to 39.9"
    );
    assert_eq!(out.value(30, 33), 5.0, "renormalised over the taps inside");
    assert!(
        (out.weight(30, 33) - 0.6).abs() < 1e-5,
        "but weighing what they weigh"
    );
}

#[test]
fn nan_taps_are_left_out_and_never_spread() {
    let hole = |x: u32, y: u32| (40..44).contains(&x) && (20..24).contains(&y);
    let tile = TestTile::new(100, 60, |x, y| if hole(x, y) { f32::NAN } else { 10.0 }).at(0.5, 0.0);
    let out = mosaic(&[tile], [100, 60], Kernel::Bilinear, 60);
    // Output x sits between tile x-1 and x: 41..44 see the hole alone, 40 and 44 half of it.
    assert!((41..44).all(|x| out.value(x, 22).is_nan() && out.weight(x, 22) == 0.0));
    for x in [40, 44] {
        assert_eq!(out.value(x, 22), 10.0);
        assert!((out.weight(x, 22) - 0.5).abs() < 1e-5);
    }
    assert_eq!((out.value(39, 22), out.weight(39, 22)), (10.0, 1.0));
}

#[test]
fn weights_of_maps_and_tiles_multiply() {
    let mut a = TestTile::new(50, 50, |_, _| 10.0);
    let mut b = TestTile::new(50, 50, |_, _| 40.0);
    a.weight = 2.0;
    // Any size of weight, zero, negative and not finite: the last three are no data.
    let bad = [0.0, -1.0, f32::NAN, f32::INFINITY];
    b.weights = Some(
        (0..2500)
            .map(|i| if i < 4 { bad[i] } else { 4e9 })
            .collect(),
    );
    let out = mosaic(&[a, b], [50, 50], Kernel::Bilinear, 50);
    for x in 0..4 {
        assert_eq!((out.value(x, 0), out.weight(x, 0)), (10.0, 2.0));
    }
    let mean = (2.0 * 10.0 + 4e9 * 40.0) / (2.0 + 4e9);
    assert!((f64::from(out.value(20, 20)) - mean).abs() < 1e-4);
    assert_eq!(out.weight(20, 20), 2.0 + 4e9);
}

#[test]
fn tiny_weights_are_weights_too() {
    let mut tile = TestTile::new(50, 50, |_, _| 10.0);
    tile.weights = Some(vec![1e-20; 2500]);
    let out = mosaic(&[tile], [50, 50], Kernel::Bilinear, 50);
    assert_eq!(
        out.covered, 2500,
        "the threshold is on the kernel's share, never on the weight"
    );
    assert!((out.value(10, 10) - 10.0).abs() < 1e-5);
}

#[test]
fn alpha_is_the_union_and_zero_alpha_is_no_data() {
    let mut tile = TestTile::new(50, 50, |_, _| 10.0);
    let alpha = |x: u32| [0.0, 0.5, 1.0][(x / 20) as usize];
    tile.alphas = Some((0..2500).map(|i| alpha(i % 50)).collect());
    let out = mosaic(std::slice::from_ref(&tile), [50, 50], Kernel::Bilinear, 50);
    assert_eq!((out.alpha[10], out.alpha[30], out.alpha[45]), (0, 128, 255));
    assert!(out.value(10, 0).is_nan());
    assert_eq!(out.weight(30, 0), 0.5, "opacity weighs");
    let opaque = TestTile::new(50, 50, |_, _| 20.0);
    let out = mosaic(&[tile, opaque], [50, 50], Kernel::Bilinear, 50);
    assert!(out.alpha.iter().all(|a| *a == 255));
}

#[test]
fn a_pixel_dead_in_one_channel_is_counted() {
    let mut tile = TestTile::new(40, 40, |_, _| 1.0);
    let mut red = tile.channels[0].clone();
    red[5 * 40 + 5] = f32::NAN;
    tile.channels = vec![red, vec![2.0; 1600], vec![3.0; 1600]];
    let out = mosaic(&[tile], [40, 40], Kernel::Bilinear, 40);
    let at = 5 * 40 + 5;
    assert!(f32::from_bits(out.values[0][at]).is_nan());
    assert_eq!(f32::from_bits(out.values[1][at]), 2.0);
    assert_eq!((out.coverage[at], out.alpha[at], out.dead), (1.0, 255, 1));
}

#[test]
fn property_chunks_and_windows_never_change_a_bit() {
    let mut tiles: Vec<TestTile> = (0..5u32)
        .map(|i| {
            let bad = move |x: u32, y: u32| (x * 31 + y * 17 + i).is_multiple_of(97);
            let mut t = TestTile::new(300, 280, |x, y| {
                if bad(x, y) {
                    f32::NAN
                } else {
                    ramp(x, y) + (x * y % 13) as f32
                }
            })
            .at(40.3 * f64::from(i), 55.7 * f64::from(i));
            t.rotation_deg = 40.0 * f64::from(i);
            t.weight = 1.0 + 0.3 * i as f32;
            t
        })
        .collect();
    tiles[2].weights = Some((0..300 * 280).map(|i| (i % 11) as f32).collect());
    for kernel in KERNELS {
        let whole = mosaic(&tiles, [610, 560], kernel, 560);
        assert!(whole.covered > 100_000);
        for chunk in [1, 7, 32, 64, 100] {
            assert!(
                mosaic_from(&tiles, [610, 560], (kernel, Combine::Mean), chunk, false) == whole,
                "{kernel:?} {chunk}"
            );
        }
        // The comparison can fail: another order of tiles rounds differently.
        let mut other = tiles.iter().map(|t| t.weight).collect::<Vec<_>>();
        other[0] += 1.0;
        tiles[0].weight = other[0];
        assert!(mosaic(&tiles, [610, 560], kernel, 560) != whole);
        tiles[0].weight = other[0] - 1.0;
    }
}

#[test]
fn property_uniform_tiles_count_their_overlaps() {
    let tiles: Vec<_> = (0..4)
        .map(|i| TestTile::new(120, 120, |_, _| 3.0).at(10.3 * f64::from(i), 5.6))
        .collect();
    let out = mosaic(&tiles, [160, 130], Kernel::Bilinear, 33);
    for y in 8..120 {
        for x in 33..118 {
            assert_eq!(
                (out.value(x, y), out.weight(x, y)),
                (3.0, 4.0),
                "at {x}, {y}"
            );
        }
    }
}

#[test]
fn partial_samples_count_only_where_no_whole_one_does() {
    // Output x sits half way between tile pixels, so a hole of one pixel makes two partial samples.
    let holed = |x: u32, _: u32| if x == 40 { f32::NAN } else { 10.0 };
    let partial = || TestTile::new(100, 60, holed).at(0.5, 0.0);
    let whole = || TestTile::new(100, 60, |_, _| 30.0);
    for tiles in [vec![partial(), whole()], vec![whole(), partial()]] {
        let out = mosaic(&tiles, [100, 60], Kernel::Bilinear, 60);
        assert_eq!((out.value(30, 30), out.weight(30, 30)), (20.0, 2.0));
        assert_eq!(
            (out.value(40, 30), out.weight(40, 30)),
            (30.0, 1.0),
            "the whole one alone"
        );
    }
    let out = mosaic(&[partial(), partial()], [100, 60], Kernel::Bilinear, 60);
    assert_eq!(
        (out.value(40, 30), out.weight(40, 30)),
        (10.0, 1.0),
        "two halves of partial ones"
    );
}

#[test]
fn negative_lobes_need_the_nearest_tap_and_half_of_the_kernel() {
    let hole = |x: u32, y: u32| (40..44).contains(&x) && (20..24).contains(&y);
    let tile = TestTile::new(100, 60, |x, y| if hole(x, y) { f32::NAN } else { 10.0 }).at(0.3, 0.2);
    let bilinear = mosaic(std::slice::from_ref(&tile), [100, 60], Kernel::Bilinear, 60);
    for kernel in [Kernel::Bicubic, Kernel::Lanczos3, Kernel::Lanczos4] {
        let out = mosaic(std::slice::from_ref(&tile), [100, 60], kernel, 60);
        assert_eq!(
            out.covered, bilinear.covered,
            "{kernel:?} loses and gains nothing"
        );
        for i in 0..6000 {
            let value = f32::from_bits(out.values[0][i]);
            assert!(
                value.is_nan() || (value - 10.0).abs() < 1e-4,
                "{kernel:?} rings: {value}"
            );
        }
    }
}

#[test]
fn higher_kernels_follow_a_smooth_sky_more_closely() {
    let sky = |x: f64, y: f64| 100.0 + 50.0 * (x / 5.0).sin() * (y / 7.0).cos();
    let error = |kernel| {
        let tile =
            TestTile::new(120, 120, |x, y| sky(f64::from(x), f64::from(y)) as f32).at(0.37, 0.61);
        let out = mosaic(&[tile], [120, 120], kernel, 120);
        let mut worst = 0.0f64;
        for y in 8..110 {
            for x in 8..110 {
                let truth = sky(x as f64 - 0.37, y as f64 - 0.61);
                worst = worst.max((f64::from(out.value(x, y)) - truth).abs());
            }
        }
        worst
    };
    let errors = KERNELS.map(error);
    assert!(
        errors[1] < errors[0] / 4.0 && errors[2] < errors[1] / 4.0,
        "{errors:?}"
    );
    assert!(
        errors[3] < errors[1] / 2.0 && errors[4] < errors[3],
        "{errors:?}"
    );
}

const COMBINES: [Combine; 9] = [
    Combine::Mean,
    Combine::Sum,
    Combine::Min,
    Combine::Max,
    Combine::First,
    Combine::Last,
    Combine::Median,
    Combine::Winsorized,
    Combine::KappaSigma,
];

/// Nine dithered tiles of a ramp with noise, each with one bright streak of its own.
fn dithered() -> Vec<TestTile> {
    (0..9u32)
        .map(|i| {
            let value = move |x: u32, y: u32| {
                let noise =
                    ((x * 7919 + y * 104_729 + i * 15_485_863) % 1009) as f32 / 1009.0 - 0.5;
                let streak = if x + 3 * y == 90 + 23 * i {
                    5000.0
                } else {
                    0.0
                };
                ramp(x, y) + noise + streak
            };
            TestTile::new(150, 140, value).at(f64::from(i % 3), f64::from(i / 3))
        })
        .collect()
}

#[test]
fn property_no_rule_depends_on_chunks() {
    let tiles = dithered();
    for combine in COMBINES {
        let rule = (Kernel::Bilinear, combine);
        let whole = mosaic_from(&tiles, [160, 150], rule, 150, true);
        assert!(whole.covered > 20_000);
        for chunk in [1, 33] {
            assert!(
                mosaic_from(&tiles, [160, 150], rule, chunk, false) == whole,
                "{combine:?}"
            );
        }
        for i in 0..whole.coverage.len() {
            let value = f32::from_bits(whole.values[0][i]);
            assert_eq!(value.is_nan(), whole.coverage[i] == 0.0, "{combine:?}");
            assert_eq!(value.is_nan(), whole.alpha[i] == 0, "{combine:?}");
        }
    }
}

#[test]
fn rejecting_rules_remove_what_one_tile_alone_shows() {
    let tiles = dithered();
    let worst = |combine| {
        let out = combined(&tiles, [160, 150], combine);
        let mut worst = 0.0f32;
        // A tile shifted by (i, j) shows the ramp shifted with it; the mean shift is (1, 1).
        for y in 10..130 {
            for x in 10..140 {
                worst = worst.max((out.value(x, y) - ramp(x as u32 - 1, y as u32 - 1)).abs());
            }
        }
        worst
    };
    assert!(worst(Combine::Mean) > 500.0, "the streaks are there");
    for combine in [Combine::Median, Combine::Winsorized, Combine::KappaSigma] {
        let error = worst(combine);
        assert!(error < 4.0, "{combine:?} leaves {error}");
    }
}

#[test]
fn simple_rules_pick_and_add() {
    let tiles = || [5.0f32, 3.0, 4.0].map(|v| TestTile::new(64, 64, move |_, _| v));
    let expect = [
        (Combine::Mean, 4.0, 3.0),
        (Combine::Sum, 12.0, 3.0),
        (Combine::Min, 3.0, 1.0),
        (Combine::Max, 5.0, 1.0),
        (Combine::First, 5.0, 1.0),
        (Combine::Last, 4.0, 1.0),
        (Combine::Median, 4.0, 3.0),
    ];
    for (combine, value, coverage) in expect {
        let out = combined(&tiles(), [64, 64], combine);
        assert_eq!(
            (out.value(30, 30), out.weight(30, 30)),
            (value, coverage),
            "{combine:?}"
        );
    }
}

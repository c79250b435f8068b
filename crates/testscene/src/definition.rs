//! Scenes whose samples are known, and the output that the definition of the rules gives for them.

use zemosaic_coadd::{Combine, Kernel, PixelSample, reduce};

use crate::suite::Make;
use crate::{Output, Scene, TestTile, Tolerance, drawn};

/// Output pixels across and down whose samples are known.
const SIZE: [u32; 2] = [150, 40];
/// Overlapping tiles.
const DEPTHS: [u32; 6] = [1, 4, 9, 24, 40, 60];

/// Tiles half a pixel off the grid, so that bilinear samples lie between two columns. With the same number in both, a sample
/// is that number; with one NaN it is partial; with two there is none. The row above has a share of 0, and other numbers.
fn scene(depth: u32) -> Scene {
    let pixels: Vec<_> = (0..SIZE[0] * SIZE[1])
        .map(|at| drawn(at + 7919 * depth, depth as usize))
        .collect();
    let size = [2 * SIZE[0], SIZE[1]];
    let tile = |t: u32| {
        let sample = |x: u32, y: u32| pixels[(y * SIZE[0] + x / 2) as usize][t as usize];
        let value = |x: u32, y: u32| match sample(x, y) {
            Some((value, _, whole)) if whole || x.is_multiple_of(2) => value,
            _ => f32::NAN,
        };
        let mut tile = TestTile::of(size, value).shifted([0.5, 0.0]);
        let each = |f: &dyn Fn(u32, u32) -> f32| {
            (0..size[0] * size[1])
                .map(|i| f(i % size[0], i / size[0]))
                .collect()
        };
        if t % 3 == 1 {
            tile.weights = Some(each(&|x, y| sample(x, y).map_or(1.0, |s| s.1)));
        }
        if t % 5 == 4 {
            tile.alphas = Some(vec![0.5; (size[0] * size[1]) as usize]);
        }
        tile.weight = 1.0 + 0.37 * t as f32;
        tile
    };
    Scene::new((0..depth).map(tile).collect(), [size[0] + 1, size[1]])
}

/// The samples of the output pixel at (x, y), where x is odd, as the scene's tiles have them.
fn samples(scene: &Scene, x: usize, y: usize) -> Vec<PixelSample> {
    let sample = |tile: &TestTile| {
        let at = y * tile.size[0] as usize + x - 1;
        let two = [tile.channels[0][at], tile.channels[0][at + 1]];
        let weight = tile.weights.as_ref().map_or(1.0, |w| w[at]);
        let opacity = tile.alphas.as_ref().map_or(1.0, |a| a[at]);
        let whole = two.iter().all(|v| !v.is_nan());
        let share = if whole { 1.0 } else { 0.5 };
        (!two[0].is_nan()).then_some(PixelSample {
            // Sums begin with 0, so that there is no -0.
            value: two[0] + 0.0,
            weight: tile.weight * (share * weight * opacity),
            whole,
        })
    };
    scene.tiles.iter().filter_map(sample).collect()
}

/// The output with the pixels whose samples are known replaced by the definition's; and the largest
/// |value| of each pixel.
fn defined(scene: &Scene, made: &Output) -> (Output, Vec<f32>) {
    let mut out = made.clone();
    let mut largest = vec![0.0f32; made.coverage.len()];
    for y in 0..SIZE[1] as usize {
        for x in (1..2 * SIZE[0] as usize).step_by(2) {
            let at = y * made.width + x;
            let samples = samples(scene, x, y);
            let [value, coverage] = reduce(scene.combine, &samples).map(f32::to_bits);
            (out.values[0][at], out.coverage[at]) = (value, coverage);
            largest[at] = samples.iter().fold(0.0, |most, s| most.max(s.value.abs()));
        }
    }
    (out, largest)
}

/// Compares every rule with its definition, over samples of every kind, from one to sixty of them.
///
/// # Panics
/// If a pixel differs by more than `tolerance`.
pub fn assert_definition(tolerance: &Tolerance, make: Make) {
    let mut pixels = 0;
    for depth in DEPTHS {
        let mut scene = scene(depth);
        for rule in Combine::ALL {
            scene.combine = rule;
            let made = make(&scene, Kernel::Bilinear, scene.size[1]);
            let (expected, largest) = defined(&scene, &made);
            let what = format!("{depth} tiles by {rule:?}");
            let differ = tolerance.assert_near(&made, &expected, &largest, rule, &what);
            println!("{what}: {differ} numbers differ");
            pixels += SIZE[0] * SIZE[1];
        }
    }
    println!("{pixels} pixels are what their definition says");
}

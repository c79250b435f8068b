//! What holds for every kernel and every rule.

use zemosaic_coadd::{Combine, Kernel};
use zemosaic_testscene::{Output, Scene, TestTile};

use crate::ramp;

fn made(tiles: Vec<TestTile>, size: [u32; 2], kernel: Kernel, combine: Combine) -> Output {
    let mut scene = Scene::new(tiles, size);
    scene.combine = combine;
    scene.on_cpu(kernel)
}

fn each(mut check: impl FnMut(Kernel, Combine)) {
    for kernel in Kernel::ALL {
        for combine in Combine::ALL {
            check(kernel, combine);
        }
    }
}

/// Coverage finite and not negative; coverage 0, alpha 0 and NaN in every channel go together.
fn hold_together(out: &Output, what: &str) {
    for (i, weight) in out.coverage.iter().enumerate() {
        let weight = f32::from_bits(*weight);
        assert!(
            weight.is_finite() && weight >= 0.0,
            "{what}: coverage {weight}"
        );
        let dead = |plane: &Vec<u32>| f32::from_bits(plane[i]).is_nan();
        assert_eq!(
            weight == 0.0,
            out.values.iter().all(dead),
            "{what}: pixel {i}"
        );
        assert_eq!(
            weight == 0.0,
            out.alpha[i] == 0,
            "{what}: alpha of pixel {i}"
        );
    }
}

#[test]
fn property_the_identity_grid_returns_the_input() {
    let tile = TestTile::of([75, 50], |x, y| {
        if x % 7 == 3 && y % 5 == 1 {
            f32::NAN
        } else {
            ramp(x, y) + 1e-3 * (x * y % 17) as f32
        }
    });
    each(|kernel, combine| {
        let out = made(vec![tile.clone()], [75, 50], kernel, combine);
        for (i, value) in tile.channels[0].iter().enumerate() {
            let got = f32::from_bits(out.values[0][i]);
            let same = got == *value || (got.is_nan() && value.is_nan());
            assert!(
                same,
                "{kernel:?} {combine:?} pixel {i}: {got} is not {value}"
            );
            let covered = if value.is_nan() { 0.0 } else { 1.0 };
            assert_eq!(
                f32::from_bits(out.coverage[i]),
                covered,
                "{kernel:?} {combine:?}"
            );
        }
    });
}

#[test]
fn property_uniform_tiles_count_their_overlaps() {
    let tiles: Vec<_> = (0..5)
        .map(|i| {
            let turned = 17.0 * f64::from(i);
            TestTile::of([140, 140], |_, _| 3.0).at(70.3 + f64::from(i), 68.9, turned)
        })
        .collect();
    each(|kernel, combine| {
        let out = made(tiles.clone(), [140, 140], kernel, combine);
        // From only one tile if the rule picks one.
        let count = match combine {
            Combine::Min | Combine::Max | Combine::First | Combine::Last => 1.0,
            _ => 5.0,
        };
        let value = if combine == Combine::Sum { 15.0 } else { 3.0 };
        for y in 40..100 {
            for x in 40..100 {
                let what = format!("{kernel:?} {combine:?} at {x}, {y}");
                assert_eq!(out.weight(x, y), count, "{what}");
                let error = (out.value(x, y) - value).abs();
                // Weights of lobes add up to 1 within rounding.
                let rounding = if matches!(kernel, Kernel::Nearest | Kernel::Exact) {
                    0.0
                } else {
                    value * 1e-6
                };
                assert!(error <= rounding, "{what}: {} is off", out.value(x, y));
            }
        }
    });
}

#[test]
fn property_only_first_and_last_know_an_order() {
    let tiles: Vec<_> = (0..6u32)
        .map(|i| {
            let value = move |x: u32, y: u32| {
                let noise = ((x * 7919 + y * 104_729 + i * 15_485_863) % 1009) as f32;
                // No two tiles share a value, because a tie would have no order.
                ramp(x, y) + noise / 50.0 + 3e-3 * i as f32
            };
            let mut tile = TestTile::of([70, 60], value).at(
                36.0 + 1.7 * f64::from(i),
                31.0 + 0.9 * f64::from(i),
                31.0 * f64::from(i),
            );
            // Alike, because a mean counts partial samples that outweigh those before them.
            tile.weight = 1.0 + 0.04 * i as f32;
            tile
        })
        .collect();
    let reversed: Vec<_> = tiles.iter().rev().cloned().collect();
    each(|kernel, combine| {
        let one = made(tiles.clone(), [90, 80], kernel, combine);
        let other = match combine {
            Combine::First => Combine::Last,
            Combine::Last => Combine::First,
            same => same,
        };
        let two = made(reversed.clone(), [90, 80], kernel, other);
        let close = |a: u32, b: u32| {
            let (a, b) = (f32::from_bits(a), f32::from_bits(b));
            (a.is_nan() && b.is_nan()) || (a - b).abs() <= 2e-6 * a.abs().max(b.abs())
        };
        let planes = [
            (&one.values[0], &two.values[0]),
            (&one.coverage, &two.coverage),
        ];
        for (a, b) in planes {
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                let values = [*a, *b].map(f32::from_bits);
                assert!(close(*a, *b), "{kernel:?} {combine:?}: {values:?} at {i}");
            }
        }
        assert_eq!(one.alpha, two.alpha, "{kernel:?} {combine:?}");
        if combine == Combine::First {
            let same = made(reversed.clone(), [90, 80], kernel, combine);
            assert!(same != one, "the order of {kernel:?} {combine:?} tells");
        }
    });
}

#[test]
fn property_holes_maps_and_dead_channels_leave_no_black() {
    let tile = |seed: u32| {
        let value = move |x: u32, y: u32| {
            let block = (x as i32 - 40).pow(2) + (y as i32 - 30).pow(2) < 90;
            let pixel = (x * 31 + y * 17 + seed).is_multiple_of(53);
            if block || pixel { f32::NAN } else { ramp(x, y) }
        };
        let mut tile = TestTile::of([90, 70], value);
        let red = tile.channels[0].clone();
        let mut green = red.clone();
        let dead = |i: usize| i % 90 == 60 || (i / 90).is_multiple_of(29);
        for (i, value) in green.iter_mut().enumerate() {
            *value = if dead(i) { f32::NAN } else { 2.0 * *value };
        }
        tile.channels = vec![red, green];
        tile
    };
    let mut holed = tile(3).at(62.2, 49.7, 58.0);
    let alpha = |i: u32| ((i % 90) as f32 / 45.0 - 0.2).clamp(0.0, 1.0);
    holed.alphas = Some((0..90 * 70).map(alpha).collect());
    let mut weighted = tile(2).at(58.0, 44.6, 23.0);
    let weight = |i: u32| {
        if i.is_multiple_of(53) {
            0.0
        } else {
            1.0 + (i % 90) as f32 / 90.0
        }
    };
    weighted.weights = Some((0..90 * 70).map(weight).collect());
    let tiles = vec![tile(1).at(50.4, 40.1, 0.0), weighted, holed];
    each(|kernel, combine| {
        let what = format!("{kernel:?} {combine:?}");
        let out = made(tiles.clone(), [120, 100], kernel, combine);
        hold_together(&out, &what);
        assert!(
            out.covered > 4000 && out.dead > 10,
            "{what}: {} dead",
            out.dead
        );
        let least = [100.0, 200.0].map(|least| (1.0 - 1e-5) * least);
        for (plane, least) in out.values.iter().zip(least) {
            let low = plane.iter().filter(|v| f32::from_bits(**v) < least).count();
            assert_eq!(low, 0, "{what}: darker than any tile");
        }
    });
}

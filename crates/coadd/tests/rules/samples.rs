//! Samples of one tile, and their weights.

use zemosaic_coadd::Kernel;
use zemosaic_testscene::{Scene, TestTile};

use crate::{mosaic, ramp};

#[test]
fn property_the_identity_grid_returns_the_input() {
    for kernel in Kernel::ALL {
        let tile = TestTile::of([150, 90], |x, y| {
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
            assert_eq!(
                f32::from_bits(out.coverage[i]),
                if value.is_nan() { 0.0 } else { 1.0 }
            );
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
    let tile = TestTile::of([100, 80], ramp).shifted([20.5, 10.25]);
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
    let tile = TestTile::of([10, 10], |_, _| 5.0).shifted([30.4, 30.0]);
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
    let tile = TestTile::of([100, 60], |x, y| if hole(x, y) { f32::NAN } else { 10.0 })
        .shifted([0.5, 0.0]);
    let out = mosaic(&[tile], [100, 60], Kernel::Bilinear, 60);
    // Output x lies between tile x-1 and x: 41..44 see only the hole, 40 and 44 half of it.
    assert!((41..44).all(|x| out.value(x, 22).is_nan() && out.weight(x, 22) == 0.0));
    for x in [40, 44] {
        assert_eq!(out.value(x, 22), 10.0);
        assert!((out.weight(x, 22) - 0.5).abs() < 1e-5);
    }
    assert_eq!((out.value(39, 22), out.weight(39, 22)), (10.0, 1.0));
}

#[test]
fn weights_of_maps_and_tiles_multiply() {
    let mut a = TestTile::of([50, 50], |_, _| 10.0);
    let mut b = TestTile::of([50, 50], |_, _| 40.0);
    a.weight = 2.0;
    // Weights of any size, zero, negative and not finite: the last three mean no data.
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
fn variances_are_interpolated_for_nearest_too() {
    // Output x lies at tile x - 0.25: its pixel is tile x, and a quarter of the variance is that of tile x - 1.
    let mut tile = TestTile::of([50, 50], |x, _| x as f32).shifted([0.25, 0.0]);
    let weight = |x: u32| [4.0, 1.0][(x % 2) as usize];
    tile.weights = Some((0..2500).map(|i| weight(i % 50)).collect());
    let mosaic =
        |tile: &TestTile| mosaic(std::slice::from_ref(tile), [50, 50], Kernel::Nearest, 50);
    let out = mosaic(&tile);
    for (x, variance) in [(20, 0.75 / 4.0 + 0.25), (21, 0.75 + 0.25 / 4.0)] {
        assert_eq!(out.value(x, 20), x as f32);
        assert!((out.weight(x, 20) * variance - 1.0).abs() < 1e-5);
    }
    assert_eq!(out.weight(0, 20), 4.0, "nothing lies beyond the edge");

    let weight = |i: u32| {
        if i == 20 * 50 + 20 {
            0.0
        } else {
            weight(i % 50)
        }
    };
    tile.weights = Some((0..2500).map(weight).collect());
    let out = mosaic(&tile);
    assert!(out.value(20, 20).is_nan(), "the pixel itself is bad");
    assert_eq!((out.value(21, 20), out.weight(21, 20)), (21.0, 1.0));
}

#[test]
fn tiny_weights_are_weights_too() {
    let mut tile = TestTile::of([50, 50], |_, _| 10.0);
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
    let mut tile = TestTile::of([50, 50], |_, _| 10.0);
    let alpha = |x: u32| [0.0, 0.5, 1.0][(x / 20) as usize];
    tile.alphas = Some((0..2500).map(|i| alpha(i % 50)).collect());
    let out = mosaic(std::slice::from_ref(&tile), [50, 50], Kernel::Bilinear, 50);
    assert_eq!((out.alpha[10], out.alpha[30], out.alpha[45]), (0, 128, 255));
    assert!(out.value(10, 0).is_nan());
    assert_eq!(out.weight(30, 0), 0.5, "opacity weighs");
    let opaque = TestTile::of([50, 50], |_, _| 20.0);
    let out = mosaic(&[tile, opaque], [50, 50], Kernel::Bilinear, 50);
    assert!(out.alpha.iter().all(|a| *a == 255));
}

#[test]
fn a_pixel_dead_in_one_channel_is_counted() {
    let mut tile = TestTile::of([40, 40], |_, _| 1.0);
    let mut red = tile.channels[0].clone();
    red[5 * 40 + 5] = f32::NAN;
    tile.channels = vec![red, vec![2.0; 1600], vec![3.0; 1600]];
    let out = mosaic(&[tile], [40, 40], Kernel::Bilinear, 40);
    let at = 5 * 40 + 5;
    assert!(f32::from_bits(out.values[0][at]).is_nan());
    assert_eq!(f32::from_bits(out.values[1][at]), 2.0);
    assert_eq!((out.weight(5, 5), out.alpha[at], out.dead), (1.0, 255, 1));
}

#[test]
fn property_chunks_and_windows_never_change_a_bit() {
    let mut tiles: Vec<TestTile> = (0..5u32)
        .map(|i| {
            let bad = move |x: u32, y: u32| (x * 31 + y * 17 + i).is_multiple_of(97);
            let mut t = TestTile::of([300, 280], |x, y| {
                if bad(x, y) {
                    f32::NAN
                } else {
                    ramp(x, y) + (x * y % 13) as f32
                }
            })
            .at(
                150.0 + 40.3 * f64::from(i),
                140.0 + 55.7 * f64::from(i),
                40.0 * f64::from(i),
            );
            t.weight = 1.0 + 0.3 * i as f32;
            t
        })
        .collect();
    tiles[2].weights = Some((0..300 * 280).map(|i| (i % 11) as f32).collect());
    let mut scene = Scene::new(tiles.clone(), [610, 560]);
    for kernel in Kernel::ALL {
        let expected = mosaic(&tiles, [610, 560], kernel, 560);
        assert!(expected.covered > 100_000);
        for chunk in [1, 7, 32, 64, 100] {
            assert!(
                scene.on_cpu_in_chunks(kernel, chunk) == expected,
                "{kernel:?} {chunk}"
            );
        }
        // The comparison can fail: another weight rounds differently.
        scene.tiles[0].weight += 1.0;
        assert!(scene.on_cpu(kernel) != expected);
        scene.tiles[0].weight -= 1.0;
    }
}

#[test]
fn property_uniform_tiles_count_their_overlaps() {
    let tiles: Vec<_> = (0..4)
        .map(|i| TestTile::of([120, 120], |_, _| 3.0).shifted([10.3 * f64::from(i), 5.6]))
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
    let partial = || TestTile::of([100, 60], holed).shifted([0.5, 0.0]);
    let whole = || TestTile::of([100, 60], |_, _| 30.0);
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
    let tile = TestTile::of([100, 60], |x, y| if hole(x, y) { f32::NAN } else { 10.0 })
        .shifted([0.3, 0.2]);
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
        let tile = TestTile::of([120, 120], |x, y| sky(f64::from(x), f64::from(y)) as f32)
            .shifted([0.37, 0.61]);
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
    let errors = Kernel::ALL.map(error);
    assert!(
        errors[1] < errors[0] / 4.0 && errors[2] < errors[1] / 4.0,
        "{errors:?}"
    );
    assert!(
        errors[3] < errors[1] / 2.0 && errors[4] < errors[3],
        "{errors:?}"
    );
}

#[test]
fn regression_weights_that_cancel_leave_no_hole() {
    // Half-way between two columns with almost no weight, the negative lobes outweigh the others.
    for kernel in [Kernel::Bicubic, Kernel::Lanczos3, Kernel::Lanczos4] {
        let mut tile = TestTile::of([64, 64], |_, _| 5.0);
        let weight = |i: u32| if matches!(i % 64, 30 | 31) { 1e-6 } else { 1.0 };
        tile.weights = Some((0..64 * 64).map(weight).collect());
        let out = mosaic(&[tile.shifted([0.5, 0.0])], [64, 64], kernel, 64);
        assert!((out.value(31, 20) - 5.0).abs() < 1e-6, "{kernel:?}");
        assert!((out.weight(31, 20) - 1e-6).abs() < 1e-9, "{kernel:?}");
    }
}

//! The same covered pixels as the CPU and the same values within rounding; the same bytes for any chunks.

use zemosaic_coadd::Kernel;

use crate::adapters::open;
use crate::scene::{Output, Scene, TestTile};

pub const KERNELS: [Kernel; 2] = [Kernel::Nearest, Kernel::Bilinear];
/// Of the largest |tile value| around a pixel.
const BOUND: f64 = 4e-6;

/// Rotated, distorted, weighted and translucent tiles with holes, wider than a block.
pub fn mixed() -> Scene {
    let size = [330, 290];
    let tiles = vec![
        TestTile::new(size, 1, 1).at(170.3, 150.7, 0.0),
        TestTile::new(size, 2, 1).at(900.6, 201.2, 37.0).weighted(),
        TestTile::new(size, 3, 1).at(280.1, 340.9, 90.0).distorted(),
        TestTile::new(size, 4, 1)
            .at(441.8, 133.3, 215.0)
            .translucent(),
        TestTile::new(size, 5, 1)
            .at(760.0, 280.0, 12.0)
            .weighted()
            .translucent()
            .distorted(),
        TestTile::new(size, 6, 1).at(1120.5, 300.0, -3.0),
    ];
    Scene::new(tiles, [1290, 520])
}

/// Panics beyond SPEC's bound; prints how many pixels differ at all.
fn assert_near(found: &Output, expected: &Output, scene: &Scene, what: &str) {
    let magnitudes = scene.magnitudes();
    let (mut differ, mut worst) = (0, 0.0f64);
    for (channel, (a, b)) in found.values.iter().zip(&expected.values).enumerate() {
        for (at, (a, b)) in a.iter().zip(b).enumerate() {
            let [a, b] = [*a, *b].map(f32::from_bits);
            assert_eq!(
                a.is_nan(),
                b.is_nan(),
                "{what}: channel {channel} pixel {at}: {a:e} {b:e}"
            );
            if a.is_nan() || a == b {
                continue;
            }
            differ += 1;
            let error = f64::from(a - b).abs() / f64::from(magnitudes[at]);
            assert!(
                error <= BOUND,
                "{what}: channel {channel} pixel {at}: {a:e} is not {b:e}, of {:e}",
                magnitudes[at]
            );
            worst = worst.max(error);
        }
    }
    let mut weights_differ = 0;
    for (at, (a, b)) in found.coverage.iter().zip(&expected.coverage).enumerate() {
        let [a, b] = [*a, *b].map(f32::from_bits);
        assert_eq!(
            a > 0.0,
            b > 0.0,
            "{what}: pixel {at} is covered on one side"
        );
        weights_differ += usize::from(a != b);
        assert!(
            (a - b).abs() <= 4e-6 * b,
            "{what}: coverage {a:e} is not {b:e}"
        );
    }
    let step = |a: &u8, b: &u8| a.abs_diff(*b) <= 1 && (*a > 0) == (*b > 0);
    let steps = found.alpha.iter().zip(&expected.alpha);
    assert!(steps.clone().all(|(a, b)| step(a, b)), "{what}: alpha");
    let alphas_differ = steps.filter(|(a, b)| a != b).count();
    assert_eq!(
        (found.covered, found.dead),
        (expected.covered, expected.dead),
        "{what}"
    );
    println!(
        "{what}: {} covered, {differ} values differ by up to {worst:.1e}, {weights_differ} weights, \
         {alphas_differ} alphas",
        found.covered
    );
}

#[test]
fn compare_backends_mixed_tiles() {
    let Some(mut backend) = open("compare_backends_mixed_tiles") else {
        return;
    };
    let scene = mixed();
    for kernel in KERNELS {
        let expected = scene.on_cpu(kernel);
        assert!(expected.covered > 200_000);
        let found = scene.on_wgpu(&mut backend, kernel, scene.size[1]);
        assert_near(&found, &expected, &scene, &format!("{kernel:?}"));
    }
}

#[test]
fn property_chunks_never_change_a_bit() {
    let Some(mut backend) = open("property_chunks_never_change_a_bit") else {
        return;
    };
    let mut scene = mixed();
    for kernel in KERNELS {
        let expected = scene.on_wgpu(&mut backend, kernel, 520);
        for chunk in [1, 7, 32, 64, 100] {
            let found = scene.on_wgpu(&mut backend, kernel, chunk);
            assert!(found == expected, "{kernel:?} in chunks of {chunk}");
        }
        // The comparison can fail: another weight rounds differently.
        scene.tiles[1].weight += 0.1;
        assert!(scene.on_wgpu(&mut backend, kernel, 520) != expected);
        scene.tiles[1].weight -= 0.1;
    }
}

#[test]
fn compare_backends_colour() {
    let Some(mut backend) = open("compare_backends_colour") else {
        return;
    };
    let size = [300, 200];
    let tiles = vec![
        TestTile::new(size, 1, 3).at(160.2, 110.0, 4.0),
        TestTile::new(size, 2, 3).at(250.0, 160.3, 75.0).weighted(),
        TestTile::new(size, 3, 3)
            .at(330.5, 130.1, 181.0)
            .translucent(),
    ];
    let scene = Scene::new(tiles, [500, 300]);
    for kernel in KERNELS {
        let expected = scene.on_cpu(kernel);
        assert!(expected.dead > 0, "no pixel is dead in one channel alone");
        let whole = scene.on_wgpu(&mut backend, kernel, 300);
        assert_near(&whole, &expected, &scene, &format!("{kernel:?} in colour"));
        assert!(
            scene.on_wgpu(&mut backend, kernel, 45) == whole,
            "{kernel:?}"
        );
    }
}

#[test]
fn regression_fractions_of_exactly_zero() {
    let Some(mut backend) = open("regression_fractions_of_exactly_zero") else {
        return;
    };
    for shift in [[0.0, 0.0], [0.5, 0.0], [0.0, 0.25], [0.5, 0.5]] {
        let mut tile = TestTile::new([201, 131], 3, 1).on_the_grid(shift);
        // Stretches without holes too, so that both ways are taken.
        for (i, v) in tile.channels[0].iter_mut().enumerate() {
            if i / 201 % 3 == 0 && !v.is_finite() {
                *v = 0.3;
            }
        }
        let scene = Scene::new(vec![tile], [300, 200]);
        for kernel in KERNELS {
            let expected = scene.on_cpu(kernel);
            assert!(expected.covered > 20_000);
            let found = scene.on_wgpu(&mut backend, kernel, 200);
            assert_near(
                &found,
                &expected,
                &scene,
                &format!("{kernel:?} by {shift:?}"),
            );
        }
    }
}

#[test]
fn many_parts_and_launches() {
    let Some(mut backend) = open("many_parts_and_launches") else {
        return;
    };
    // Narrow and tall: a part of 32 blocks holds 1024 rows.
    let tall = vec![
        TestTile::new([60, 3000], 1, 1).at(31.0, 1600.0, 0.1),
        TestTile::new([50, 2500], 2, 1)
            .at(40.2, 3900.0, 180.2)
            .weighted(),
        TestTile::new([40, 7000], 3, 1).at(30.7, 4100.0, -0.05),
        TestTile::new([64, 3100], 4, 1)
            .at(33.3, 6500.0, 0.4)
            .translucent(),
    ];
    // Tiles so small that every pixel is a run of its own.
    let small = |i: u32| {
        let place = [40.0 + f64::from(i % 8), 20.3 + f64::from(i / 8)];
        TestTile::new([15, 15], i, 1).at(place[0], place[1], 7.0 * f64::from(i))
    };
    let scenes = [
        (Scene::new(tall, [70, 8200]), [8200, 5000]),
        (
            Scene::new((0..200).map(small).collect(), [100, 64]),
            [64, 1],
        ),
    ];
    for (scene, chunks) in scenes {
        let expected = scene.on_cpu(Kernel::Bilinear);
        let found = chunks.map(|c| scene.on_wgpu(&mut backend, Kernel::Bilinear, c));
        assert_near(&found[0], &expected, &scene, "many parts");
        assert!(found[0] == found[1], "chunks of {chunks:?}");
    }
}

#[test]
fn rows_without_tiles_are_made_too() {
    let Some(mut backend) = open("rows_without_tiles_are_made_too") else {
        return;
    };
    let tiles = vec![TestTile::new([300, 300], 1, 1).at(900.0, 700.0, 10.0)];
    let scene = Scene::new(tiles, [1100, 900]);
    let expected = scene.on_cpu(Kernel::Bilinear);
    let found = scene.on_wgpu(&mut backend, Kernel::Bilinear, 100);
    assert_near(&found, &expected, &scene, "chunks of 100");
    assert_eq!(found.alpha[0], 0);
}

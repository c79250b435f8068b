//! The same bits as the CPU, whatever the tiles and the chunks.

use zemosaic_coadd::Kernel;
use zemosaic_cuda::{AllocatorOptions, CudaBackend};

use crate::fake::{on_fake, on_fakes};
use crate::scene::{Output, Scene, TestTile};

const KERNELS: [Kernel; 2] = [Kernel::Nearest, Kernel::Bilinear];

/// Which streams run ahead when one is waited for.
const ORDERS: [&[(&str, &str)]; 3] = [
    &[("FAKE_CUDA_ORDER", "first")],
    &[("FAKE_CUDA_ORDER", "last")],
    &[("FAKE_CUDA_ORDER", "needed")],
];

fn open() -> CudaBackend {
    CudaBackend::open(0, AllocatorOptions::default()).expect("a device")
}

/// Rotated, distorted, weighted and translucent tiles with holes, wider than a block.
fn mixed() -> Scene {
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

fn assert_same(found: &Output, expected: &Output, what: &str) {
    let differ = |a: &[u32], b: &[u32]| a.iter().zip(b).position(|(a, b)| a != b);
    for (channel, (a, b)) in found.values.iter().zip(&expected.values).enumerate() {
        if let Some(at) = differ(a, b) {
            let [a, b] = [a[at], b[at]].map(f32::from_bits);
            panic!("{what}: channel {channel} differs first at {at}: {a:e} is not {b:e}");
        }
    }
    assert_eq!(
        differ(&found.coverage, &expected.coverage),
        None,
        "{what}: coverage"
    );
    assert!(found.alpha == expected.alpha, "{what}: alpha");
    assert!(
        found == expected,
        "{what}: counts {} {}",
        found.covered,
        found.dead
    );
}

#[test]
fn compare_backends_mixed_tiles() {
    on_fake("chunks::compare_backends_mixed_tiles", &[], || {
        let scene = mixed();
        let mut backend = open();
        for kernel in KERNELS {
            let expected = scene.on_cpu(kernel);
            assert!(expected.covered > 200_000);
            let found = scene.on_cuda(&mut backend, kernel, scene.size[1]);
            assert_same(&found, &expected, &format!("{kernel:?}"));
        }
    });
}

#[test]
fn property_chunks_never_change_a_bit() {
    on_fake("chunks::property_chunks_never_change_a_bit", &[], || {
        let mut scene = mixed();
        let mut backend = open();
        for kernel in KERNELS {
            let expected = scene.on_cpu(kernel);
            for chunk in [1, 7, 32, 64, 100] {
                let found = scene.on_cuda(&mut backend, kernel, chunk);
                assert_same(
                    &found,
                    &expected,
                    &format!("{kernel:?} in chunks of {chunk}"),
                );
            }
            // The comparison can fail: another weight rounds differently.
            scene.tiles[1].weight += 0.1;
            assert!(scene.on_cuda(&mut backend, kernel, 520) != expected);
            scene.tiles[1].weight -= 0.1;
        }
    });
}

#[test]
fn compare_backends_colour() {
    on_fake("chunks::compare_backends_colour", &[], || {
        let size = [300, 200];
        let tiles = vec![
            TestTile::new(size, 1, 3).at(160.2, 110.0, 4.0),
            TestTile::new(size, 2, 3).at(250.0, 160.3, 75.0).weighted(),
            TestTile::new(size, 3, 3)
                .at(330.5, 130.1, 181.0)
                .translucent(),
        ];
        let scene = Scene::new(tiles, [500, 300]);
        let mut backend = open();
        for kernel in KERNELS {
            let expected = scene.on_cpu(kernel);
            assert!(expected.dead > 0, "no pixel is dead in one channel alone");
            for chunk in [45, 300] {
                let found = scene.on_cuda(&mut backend, kernel, chunk);
                assert_same(
                    &found,
                    &expected,
                    &format!("{kernel:?} in chunks of {chunk}"),
                );
            }
        }
    });
}

#[test]
fn regression_fractions_of_exactly_zero() {
    // Whole and half pixels: where one fraction is 0, the CPU's two ways round differently, and which
    // one it takes depends on the whole run.
    on_fake("chunks::regression_fractions_of_exactly_zero", &[], || {
        let mut backend = open();
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
                let found = scene.on_cuda(&mut backend, kernel, 200);
                assert_same(
                    &found,
                    &expected,
                    &format!("{kernel:?} shifted by {shift:?}"),
                );
            }
        }
    });
}

/// Many parts: narrow and tall, so that a part of 32 blocks holds 1024 rows.
fn tall() -> Scene {
    let tiles = vec![
        TestTile::new([60, 3000], 1, 1).at(31.0, 1600.0, 0.1),
        TestTile::new([50, 2500], 2, 1)
            .at(40.2, 3900.0, 180.2)
            .weighted(),
        TestTile::new([40, 7000], 3, 1).at(30.7, 4100.0, -0.05),
        TestTile::new([64, 3100], 4, 1)
            .at(33.3, 6500.0, 0.4)
            .translucent(),
    ];
    Scene::new(tiles, [70, 8200])
}

#[test]
fn property_streams_in_any_order() {
    on_fakes("chunks::property_streams_in_any_order", &ORDERS, || {
        let (scene, mut backend) = (tall(), open());
        let expected = scene.on_cpu(Kernel::Bilinear);
        assert!(expected.covered > 400_000);
        for chunk in [8200, 5000] {
            let found = scene.on_cuda(&mut backend, Kernel::Bilinear, chunk);
            assert_same(&found, &expected, &format!("chunks of {chunk}"));
        }
    });
}

#[test]
fn the_fake_driver_shows_a_missing_wait() {
    let variables = [("FAKE_CUDA_ORDER", "last"), ("FAKE_CUDA_DROP_WAITS", "1")];
    on_fake(
        "chunks::the_fake_driver_shows_a_missing_wait",
        &variables,
        || {
            let (scene, mut backend) = (tall(), open());
            let expected = scene.on_cpu(Kernel::Bilinear);
            let sink_or_device = scene.attempt(&mut backend);
            let differs = match sink_or_device {
                Ok(_) => scene.on_cuda(&mut backend, Kernel::Bilinear, 8200) != expected,
                Err(_) => true,
            };
            assert!(differs, "kernels that run before their copies went unseen");
        },
    );
}

#[test]
fn more_runs_than_a_lattice_buffer_holds() {
    // Tiles so small that every pixel is a run of its own.
    on_fakes(
        "chunks::more_runs_than_a_lattice_buffer_holds",
        &ORDERS,
        || {
            let tile = |i: u32| {
                let place = [40.0 + f64::from(i % 8), 20.3 + f64::from(i / 8)];
                TestTile::new([15, 15], i, 1).at(place[0], place[1], 7.0 * f64::from(i))
            };
            let scene = Scene::new((0..200).map(tile).collect(), [100, 64]);
            let mut backend = open();
            for kernel in KERNELS {
                let expected = scene.on_cpu(kernel);
                for chunk in [1, 32, 64] {
                    let found = scene.on_cuda(&mut backend, kernel, chunk);
                    assert_same(
                        &found,
                        &expected,
                        &format!("{kernel:?} in chunks of {chunk}"),
                    );
                }
            }
        },
    );
}

#[test]
fn more_pixels_than_pinned_slabs_hold() {
    on_fakes(
        "chunks::more_pixels_than_pinned_slabs_hold",
        &ORDERS,
        || {
            // 48 MB of windows through two slabs of 8.
            let tile = TestTile::new([2000, 1500], 1, 1).at(700.0, 740.0, 10.0);
            let scene = Scene::new(vec![tile.weighted().translucent()], [1000, 1500]);
            let expected = scene.on_cpu(Kernel::Bilinear);
            let found = scene.on_cuda(&mut open(), Kernel::Bilinear, 1500);
            assert_same(&found, &expected, "one chunk");
        },
    );
}

#[test]
fn wider_than_a_part_of_whole_strips() {
    on_fake("chunks::wider_than_a_part_of_whole_strips", &[], || {
        let tile = |i: u32| {
            let x = 60.0 + 7_300.0 * f64::from(i);
            TestTile::new([300, 90], i, 1).at(x, 40.0, f64::from(i))
        };
        let scene = Scene::new((0..10).map(tile).collect(), [66_000, 70]);
        let expected = scene.on_cpu(Kernel::Bilinear);
        assert!(expected.covered > 100_000);
        let found = scene.on_cuda(&mut open(), Kernel::Bilinear, 70);
        assert_same(&found, &expected, "three parts of one strip");
    });
}

#[test]
fn rows_without_tiles_are_made_too() {
    on_fake("chunks::rows_without_tiles_are_made_too", &[], || {
        let tiles = vec![TestTile::new([300, 300], 1, 1).at(900.0, 700.0, 10.0)];
        let scene = Scene::new(tiles, [1100, 900]);
        let mut backend = open();
        let expected = scene.on_cpu(Kernel::Bilinear);
        let found = scene.on_cuda(&mut backend, Kernel::Bilinear, 100);
        assert_same(&found, &expected, "chunks of 100");
        assert_eq!(found.alpha[0], 0);
    });
}

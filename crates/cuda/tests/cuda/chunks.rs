//! The same bits as the CPU, whatever the tiles and the chunks.

use zemosaic_coadd::Kernel;
use zemosaic_cuda::{AllocatorOptions, CudaBackend};

use crate::fake::on_fake;
use crate::scene::{Output, Scene, TestTile};

const KERNELS: [Kernel; 2] = [Kernel::Nearest, Kernel::Bilinear];

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

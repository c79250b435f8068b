//! Stacks that are processed piece by piece.

use zemosaic_coadd::Kernel;
use zemosaic_coadd::backend::DeviceError;
use zemosaic_testscene::sets::STACKS;
use zemosaic_testscene::{Scene, TestTile, sets};
use zemosaic_wgpu::Limits;

use crate::adapters::open;
use crate::chunks::{TOLERANCE, on_wgpu};

#[test]
fn compare_backends_a_stack_so_deep_that_it_is_reduced_in_slices() {
    let test = "compare_backends_a_stack_so_deep_that_it_is_reduced_in_slices";
    let Some(mut backend) = open(test) else {
        return;
    };
    let tiles = (0..230).map(|n| TestTile::noisy([60, 50], n, 1).at(500.0, 40.0, 0.0));
    let mut scene = Scene::new(tiles.collect(), [1000, 80]);
    let magnitudes = scene.magnitudes(Kernel::Nearest);
    for combine in STACKS {
        scene.combine = combine;
        let expected = scene.on_cpu(Kernel::Nearest);
        let whole = on_wgpu(&scene, &mut backend, Kernel::Nearest, 80);
        let what = format!("{combine:?}");
        TOLERANCE.assert_near(&whole, &expected, &magnitudes, combine, &what);
        let parts = on_wgpu(&scene, &mut backend, Kernel::Nearest, 40);
        assert!(parts == whole, "{what}: chunks");
    }
}

#[test]
fn stacks_of_few_blocks_at_a_time_and_windows_in_groups() {
    let Some(mut backend) = open("stacks_of_few_blocks_at_a_time_and_windows_in_groups") else {
        return;
    };
    let mut scene = sets::mixed();
    let expected = STACKS.map(|combine| {
        scene.combine = combine;
        on_wgpu(&scene, &mut backend, Kernel::Bilinear, 520)
    });
    // A block of six samples takes 2.25 MB; the windows of two tiles 0.8 MB.
    backend.lower_limits(Limits {
        buffer: u64::MAX,
        binding: 3 << 20,
    });
    for (combine, expected) in STACKS.into_iter().zip(expected) {
        scene.combine = combine;
        let found = on_wgpu(&scene, &mut backend, Kernel::Bilinear, 520);
        assert!(found == expected, "{combine:?}");
    }
    backend.lower_limits(Limits {
        buffer: u64::MAX,
        binding: 2 << 20,
    });
    match scene.attempt(&mut backend) {
        Err(DeviceError::TooBigEver { asked, limit, at }) => {
            assert!(asked > limit && limit == 2 << 20 && at == "samples", "{at}");
        }
        other => panic!("not too big: {:?}", other.err()),
    }
}

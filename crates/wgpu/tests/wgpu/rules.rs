//! Every rule of combining against the CPU.

use zemosaic_coadd::backend::DeviceError;
use zemosaic_coadd::{Combine, Kernel};
use zemosaic_testscene::sets::{FOLDS, STACKS};
use zemosaic_testscene::{Scene, TestTile, sets};
use zemosaic_wgpu::{Limits, WgpuBackend};

use crate::adapters::open;
use crate::chunks::{assert_near, on_wgpu};

/// Whole, and in chunks of `chunk` rows.
fn compare(
    scene: &mut Scene,
    backend: &mut WgpuBackend,
    rules: &[Combine],
    kernels: &[Kernel],
    chunk: u32,
) {
    for combine in rules {
        scene.combine = *combine;
        for kernel in kernels {
            let what = format!("{combine:?} with {kernel:?}");
            let expected = scene.on_cpu(*kernel);
            let whole = on_wgpu(scene, backend, *kernel, scene.size[1]);
            assert_near(&whole, &expected, scene, *kernel, &what);
            let parts = on_wgpu(scene, backend, *kernel, chunk);
            assert!(parts == whole, "{what}: chunks of {chunk}");
        }
    }
}

#[test]
fn compare_backends_folds_on_mixed_tiles() {
    let Some(mut backend) = open("compare_backends_folds_on_mixed_tiles") else {
        return;
    };
    let mut scene = sets::mixed();
    compare(&mut scene, &mut backend, &FOLDS, &[Kernel::Bilinear], 64);
    compare(
        &mut scene,
        &mut backend,
        &FOLDS[1..2],
        &[Kernel::Lanczos3],
        200,
    );
}

#[test]
fn compare_backends_a_stack_so_deep_that_it_is_reduced_in_slices() {
    let test = "compare_backends_a_stack_so_deep_that_it_is_reduced_in_slices";
    let Some(mut backend) = open(test) else {
        return;
    };
    let tiles = (0..230).map(|n| TestTile::noisy([60, 50], n, 1).at(500.0, 40.0, 0.0));
    let mut scene = Scene::new(tiles.collect(), [1000, 80]);
    compare(&mut scene, &mut backend, &STACKS, &[Kernel::Nearest], 40);
}

#[test]
fn compare_backends_folds_in_colour() {
    let Some(mut backend) = open("compare_backends_folds_in_colour") else {
        return;
    };
    let kernels = [Kernel::Nearest, Kernel::Bicubic];
    compare(&mut sets::colour(), &mut backend, &FOLDS, &kernels, 45);
}

#[test]
fn compare_backends_folds_on_many_and_few_tiles() {
    let Some(mut backend) = open("compare_backends_folds_on_many_and_few_tiles") else {
        return;
    };
    let kernels = [Kernel::Bilinear, Kernel::Lanczos4];
    compare(&mut sets::heap(), &mut backend, &FOLDS, &kernels, 20);
    compare(&mut sets::small(), &mut backend, &FOLDS, &kernels, 45);
}

#[test]
fn compare_backends_stacks_on_mixed_tiles() {
    let Some(mut backend) = open("compare_backends_stacks_on_mixed_tiles") else {
        return;
    };
    let mut scene = sets::mixed();
    compare(&mut scene, &mut backend, &STACKS, &[Kernel::Bilinear], 64);
    let one = &STACKS[2..];
    compare(&mut scene, &mut backend, one, &[Kernel::Lanczos3], 7);
}

#[test]
fn compare_backends_stacks_in_colour() {
    let Some(mut backend) = open("compare_backends_stacks_in_colour") else {
        return;
    };
    let kernels = [Kernel::Nearest, Kernel::Bicubic];
    compare(&mut sets::colour(), &mut backend, &STACKS, &kernels, 45);
}

#[test]
fn compare_backends_stacks_on_many_and_few_tiles() {
    let Some(mut backend) = open("compare_backends_stacks_on_many_and_few_tiles") else {
        return;
    };
    let kernels = [Kernel::Bilinear, Kernel::Lanczos4];
    compare(&mut sets::heap(), &mut backend, &STACKS, &kernels, 20);
    compare(&mut sets::deep(), &mut backend, &STACKS, &kernels, 33);
    compare(&mut sets::crossed(), &mut backend, &STACKS, &kernels, 40);
    compare(&mut sets::small(), &mut backend, &STACKS, &kernels[..1], 1);
    compare(
        &mut sets::sparse(),
        &mut backend,
        &STACKS,
        &kernels[..1],
        100,
    );
    compare(
        &mut sets::tall(),
        &mut backend,
        &STACKS[2..],
        &kernels[..1],
        5000,
    );
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

#[test]
fn every_rule_is_a_rule_of_its_own() {
    let Some(mut backend) = open("every_rule_is_a_rule_of_its_own") else {
        return;
    };
    let mut scene = sets::deep();
    let rules = [Combine::Mean].into_iter().chain(FOLDS).chain(STACKS);
    let made = rules.map(|combine| {
        scene.combine = combine;
        on_wgpu(&scene, &mut backend, Kernel::Bilinear, scene.size[1])
    });
    let made: Vec<_> = made.collect();
    for (i, one) in made.iter().enumerate() {
        assert!(made[i + 1..].iter().all(|other| other != one), "rule {i}");
    }
}

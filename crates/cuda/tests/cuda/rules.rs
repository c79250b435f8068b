//! Every rule to the CPU's bits, by kernels that have whole and partial samples.

use zemosaic_coadd::{Combine, Kernel};
use zemosaic_cuda::CudaBackend;
use zemosaic_testscene::sets::{FOLDS, STACKS};
use zemosaic_testscene::{Scene, TestTile, sets};

use crate::chunks::{ORDERS, assert_same, on_cuda, open};
use crate::fake::{on_fake, on_fakes};

/// The scene by these rules and kernels in chunks of these rows; returns how many pixels were covered.
fn assert_rules(
    scene: &mut Scene,
    backend: &mut CudaBackend,
    rules: &[Combine],
    kernels: &[Kernel],
    chunks: &[u32],
) -> u64 {
    let mut covered = 0;
    for rule in rules {
        scene.combine = *rule;
        for kernel in kernels {
            let expected = scene.on_cpu(*kernel);
            covered += expected.covered;
            for chunk in chunks {
                let found = on_cuda(scene, backend, *kernel, *chunk);
                let what = format!("{rule:?} of {kernel:?} in chunks of {chunk}");
                assert_same(&found, &expected, &what);
            }
        }
    }
    covered
}

/// Twelve tiles of noise over each other, most of it alike, some of it far off.
fn crowd() -> Scene {
    let tile = |i: u32| {
        let mut tile = TestTile::noisy([200, 150], i, 1);
        for (at, value) in tile.channels[0].iter_mut().enumerate() {
            let quiet = !(at as u32 * 31 + i * 17).is_multiple_of(23);
            if quiet && value.is_finite() && value.abs() < 1e4 {
                *value = 500.0 + (*value * 0.01).round() * 0.5;
            }
        }
        let place = [
            110.0 + 3.3 * f64::from(i % 4),
            85.0 + 2.9 * f64::from(i / 4),
        ];
        let tile = tile.at(place[0], place[1], 31.0 * f64::from(i));
        match i % 4 {
            1 => tile.weighted(),
            2 => tile.translucent(),
            3 => tile.weighted().translucent().distorted(),
            _ => tile,
        }
    };
    Scene::new((0..12).map(tile).collect(), [240, 180])
}

#[test]
fn compare_backends_rules_without_a_stack() {
    let test = "rules::compare_backends_rules_without_a_stack";
    on_fake(test, &[], || {
        let backend = &mut open();
        let kernels = [Kernel::Nearest, Kernel::Bilinear, Kernel::Lanczos3];
        for mut scene in [sets::mixed(), sets::colour(), sets::small(), crowd()] {
            assert!(assert_rules(&mut scene, backend, &FOLDS, &kernels, &[520]) > 100_000);
        }
        assert_rules(&mut crowd(), backend, &FOLDS, &kernels[2..], &[1, 7, 64]);
        assert_rules(
            &mut sets::sparse(),
            backend,
            &FOLDS,
            &[Kernel::Bilinear],
            &[100],
        );
    });
}

#[test]
fn compare_backends_rules_with_a_stack() {
    let test = "rules::compare_backends_rules_with_a_stack";
    on_fake(test, &[], || {
        let backend = &mut open();
        let kernels = [Kernel::Nearest, Kernel::Bilinear, Kernel::Lanczos4];
        for mut scene in [sets::mixed(), sets::colour(), sets::small(), crowd()] {
            assert!(assert_rules(&mut scene, backend, &STACKS, &kernels, &[520]) > 50_000);
        }
        assert_rules(&mut sets::crossed(), backend, &STACKS, &kernels, &[160]);
        assert_rules(&mut crowd(), backend, &STACKS, &kernels[2..], &[1, 7, 64]);
        assert_rules(
            &mut sets::sparse(),
            backend,
            &STACKS,
            &[Kernel::Bilinear],
            &[100],
        );
    });
}

#[test]
fn stacks_in_parts_and_in_pieces() {
    // Many parts; and so many tiles over each other that a launch makes part of a block.
    on_fakes("rules::stacks_in_parts_and_in_pieces", &ORDERS, || {
        let backend = &mut open();
        let rules = [Combine::Median, Combine::KappaSigma];
        assert_rules(
            &mut sets::tall(),
            backend,
            &rules,
            &[Kernel::Bilinear],
            &[8200, 5000],
        );
        assert_rules(
            &mut sets::heap(),
            backend,
            &STACKS,
            &[Kernel::Bilinear],
            &[1, 32, 64],
        );
    });
}

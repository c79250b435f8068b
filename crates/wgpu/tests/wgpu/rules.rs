//! Every rule of combining against the CPU.

use zemosaic_coadd::{Combine, Kernel};
use zemosaic_testscene::{Scene, sets};
use zemosaic_wgpu::WgpuBackend;

use crate::adapters::open;
use crate::chunks::{assert_near, on_wgpu};

const RULES: [Combine; 5] = [
    Combine::Sum,
    Combine::Min,
    Combine::Max,
    Combine::First,
    Combine::Last,
];

/// Whole, and in chunks of `chunk` rows.
fn compare(scene: &mut Scene, backend: &mut WgpuBackend, chunk: u32, what: &str) {
    for combine in RULES {
        scene.combine = combine;
        for kernel in [Kernel::Bilinear, Kernel::Lanczos3] {
            let what = format!("{combine:?} with {kernel:?}, {what}");
            let expected = scene.on_cpu(kernel);
            let whole = on_wgpu(scene, backend, kernel, scene.size[1]);
            assert_near(&whole, &expected, scene, &what);
            let parts = on_wgpu(scene, backend, kernel, chunk);
            assert!(parts == whole, "{what}: chunks of {chunk}");
        }
    }
}

#[test]
fn compare_backends_rules_on_mixed_tiles() {
    let Some(mut backend) = open("compare_backends_rules_on_mixed_tiles") else {
        return;
    };
    compare(&mut sets::mixed(), &mut backend, 64, "mixed");
}

#[test]
fn compare_backends_rules_in_colour() {
    let Some(mut backend) = open("compare_backends_rules_in_colour") else {
        return;
    };
    compare(&mut sets::colour(), &mut backend, 7, "colour");
}

#[test]
fn compare_backends_rules_on_many_and_few_tiles() {
    let Some(mut backend) = open("compare_backends_rules_on_many_and_few_tiles") else {
        return;
    };
    compare(&mut sets::heap(), &mut backend, 1, "many");
    compare(&mut sets::sparse(), &mut backend, 100, "few");
    compare(&mut sets::small(), &mut backend, 45, "one");
}

#[test]
fn every_rule_is_a_rule_of_its_own() {
    let Some(mut backend) = open("every_rule_is_a_rule_of_its_own") else {
        return;
    };
    let mut scene = sets::mixed();
    let made = [Combine::Mean].iter().chain(&RULES).map(|combine| {
        scene.combine = *combine;
        on_wgpu(&scene, &mut backend, Kernel::Bilinear, scene.size[1])
    });
    let made: Vec<_> = made.collect();
    for (i, one) in made.iter().enumerate() {
        assert!(made[i + 1..].iter().all(|other| other != one), "rule {i}");
    }
}

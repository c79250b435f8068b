//! The same covered pixels as the CPU and the same values within rounding; the same bytes for any chunks.

use zemosaic_coadd::{Combine, Kernel};

use crate::adapters::open;
use zemosaic_testscene::{Output, Scene, sets};
use zemosaic_wgpu::{WgpuBackend, chunk_bytes};

/// Of the largest |tile value| around a pixel.
const BOUND: f64 = 4e-6;

pub fn on_wgpu(scene: &Scene, backend: &mut WgpuBackend, kernel: Kernel, chunk: u32) -> Output {
    let limits = backend.facts().limits;
    scene.on_device(backend, |job| chunk_bytes(job, &limits), kernel, chunk)
}

/// Panics beyond SPEC's bound, which lets a rule that rejects decide otherwise in 1e-5 of the pixels; prints how
/// many pixels differ at all.
pub fn assert_near(found: &Output, expected: &Output, scene: &Scene, kernel: Kernel, what: &str) {
    let magnitudes = scene.magnitudes(kernel);
    let rejects = matches!(scene.combine, Combine::Winsorized | Combine::KappaSigma);
    let allowed = if rejects {
        magnitudes.len() / 100_000
    } else {
        0
    };
    let (mut differ, mut strays, mut worst) = (0, 0, 0.0f64);
    for (channel, (a, b)) in found.values.iter().zip(&expected.values).enumerate() {
        for (at, (a, b)) in a.iter().zip(b).enumerate() {
            let [a, b] = [*a, *b].map(f32::from_bits);
            let place = || format!("{what}: channel {channel} pixel {at}: {a:e} is not {b:e}");
            assert_eq!(a.is_nan(), b.is_nan(), "{}", place());
            if a.is_nan() || a == b {
                continue;
            }
            differ += 1;
            let error = f64::from(a - b).abs() / f64::from(magnitudes[at]);
            strays += usize::from(error > BOUND);
            assert!(strays <= allowed, "{}, of {:e}", place(), magnitudes[at]);
            worst = worst.max(error);
        }
    }
    let (mut weights_differ, mut weights_stray) = (0, 0);
    for (at, (a, b)) in found.coverage.iter().zip(&expected.coverage).enumerate() {
        let [a, b] = [*a, *b].map(f32::from_bits);
        assert_eq!(
            a > 0.0,
            b > 0.0,
            "{what}: pixel {at} is covered on one side"
        );
        weights_differ += usize::from(a != b);
        weights_stray += usize::from((a - b).abs() > 4e-6 * b);
        assert!(
            weights_stray <= allowed,
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
    let scene = sets::mixed();
    for kernel in Kernel::ON_DEVICES {
        let expected = scene.on_cpu(kernel);
        assert!(expected.covered > 200_000);
        let found = on_wgpu(&scene, &mut backend, kernel, scene.size[1]);
        assert_near(&found, &expected, &scene, kernel, &format!("{kernel:?}"));
    }
}

#[test]
fn property_chunks_never_change_a_bit() {
    let Some(mut backend) = open("property_chunks_never_change_a_bit") else {
        return;
    };
    let mut scene = sets::mixed();
    for kernel in Kernel::ON_DEVICES {
        let expected = on_wgpu(&scene, &mut backend, kernel, 520);
        let chunks: &[u32] = match kernel {
            Kernel::Bilinear | Kernel::Lanczos4 => &[1, 7, 32, 64, 100],
            _ => &[33, 64],
        };
        for &chunk in chunks {
            let found = on_wgpu(&scene, &mut backend, kernel, chunk);
            assert!(found == expected, "{kernel:?} in chunks of {chunk}");
        }
        // The comparison can fail: another weight rounds differently.
        scene.tiles[1].weight += 0.1;
        assert!(on_wgpu(&scene, &mut backend, kernel, 520) != expected);
        scene.tiles[1].weight -= 0.1;
    }
}

#[test]
fn compare_backends_colour() {
    let Some(mut backend) = open("compare_backends_colour") else {
        return;
    };
    let scene = sets::colour();
    for kernel in Kernel::ON_DEVICES {
        let expected = scene.on_cpu(kernel);
        assert!(expected.dead > 0, "no pixel is dead in one channel alone");
        let whole = on_wgpu(&scene, &mut backend, kernel, 300);
        assert_near(
            &whole,
            &expected,
            &scene,
            kernel,
            &format!("{kernel:?} in colour"),
        );
        let parts = on_wgpu(&scene, &mut backend, kernel, 45);
        assert!(parts == whole, "{kernel:?}");
    }
}

#[test]
fn regression_fractions_of_exactly_zero() {
    let Some(mut backend) = open("regression_fractions_of_exactly_zero") else {
        return;
    };
    for shift in [[0.0, 0.0], [0.5, 0.0], [0.0, 0.25], [0.5, 0.5]] {
        let scene = sets::shifted(shift);
        for kernel in Kernel::ON_DEVICES {
            let expected = scene.on_cpu(kernel);
            assert!(expected.covered > 20_000);
            let found = on_wgpu(&scene, &mut backend, kernel, 200);
            let what = format!("{kernel:?} by {shift:?}");
            assert_near(&found, &expected, &scene, kernel, &what);
        }
    }
}

#[test]
fn many_parts_and_launches() {
    let Some(mut backend) = open("many_parts_and_launches") else {
        return;
    };
    for (scene, chunks) in [(sets::tall(), [8200, 5000]), (sets::heap(), [64, 1])] {
        let expected = scene.on_cpu(Kernel::Bilinear);
        let found = chunks.map(|c| on_wgpu(&scene, &mut backend, Kernel::Bilinear, c));
        assert_near(&found[0], &expected, &scene, Kernel::Bilinear, "many parts");
        assert!(found[0] == found[1], "chunks of {chunks:?}");
    }
}

#[test]
fn rows_without_tiles_are_made_too() {
    let Some(mut backend) = open("rows_without_tiles_are_made_too") else {
        return;
    };
    let scene = sets::sparse();
    let expected = scene.on_cpu(Kernel::Bilinear);
    let found = on_wgpu(&scene, &mut backend, Kernel::Bilinear, 100);
    assert_near(&found, &expected, &scene, Kernel::Bilinear, "chunks of 100");
    assert_eq!(found.alpha[0], 0);
}

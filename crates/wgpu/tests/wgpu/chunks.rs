//! Chunks do not change a byte.

use zemosaic_coadd::{Combine, Kernel};

use crate::adapters::open;
use zemosaic_testscene::{Output, Scene, Tolerance, sets};
use zemosaic_wgpu::{WgpuBackend, chunk_bytes};

/// SPEC's limit, which lets a rule that rejects decide differently in 1e-5 of the pixels.
pub const TOLERANCE: Tolerance = Tolerance {
    error: 4e-6,
    strays: 1e-5,
};

pub fn on_wgpu(scene: &Scene, backend: &mut WgpuBackend, kernel: Kernel, chunk: u32) -> Output {
    let limits = backend.facts().limits;
    scene.on_device(backend, |job| chunk_bytes(job, &limits), kernel, chunk)
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
fn many_parts_and_launches() {
    let Some(mut backend) = open("many_parts_and_launches") else {
        return;
    };
    for (combine, kernel) in [
        (Combine::Mean, Kernel::Bilinear),
        (Combine::KappaSigma, Kernel::Nearest),
    ] {
        let mut scene = sets::tall();
        scene.combine = combine;
        let expected = scene.on_cpu(kernel);
        let [whole, parts] = [8200, 5000].map(|c| on_wgpu(&scene, &mut backend, kernel, c));
        let what = format!("{combine:?} in many parts");
        TOLERANCE.assert_near(&whole, &expected, &scene.magnitudes(kernel), combine, &what);
        assert!(whole == parts, "{what}: chunks");
    }
}

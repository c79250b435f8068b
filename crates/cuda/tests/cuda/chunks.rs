//! The same bits as on the CPU, whatever the tiles and the chunks.

use zemosaic_coadd::Kernel;
use zemosaic_cuda::{AllocatorOptions, CudaBackend};
use zemosaic_testscene::{Output, Scene, TestTile, sets};

use crate::fake::{on_fake, on_fakes};

/// Which streams run first when one is waited for.
pub const ORDERS: [&[(&str, &str)]; 3] = [
    &[("FAKE_CUDA_ORDER", "first")],
    &[("FAKE_CUDA_ORDER", "last")],
    &[("FAKE_CUDA_ORDER", "needed")],
];

pub fn open() -> CudaBackend {
    CudaBackend::open(0, AllocatorOptions::default()).expect("a device")
}

pub fn on_cuda(scene: &Scene, backend: &mut CudaBackend, kernel: Kernel, chunk: u32) -> Output {
    scene.on_device(backend, zemosaic_cuda::chunk_bytes, kernel, chunk)
}

pub fn assert_same(found: &Output, expected: &Output, what: &str) {
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

/// Makes the scene with every kernel in each of these chunks. Returns the output of the CPU.
fn assert_same_in_chunks(
    scene: &Scene,
    backend: &mut CudaBackend,
    chunks: &[u32],
) -> [Output; Kernel::ON_DEVICES.len()] {
    Kernel::ON_DEVICES.map(|kernel| {
        let expected = scene.on_cpu(kernel);
        for chunk in chunks {
            let found = on_cuda(scene, backend, kernel, *chunk);
            let what = format!("{kernel:?} in chunks of {chunk}");
            assert_same(&found, &expected, &what);
        }
        expected
    })
}

#[test]
fn property_chunks_never_change_a_bit() {
    on_fake("chunks::property_chunks_never_change_a_bit", &[], || {
        let (mut scene, mut backend) = (sets::mixed(), open());
        let chunks = [1, 7, 32, 64, 100];
        let expected = assert_same_in_chunks(&scene, &mut backend, &chunks);
        // The comparison can fail: another weight rounds differently.
        scene.tiles[1].weight += 0.1;
        for (kernel, expected) in Kernel::ON_DEVICES.into_iter().zip(&expected) {
            assert!(&on_cuda(&scene, &mut backend, kernel, 520) != expected);
        }
    });
}

#[test]
fn property_streams_in_any_order() {
    on_fakes("chunks::property_streams_in_any_order", &ORDERS, || {
        let expected = assert_same_in_chunks(&sets::tall(), &mut open(), &[8200, 5000]);
        assert!(expected.iter().all(|e| e.covered > 400_000));
    });
}

#[test]
fn the_fake_driver_shows_a_missing_wait() {
    let variables = [("FAKE_CUDA_ORDER", "last"), ("FAKE_CUDA_DROP_WAITS", "1")];
    on_fake(
        "chunks::the_fake_driver_shows_a_missing_wait",
        &variables,
        || {
            let scene = sets::tall();
            let expected = scene.on_cpu(Kernel::Bilinear);
            let differs = match scene.attempt(&mut open()) {
                Ok((found, _)) => found != expected,
                Err(_) => true,
            };
            assert!(differs, "kernels that run before their copies went unseen");
        },
    );
}

#[test]
fn more_runs_than_a_lattice_buffer_holds() {
    let test = "chunks::more_runs_than_a_lattice_buffer_holds";
    on_fakes(test, &ORDERS, || {
        assert_same_in_chunks(&sets::heap(), &mut open(), &[1, 32, 64]);
    });
}

#[test]
fn more_pixels_than_pinned_slabs_hold() {
    on_fakes(
        "chunks::more_pixels_than_pinned_slabs_hold",
        &ORDERS,
        || {
            // 48 MB of windows through two slabs of 8.
            let tile = TestTile::noisy([2000, 1500], 1, 1).at(700.0, 740.0, 10.0);
            let scene = Scene::new(vec![tile.weighted().translucent()], [1000, 1500]);
            let expected = scene.on_cpu(Kernel::Bilinear);
            let found = on_cuda(&scene, &mut open(), Kernel::Bilinear, 1500);
            assert_same(&found, &expected, "one chunk");
        },
    );
}

#[test]
fn wider_than_a_part_of_whole_strips() {
    on_fake("chunks::wider_than_a_part_of_whole_strips", &[], || {
        let tile = |i: u32| {
            let x = 60.0 + 7_300.0 * f64::from(i);
            TestTile::noisy([300, 90], i, 1).at(x, 40.0, f64::from(i))
        };
        let scene = Scene::new((0..10).map(tile).collect(), [66_000, 70]);
        let expected = scene.on_cpu(Kernel::Bilinear);
        assert!(expected.covered > 100_000);
        let found = on_cuda(&scene, &mut open(), Kernel::Bilinear, 70);
        assert_same(&found, &expected, "three parts of one strip");
    });
}

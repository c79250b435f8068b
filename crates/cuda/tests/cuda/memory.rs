//! Device memory: counted, refused with a typed error, released.

use zemosaic_coadd::backend::{Backend, DeviceError, DeviceMemory};
use zemosaic_coadd::{Combine, Kernel};
use zemosaic_cuda::Pretended;

use crate::chunks::{on_cuda, open};
use crate::fake::{on_fake, on_fakes};
use zemosaic_testscene::{Nowhere, Scene, TestTile, sets};

const MB: u64 = 1 << 20;

fn scene() -> Scene {
    scene_by(Combine::Mean)
}

fn scene_by(combine: Combine) -> Scene {
    let size = [300, 200];
    let tiles = vec![
        TestTile::noisy(size, 1, 1).at(160.2, 110.0, 4.0),
        TestTile::noisy(size, 2, 1)
            .at(250.0, 160.3, 75.0)
            .weighted()
            .translucent(),
    ];
    let mut scene = Scene::new(tiles, [70, 2400]);
    scene.combine = combine;
    scene
}

#[test]
fn every_allocation_may_fail_and_the_next_attempt_works() {
    let test = "memory::every_allocation_may_fail_and_the_next_attempt_works";
    let buffers = [
        "windows",
        "counters",
        "lattice",
        "lattice",
        "sample stack",
        "output rows",
        "output rows",
    ];
    let sets: Vec<_> = (1..=buffers.len())
        .map(|n| [("FAKE_CUDA_FAIL_ALLOC", n.to_string())])
        .collect();
    let sets: Vec<_> = sets
        .iter()
        .map(|s| s.each_ref().map(|(k, v)| (*k, v.as_str())))
        .collect();
    let sets: Vec<&[(&str, &str)]> = sets.iter().map(<[_; 1]>::as_slice).collect();
    on_fakes(test, &sets, || {
        let (scene, mut backend) = (scene_by(Combine::KappaSigma), open());
        let n: usize = std::env::var("FAKE_CUDA_FAIL_ALLOC")
            .ok()
            .and_then(|n| n.parse().ok())
            .expect("which allocation fails");
        match scene.attempt(&mut backend) {
            Err(DeviceError::OutOfMemory {
                asked,
                free,
                total,
                at,
            }) => {
                assert_eq!(at, buffers[n - 1]);
                assert!(asked > 0 && free.is_some() && total == Some(8192 * MB));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(backend.ledger().live(), 0, "the failed attempt's buffers");
        let found = on_cuda(&scene, &mut backend, Kernel::Bilinear, 2400);
        assert!(found == scene.on_cpu(Kernel::Bilinear), "after a failure");
    });
}

#[test]
fn a_full_device_is_out_of_memory() {
    let variables = [("FAKE_CUDA_TOTAL_MB", "64"), ("FAKE_CUDA_FREE_MB", "1")];
    on_fake("memory::a_full_device_is_out_of_memory", &variables, || {
        let (scene, mut backend) = (scene(), open());
        let probed = Some(DeviceMemory {
            free: MB,
            total: 64 * MB,
        });
        assert_eq!(backend.probe(), probed);
        let error = scene.attempt(&mut backend).expect_err("1 MB is too little");
        assert!(matches!(error, DeviceError::OutOfMemory { total: Some(t), .. } if t == 64 * MB));
        assert_eq!(backend.probe(), probed, "after the failed attempt");
    });
}

#[test]
fn a_device_without_pools_gives_and_takes_back_as_well() {
    let sets: [&[(&str, &str)]; 2] = [
        &[("FAKE_CUDA_POOLS", "0")],
        &[("FAKE_CUDA_POOLS", "0"), ("FAKE_CUDA_FAIL_ALLOC", "4")],
    ];
    let test = "memory::a_device_without_pools_gives_and_takes_back_as_well";
    on_fakes(test, &sets, || {
        let (scene, mut backend) = (scene(), open());
        let before = backend.probe();
        if std::env::var_os("FAKE_CUDA_FAIL_ALLOC").is_some() {
            let error = scene.attempt(&mut backend).expect_err("the fourth fails");
            assert!(matches!(error, DeviceError::OutOfMemory { asked: 1.., .. }));
        }
        let found = on_cuda(&scene, &mut backend, Kernel::Bilinear, 2400);
        assert!(found == scene.on_cpu(Kernel::Bilinear));
        assert_eq!(backend.probe(), before);
    });
}

#[test]
fn chunks_of_another_shape_fit_where_the_first_did() {
    // 3 MB: enough for either chunk, but not for one together with what the pool keeps of the other.
    let variables = [("FAKE_CUDA_TOTAL_MB", "3")];
    let test = "memory::chunks_of_another_shape_fit_where_the_first_did";
    on_fake(test, &variables, || {
        let (scene, mut backend) = (scene(), open());
        for rows in [0..2400, 0..900, 0..2400, 0..2400] {
            let job = scene.job(rows.clone(), Kernel::Bilinear);
            let bytes = zemosaic_cuda::chunk_bytes(&job).expect("small");
            assert!(bytes > MB && bytes < 3 * MB, "{bytes} bytes");
            let made = backend.run_chunk(&job, &Nowhere);
            assert!(made.is_ok(), "{rows:?}: {made:?}");
        }
        // A pool keeps its blocks only for the same shape.
        let free = 3 * MB;
        assert_eq!(backend.probe(), Some(DeviceMemory { free, total: free }));
    });
}

#[test]
fn grants_and_pretences_hold() {
    on_fake("memory::grants_and_pretences_hold", &[], || {
        let (scene, mut backend) = (scene(), open());
        let estimate =
            zemosaic_cuda::chunk_bytes(&scene.job(0..2400, Kernel::Bilinear)).expect("small");
        let pretended = DeviceMemory {
            free: 5 * MB,
            total: 6 * MB,
        };
        backend.ledger().options.pretended = Some(Pretended::Memory(pretended));
        backend.ledger().options.grant = Some(estimate - 1);
        assert_eq!(backend.probe(), Some(pretended));
        match scene.attempt(&mut backend) {
            Err(DeviceError::OutOfMemory {
                asked,
                free: Some(free),
                total,
                ..
            }) => {
                assert!(
                    free < asked && total == Some(6 * MB),
                    "{asked} asked, {free} free"
                );
            }
            other => panic!("{other:?}"),
        }
        backend.ledger().options.pretended = Some(Pretended::NoProbe);
        assert_eq!(backend.probe(), None);
        // The estimate is enough, to the byte.
        for combine in [Combine::Mean, Combine::Median, Combine::Winsorized] {
            let scene = scene_by(combine);
            let job = scene.job(0..2400, Kernel::Bilinear);
            let estimate = zemosaic_cuda::chunk_bytes(&job).expect("small");
            backend.ledger().options.grant = Some(estimate);
            let (_, peak) = scene.attempt(&mut backend).expect("as estimated");
            assert_eq!(peak, estimate, "{combine:?}");
        }
        backend.ledger().options.grant = None;
        backend.ledger().options.pretended = None;
        assert!(
            backend
                .probe()
                .is_some_and(|m| m.free > 0 && m.total >= m.free)
        );
    });
}

#[test]
fn injected_failures_are_counted_by_attempt() {
    on_fake(
        "memory::injected_failures_are_counted_by_attempt",
        &[],
        || {
            let (scene, mut backend) = (scene(), open());
            backend.ledger().inject = 2;
            for _ in 0..2 {
                let error = scene.attempt(&mut backend).expect_err("injected");
                assert!(
                    matches!(error, DeviceError::OutOfMemory { at: "windows", .. }),
                    "{error:?}"
                );
            }
            assert!(scene.attempt(&mut backend).is_ok());
        },
    );
}

#[test]
fn two_hundred_channels_leave_nothing() {
    on_fake("memory::two_hundred_channels_leave_nothing", &[], || {
        let (scene, mut backend) = (sets::small(), open());
        let before = backend.probe().expect("a probe");
        let mut resident_early = 0;
        for channel in 0..200 {
            for rows in [0..70, 70..160] {
                let job = scene.job(rows, Kernel::Bilinear);
                backend.run_chunk(&job, &Nowhere).expect("the chunk");
            }
            if channel == 50 {
                resident_early = resident_pages();
            }
        }
        let grown = resident_pages().saturating_sub(resident_early);
        assert!(
            grown * 4096 < 8 * MB,
            "{grown} pages more after 150 channels"
        );
        assert!(backend.pinned_bytes() > 0);
        backend.reclaim();
        assert_eq!((backend.ledger().live(), backend.pinned_bytes()), (0, 0));
        let after = backend.probe().expect("a probe");
        assert_eq!(after.total, before.total);
        // Exactly the same on the fake driver; a real card is shared with other programs.
        assert!(after.free + 64 * MB > before.free, "{before:?} {after:?}");
        assert!(std::env::var_os("ZEMOSAIC_CUDA_REAL").is_some() || after == before);
    });
}

/// Resident pages of this process; 0 if the system does not report them.
fn resident_pages() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ')
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(0)
}

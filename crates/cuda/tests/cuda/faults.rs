//! What the user sees if CUDA is not available, or is lost during a run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use zemosaic_coadd::backend::{Backend, ChunkError, DeviceError};
use zemosaic_coadd::{Kernel, Sink, Strip};
use zemosaic_cuda::{AllocatorOptions, CudaBackend, FreeOf, Speed, Unavailable};

use crate::chunks::open;
use crate::fake::{again, is_inside, named_folder, on_fake};
use zemosaic_testscene::{Scene, TestTile, sets};

fn refusal() -> Unavailable {
    let opened = CudaBackend::open(0, AllocatorOptions::default());
    let refused = CudaBackend::devices(FreeOf::None).expect_err("no device");
    assert_eq!(opened.err(), Some(refused.clone()));
    let line = refused.to_string();
    assert!(!line.contains('\n'), "one line: {line}");
    eprintln!("{}: {line}", refused.code());
    refused
}

#[test]
fn a_driver_without_a_device() {
    on_fake(
        "faults::a_driver_without_a_device",
        &[("FAKE_CUDA_MODE", "nodevice")],
        || {
            assert_eq!(refusal(), Unavailable::NoDevice);
        },
    );
}

#[test]
fn a_stub_is_no_driver() {
    on_fake(
        "faults::a_stub_is_no_driver",
        &[("FAKE_CUDA_MODE", "stub")],
        || {
            assert_eq!(refusal(), Unavailable::NoDriver);
        },
    );
}

#[test]
fn a_driver_of_cuda_12_0_is_too_old() {
    on_fake(
        "faults::a_driver_of_cuda_12_0_is_too_old",
        &[("FAKE_CUDA_MODE", "oldptx")],
        || {
            let found = "CUDA 12.0".to_owned();
            assert_eq!(refusal(), Unavailable::DriverTooOld { found });
        },
    );
}

#[test]
fn a_card_from_before_the_kernels_is_listed_and_not_opened() {
    let test = "faults::a_card_from_before_the_kernels_is_listed_and_not_opened";
    on_fake(test, &[("FAKE_CUDA_COMPUTE", "61")], || {
        let devices = CudaBackend::devices(FreeOf::None).expect("devices");
        assert!(!devices[0].usable());
        let error = CudaBackend::open(0, AllocatorOptions::default()).err();
        assert!(
            matches!(&error, Some(Unavailable::DeviceTooOld { found, .. }) if found == "6.1"),
            "{error:?}"
        );
    });
}

#[test]
fn a_driver_without_its_compiler() {
    let variables = [("FAKE_CUDA_MODE", "nojit")];
    on_fake("faults::a_driver_without_its_compiler", &variables, || {
        let error = CudaBackend::open(0, AllocatorOptions::default()).err();
        assert!(
            matches!(&error, Some(Unavailable::NoCompiler { why }) if why.contains("JIT_COMPILER_NOT_FOUND")),
            "{error:?}"
        );
    });
}

#[test]
fn a_driver_that_lacks_symbols_is_too_old() {
    let test = "faults::a_driver_that_lacks_symbols_is_too_old";
    if is_inside() {
        let found = "it has no cuDeviceGetDefaultMemPool".to_owned();
        return assert_eq!(refusal(), Unavailable::DriverTooOld { found });
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fake-cuda/old/old.c");
    let library = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("libcuda_old.so");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(source)
        .status();
    match compiled {
        Ok(status) => assert!(status.success(), "old.c compiles"),
        Err(_) => return eprintln!("{test}: skipped 1: there is no cc"),
    }
    again(test, &named_folder("old", &library), &[]);
}

#[test]
fn no_driver_at_all() {
    let test = "faults::no_driver_at_all";
    if is_inside() {
        return match CudaBackend::devices(FreeOf::None) {
            Err(error) => {
                eprintln!("{}: {error}", error.code());
                assert_eq!(error, Unavailable::NoDriver);
            }
            // The loader searches its own folders after ours.
            Ok(_) => eprintln!("{test}: skipped 1: this machine has a driver"),
        };
    }
    let empty = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("no-driver");
    std::fs::create_dir_all(&empty).expect("a folder to write to");
    again(test, &empty, &[]);
}

#[test]
fn a_device_number_out_of_range() {
    on_fake("faults::a_device_number_out_of_range", &[], || {
        let error = CudaBackend::open(7, AllocatorOptions::default()).err();
        let count = CudaBackend::devices(FreeOf::None).expect("devices").len();
        assert_eq!(error, Some(Unavailable::NoSuchDevice { index: 7, count }));
    });
}

#[test]
fn devices_are_described() {
    on_fake(
        "faults::devices_are_described",
        &[("FAKE_CUDA_FREE_MB", "1000")],
        || {
            let devices = CudaBackend::devices(FreeOf::All).expect("devices");
            let device = &devices[0];
            let quick = CudaBackend::devices(FreeOf::None).expect("devices");
            assert_eq!((quick.len(), quick[0].free), (devices.len(), None));
            let one = |index| CudaBackend::devices(FreeOf::One(index)).expect("devices");
            assert_eq!((one(0)[0].free, one(1)[0].free), (Some(1000 << 20), None));
            let speed = Speed {
                multiprocessors: 4,
                clock_khz: 1_500_000,
                memory_khz: 7_000_000,
                bus_bits: 128,
                integrated: false,
            };
            assert_eq!(device.speed, speed);
            assert!(device.usable());
            assert_eq!(
                (device.index, device.compute, device.driver.as_str()),
                (0, [8, 6], "12.4")
            );
            assert_eq!((device.total, device.free), (8192 << 20, Some(1000 << 20)));
            assert!(device.name.contains("Fake"));
        },
    );
}

#[test]
fn a_window_that_lacks_rows_is_no_silent_hole() {
    on_fake(
        "faults::a_window_that_lacks_rows_is_no_silent_hole",
        &[],
        || {
            let (scene, mut backend) = (sets::small(), open());
            let mut job = scene.job(0..160, Kernel::Bilinear);
            job.tiles[0].rows.blocks.pop();
            let error = backend.run_chunk(&job, &NoRows);
            assert!(
                matches!(error, Err(ChunkError::Device(DeviceError::Failed(_)))),
                "{error:?}"
            );
            assert!(
                scene.attempt(&mut backend).is_ok(),
                "and the device works on"
            );
        },
    );
}

/// Accepts no rows, because none can be right.
struct NoRows;

impl Sink for NoRows {
    type Error = ();

    fn take(&self, strip: &mut Strip) -> Result<(), ()> {
        panic!("rows from {} on were handed over", strip.first_row);
    }
}

/// Refuses the third strip.
struct Refuses(AtomicU32);

impl Sink for Refuses {
    type Error = &'static str;

    fn take(&self, _: &mut Strip) -> Result<(), Self::Error> {
        if self.0.fetch_add(1, Ordering::Relaxed) == 2 {
            Err("no space")
        } else {
            Ok(())
        }
    }
}

#[test]
fn a_sink_that_refuses_ends_the_chunk() {
    on_fake("faults::a_sink_that_refuses_ends_the_chunk", &[], || {
        let tiles = vec![TestTile::noisy([60, 5000], 1, 1).at(30.2, 2500.0, 0.1)];
        let scene = Scene::new(tiles, [64, 5000]);
        let mut backend = open();
        let job = scene.job(0..5000, Kernel::Bilinear);
        let error = backend.run_chunk(&job, &Refuses(AtomicU32::new(0)));
        assert!(
            matches!(error, Err(ChunkError::Sink("no space"))),
            "{error:?}"
        );
        assert_eq!(backend.ledger().live(), 0);
        assert!(
            scene.attempt(&mut backend).is_ok(),
            "and the device works on"
        );
    });
}

#[test]
fn a_lost_device_is_told_apart() {
    on_fake(
        "faults::a_lost_device_is_told_apart",
        &[("FAKE_CUDA_LOSE_AT", "2")],
        || {
            let (scene, mut backend) = (sets::small(), open());
            assert!(scene.attempt(&mut backend).is_ok());
            for _ in 0..2 {
                match scene.attempt(&mut backend) {
                    Err(DeviceError::Lost(message)) => eprintln!("{message}"),
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(backend.ledger().live(), 0);
        },
    );
}

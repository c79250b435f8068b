//! Memory that is not available now, or never, and memory that is released.

use zemosaic_coadd::backend::{Backend, ChunkError, DeviceError, DeviceMemory, Pretended};
use zemosaic_coadd::{Kernel, Sink, Strip};
use zemosaic_testscene::{Nowhere, sets};
use zemosaic_wgpu::{Limits, WgpuBackend, chunk_bytes};

use crate::adapters::open;
use crate::chunks::on_wgpu;

const MB: u64 = 1 << 20;

fn assert_out_of_memory(outcome: &Result<impl std::fmt::Debug, DeviceError>, most: u64) {
    match outcome {
        Err(DeviceError::OutOfMemory {
            asked, free, at, ..
        }) => {
            assert!(*asked > 0 && !at.is_empty());
            assert!(free.is_none_or(|f| f < *asked && f <= most), "{outcome:?}");
        }
        other => panic!("not out of memory: {:?}", other.as_ref().err()),
    }
}

#[test]
fn a_grant_is_never_exceeded_and_recovered_from() {
    let Some(mut backend) = open("a_grant_is_never_exceeded_and_recovered_from") else {
        return;
    };
    let scene = sets::mixed();
    let expected = scene.attempt(&mut backend).expect("enough memory");
    let job = scene.job(0..520, Kernel::Bilinear);
    let estimate = chunk_bytes(&job, &backend.facts().limits).expect("small enough");
    // Each buffer in turn is the one that does not fit.
    let mut refused = Vec::new();
    for part in 0..40 {
        let grant = estimate * part / 40;
        backend.ledger().options.grant = Some(grant);
        let outcome = scene.attempt(&mut backend);
        assert_out_of_memory(&outcome, grant);
        if let Err(DeviceError::OutOfMemory { at, .. }) = outcome {
            refused.push(at);
        }
    }
    refused.dedup();
    for at in [
        "windows",
        "sums",
        "staging of windows",
        "staging of lattices",
        "output rows",
    ] {
        assert!(refused.contains(&at), "{at} in {refused:?}");
    }
    backend.ledger().options.grant = Some(estimate - 1);
    assert_out_of_memory(&scene.attempt(&mut backend), estimate);
    // The estimate itself is enough, and the pixels are the same.
    backend.ledger().options.grant = Some(estimate);
    assert!(scene.attempt(&mut backend) == Ok(expected));
}

#[test]
fn injected_failures_are_counted() {
    let Some(mut backend) = open("injected_failures_are_counted") else {
        return;
    };
    let scene = sets::mixed();
    backend.ledger().inject = 2;
    for _ in 0..2 {
        assert_out_of_memory(&scene.attempt(&mut backend), u64::MAX);
    }
    assert!(scene.attempt(&mut backend).is_ok());
}

#[test]
fn probes_report_what_they_are_told() {
    let Some(mut backend) = open("probes_report_what_they_are_told") else {
        return;
    };
    let known = backend.facts().memory.is_some();
    assert_eq!(backend.probe().is_some(), known);
    let memory = DeviceMemory {
        free: 400 * MB,
        total: 6000 * MB,
    };
    backend.ledger().options.pretended = Some(Pretended::Memory(memory));
    assert_eq!(backend.probe(), Some(memory));
    backend.ledger().inject = 1;
    let Err(DeviceError::OutOfMemory { free, total, .. }) = sets::mixed().attempt(&mut backend)
    else {
        panic!("the injected failure did not come");
    };
    assert_eq!((free, total), (Some(memory.free), Some(memory.total)));
    backend.ledger().options.pretended = Some(Pretended::NoProbe);
    assert_eq!(backend.probe(), None);
    backend.ledger().options.pretended = None;
    assert_eq!(backend.probe().is_some(), known);
}

#[test]
fn two_hundred_chunks_leave_nothing() {
    let Some(mut backend) = open("two_hundred_chunks_leave_nothing") else {
        return;
    };
    let mut scene = sets::mixed();
    scene.tiles.truncate(2);
    for _ in 0..4 {
        on_wgpu(&scene, &mut backend, Kernel::Nearest, 10);
    }
    backend.reclaim();
    assert_eq!(backend.ledger().live(), 0);
}

fn lower(backend: &mut WgpuBackend, binding: u64) {
    backend.lower_limits(Limits {
        buffer: u64::MAX,
        binding,
    });
}

#[test]
fn windows_and_sums_larger_than_a_binding_are_split() {
    let Some(mut backend) = open("windows_and_sums_larger_than_a_binding_are_split") else {
        return;
    };
    let scene = sets::mixed();
    let expected = Kernel::ON_DEVICES.map(|k| on_wgpu(&scene, &mut backend, k, 520));
    // 5.4 MB of sums and 2.7 MB of windows, in groups of two tiles and parts of a few strips.
    lower(&mut backend, MB);
    assert_eq!(backend.max_buffer(), Some(MB));
    for (kernel, expected) in Kernel::ON_DEVICES.iter().zip(expected) {
        assert!(
            on_wgpu(&scene, &mut backend, *kernel, 520) == expected,
            "{kernel:?}"
        );
    }
}

#[test]
fn beyond_the_limits_is_told_apart_from_a_shortage() {
    let Some(mut backend) = open("beyond_the_limits_is_told_apart_from_a_shortage") else {
        return;
    };
    let mut scene = sets::mixed();
    // Not rotated, so that few rows of the output need few rows of the tile.
    scene.tiles.truncate(1);
    let expected = on_wgpu(&scene, &mut backend, Kernel::Bilinear, 520);
    lower(&mut backend, 300 * 1024);
    match scene.attempt(&mut backend) {
        Err(DeviceError::TooBigEver { asked, limit, at }) => {
            assert!(
                asked > limit && limit == 300 * 1024,
                "{at}: {asked} {limit}"
            );
        }
        other => panic!("not too big: {:?}", other.err()),
    }
    // Fewer rows need less of each tile.
    assert!(on_wgpu(&scene, &mut backend, Kernel::Bilinear, 16) == expected);
}

/// Refuses every strip.
struct Full;

impl Sink for Full {
    type Error = &'static str;

    fn take(&self, _: &mut Strip) -> Result<(), &'static str> {
        Err("full")
    }
}

#[test]
fn faults_of_others_are_told_and_survived() {
    let Some(mut backend) = open("faults_of_others_are_told_and_survived") else {
        return;
    };
    let scene = sets::mixed();
    let expected = scene.attempt(&mut backend).expect("enough memory");
    // A window with only half of the rows that are needed.
    let mut job = scene.job(0..520, Kernel::Nearest);
    let blocks = &mut job.tiles[0].rows.blocks;
    blocks.truncate(blocks.len() / 2);
    let Err(ChunkError::Device(DeviceError::Failed(why))) = backend.run_chunk(&job, &Nowhere)
    else {
        panic!("a hole in the input passed in silence");
    };
    assert!(why.contains("lacks pixels"), "{why}");
    assert_eq!(backend.ledger().live(), 0);
    let made = backend.run_chunk(&scene.job(0..520, Kernel::Nearest), &Full);
    assert!(matches!(made, Err(ChunkError::Sink("full"))));
    assert_eq!(backend.ledger().live(), 0);
    assert!(scene.attempt(&mut backend) == Ok(expected));
}

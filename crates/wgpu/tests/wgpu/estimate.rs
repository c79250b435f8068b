//! The bytes of a chunk, committed in `tests/chunk-sizes.txt` and measured.

use std::ops::Range;
use std::path::Path;

use zemosaic_coadd::backend::{Backend, ChunkSize};
use zemosaic_coadd::device::Need;
use zemosaic_coadd::{ChunkShape, Combine, Kernel};
use zemosaic_testscene::{Nowhere, Scene, TestTile, assert_golden, sets, size_line};
use zemosaic_wgpu::{Limits, chunk_size};

use crate::adapters::open;

const MB: u64 = 1 << 20;

fn size(scene: &Scene, rows: Range<u32>, kernel: Kernel, binding: u64) -> ChunkSize {
    let (job, buffer) = (scene.job(rows, kernel), u64::MAX);
    let limits = Limits { buffer, binding };
    chunk_size(&ChunkShape::from(&job), &Need::of(&job), &limits)
}

#[test]
fn golden_sizes() {
    let mut text = String::new();
    let mut add = |scene: &Scene, rows: Range<u32>, kernel, binding| {
        let size = size(scene, rows.clone(), kernel, binding);
        let device = format!(", binding {binding}");
        text += &size_line(&scene.job(rows, kernel), &device, &size);
    };
    let mut scene = sets::measured(1);
    for (kernel, combine) in [
        (Kernel::Bilinear, Combine::Mean),
        (Kernel::Lanczos3, Combine::Max),
        (Kernel::Bicubic, Combine::Median),
        (Kernel::Lanczos4, Combine::KappaSigma),
    ] {
        scene.combine = combine;
        for (rows, binding) in [
            (0..1, 128 * MB),
            (30..33, 128 * MB),
            (0..520, 128 * MB),
            (0..520, 4 * MB),
            (100..2520, 128 * MB),
            (2000..2100, 128 * MB),
        ] {
            add(&scene, rows, kernel, binding);
        }
    }
    let wide = vec![TestTile::noisy([300, 90], 1, 1).at(40_000.0, 40.0, 1.0)];
    let mut wide = Scene::new(wide, [66_000, 70]);
    wide.combine = Combine::Winsorized;
    add(&wide, 0..70, Kernel::Nearest, 128 * MB);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chunk-sizes.txt");
    assert_golden(&path, &text);
}

#[test]
fn a_stack_is_bounded_and_never_falls_with_rows() {
    let mut scene = sets::measured(1);
    let (first, kernel) = (0, Kernel::Bilinear);
    let mut before = 1;
    for last in (first + 1..first + 600).step_by(7) {
        let mut device = |combine| {
            scene.combine = combine;
            size(&scene, first..last, kernel, 128 * MB).device
        };
        let stack = device(Combine::Median) - device(Combine::First);
        assert!(stack >= before && stack <= 16 * MB, "{last} rows: {stack}");
        before = stack;
    }
}

#[test]
fn a_stack_that_no_binding_holds_shows_in_the_largest_buffer() {
    let mut scene = sets::measured(1);
    scene.combine = Combine::Median;
    let job = scene.job(0..520, Kernel::Bilinear);
    let deep = Need {
        depth: 400,
        ..Need::of(&job)
    };
    let (buffer, binding) = (u64::MAX, 128 * MB);
    let limits = Limits { buffer, binding };
    assert!(chunk_size(&ChunkShape::from(&job), &deep, &limits).largest > binding);
}

#[test]
fn the_peak_is_the_estimate_for_every_rule_and_kernel() {
    let Some(mut backend) = open("the_peak_is_the_estimate_for_every_rule_and_kernel") else {
        return;
    };
    let mut scene = sets::measured(1);
    for (kernel, combine) in [
        (Kernel::Bilinear, Combine::Mean),
        (Kernel::Lanczos3, Combine::Min),
        (Kernel::Bicubic, Combine::Median),
        (Kernel::Lanczos4, Combine::Winsorized),
    ] {
        scene.combine = combine;
        for rows in [0..1, 30..33, 100..520, 2000..2100] {
            let job = scene.job(rows.clone(), kernel);
            let estimate = backend
                .size(&ChunkShape::from(&job), &Need::of(&job))
                .device;
            let made = backend.run_chunk(&job, &Nowhere);
            let peak = made.expect("the device makes the chunk").peak_bytes;
            assert_eq!(peak, estimate, "{kernel:?}, {combine:?}, rows {rows:?}");
        }
    }
}

//! The bytes of a chunk, committed in `tests/chunk-sizes.txt` and measured.

use std::ops::Range;
use std::path::Path;

use zemosaic_coadd::backend::{Backend, ChunkSize};
use zemosaic_coadd::device::Need;
use zemosaic_coadd::{ChunkShape, Combine, Kernel};
use zemosaic_cuda::chunk_size;
use zemosaic_testscene::{Nowhere, Scene, TestTile, assert_golden, sets, size_line};

use crate::chunks::open;
use crate::fake::on_fake;

fn size(scene: &Scene, rows: Range<u32>, kernel: Kernel) -> ChunkSize {
    let job = scene.job(rows, kernel);
    chunk_size(&ChunkShape::from(&job), &Need::of(&job))
}

#[test]
fn golden_sizes() {
    let mut text = String::new();
    let mut add = |scene: &Scene, rows: Range<u32>, kernel| {
        let size = size(scene, rows.clone(), kernel);
        text += &size_line(&scene.job(rows, kernel), "", &size);
    };
    for channels in [1, 3] {
        let mut scene = sets::measured(channels);
        for (combine, kernel) in [
            (Combine::Mean, Kernel::Bilinear),
            (Combine::Max, Kernel::Bicubic),
            (Combine::Median, Kernel::Lanczos3),
            (Combine::Winsorized, Kernel::Lanczos4),
            (Combine::KappaSigma, Kernel::Nearest),
        ] {
            scene.combine = combine;
            for rows in [0..1, 30..33, 0..520, 100..2520, 2000..2100] {
                add(&scene, rows, kernel);
            }
        }
    }
    let wide = vec![TestTile::noisy([300, 90], 1, 1).at(40_000.0, 40.0, 1.0)];
    let mut wide = Scene::new(wide, [66_000, 70]);
    add(&wide, 0..70, Kernel::Bilinear);
    // So many overlapping tiles that the stack holds only part of a block.
    let mut heap = sets::heap();
    (wide.combine, heap.combine) = (Combine::KappaSigma, Combine::KappaSigma);
    add(&wide, 0..70, Kernel::Bilinear);
    add(&heap, 0..64, Kernel::Bilinear);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chunk-sizes.txt");
    assert_golden(&path, &text);
}

#[test]
fn rules_that_need_all_samples_take_a_stack_and_kernels_with_a_table_take_that() {
    let mut scene = sets::measured(1);
    let plain = size(&scene, 64..192, Kernel::Bilinear).device;
    let lanczos = size(&scene, 64..192, Kernel::Lanczos3).device;
    assert_eq!(
        lanczos - plain,
        (4 * Kernel::Lanczos3.table().len() as u64).next_multiple_of(256)
    );
    // Four strips of two blocks.
    let depth = u64::from(Need::of(&scene.job(64..192, Kernel::Bilinear)).depth);
    assert!(depth > 1);
    for (combine, sample) in [
        (Combine::Max, 0),
        (Combine::Median, 4),
        (Combine::KappaSigma, 12),
    ] {
        scene.combine = combine;
        let stack = size(&scene, 64..192, Kernel::Bilinear).device - plain;
        assert_eq!(stack, sample * depth * 4 * 2 * 32 * 1024, "{combine:?}");
    }
}

#[test]
fn a_deep_stack_is_bounded() {
    let mut scene = sets::measured(1);
    let job = scene.job(0..520, Kernel::Bilinear);
    let deep = Need {
        depth: 5000,
        ..Need::of(&job)
    };
    let plain = chunk_size(&ChunkShape::from(&job), &deep).device;
    scene.combine = Combine::Winsorized;
    let job = scene.job(0..520, Kernel::Bilinear);
    let stacked = chunk_size(&ChunkShape::from(&job), &deep).device;
    assert_eq!(stacked - plain, 32 << 20);
}

#[test]
fn the_peak_and_the_staging_are_the_estimate() {
    let test = "estimate::the_peak_and_the_staging_are_the_estimate";
    on_fake(test, &[], || {
        let mut scene = sets::measured(3);
        for (combine, kernel) in [
            (Combine::Mean, Kernel::Bilinear),
            (Combine::Median, Kernel::Lanczos3),
            (Combine::Winsorized, Kernel::Lanczos4),
        ] {
            scene.combine = combine;
            for rows in [0..1, 30..33, 0..520, 100..2520, 2000..2100] {
                let mut backend = open();
                let job = scene.job(rows.clone(), kernel);
                let (shape, need) = (ChunkShape::from(&job), Need::of(&job));
                let size = backend.size(&shape, &need);
                let made = backend.run_chunk(&job, &Nowhere).expect("enough memory");
                let what = format!("rows {rows:?}, {combine:?}");
                assert_eq!(made.peak_bytes, size.device, "{what}");
                // Windows smaller than a slab go through only one of the two.
                let unused = need.windows(3);
                assert_eq!(backend.pinned_bytes() + unused, size.staging, "{what}");
            }
        }
    });
}

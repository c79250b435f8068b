//! Planning costs what the profiles are, not tiles times chunks.

use zemosaic_coadd::device::Planes;
use zemosaic_coadd::lattice::{BlockNeed, Profile};
use zemosaic_coadd::{ChunkShape, Combine, Kernel, TileCut};
use zemosaic_engine::{Bounds, DeviceLimits, Fit, Fitter};

use crate::output::{Kind, MB, Output};

/// `times` x 20 rows of 8 tiles each, 300 rows high and 200 apart.
fn field(times: u32) -> Output {
    let tile = |at: u32| {
        let (top, left) = (200 * (at / 8), 200 * (at % 8));
        let first_block = top / 64;
        let block = |b: u32| BlockNeed {
            out_x: [left, left + 300],
            tile_x: [0, 300],
            tile_y: [(b * 64).saturating_sub(top), 300.min(b * 64 + 64 - top)],
            band: None,
        };
        let profile = Profile {
            first_block,
            blocks: (first_block..(top + 300).div_ceil(64)).map(block).collect(),
            extent: 300,
        };
        let planes = Planes {
            variances: false,
            alphas: false,
            cut: TileCut::new(&profile, [300, 300], 1, true),
        };
        (profile, planes)
    };
    Output {
        tiles: (0..160 * times).map(tile).collect(),
        shape: ChunkShape {
            rows: 0..4000 * times + 100,
            width: 1700,
            channels: 1,
            kernel: Kernel::Bilinear,
            combine: Combine::Mean,
        },
        threads: 2,
    }
}

/// Blocks looked at for a whole plan, and its chunks.
fn plan(times: u32, mut fit: impl FnMut(&mut Fitter, u32) -> Fit) -> [u64; 2] {
    let output = field(times);
    let mut needs = output.needs();
    let (mut row0, mut chunks) = (0, 0);
    while row0 < output.height() {
        row0 += fit(&mut output.fitter(&mut needs), row0).rows.max(1);
        chunks += 1;
    }
    [needs.looks(), chunks]
}

fn cpu(times: u32, host: u64) -> [u64; 2] {
    let bounds = Bounds {
        rows: 512,
        exact: false,
        device: 0,
        host,
        strips: None,
    };
    plan(times, |fitter, row0| fitter.on_cpu(row0, &bounds))
}

fn device(times: u32, kind: Kind, [device, host]: [u64; 2]) -> [u64; 2] {
    let bounds = Bounds {
        rows: u32::MAX,
        exact: false,
        device,
        host,
        strips: None,
    };
    let limits = DeviceLimits {
        size: &|shape, need| kind.size(shape, need),
        max_buffer: kind.max_buffer(),
    };
    plan(times, |fitter, row0| {
        fitter.on_device(row0, &bounds, &limits)
    })
}

#[test]
fn eight_times_the_tiles_and_rows_are_eight_times_the_work() {
    type Plan = (&'static str, fn(u32) -> [u64; 2]);
    let plans: [Plan; 5] = [
        ("the CPU, roomy", |times| cpu(times, 64 * MB)),
        ("the CPU, tight", |times| cpu(times, 3 * MB)),
        ("CUDA", |times| {
            device(times, Kind::Cuda, [22 * MB, 1024 * MB])
        }),
        ("wgpu", |times| {
            device(times, Kind::Wgpu(128 * MB), [64 * MB, 1024 * MB])
        }),
        ("a device whose host is short", |times| {
            device(times, Kind::Cuda, [32 * MB, 24 * MB])
        }),
    ];
    for (name, plan) in plans {
        let [[once, few], [eight, many]] = [plan(8), plan(64)];
        assert!(few > 1 && many > 6 * few, "{name}: {few} and {many} chunks");
        assert!(10 * eight < 96 * once, "{name}: {once} and {eight} looks");
    }
}

#[test]
fn the_count_can_fail_when_every_tile_is_asked_about_every_chunk() {
    let looks = |times| {
        plan(times, |fitter, row0| {
            // Rows that were not requested cost the same as all others.
            let all = fitter.output.rows.clone();
            fitter.needs.of(&(row0 / 64 * 64..all.end));
            fitter.on_cpu(
                row0,
                &Bounds {
                    rows: 512,
                    exact: true,
                    device: 0,
                    host: 0,
                    strips: None,
                },
            )
        })[0]
    };
    assert!(looks(8) > 40 * looks(1));
}

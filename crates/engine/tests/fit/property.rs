//! Any output, any bounds.

use proptest::prelude::*;
use zemosaic_engine::{Bounds, DeviceLimits, LimitedBy};

use crate::output::{Kind, MB, Output, bounds, kinds, outputs};

/// Fits of a device.
fn on_device(output: &Output, row0: u32, bounds: &Bounds, kind: Kind) -> zemosaic_engine::Fit {
    let mut needs = output.needs();
    let limits = DeviceLimits {
        size: &|shape, need| kind.size(shape, need),
        max_buffer: kind.max_buffer(),
    };
    output.fitter(&mut needs).on_device(row0, bounds, &limits)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_rows_need_in_whatever_order_they_are_asked_for(
        output in outputs(),
        asked in prop::collection::vec((0..5000u32, 1..3000u32), 1..12),
    ) {
        let mut needs = output.needs();
        for (row0, rows) in asked {
            prop_assert_eq!(needs.of(&(row0..row0 + rows)), output.plain_need(row0, rows));
        }
    }

    #[test]
    fn chunks_of_the_cpu(output in outputs(), mut bounds in bounds(), share in 0..3u64) {
        if share > 0 {
            bounds.strips = Some(bounds.host / (1 + share));
        }
        let mut needs = output.needs();
        let (mut row0, mut after) = (0, None);
        while row0 < output.height() {
            let mut fitter = output.fitter(&mut needs);
            fitter.after = after;
            let fit = fitter.on_cpu(row0, &bounds);
            prop_assert_eq!(fit.rows, output.plain_cpu_rows(row0, after, &bounds));
            if fit.rows > 0 {
                let first = after.unwrap_or(row0);
                prop_assert_eq!(fit.windows, output.plain_windows(row0, fit.rows));
                prop_assert_eq!(fit.pair, output.plain_windows(first, row0 + fit.rows - first));
                prop_assert_eq!(fit.strips, output.plain_strips(fit.rows));
                prop_assert_eq!(fit.host, output.plain_most(row0, fit.rows, after) + fit.strips);
                prop_assert!(bounds.exact || fit.host <= bounds.host);
            }
            // After a gap no chunk is the one before.
            after = (fit.rows > 0).then_some(row0);
            row0 += if fit.rows > 0 { fit.rows } else { 200 };
        }
    }

    #[test]
    fn chunks_of_a_device(
        output in outputs(),
        bounds in bounds(),
        kind in kinds(),
        starts in prop::collection::vec(0..5000u32, 1..4),
    ) {
        for row0 in starts.into_iter().map(|row| row % output.height()) {
            let fit = on_device(&output, row0, &bounds, kind);
            prop_assert_eq!(fit.rows, output.plain_device_rows(row0, &bounds, kind));
            if fit.rows == 0 {
                prop_assert_eq!((fit.device, fit.limited_by), (0, LimitedBy::DeviceBytes));
                continue;
            }
            let size = output.plain_size(row0, fit.rows, kind);
            prop_assert_eq!(fit.device, size.device);
            prop_assert_eq!(fit.host, output.plain_most(row0, fit.rows, None) + size.staging);
            prop_assert!(fit.device <= bounds.device);
            let most = bounds.rows.min(output.height() - row0);
            let next = |rows| output.plain_size(row0, rows + 1, kind);
            match fit.limited_by {
                LimitedBy::Rows => prop_assert_eq!(fit.rows, most),
                LimitedBy::DeviceBytes => prop_assert!(next(fit.rows).device > bounds.device),
                LimitedBy::MaxBuffer => {
                    prop_assert!(Some(next(fit.rows).largest) > kind.max_buffer());
                }
                LimitedBy::HostBytes => {
                    let held = output.plain_most(row0, fit.rows + 1, None);
                    prop_assert!(held + next(fit.rows).staging > bounds.host);
                }
            }
        }
    }
}

fn upright(
    top: u32,
) -> (
    zemosaic_coadd::lattice::Profile,
    zemosaic_coadd::device::Planes,
) {
    use zemosaic_coadd::lattice::{BlockNeed, Profile};
    let first = top / 64;
    let last = (top + 900).div_ceil(64);
    let block = |b: u32| BlockNeed {
        out_x: [0, 1500],
        tile_x: [0, 1500],
        tile_y: [(b * 64).saturating_sub(6 + top), 900.min(b * 64 + 70 - top)],
        band: None,
    };
    let profile = Profile {
        first_block: first,
        blocks: (first..last).map(block).collect(),
        extent: 900,
    };
    let planes = zemosaic_coadd::device::Planes {
        variances: false,
        alphas: false,
        cut: zemosaic_coadd::TileCut::new(&profile, [1500, 900], 1, true),
    };
    (profile, planes)
}

/// Three tiles of 1500 x 900 px below each other.
fn column() -> Output {
    Output {
        tiles: [0, 700, 1100].map(upright).to_vec(),
        shape: zemosaic_coadd::ChunkShape {
            rows: 0..2000,
            width: 1500,
            channels: 1,
            kernel: zemosaic_coadd::Kernel::Bilinear,
            combine: zemosaic_coadd::Combine::Mean,
        },
        threads: 2,
    }
}

const ROOMY: Bounds = Bounds {
    rows: 2000,
    exact: false,
    device: 64 * MB,
    host: u64::MAX,
    strips: None,
};

#[test]
fn little_host_memory_makes_chunks_smaller_and_never_none() {
    let host = |host| on_device(&column(), 0, &Bounds { host, ..ROOMY }, Kind::Cuda);
    let some = host(16 * MB);
    assert_eq!(some.limited_by, LimitedBy::HostBytes);
    assert!(some.rows > 64 && some.rows < 2000 && some.host <= 16 * MB);
    assert_eq!(host(MB).rows, 64);
}

#[test]
fn a_device_that_limits_its_buffers_gets_fewer_rows_but_one_at_least() {
    let output = column();
    let fit = on_device(&output, 0, &ROOMY, Kind::Wgpu(2 * MB));
    assert_eq!(fit.limited_by, LimitedBy::MaxBuffer);
    let largest = |rows| output.plain_size(0, rows, Kind::Wgpu(2 * MB)).largest;
    assert!(largest(fit.rows) <= 2 * MB && largest(fit.rows + 1) > 2 * MB);
    assert_eq!(on_device(&output, 0, &ROOMY, Kind::Wgpu(256)).rows, 1);
    // Requested rows are tried as they are.
    let exactly = Bounds {
        rows: 900,
        exact: true,
        ..ROOMY
    };
    let fit = on_device(&output, 0, &exactly, Kind::Wgpu(2 * MB));
    assert_eq!((fit.rows, fit.limited_by), (900, LimitedBy::Rows));
}

#[test]
fn rows_that_were_asked_for_are_had_exactly_or_not_at_all() {
    let exactly = |row0, device| {
        let bounds = Bounds {
            rows: 100,
            exact: true,
            device,
            ..ROOMY
        };
        on_device(&column(), row0, &bounds, Kind::Cuda).rows
    };
    assert_eq!([exactly(0, 64 * MB), exactly(1950, 64 * MB)], [100, 50]);
    assert_eq!(exactly(0, MB), 0);
}

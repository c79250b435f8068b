//! How the samples of a pixel are combined.

use zemosaic_coadd::{Combine, Kernel};
use zemosaic_testscene::{Output, TestTile, sets};

use crate::{ramp, whole};

/// Nine dithered tiles of a ramp with noise, each with one bright streak of its own.
fn dithered() -> Vec<TestTile> {
    (0..9u32)
        .map(|i| {
            let value = move |x: u32, y: u32| {
                let noise =
                    ((x * 7919 + y * 104_729 + i * 15_485_863) % 1009) as f32 / 1009.0 - 0.5;
                let streak = if x + 3 * y == 90 + 23 * i {
                    5000.0
                } else {
                    0.0
                };
                ramp(x, y) + noise + streak
            };
            TestTile::of([150, 140], value).shifted([f64::from(i % 3), f64::from(i / 3)])
        })
        .collect()
}

fn combined(tiles: &[TestTile], size: [u32; 2], combine: Combine) -> Output {
    let mut scene = whole(tiles, size);
    scene.combine = combine;
    scene.on_cpu(Kernel::Bilinear)
}

#[test]
fn rejecting_rules_remove_what_one_tile_alone_shows() {
    let tiles = dithered();
    let worst = |combine| {
        let out = combined(&tiles, [160, 150], combine);
        let mut worst = 0.0f32;
        // A tile shifted by (i, j) shows the ramp shifted with it; the mean shift is (1, 1).
        for y in 10..130 {
            for x in 10..140 {
                worst = worst.max((out.value(x, y) - ramp(x as u32 - 1, y as u32 - 1)).abs());
            }
        }
        worst
    };
    assert!(worst(Combine::Mean) > 500.0, "the streaks are there");
    for combine in [Combine::Median, Combine::Winsorized, Combine::KappaSigma] {
        let error = worst(combine);
        assert!(error < 4.0, "{combine:?} leaves {error}");
    }
}

#[test]
fn half_of_the_samples_may_be_spoiled_when_they_scatter() {
    let mut scene = sets::crossed();
    for combine in [Combine::Median, Combine::Winsorized, Combine::KappaSigma] {
        scene.combine = combine;
        let out = scene.on_cpu(Kernel::Bilinear);
        let middle = (76..85).flat_map(|y| (76..85).map(move |x| (x, y)));
        for (x, y) in middle {
            let value = out.value(x, y);
            assert!((value - 500.0).abs() < 4.0, "{combine:?} leaves {value}");
        }
    }
}

#[test]
fn simple_rules_pick_and_add() {
    let tiles = || [5.0f32, 3.0, 4.0].map(|v| TestTile::of([64, 64], move |_, _| v));
    let expect = [
        (Combine::Mean, 4.0, 3.0),
        (Combine::Sum, 12.0, 3.0),
        (Combine::Min, 3.0, 1.0),
        (Combine::Max, 5.0, 1.0),
        (Combine::First, 5.0, 1.0),
        (Combine::Last, 4.0, 1.0),
        (Combine::Median, 4.0, 3.0),
    ];
    for (combine, value, coverage) in expect {
        let out = combined(&tiles(), [64, 64], combine);
        assert_eq!(
            (out.value(30, 30), out.weight(30, 30)),
            (value, coverage),
            "{combine:?}"
        );
    }
}

#[test]
fn regression_samples_that_overflow_stay_out_of_the_stack() {
    // Between 3.3e38 and -3.3e38 bilinear samples are infinite; a pixel with no other sample is uncovered.
    let wild = TestTile::of([64, 64], |x, _| if x % 2 == 0 { 3.3e38 } else { -3.3e38 });
    let calm = |i: u32| TestTile::of([64, 64], move |_, _| 4.0 + i as f32);
    let mut tiles = vec![wild.shifted([0.5, 0.5])];
    for combine in [Combine::Median, Combine::Winsorized, Combine::KappaSigma] {
        let alone = combined(&tiles[..1], [64, 64], combine);
        assert!(alone.value(30, 30).is_nan() && alone.alpha[30 * 64 + 30] == 0);
        tiles.truncate(1);
        tiles.extend((0..5).map(calm));
        let out = combined(&tiles, [64, 64], combine);
        assert_eq!((out.value(30, 30), out.weight(30, 30)), (6.0, 5.0));
    }
    // The middle of two of the largest numbers is finite.
    let large = || TestTile::of([64, 64], |_, _| 3.3e38);
    let out = combined(&[large(), large()], [64, 64], Combine::Median);
    assert_eq!(out.value(30, 30), 3.3e38);
}

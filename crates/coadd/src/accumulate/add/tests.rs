//! The fast ways against the careful one.

use zemosaic_wcs::lattice::lay;
use zemosaic_wcs::{Frame, Mapping, Wcs};

use super::*;
use crate::accumulate::BlockShape;
use crate::constants::{BICUBIC_TAPS, LANCZOS3_TAPS, LANCZOS4_TAPS};
use crate::job::{Kernel, drop_without, to_variances};
use crate::rows::TileRows;
use crate::sample::bilinear::Bilinear;
use crate::sample::nearest::Nearest;
use crate::sample::separable::{Cubic, Lanczos3, Lanczos4, Separable};

const SIDE: u32 = 96;

/// A tile rotated and mirrored about its middle, which lies `shift` px from the grid's.
fn tangent(turn_deg: f64, mirror: f64, shift: [f64; 2]) -> Wcs {
    let (s, c) = turn_deg.to_radians().sin_cos();
    let scale = 1.0 / 3600.0;
    let cd = [
        [-scale * c * mirror, scale * s],
        [scale * s * mirror, scale * c],
    ];
    let middle = [47.5 + shift[0], 48.75 + shift[1]];
    Wcs::celestial("TAN", Frame::Icrs, [10.0, 20.0], middle, cd).expect("a plain TAN")
}

/// Sums and weights, by the fast paths where possible, or only by the careful one.
fn sums<S: Sampler>(tile: &Wcs, window: &Window, combine: Combine, careful: bool) -> Vec<u32> {
    let mapping = Mapping::new(&tangent(0.0, 1.0, [0.0; 2]), tile);
    let places = Kernel::Bilinear.places();
    let (lattice, profile) = lay(mapping, [SIDE, SIDE], [SIDE, SIDE], 1e-3, places);
    let mut rows = LatticeRows::default();
    lattice.emit(0..SIDE, 0..SIDE, &mut rows);
    let mut block = Block::default();
    block.reset(BlockShape {
        width: SIDE as usize,
        rows: SIDE as usize,
        channels: 1,
        with_alpha: true,
        combine,
    });
    let weight = 1.7;
    if careful {
        for row in 0..SIDE as usize {
            for run in rows.row(row) {
                let at = row * SIDE as usize + run.x as usize;
                let tile_weight = weight;
                let place = Place {
                    run,
                    window,
                    tile_weight,
                    at,
                };
                block.add_careful::<S>(&place, 0..run.len);
            }
        }
    } else {
        let tile = TileJob {
            lattice: &lattice,
            profile: &profile,
            weight,
            rows: TileRows::of(window.clone()),
        };
        block.add_tile::<S>(&rows, 0, &tile);
    }
    let of = &block.held[0];
    let planes = [&of.sums, &of.totals, &of.asides, &block.alphas];
    // Zeros lose their sign when the block is finished.
    let values = planes.into_iter().flatten();
    values.map(|v| (v + 0.0).to_bits()).collect()
}

fn check<S: Sampler>(name: &str) {
    let pixels = 0..SIDE * SIDE;
    let value = |i: u32| match i % 811 {
        0 => f32::NAN,
        1 => f32::INFINITY,
        2 | 3 => -0.0,
        // Differences of these overflow.
        4 => 3.3e38,
        5 => -3.3e38,
        _ => (i as f32 * 0.37).sin() * 900.0 + 1000.0,
    };
    let values: Vec<f32> = pixels.clone().map(value).collect();
    let mut maps: Vec<f32> = pixels
        .clone()
        .map(|i| (i * 7 % 1009) as f32 / 40.0)
        .collect();
    to_variances(&mut maps);
    let alphas: Vec<f32> = pixels.map(|i| (i * 3 % 607) as f32 / 606.0).collect();
    // Long stretches without values, but for single pixels.
    let gap = |i: u32| (i / (20 * SIDE)).is_multiple_of(2) && !i.is_multiple_of(389);
    let gaps: Vec<f32> = (0..)
        .zip(&values)
        .map(|(i, value)| if gap(i) { f32::NAN } else { *value })
        .collect();
    for (turn, mirror, shift) in [
        (0.0, 1.0, [0.2, 0.05]),
        (1.1, 1.0, [0.2, 0.05]),
        (179.2, 1.0, [0.2, 0.05]),
        (0.7, -1.0, [0.2, 0.05]),
        (31.0, 1.0, [0.2, 0.05]),
        // Fractions of exactly 0, on both axes or on one: a share of 0 takes its tap out.
        (0.0, 1.0, [0.0, 0.0]),
        (0.0, 1.0, [0.5, 0.0]),
        (0.0, 1.0, [0.0, 0.25]),
        (180.0, 1.0, [0.25, 0.0]),
        (0.0, -1.0, [0.0, 0.75]),
    ] {
        for (values, variances, alphas, combine) in [
            (&values, None, None, Combine::Mean),
            (&values, None, None, Combine::Sum),
            (&gaps, None, None, Combine::Mean),
            (&values, Some(&maps[..]), None, Combine::Mean),
            (&values, Some(&maps[..]), None, Combine::Last),
            (&values, None, Some(&alphas[..]), Combine::Mean),
            (&values, Some(&maps[..]), Some(&alphas[..]), Combine::Mean),
            (&gaps, Some(&maps[..]), Some(&alphas[..]), Combine::Mean),
        ] {
            let mut values = values.clone();
            for map in variances.iter().chain(&alphas) {
                drop_without(map, &mut values);
            }
            let window = Window {
                first_row: 0,
                rows: SIDE,
                stride: SIDE,
                first_column: 0,
                width: SIDE,
                height: SIDE,
                values: vec![&values],
                variances,
                alphas,
            };
            let tile = tangent(turn, mirror, shift);
            let fast = sums::<S>(&tile, &window, combine, false);
            assert!(fast.iter().filter(|bits| **bits != 0).count() > 8_000);
            assert!(
                fast == sums::<S>(&tile, &window, combine, true),
                "{name}, turned by {turn}, mirrored {mirror}, moved by {shift:?}, maps {}, {}, {combine:?}",
                variances.is_some(),
                alphas.is_some()
            );
        }
    }
}

#[test]
fn fast_ways_give_what_the_careful_one_does() {
    check::<Nearest>("nearest");
    check::<Bilinear>("bilinear");
    check::<Separable<BICUBIC_TAPS, Cubic>>("bicubic");
    check::<Separable<LANCZOS3_TAPS, Lanczos3>>("lanczos3");
    check::<Separable<LANCZOS4_TAPS, Lanczos4>>("lanczos4");
}

//! Scenes and rules for the tests of every backend.

use zemosaic_coadd::Combine;

use crate::scene::TANGENT;
use crate::{Scene, TestTile};

/// Rules that need all samples of a pixel at once.
pub const STACKS: [Combine; 3] = [Combine::Median, Combine::Winsorized, Combine::KappaSigma];

/// Rotated, distorted, weighted and translucent tiles with holes, on a grid wider than a block.
pub fn mixed() -> Scene {
    let tile = |seed| TestTile::noisy([330, 290], seed, 1);
    let tiles = vec![
        tile(1).at(170.3, 150.7, 0.0),
        tile(2).at(900.6, 201.2, 37.0).weighted(),
        tile(3).at(280.1, 340.9, 90.0).distorted(),
        tile(4).at(441.8, 133.3, 215.0).translucent(),
        tile(5)
            .at(760.0, 280.0, 12.0)
            .weighted()
            .translucent()
            .distorted(),
        tile(6).at(1120.5, 300.0, -3.0),
    ];
    Scene::new(tiles, [1290, 520])
}

/// Tiles of every kind on a tall grid, by which the bytes of chunks are measured.
pub fn measured(channels: u32) -> Scene {
    let tile = |seed| TestTile::noisy([330, 290], seed, channels);
    let tiles = vec![
        tile(1).at(170.3, 150.7, 0.0),
        tile(2).at(900.6, 201.2, 37.0).weighted(),
        tile(3).at(280.1, 340.9, 90.0).distorted(),
        tile(4).at(441.8, 133.3, 215.0).weighted().translucent(),
    ];
    Scene::new(tiles, [1290, 2520])
}

/// Three channels, with pixels that are dead in only one of them.
pub fn colour() -> Scene {
    let tile = |seed| TestTile::noisy([300, 200], seed, 3);
    let tiles = vec![
        tile(1).at(160.2, 110.0, 4.0),
        tile(2).at(250.0, 160.3, 75.0).weighted(),
        tile(3).at(330.5, 130.1, 181.0).translucent(),
    ];
    Scene::new(tiles, [500, 300])
}

/// Many parts: narrow and tall, so that a part of 32 blocks holds 1024 rows.
pub fn tall() -> Scene {
    let tiles = vec![
        TestTile::noisy([60, 3000], 1, 1).at(31.0, 1600.0, 0.1),
        TestTile::noisy([50, 2500], 2, 1)
            .at(40.2, 3900.0, 180.2)
            .weighted(),
        TestTile::noisy([40, 7000], 3, 1).at(30.7, 4100.0, -0.05),
        TestTile::noisy([64, 3100], 4, 1)
            .at(33.3, 6500.0, 0.4)
            .translucent(),
    ];
    Scene::new(tiles, [70, 8200])
}

/// Many overlapping tiles: more runs than a lattice buffer holds.
pub fn heap() -> Scene {
    let tile = |i: u32| {
        let place = [40.0 + f64::from(i % 8), 20.3 + f64::from(i / 8)];
        TestTile::noisy([15, 15], i, 1).at(place[0], place[1], 7.0 * f64::from(i))
    };
    Scene::new((0..200).map(tile).collect(), [100, 64])
}

/// The same sky many times, each tile with its own noise, outliers and holes: the case that rejection is for. Pixels have
/// from none to eleven samples.
pub fn deep() -> Scene {
    let tile = |i: u32| {
        let degrees = 17.0 * f64::from(i);
        let mut tile = TestTile::noisy([190, 170], i, 1).at(
            110.0 + 3.3 * f64::from(i),
            100.0 + 1.7 * f64::from(i),
            degrees,
        );
        for value in &mut tile.channels[0] {
            // One in a dozen is far away, the others are close to 500.
            let far = (*value as i32).rem_euclid(12) == i as i32;
            if value.is_finite() && !far {
                *value = 500.0 + 0.01 * *value;
            }
        }
        if i % 4 == 1 { tile.weighted() } else { tile }
    };
    Scene::new((0..11).map(tile).collect(), [270, 240])
}

/// Six tiles of one sky, 500, rotated in steps. In the middle a cross of trails spoils half of them, each with different values.
pub fn crossed() -> Scene {
    let tile = |i: u32| {
        let mut tile = TestTile::noisy([150, 150], i, 1).at(80.0, 80.0, 60.0 * f64::from(i));
        for (at, value) in tile.channels[0].iter_mut().enumerate() {
            let off = (at / 150).abs_diff(75).min((at % 150).abs_diff(75));
            let noise = if value.is_finite() { *value } else { 0.0 };
            *value = 500.0 + (0.01 * noise).clamp(-3.0, 3.0);
            if i % 2 == 1 && off < 6 {
                *value += 40.0 * (1 + i * i + at as u32 % 7 * i) as f32;
            }
        }
        tile
    };
    Scene::new((0..6).map(tile).collect(), [160, 160])
}

/// Twelve overlapping tiles of noise, most of it similar, some of it far away.
pub fn crowd() -> Scene {
    let tile = |i: u32| {
        let mut tile = TestTile::noisy([200, 150], i, 1);
        for (at, value) in tile.channels[0].iter_mut().enumerate() {
            let quiet = !(at as u32 * 31 + i * 17).is_multiple_of(23);
            if quiet && value.is_finite() && value.abs() < 1e4 {
                *value = 500.0 + (*value * 0.01).round() * 0.5;
            }
        }
        let place = [
            110.0 + 3.3 * f64::from(i % 4),
            85.0 + 2.9 * f64::from(i / 4),
        ];
        let tile = tile.at(place[0], place[1], 31.0 * f64::from(i));
        match i % 4 {
            1 => tile.weighted(),
            2 => tile.translucent(),
            3 => tile.weighted().translucent().distorted(),
            _ => tile,
        }
    };
    Scene::new((0..12).map(tile).collect(), [240, 180])
}

/// Tiles shifted by whole, half and quarter pixels: fractions of exactly 0 on both axes, on one, on none.
pub fn halves() -> Scene {
    let shifts = [[0.0, 0.0], [0.5, 0.0], [0.0, 0.25], [0.5, 0.5], [1.5, 3.0]];
    let tile = |(seed, shift): (u32, [f64; 2])| {
        let tile = TestTile::noisy([201, 91], seed, 1).shifted(shift);
        if seed == 2 { tile.weighted() } else { tile }
    };
    let seeded = (0..).zip(shifts);
    Scene::new(seeded.map(tile).collect(), [220, 110])
}

/// Tiles on the grid's tangent point, with scales where one pixel in two, three or four has a fraction of exactly 0, on
/// one axis or both, next to pixels that have none.
pub fn whole_pixels() -> Scene {
    let tile = |seed: u32, zoom: f64, degrees: f64| {
        TestTile::noisy([81, 61], seed, 1)
            .at(TANGENT[0], TANGENT[1], degrees)
            .zoomed(zoom)
    };
    let tiles = vec![
        tile(1, 2.0, 0.0),
        tile(2, 4.0 / 3.0, 0.0),
        tile(3, 2.0, 90.0),
        tile(4, 4.0 / 3.0, 180.0),
        tile(5, 1.6, 270.0).weighted(),
        tile(6, 2.0, 180.0).translucent(),
        tile(7, 1.5, 37.0),
    ];
    Scene::new(tiles, [600, 330])
}

/// Many rows without any tile.
pub fn sparse() -> Scene {
    let tiles = vec![TestTile::noisy([300, 300], 1, 1).at(900.0, 700.0, 10.0)];
    Scene::new(tiles, [1100, 900])
}

/// One small tile.
pub fn small() -> Scene {
    let tiles = vec![TestTile::noisy([200, 150], 1, 1).at(110.2, 80.0, 4.0)];
    Scene::new(tiles, [220, 160])
}

/// Three tiles of everything that arithmetic treats apart, on a few rows, for backends that take long: numbers that are none,
/// infinite, overflow or are subnormal, maps of both kinds, several channels.
pub fn brief() -> Scene {
    let tile = |seed| TestTile::noisy([40, 30], seed, 2);
    let mut faint = tile(2);
    for (at, value) in faint.channels.iter_mut().flatten().enumerate() {
        // From the smallest number there is to just above the smallest normal one.
        *value *= [1e-45, 1e-43, 1e-41, 1e-40][at / 40 % 4];
    }
    let tiles = vec![
        tile(1).at(24.3, 18.7, 12.0).weighted().translucent(),
        faint.at(40.2, 24.9, 75.0),
        tile(3).at(31.6, 21.2, 181.0).distorted(),
    ];
    Scene::new(tiles, [64, 44])
}

/// Twenty small tiles upon each other, some with maps.
pub fn twenty() -> Scene {
    let tile = |i: u32| {
        let mut tile = TestTile::noisy([14, 12], i, 1);
        for (at, value) in tile.channels[0].iter_mut().enumerate() {
            // One in nine is far away.
            if value.is_finite() && !(at as u32 + i).is_multiple_of(9) {
                *value = 500.0 + 0.01 * *value;
            }
        }
        let place = [9.0 + 0.3 * f64::from(i % 5), 8.0 + 0.4 * f64::from(i % 3)];
        let tile = tile.at(place[0], place[1], 17.0 * f64::from(i));
        if i % 4 == 1 { tile.weighted() } else { tile }
    };
    Scene::new((0..20).map(tile).collect(), [20, 17])
}

#[cfg(test)]
mod tests {
    use zemosaic_coadd::Kernel;

    use super::*;

    #[test]
    fn single_fractions_of_0_lie_beside_others() {
        let scene = whole_pixels();
        let job = scene.job(0..scene.size[1], Kernel::Bilinear);
        for (at, tile) in job.tiles.iter().enumerate().take(6) {
            let mut rows = zemosaic_coadd::lattice::LatticeRows::default();
            tile.lattice
                .emit(0..scene.size[1], 0..scene.size[0], &mut rows);
            let (mut one, mut mixed) = (0, 0);
            for run in (0..scene.size[1] as usize).flat_map(|y| rows.row(y)) {
                let zeros = |k: u32| run.position(k).iter().filter(|v| v.fract() == 0.0).count();
                let counts: Vec<_> = (0..run.len).map(zeros).collect();
                one += counts.iter().filter(|n| **n == 1).count();
                mixed += usize::from(counts.iter().any(|n| *n != counts[0]));
            }
            assert!(
                one > 1500 && mixed > 100,
                "tile {at}: {one} pixels, {mixed} runs"
            );
        }
    }
}

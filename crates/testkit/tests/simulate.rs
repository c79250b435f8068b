//! The files that `simulate` writes.

use std::fs;
use zemosaic_testkit::{Distortion, Scenario, Scene, SimulatedTile, Sky, compare, simulate, truth};

fn small(seed: u64) -> Scenario {
    let scene = Scene::star_field(seed, [10.0, 50.0], 0.1, 6.0);
    let tile = SimulatedTile {
        width: 60,
        height: 40,
        colour: true,
        noise: 3.0,
        holes: 2,
        hot_pixels: 5,
        ..SimulatedTile::default()
    };
    Scenario::grid(scene, &tile, 0.2, 5.0, "small").distorted(Distortion::Sip { corner_px: 1.0 })
}

#[test]
fn one_seed_gives_the_same_bytes_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let many = simulate(&folder.path().join("many"), &small(5)).unwrap();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let one = pool
        .install(|| simulate(&folder.path().join("one"), &small(5)))
        .unwrap();
    let other = simulate(&folder.path().join("other"), &small(6)).unwrap();
    assert_eq!(many.len(), 9);
    for ((many, one), other) in many.iter().zip(&one).zip(&other) {
        assert_eq!(fs::read(many).unwrap(), fs::read(one).unwrap());
        assert_ne!(fs::read(many).unwrap(), fs::read(other).unwrap());
    }
}

#[test]
fn the_bytes_are_those_of_every_other_platform() {
    let folder = tempfile::tempdir().unwrap();
    let mut scenario = small(5);
    scenario.scene = Scene {
        center_deg: [10.0, 50.0],
        ..Scenario::demo(5).scene
    };
    let bytes: Vec<u8> = simulate(folder.path(), &scenario)
        .unwrap()
        .iter()
        .flat_map(|path| fs::read(path).unwrap())
        .collect();
    // FNV-1a. A new value here means that every fixture has changed.
    let hash = bytes
        .iter()
        .fold(0xCBF2_9CE4_8422_2325, |hash: u64, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
    assert_eq!(hash, 0x90EA_C312_E6F3_F2C1, "{hash:#018X}");
}

#[test]
fn a_tile_without_faults_is_the_truth_on_its_own_grid() {
    let scene = Scenario::demo(1).scene;
    let sky = Sky::new(&scene);
    let tile = SimulatedTile {
        width: 90,
        height: 70,
        colour: true,
        center_deg: scene.center_deg,
        rotation_deg: 30.0,
        distortion: Distortion::Tpv { corner_px: 2.0 },
        ..SimulatedTile::default()
    };
    let camera = tile.camera();
    let right = truth(&sky, true, 90, 70, |x, y| Some(camera.direction(x, y)));
    let pixels = tile.render(&sky, 1);
    assert_eq!(pixels, right);
    let noisy = SimulatedTile {
        noise: 3.0,
        ..tile.clone()
    }
    .render(&sky, 1);
    let difference = compare(&noisy, &right);
    assert!((difference.rms - 3.0).abs() < 0.1, "{difference:?}");
    let scaled = SimulatedTile {
        gain: 2.0,
        offset: -7.0,
        ..tile
    }
    .render(&sky, 1);
    let expected: Vec<f32> = right.iter().map(|value| 2.0 * value - 7.0).collect();
    assert!(compare(&scaled, &expected).max < 0.01);
}

#[test]
fn holes_are_in_every_plane_and_hot_pixels_in_one() {
    let scenario = small(5);
    let sky = Sky::new(&scenario.scene);
    let tile = SimulatedTile {
        noise: 0.0,
        hot_pixels: 9,
        ..scenario.tiles[4].clone()
    };
    let pixels = tile.render(&sky, 8);
    let [planes, height, width] = tile.shape();
    let size = height * width;
    let holes = (0..size).filter(|&at| pixels[at].is_nan()).count();
    assert!(holes > 8);
    assert_eq!(
        pixels.iter().filter(|value| value.is_nan()).count(),
        planes * holes
    );
    let hot = pixels.iter().filter(|&&value| value == 60_000.0).count();
    assert!((1..=9).contains(&hot), "{hot}");
}

#[test]
fn where_the_grid_has_no_sky_the_truth_is_nan() {
    let sky = Sky::new(&Scene::plain(1, [0.0, 0.0]));
    let pixels = truth(&sky, false, 2, 1, |x, _| {
        (x > 0.5).then_some([1.0, 0.0, 0.0])
    });
    assert!(pixels[0].is_nan());
    assert_eq!(pixels[1], 180.0);
}

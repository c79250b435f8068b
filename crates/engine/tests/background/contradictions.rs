//! Tiles that contradict their neighbours are named, and good ones never are.

use zemosaic_testkit::{Distortion, Galaxy, Nebula, StarField};

use super::*;

/// Nine turned tiles that overlap by a quarter.
fn scenario(stars: StarField, noise: f64) -> Scenario {
    let scene = Scene {
        background: [400.0; 3],
        stars: Some(stars),
        ..Scene::plain(7, CENTER)
    };
    let tile = SimulatedTile {
        width: 260,
        height: 240,
        scale_arcsec: SCALE,
        noise,
        ..SimulatedTile::default()
    };
    Scenario::grid(scene, &tile, 0.25, 4.0, "t")
}

/// Stars of the same light in any seeing.
fn stars(per_square_degree: f64, fwhm_px: f64) -> StarField {
    let peak = (2.6 / fwhm_px) * (2.6 / fwhm_px);
    StarField {
        faintest: 30.0 * peak,
        brightest: 50_000.0 * peak,
        radius_deg: 0.35,
        per_square_degree,
        fwhm_arcsec: fwhm_px * SCALE,
    }
}

/// What is said of the tiles: number, code and reason; each tile is made of a scenario of its own.
fn told(scenarios: &[&Scenario], gain: bool) -> Vec<(usize, &'static str, String)> {
    told_of(scenarios, gain, |_, _| ())
}

fn told_of(
    scenarios: &[&Scenario],
    gain: bool,
    spoil: impl Fn(usize, &mut [f32]),
) -> Vec<(usize, &'static str, String)> {
    let dir = tempfile::tempdir().expect("a folder");
    let mut paths = Vec::new();
    for (n, first) in scenarios[0].tiles.iter().enumerate() {
        let scenario = scenarios[n % scenarios.len()];
        let tile = &scenario.tiles[n];
        let mut pixels = tile.render(&Sky::new(&scenario.scene), n as u64);
        spoil(n, &mut pixels);
        let path = dir.path().join(&first.name);
        let mut out = BufWriter::new(File::create(&path).expect("a tile"));
        // The header tells where the first scenario has the tile, wherever the camera was.
        write_fits(&mut out, tile.shape(), &first.camera().cards(), &pixels)
            .and_then(|()| out.flush())
            .expect("a tile is written");
        paths.push(path);
    }
    let found = run(&paths, matched(BackgroundModel::Offset, gain));
    let found = found.report.expect("it was matched").contradictions;
    found
        .into_iter()
        .map(|one| (one.tile, one.code, one.reason))
        .collect()
}

#[test]
fn good_tiles_are_never_named() {
    let sharp = scenario(stars(12_000.0, 2.0), 3.0);
    let blurred = scenario(stars(12_000.0, 4.0), 3.0);
    assert_eq!(told(&[&sharp, &blurred], false), [], "seeing of 2 and 4 px");
    let dense = scenario(stars(40_000.0, 2.6), 3.0);
    assert_eq!(told(&[&dense], false), [], "a dense field");
    let faint = scenario(stars(3000.0, 2.6), 40.0);
    assert_eq!(told(&[&faint], true), [], "noise");
    let optics = [
        Distortion::Sip { corner_px: 12.0 },
        Distortion::Tpv { corner_px: 12.0 },
    ];
    for distortion in optics {
        let distorted = scenario(stars(12_000.0, 2.6), 3.0).distorted(distortion);
        let blurred = blurred.clone().distorted(distortion);
        assert_eq!(told(&[&distorted, &blurred], false), [], "{distortion:?}");
    }
    let mut cloudy = scenario(stars(12_000.0, 2.6), 3.0);
    cloudy.scene.gradient = [900.0, -700.0];
    cloudy.scene.nebula = Some(Nebula {
        offset_deg: [0.02, 0.03],
        radius_deg: 0.15,
        brightness: 900.0,
    });
    cloudy.scene.galaxies.push(Galaxy {
        offset_deg: [-0.04, -0.05],
        radius_deg: 0.05,
        axis_ratio: 0.6,
        position_angle_deg: 30.0,
        brightness: 3000.0,
        arms: 1.0,
    });
    for (n, tile) in cloudy.tiles.iter_mut().enumerate() {
        tile.offset = 30.0 * (n as f64 * 2.4).sin();
        tile.gain = 1.0 + 0.1 * (n as f64 * 1.7).cos();
        tile.hot_pixels = 60;
        tile.holes = 2;
    }
    assert_eq!(told(&[&cloudy], false), [], "clouds, galaxies, hot pixels");
    assert_eq!(told(&[&cloudy], true), []);
    let gradient = |n: usize, pixels: &mut [f32]| {
        for (i, value) in pixels.iter_mut().enumerate() {
            let [x, y] = [i % 260, i / 260].map(|at| at as f32 / 100.0);
            let odd = (n as f32 * 2.1).sin();
            *value += 40.0 * odd * x - 30.0 * odd * y + 15.0 * x * y;
        }
    };
    let found = told_of(&[&sharp], false, gradient);
    assert_eq!(found, [], "gradients matched by an offset");
    let trails = |n: usize, pixels: &mut [f32]| {
        for (i, value) in pixels.iter_mut().enumerate() {
            let trail = [40 + 9 * n, 150 - 5 * n]
                .iter()
                .any(|y| (i / 260).abs_diff(*y) < 2);
            let hot = (i * 7 + n * 3001).is_multiple_of(1499);
            *value += 700.0 * f32::from(u8::from(trail)) + 50_000.0 * f32::from(u8::from(hot));
        }
    };
    let found = told_of(&[&sharp], false, trails);
    assert_eq!(found, [], "trails and hot pixels");
}

#[test]
fn values_on_another_scale_are_told_with_the_factor() {
    let good = scenario(stars(12_000.0, 2.6), 3.0);
    for gain in [14.2, 0.4, 3000.0] {
        let mut one = good.clone();
        one.tiles[4].gain = gain;
        let found = told(&[&one], false);
        assert_eq!(found.len(), 1, "{found:?}");
        let (tile, code, reason) = &found[0];
        assert_eq!((*tile, *code), (4, "tile_gain"), "{gain}: {reason}");
        let number = reason.split(' ').nth(3).and_then(|n| n.parse::<f64>().ok());
        assert!(
            number.is_some_and(|n| (n / gain - 1.0).abs() < 0.03),
            "{gain}: {reason}"
        );
    }
    let mut one = good.clone();
    one.tiles[0].gain = 12.0;
    assert_eq!(
        told(&[&one], true)[0].1,
        "tile_gain",
        "beyond what --match-gain is for"
    );
    one.tiles[0].gain = 3.0;
    assert_eq!(told(&[&one], true), [], "that is what --match-gain is for");
}

#[test]
fn a_level_far_from_the_others_is_told() {
    let mut one = scenario(stars(12_000.0, 2.6), 3.0);
    one.tiles[0].offset = 3000.0;
    let found = told(&[&one], false);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].0, found[0].1), (0, "tile_level"));
    assert!(found[0].2.contains("3000 above"), "{found:?}");
}

#[test]
fn an_absurd_tile_is_told_and_left_alone() {
    let good = scenario(stars(12_000.0, 2.6), 3.0);
    let absurd = |n: usize, pixels: &mut [f32]| {
        if n == 4 {
            pixels.fill(1e30);
        }
    };
    let found = told_of(&[&good], false, absurd);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].0, found[0].1), (4, "tile_absurd"));
}

#[test]
fn stars_that_are_off_and_mirrored_tiles_are_told() {
    let good = scenario(stars(12_000.0, 2.6), 3.0);
    for at in [0, 4] {
        // Pixels move by 3 columns and 1 row.
        let moved = |n: usize, pixels: &mut [f32]| {
            if n == at {
                pixels.rotate_right(263);
            }
        };
        let found = told_of(&[&good], false, moved);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].0, found[0].1), (at, "tile_shifted"));
        assert!(
            found[0].2.contains(" px (+3.") || found[0].2.contains(" px (+2.9"),
            "{found:?}"
        );
        let mirrored = |n: usize, pixels: &mut [f32]| {
            if n == at {
                pixels.chunks_mut(260).for_each(<[f32]>::reverse);
            }
        };
        let turned = |n: usize, pixels: &mut [f32]| {
            if n == at {
                pixels.reverse();
            }
        };
        let left = told_of(&[&good], false, mirrored);
        assert_eq!(left.len(), 1, "{left:?}");
        assert_eq!((left[0].0, left[0].1), (at, "tile_mirrored"));
        assert!(left[0].2.ends_with("left to right"), "{left:?}");
        let both = told_of(&[&good], false, turned);
        assert_eq!(both.len(), 1, "{both:?}");
        assert_eq!((both[0].0, both[0].1), (at, "tile_mirrored"));
    }
}

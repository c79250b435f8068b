//! Nine tiles, each with a plane and a gain of its own.

use super::*;

/// Nine turned tiles with stars; `spoil` gives each its own gain, level and slope.
fn nine(dir: &Path, noise: f64, gain: f64, spoil: bool) -> Vec<PathBuf> {
    let scene = Scene {
        background: [1000.0; 3],
        gradient: [200.0, -150.0],
        ..Scene::star_field(5, CENTER, 0.6, 4.0)
    };
    let tile = SimulatedTile {
        width: 320,
        height: 320,
        scale_arcsec: SCALE,
        noise,
        ..SimulatedTile::default()
    };
    let scenario = Scenario::grid(scene, &tile, 0.25, 5.0, "n");
    let sky = Sky::new(&scenario.scene);
    let odd = |i: usize, k: usize| ((i * 7 + k * 5 + i * k) % 11) as f64 / 5.0 - 1.0;
    std::fs::create_dir_all(dir).expect("a folder");
    let write = |(i, tile): (usize, &SimulatedTile)| {
        let mut pixels = tile.render(&sky, i as u64);
        for (n, value) in pixels.iter_mut().enumerate() {
            let [x, y] = [
                (n % 320) as f64 / 320.0 - 0.5,
                (n / 320) as f64 / 320.0 - 0.5,
            ];
            let added = 30.0 * odd(i, 1) + 20.0 * odd(i, 2) * x + 20.0 * odd(i, 3) * y;
            if spoil {
                *value = (f64::from(*value) * (1.0 + gain * odd(i, 4)) + added) as f32;
            }
        }
        let path = dir.join(&tile.name);
        let mut out = BufWriter::new(File::create(&path).expect("a tile"));
        write_fits(&mut out, tile.shape(), &tile.camera().cards(), &pixels)
            .and_then(|()| out.flush())
            .expect("a tile is written");
        path
    };
    scenario.tiles.iter().enumerate().map(write).collect()
}

/// Root mean square of the difference but for one common factor and one common plane.
fn rest(mosaic: &Mosaic, truth: &Mosaic) -> f64 {
    // Normal equations over (value, 1, x, y), solved by elimination.
    let mut rows = [[0.0; 5]; 4];
    let pixels = || {
        let both = mosaic.pixels[0].iter().zip(&truth.pixels[0]);
        both.enumerate()
            .filter(|(_, (a, b))| a.is_finite() && b.is_finite())
            .map(|(i, (&a, &b))| {
                let at = [i % mosaic.width, i / mosaic.width].map(|n| n as f64 / 1000.0);
                ([f64::from(a) / 1000.0, 1.0, at[0], at[1]], f64::from(b))
            })
    };
    for (terms, value) in pixels() {
        for (row, a) in rows.iter_mut().zip(terms) {
            for (sum, b) in row.iter_mut().zip(terms) {
                *sum += a * b;
            }
            row[4] += a * value;
        }
    }
    for k in 0..4 {
        let head = rows[k].map(|v| v / rows[k][k]);
        rows[k] = head;
        for (i, row) in rows.iter_mut().enumerate() {
            if i != k {
                let factor = row[k];
                row.iter_mut().zip(head).for_each(|(v, h)| *v -= factor * h);
            }
        }
    }
    let (mut sum, mut count) = (0.0, 0.0);
    for (terms, value) in pixels() {
        let model: f64 = terms.iter().zip(&rows).map(|(t, row)| t * row[4]).sum();
        sum += (value - model) * (value - model);
        count += 1.0;
    }
    (sum / count).sqrt()
}

#[test]
fn nine_planes_vanish_but_for_a_common_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let truth = run(
        &nine(&dir.path().join("clean"), 0.0, 0.0, false),
        AS_THEY_COME,
    );
    let paths = nine(&dir.path().join("spoilt"), 0.0, 0.0, true);
    let before = rest(&run(&paths, AS_THEY_COME), &truth);
    assert!(before > 10.0, "{before}");
    let after = run(&paths, matched(BackgroundModel::Plane, false));
    let left = rest(&after, &truth);
    assert!(left < 0.05, "{left}");
    let by_offset = rest(
        &run(&paths, matched(BackgroundModel::Offset, false)),
        &truth,
    );
    assert!(
        by_offset > 20.0 * left,
        "{by_offset}: the comparison can fail"
    );
}

#[test]
fn nine_gains_vanish_but_for_a_common_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let truth = run(
        &nine(&dir.path().join("clean"), 0.0, 0.0, false),
        AS_THEY_COME,
    );
    let paths = nine(&dir.path().join("spoilt"), 2.0, 0.2, true);
    let before = rest(&run(&paths, AS_THEY_COME), &truth);
    let after = run(&paths, matched(BackgroundModel::Plane, true));
    let left = rest(&after, &truth);
    // The noise of 2 alone is most of it.
    assert!(before > 10.0 && left < 2.0, "{before} {left}");
    let logs = after.report.expect("it was matched").channels[0]
        .tiles
        .iter()
        .map(|t| t.gain.ln())
        .sum::<f64>();
    assert!(logs.abs() < 1e-9, "{logs}");
}

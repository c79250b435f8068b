//! A ramp across tiles of three levels.

use super::*;

/// Three tiles side by side under a ramp of 5 counts per pixel, with levels 0, +30 and -20.
pub(crate) fn ramp(dir: &Path, spoil: bool) -> Vec<PathBuf> {
    let per_degree = RAMP * 3600.0 / SCALE;
    let scene = Scene {
        background: [20_000.0; 3],
        gradient: [-per_degree, 0.0],
        ..if spoil {
            Scene::star_field(3, CENTER, 0.5, 5.0)
        } else {
            Scene::plain(3, CENTER)
        }
    };
    let step = 240.0 * SCALE / 3600.0 / CENTER[1].to_radians().cos();
    let tile = |i: usize, offset: f64| SimulatedTile {
        name: format!("ramp-{i}.fits"),
        width: 300,
        height: 280,
        scale_arcsec: SCALE,
        center_deg: [CENTER[0] + (1.0 - i as f64) * step, CENTER[1]],
        rotation_deg: i as f64 - 1.0,
        offset,
        hot_pixels: if spoil { 200 } else { 0 },
        holes: if spoil { 3 } else { 0 },
        ..SimulatedTile::default()
    };
    let tiles = vec![tile(0, 0.0), tile(1, 30.0), tile(2, -20.0)];
    simulate(dir, &Scenario { scene, tiles }).expect("the tiles are written")
}

/// Slope along x, and the largest departure from the straight line. The rim, where the nearest tile ends within half a
/// pixel, is left out: there is nothing beyond it to interpolate with.
fn slope(mosaic: &Mosaic) -> (f64, f64) {
    let (width, pixels) = (mosaic.width, &mosaic.pixels[0]);
    let inside = |i: usize| {
        let x = i % width;
        x > 0
            && x + 1 < width
            && i >= width
            && [i - 1, i + 1, i - width, i + width]
                .iter()
                .all(|&n| pixels.get(n).is_some_and(|v| v.is_finite()))
    };
    let line: Vec<(f64, f64)> = (0..pixels.len())
        .filter(|&i| pixels[i].is_finite() && inside(i))
        .map(|i| ((i % width) as f64, f64::from(pixels[i])))
        .collect();
    let n = line.len() as f64;
    let (mx, my) = (
        line.iter().map(|p| p.0).sum::<f64>() / n,
        line.iter().map(|p| p.1).sum::<f64>() / n,
    );
    let xy: f64 = line.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    let xx: f64 = line.iter().map(|p| (p.0 - mx) * (p.0 - mx)).sum();
    let slope = xy / xx;
    let worst = line
        .iter()
        .map(|p| (p.1 - my - slope * (p.0 - mx)).abs())
        .fold(0.0, f64::max);
    (slope, worst)
}

#[test]
fn a_ramp_keeps_its_slope_and_loses_its_seams() {
    let dir = tempfile::tempdir().expect("a folder");
    let paths = ramp(dir.path(), false);
    let before = run(&paths, AS_THEY_COME);
    assert!(slope(&before).1 > 20.0, "there are seams to remove");
    let after = run(&paths, matched(BackgroundModel::Offset, false));
    let (slope, worst) = slope(&after);
    assert!((slope / RAMP - 1.0).abs() < 1e-3, "slope {slope}");
    assert!(worst < 0.05, "a step of {worst}");
    let report = &after.report.as_ref().expect("it was matched").channels[0];
    let truth = [10.0 / 3.0, 10.0 / 3.0 - 30.0, 10.0 / 3.0 + 20.0];
    for (tile, truth) in report.tiles.iter().zip(truth) {
        assert!((tile.offset - truth).abs() < 0.01, "{report:?}");
        assert_eq!((tile.gain, tile.slope_x, tile.slope_y), (1.0, 0.0, 0.0));
    }
    assert_eq!((report.pairs, &report.groups), (2, &vec![0; 3]));
    assert!(report.rms_before > 30.0 && report.rms_after < 0.01);
    assert!(report.notes.is_empty(), "{:?}", report.notes);
}

#[test]
fn stars_hot_pixels_and_holes_do_not_bias() {
    let dir = tempfile::tempdir().expect("a folder");
    let paths = ramp(dir.path(), true);
    let after = run(&paths, matched(BackgroundModel::Offset, false));
    let report = &after.report.as_ref().expect("it was matched").channels[0];
    let offsets: Vec<f64> = report.tiles.iter().map(|t| t.offset).collect();
    for (pair, truth) in [([0, 1], 30.0), ([1, 2], -50.0)] {
        let step = offsets[pair[0]] - offsets[pair[1]];
        assert!((step - truth).abs() < 0.05, "{offsets:?}");
    }
}

#[test]
fn property_threads_chunks_and_memory_change_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let paths = ramp(dir.path(), true);
    let plane = matched(BackgroundModel::Plane, true);
    let whole = run(&paths, plane);
    for (rows, threads, ram_bytes) in [(7, 1, 1 << 28), (64, 3, 1 << 12), (5000, 2, 0)] {
        let options = plane.options.map(|o| MatchOptions { ram_bytes, ..o });
        let other = run(
            &paths,
            Run {
                rows,
                threads,
                apart: false,
                options,
            },
        );
        assert!(other.file == whole.file, "{rows} {threads} {ram_bytes}");
        assert_eq!(
            other.report.map(|r| r.channels),
            whole.report.as_ref().map(|r| r.channels.clone())
        );
    }
    let none = run(&paths, matched(BackgroundModel::None, false));
    assert!(none.file == run(&paths, AS_THEY_COME).file);
    assert!(
        none.report
            .is_some_and(|r| r.channels.is_empty() && r.bytes_read == 0)
    );
    assert!(none.file != whole.file, "the comparison can fail");
}

#[test]
fn each_row_is_read_once_even_with_little_memory() {
    let dir = tempfile::tempdir().expect("a folder");
    // Without stars nothing is suspicious and read again.
    let paths = ramp(dir.path(), false);
    let tiles = 3 * 4 * 300 * 280;
    let plane = matched(BackgroundModel::Plane, false);
    let [much, little, least] = [1 << 28, 768 << 10, 1 << 12].map(|ram_bytes| {
        let options = plane.options.map(|o| MatchOptions { ram_bytes, ..o });
        let threads = 1;
        let made = run(
            &paths,
            Run {
                threads,
                options,
                ..plane
            },
        );
        (made.report.expect("it was matched").bytes_read, made.file)
    });
    for (read, _) in [&much, &little] {
        assert!((1..=tiles * 6 / 5).contains(read), "{read} of {tiles}");
    }
    assert!(least.0 > tiles * 6 / 5, "the comparison can fail");
    assert!(much.1 == little.1 && much.1 == least.1, "the same bytes");
}

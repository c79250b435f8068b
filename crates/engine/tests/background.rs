//! Tiles of different levels, slopes and gains through real files: the sky survives, the seams do not.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zemosaic_coadd::{Combine, Kernel};
use zemosaic_engine::{
    BackgroundModel, BackgroundReport, ChunkRequest, MatchOptions, PixelOptions, PlaneSource,
    Processor, Session, Tile, TileSpec, place_tiles,
};
use zemosaic_fits::{FitsFile, MosaicSpec};
use zemosaic_testkit::{Scenario, Scene, SimulatedTile, Sky, simulate, write_fits};
use zemosaic_wcs::{Grid, GridOptions};

const CENTER: [f64; 2] = [150.0, 40.0];
const SCALE: f64 = 2.0;
/// Counts per pixel of the ramp.
const RAMP: f64 = 5.0;

struct Mosaic {
    width: usize,
    /// Plane after plane.
    pixels: Vec<Vec<f32>>,
    report: Option<BackgroundReport>,
    file: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Run {
    rows: u32,
    threads: usize,
    /// One channel after the other, as devices do it.
    apart: bool,
    options: Option<MatchOptions>,
}

const AS_THEY_COME: Run = Run {
    rows: 100,
    threads: 2,
    apart: false,
    options: None,
};

fn matched(model: BackgroundModel, gain: bool) -> Run {
    Run {
        options: Some(MatchOptions {
            model,
            gain,
            ram_bytes: 1 << 28,
        }),
        ..AS_THEY_COME
    }
}

fn open(path: &Path, weight_map: Option<PathBuf>) -> Tile {
    let plane = |path: PathBuf| PlaneSource { path, hdu: 0 };
    Tile::open(&TileSpec {
        image: plane(path.to_owned()),
        weight: 1.0,
        flux_scale: 1.0,
        weight_map: weight_map.map(plane),
        alpha: None,
    })
    .expect("a tile opens")
}

fn run(paths: &[PathBuf], run: Run) -> Mosaic {
    let tiles: Vec<Tile> = paths.iter().map(|p| open(p, None)).collect();
    let options = GridOptions {
        center: Some(CENTER),
        ..GridOptions::default()
    };
    let (grid, _) = place_tiles(&tiles, &options).expect("a grid");
    mosaic(tiles, &grid, run)
}

fn mosaic(tiles: Vec<Tile>, grid: &Grid, run: Run) -> Mosaic {
    let planes = tiles[0].shape.planes;
    let pixels = PixelOptions {
        kernel: Kernel::Bilinear,
        combine: Combine::Mean,
        map_error: 1e-3,
    };
    let mut session =
        Session::open(Arc::new(tiles), grid, pixels, run.threads, None).expect("a session");
    let report = run.options.map(|o| session.match_background(&o));
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("out.fits");
    session
        .create_output(&MosaicSpec {
            path: &path,
            width: grid.width,
            height: grid.height,
            planes,
            cards: Vec::new(),
            wcs_cards: Vec::new(),
            split: false,
            force: false,
            sync: false,
        })
        .expect("an output");
    let height = grid.height as u32;
    let passes: Vec<Range<usize>> = if run.apart {
        (0..planes).map(|c| c..c + 1).collect()
    } else {
        std::iter::once(0..planes).collect()
    };
    for channels in passes {
        for start in (0..height).step_by(run.rows as usize) {
            let rows = start..(start + run.rows).min(height);
            let next = rows.end..(rows.end + run.rows).min(height);
            let request = ChunkRequest {
                on: Processor::Cpu,
                channels: channels.clone(),
                rows,
                next: (!next.is_empty()).then_some(next),
            };
            session.run_chunk(&request).expect("a chunk");
        }
    }
    session.finish().expect("the output is finished");
    let reader = FitsFile::open(&path)
        .and_then(|f| f.reader(0))
        .expect("the output is read");
    let read = |plane| {
        let mut pixels = vec![0.0; grid.width * grid.height];
        reader
            .read_rows(plane, 0..grid.height, &mut pixels)
            .expect("the output is read");
        pixels
    };
    Mosaic {
        width: grid.width,
        pixels: (0..planes).map(read).collect(),
        report,
        file: std::fs::read(&path).expect("the output is there"),
    }
}

/// Three tiles side by side under a ramp of 5 counts per pixel, with levels 0, +30 and -20.
fn ramp(dir: &Path, spoil: bool) -> Vec<PathBuf> {
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

#[test]
fn every_channel_has_its_own_solution() {
    let dir = tempfile::tempdir().expect("a folder");
    let scene = Scene::star_field(2, CENTER, 0.4, 4.0);
    let tile = SimulatedTile {
        width: 200,
        height: 200,
        scale_arcsec: SCALE,
        colour: true,
        ..SimulatedTile::default()
    };
    let mut scenario = Scenario::grid(scene, &tile, 0.25, 3.0, "c");
    // Of a sky of 200, 180 and 160 this adds 20, 18 and 16.
    scenario.tiles[4].gain = 1.1;
    let paths = simulate(dir.path(), &scenario).expect("the tiles are written");
    let offset = matched(BackgroundModel::Offset, false);
    let together = run(&paths, offset);
    let apart = run(
        &paths,
        Run {
            apart: true,
            ..offset
        },
    );
    assert!(apart.file == together.file);
    let channels = together.report.expect("it was matched").channels;
    assert_eq!(channels.len(), 3);
    for (channel, sky) in channels.iter().zip([20.0, 18.0, 16.0]) {
        let step = channel.tiles[0].offset - channel.tiles[4].offset;
        assert!((step - sky).abs() < 1.0, "{channel:?}");
    }
}

#[test]
fn tiles_that_share_nothing_are_named_and_left_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let scene = Scene::star_field(2, CENTER, 0.4, 4.0);
    let tile = |name: &str, x: f64| SimulatedTile {
        name: name.to_owned(),
        width: 100,
        height: 90,
        scale_arcsec: SCALE,
        center_deg: [CENTER[0] + x, CENTER[1]],
        offset: 10.0 * x,
        ..SimulatedTile::default()
    };
    let tiles = vec![
        tile("a.fits", 0.0),
        tile("b.fits", 0.05),
        tile("far.fits", 0.3),
        tile("c.fits", 0.6),
        tile("d.fits", 0.65),
        // Over a.fits, but without a single valid pixel.
        tile("dead.fits", 0.0),
    ];
    let paths = simulate(dir.path(), &Scenario { scene, tiles }).expect("the tiles are written");
    let dead = SimulatedTile {
        width: 100,
        height: 90,
        scale_arcsec: SCALE,
        center_deg: CENTER,
        ..SimulatedTile::default()
    };
    let mut out = File::create(&paths[5]).expect("a tile");
    write_fits(
        &mut out,
        dead.shape(),
        &dead.camera().cards(),
        &vec![f32::NAN; 9000],
    )
    .expect("a tile is written");
    let after = run(&paths, matched(BackgroundModel::Offset, false));
    let channel = &after.report.expect("it was matched").channels[0];
    assert_eq!(channel.groups, [0, 0, 1, 2, 2, 3]);
    assert_eq!(
        (channel.tiles[2].offset, channel.tiles[5].offset),
        (0.0, 0.0)
    );
    assert_eq!(channel.notes.len(), 2, "{:?}", channel.notes);
    assert!(channel.notes[0].contains("far.fits, dead.fits"));
    assert!(channel.notes[1].contains("a.fits, b.fits | c.fits, d.fits"));
    let one = run(&paths[..1], matched(BackgroundModel::Plane, true));
    let channel = &one.report.expect("it was matched").channels[0];
    assert_eq!((channel.pairs, channel.tiles[0].gain), (0, 1.0));
    assert!(channel.notes.is_empty());
}

#[test]
fn pixels_of_no_weight_and_rows_that_are_gone_do_not_count() {
    let dir = tempfile::tempdir().expect("a folder");
    let paths = ramp(dir.path(), false);
    // Half of the second tile is rubbish, and its map says so.
    let reader = FitsFile::open(&paths[1])
        .and_then(|f| f.reader(0))
        .expect("a tile");
    let mut pixels = vec![0.0; 300 * 280];
    reader
        .read_rows(0, 0..280, &mut pixels)
        .expect("a tile is read");
    let mut weights = vec![2.0; pixels.len()];
    pixels[..300 * 200].fill(7.0);
    weights[..300 * 200].fill(0.0);
    let scene_tile = SimulatedTile {
        width: 300,
        height: 280,
        scale_arcsec: SCALE,
        center_deg: CENTER,
        ..SimulatedTile::default()
    };
    let map = dir.path().join("map.fits");
    for (path, pixels) in [(&paths[1], &pixels), (&map, &weights)] {
        let mut out = File::create(path).expect("a file");
        let cards = scene_tile.camera().cards();
        write_fits(&mut out, [1, 280, 300], &cards, pixels).expect("a file is written");
    }
    let tiles = vec![
        open(&paths[0], None),
        open(&paths[1], Some(map)),
        open(&paths[2], None),
    ];
    let (grid, _) = place_tiles(&tiles, &GridOptions::default()).expect("a grid");
    // The last tile loses its end after it was opened.
    let file = File::options().write(true).open(&paths[2]).expect("a tile");
    file.set_len(2880 * 20).expect("the tile is cut");
    let after = mosaic(tiles, &grid, matched(BackgroundModel::Offset, false));
    let channel = &after.report.expect("it was matched").channels[0];
    let step = channel.tiles[0].offset - channel.tiles[1].offset;
    assert!((step - 30.0).abs() < 0.05, "{channel:?}");
    assert!(
        channel
            .notes
            .iter()
            .any(|n| n.contains("rows that cannot be read")),
        "{:?}",
        channel.notes
    );
}

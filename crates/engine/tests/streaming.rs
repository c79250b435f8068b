//! A run through real files: every byte is read once, and no way of cutting it changes the result.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zemosaic_coadd::{Combine, Kernel};
use zemosaic_engine::{
    Blank, ChunkReport, ChunkRequest, PixelOptions, PlaneSource, Processor, Session, Tile,
    TileSpec, outline_on, place_tiles,
};
use zemosaic_fits::{Claim, MosaicSpec};
use zemosaic_testkit::{Card, Scenario, Scene, SimulatedTile, simulate, write_fits};
use zemosaic_wcs::{Grid, GridOptions};

const TILE: usize = 300;

fn tiles(dir: &Path) -> Vec<PathBuf> {
    simulated(dir, false)
}

fn simulated(dir: &Path, colour: bool) -> Vec<PathBuf> {
    turned_by(dir, 3.0, colour)
}

fn turned_by(dir: &Path, rotation_deg: f64, colour: bool) -> Vec<PathBuf> {
    let scene = Scene::star_field(7, [150.0, 40.0], 0.3, 3.0);
    let tile = SimulatedTile {
        width: TILE,
        height: TILE,
        scale_arcsec: 1.0,
        rotation_deg,
        holes: 2,
        colour,
        ..SimulatedTile::default()
    };
    simulate(dir, &Scenario::grid(scene, &tile, 0.2, 4.0, "t")).expect("the tiles are written")
}

fn open(paths: &[PathBuf]) -> (Arc<Vec<Tile>>, Grid) {
    let open = |path: &PathBuf| {
        let image = PlaneSource {
            path: path.clone(),
            hdu: 0,
        };
        Tile::open(&TileSpec {
            // Whether there is a border is asked by one test only.
            blank: Blank::Border,
            ..TileSpec::of(image)
        })
        .expect("a simulated tile opens")
    };
    let tiles: Vec<Tile> = paths.iter().map(open).collect();
    let (grid, dropped) = place_tiles(&tiles, &GridOptions::default()).expect("a grid");
    assert!(dropped.is_empty());
    (Arc::new(tiles), grid)
}

/// Makes the mosaic in chunks of `rows`; returns its bytes and the chunk reports.
fn run(paths: &[PathBuf], rows: u32, threads: usize, ahead: bool) -> (Vec<u8>, Vec<ChunkReport>) {
    run_channels(paths, rows, threads, ahead, false)
}

/// `apart`: one channel after the other, else all in one pass.
fn run_channels(
    paths: &[PathBuf],
    rows: u32,
    threads: usize,
    ahead: bool,
    apart: bool,
) -> (Vec<u8>, Vec<ChunkReport>) {
    let (tiles, grid) = open(paths);
    let planes = tiles[0].shape.planes;
    let options = PixelOptions {
        kernel: Kernel::Bilinear,
        combine: Combine::Mean,
        map_error: 1e-4,
    };
    let mut session = Session::open(tiles, &grid, options, threads, None).expect("a session");
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("out.fits");
    session
        .create_output(&MosaicSpec {
            path: &path,
            width: grid.width,
            height: grid.height,
            planes,
            apart,
            keep: false,
            claim: Claim::default(),
            cards: Vec::new(),
            coverage_unit: 1.0,
            wcs_cards: Vec::new(),
            split: false,
            force: false,
            sync: false,
        })
        .expect("an output");
    let height = grid.height as u32;
    let cut = |start: u32| -> Range<u32> { start..(start + rows).min(height) };
    let passes: Vec<Range<usize>> = if apart {
        (0..planes).map(|c| c..c + 1).collect()
    } else {
        std::iter::once(0..planes).collect()
    };
    let mut reports = Vec::new();
    for channels in passes {
        for start in (0..height).step_by(rows as usize) {
            let next = cut((start + rows).min(height));
            let request = ChunkRequest {
                on: Processor::Cpu,
                channels: channels.clone(),
                rows: cut(start),
                next: (ahead && !next.is_empty()).then_some(next),
            };
            reports.push(session.run_chunk(&request).expect("a chunk"));
        }
    }
    session.finish().expect("the output is finished");
    (std::fs::read(path).expect("the output is there"), reports)
}

#[test]
fn property_no_byte_is_read_twice() {
    let dir = tempfile::tempdir().expect("a folder");
    let paths = tiles(dir.path());
    let pixels = (paths.len() * TILE * TILE) as u64;
    for (rows, ahead) in [(64, false), (64, true), (100, true), (2000, true)] {
        let (_, reports) = run(&paths, rows, 2, ahead);
        let read: u64 = reports.iter().map(|r| r.bytes_read).sum();
        assert!(
            read <= 4 * pixels,
            "{read} bytes for {pixels} pixels in chunks of {rows}"
        );
        assert!(read > 4 * pixels * 9 / 10, "only {read} bytes");
        assert!(reports.iter().all(|r| r.damaged.is_empty()));
    }
}

#[test]
fn property_a_row_that_is_held_is_neither_read_again_nor_copied() {
    let dir = tempfile::tempdir().expect("a folder");
    for turned in [0.0, 31.0, 90.0] {
        let folder = dir.path().join(format!("{turned}"));
        std::fs::create_dir(&folder).expect("a folder");
        let paths = turned_by(&folder, turned, false);
        let sum = |reports: &[ChunkReport], of: fn(&ChunkReport) -> u64| -> u64 {
            reports.iter().map(of).sum()
        };
        let (_, whole) = run(&paths, 10_000, 2, false);
        let all = sum(&whole, |r| r.blocks_read);
        assert_eq!(whole[0].buffers_made, all);
        for (rows, ahead) in [(7, true), (64, false), (64, true)] {
            let (_, reports) = run(&paths, rows, 2, ahead);
            let what = format!("turned by {turned}, chunks of {rows}");
            assert_eq!(sum(&reports, |r| r.blocks_read), all, "{what}");
            let bytes = sum(&reports, |r| r.bytes_read);
            assert_eq!(bytes, sum(&whole, |r| r.bytes_read), "{what}");
            // Blocks that are not needed any more are the room for those that are read.
            let made = reports.last().expect("chunks").buffers_made;
            let most = reports.iter().map(|r| r.peak_bytes).max().unwrap_or(0);
            let largest = (4 * TILE * TILE / 5) as u64;
            assert!(
                made <= all && made * largest <= most,
                "{what}: {made} buffers"
            );
            assert!(
                made < all || turned > 0.0,
                "{what}: {made} buffers, {all} blocks"
            );
            // Only taps of samples that lie between two blocks are copied: a tile row is never moved.
            let copied = sum(&reports, |r| r.counters.common.copied);
            let covered = sum(&reports, |r| r.counters.common.covered);
            assert!(
                copied < 8 * covered,
                "{what}: {copied} bytes, {covered} pixels"
            );
        }
    }
}

#[test]
fn property_chunks_threads_and_reading_ahead_change_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let paths = tiles(dir.path());
    let (whole, reports) = run(&paths, 10_000, 2, false);
    assert_eq!(reports.len(), 1);
    assert!(reports[0].counters.common.covered > 400_000);
    for (rows, threads, ahead) in [(1, 1, true), (7, 2, true), (64, 1, false), (333, 3, true)] {
        let (bytes, _) = run(&paths, rows, threads, ahead);
        assert!(bytes == whole, "chunks of {rows}, {threads} threads");
    }
    let (other, _) = run(&paths[1..], 64, 2, true);
    assert!(other != whole, "the comparison can fail");
}

#[test]
fn peak_memory_does_not_grow_with_height() {
    let dir = tempfile::tempdir().expect("a folder");
    let paths = tiles(dir.path());
    let (_, small) = run(&paths, 32, 1, false);
    let most = small.iter().map(|r| r.peak_bytes).max().unwrap_or(0);
    let all = (4 * paths.len() * TILE * TILE) as u64;
    assert!(most < all, "{most} bytes held, though all tiles are {all}");
}

/// Makes one value of a float image NaN, in its file.
fn kill_pixel(path: &Path, plane: usize, x: usize, y: usize) {
    let mut bytes = std::fs::read(path).expect("the tile");
    let data = bytes.len() - (3 * TILE * TILE * 4).next_multiple_of(2880);
    let at = data + 4 * ((plane * TILE + y) * TILE + x);
    bytes[at..at + 4].copy_from_slice(&f32::NAN.to_be_bytes());
    std::fs::write(path, bytes).expect("the tile is written again");
}

#[test]
fn property_channels_apart_or_together_give_the_same_file() {
    let dir = tempfile::tempdir().expect("a folder");
    let paths = simulated(dir.path(), true);
    // Two by two, so that some output pixel loses every tap in that channel.
    for (plane, x) in [(0, 40), (2, 40), (1, 90), (2, 140)] {
        for (dx, dy) in [
            (0, 0),
            (1, 0),
            (0, 1),
            (1, 1),
            (2, 0),
            (2, 1),
            (0, 2),
            (1, 2),
            (2, 2),
        ] {
            kill_pixel(&paths[4], plane, x + dx, 150 + dy);
        }
    }
    let (together, reports) = run_channels(&paths, 64, 2, true, false);
    let dead: u64 = reports
        .iter()
        .map(|r| r.counters.common.dead_in_one_channel)
        .sum();
    let covered: u64 = reports.iter().map(|r| r.counters.common.covered).sum();
    assert!(dead > 3, "only {dead} dead pixels");
    for (rows, threads) in [(64, 2), (100, 1)] {
        let (apart, reports) = run_channels(&paths, rows, threads, true, true);
        assert!(apart == together, "chunks of {rows}");
        let chunks = reports.len() / 3;
        let last = &reports[2 * chunks..];
        assert_eq!(
            reports
                .iter()
                .map(|r| r.counters.common.dead_in_one_channel)
                .sum::<u64>(),
            dead
        );
        assert_eq!(
            last.iter().map(|r| r.counters.common.covered).sum::<u64>(),
            covered
        );
    }
}

#[test]
fn the_outline_of_a_tile_on_its_own_grid_is_its_border() {
    let dir = tempfile::tempdir().expect("a folder");
    let (tiles, grid) = open(&tiles(dir.path())[..1]);
    let points = outline_on(&tiles[0], &grid, 4);
    assert_eq!(points.len(), 16);
    let centre = |axis: usize| {
        let sum: f64 = points.iter().flatten().map(|p| p[axis]).sum();
        sum / points.len() as f64
    };
    let middle = |n: usize| (n as f64 - 1.0) / 2.0;
    assert!(
        (centre(0) - middle(grid.width)).abs() < 0.6,
        "{}",
        centre(0)
    );
    assert!(
        (centre(1) - middle(grid.height)).abs() < 0.6,
        "{}",
        centre(1)
    );
    let corner = points[0].expect("it is on the sky");
    let away = (corner[0] - centre(0)).hypot(corner[1] - centre(1));
    assert!((away - TILE as f64 / 2.0_f64.sqrt()).abs() < 0.5, "{away}");
}

#[test]
fn property_a_border_costs_a_few_rows_where_there_is_none_and_one_reading_where_there_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let side = 1000;
    let write = |name: &str, value: &dyn Fn(usize, usize) -> f32| {
        let pixels: Vec<f32> = (0..side * side)
            .map(|i| value(i % side, i / side))
            .collect();
        let mut cards = vec![
            Card::text("CTYPE1", "RA---TAN"),
            Card::text("CTYPE2", "DEC--TAN"),
        ];
        let numbers = [150.0, 40.0, 500.5, 500.5, -1.0 / 3600.0, 1.0 / 3600.0];
        let names = ["CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2", "CDELT1", "CDELT2"];
        cards.extend(
            names
                .iter()
                .zip(numbers)
                .map(|(name, n)| Card::real(name, n)),
        );
        let path = dir.path().join(name);
        let mut file = std::fs::File::create(&path).expect("a file");
        write_fits(&mut file, [1, side, side], &cards, &pixels).expect("a tile");
        path
    };
    let sky = |x: usize, y: usize| 100.0 + ((x * 7919 + y * 104_729) % 1013) as f32;
    let plain = write("plain.fits", &sky);
    let framed = write("framed.fits", &|x, y| {
        if x + y < 300 { 0.0 } else { sky(x, y) }
    });
    for (path, found) in [(plain, false), (framed, true)] {
        let (tiles, grid) = open(&[path]);
        let options = PixelOptions {
            kernel: Kernel::Bilinear,
            combine: Combine::Mean,
            map_error: 1e-4,
        };
        let mut session = Session::open(tiles, &grid, options, 2, None).expect("a session");
        let report = session
            .find_borders(1 << 20, u64::MAX)
            .expect("a look at the tiles");
        let rows = report.bytes_read / (4 * side as u64);
        assert_eq!(report.found.len(), usize::from(found));
        assert!(if found { rows < 1100 } else { rows < 12 }, "{rows} rows");
        if found {
            assert_eq!(report.found[0].pixels, 300 * 301 / 2);
            // Two ends of a run in 300 rows, and where each of the 1000 begins.
            assert!(
                report.bytes < 300 * 8 + 1001 * 8 + 100,
                "{} bytes",
                report.bytes
            );
        }
    }
}

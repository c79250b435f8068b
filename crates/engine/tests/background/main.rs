//! Tiles of different levels, slopes and gains through real files: the sky survives, the seams do not.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zemosaic_coadd::{Combine, Kernel};
use zemosaic_engine::{
    BackgroundModel, BackgroundReport, ChunkRequest, Depth, MatchOptions, PixelOptions,
    PlaneSource, Processor, Session, Tile, TileSpec, WeightMap, place_tiles,
};
use zemosaic_fits::{Claim, FitsFile, MosaicSpec};
use zemosaic_testkit::{Scenario, Scene, SimulatedTile, Sky, simulate, write_fits};
use zemosaic_wcs::{Grid, GridOptions};

mod contradictions;
mod nine;
mod ramp;
mod several;

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
        weight_map: weight_map.map(|path| WeightMap {
            plane: plane(path),
            holds: Depth::Weight,
        }),
        ..TileSpec::of(plane(path.to_owned()))
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
        map_error: 1e-4,
    };
    let mut session =
        Session::open(Arc::new(tiles), grid, pixels, run.threads, None).expect("a session");
    let report = run
        .options
        .map(|o| session.match_background(&o, &[]).expect("room"));
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("out.fits");
    session
        .create_output(&MosaicSpec {
            path: &path,
            width: grid.width,
            height: grid.height,
            planes,
            cards: Vec::new(),
            coverage_unit: 1.0,
            wcs_cards: Vec::new(),
            apart: run.apart,
            keep: false,
            claim: Claim::default(),
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

//! The bytes of a chunk, reckoned once more from the formula of `plan.rs`, and written down for others
//! who reckon them (`tests/chunk-bytes.json`).

use std::fmt::Write;
use std::path::Path;

use zemosaic_coadd::{ChunkJob, Kernel};

use zemosaic_testscene::{Scene, TestTile};

fn pad(bytes: u64) -> u64 {
    bytes.div_ceil(256) * 256
}

/// The formula, step by step; appends the case to `json`.
fn reckon(job: &ChunkJob, json: &mut String) -> u64 {
    let (row0, row1, width) = (job.rows.start, job.rows.end, u64::from(job.width));
    let (rows, channels) = (u64::from(row1 - row0), job.channels as u64);
    let strips = u64::from(row1.div_ceil(32) - row0 / 32);
    let across = width.div_ceil(1024);
    let part_strips = (32 / across).clamp(1, strips);
    let parts = strips.div_ceil(part_strips);
    let part_pixels = rows.min(32 * part_strips) * width;
    let (mut cells, mut windows) = (0, 0);
    let mut tiles = Vec::new();
    for tile in &job.tiles {
        let need = tile.profile.need([row0, row1]);
        let [x0, x1] = need.out_x;
        cells += rows * u64::from(x1.div_ceil(32) - x0 / 32);
        let maps =
            u64::from(tile.window.weights.is_some()) + u64::from(tile.window.alphas.is_some());
        let columns = u64::from(need.tile_x[1] - need.tile_x[0]);
        let window_rows = u64::from(need.tile_y[1] - need.tile_y[0]);
        windows += (channels + maps) * pad(4 * columns.max(1)) * window_rows.max(1);
        tiles.push(format!(
            "{{\"x0\": {x0}, \"x1\": {x1}, \"columns\": {columns}, \"rows\": {window_rows}, \"maps\": {maps}}}"
        ));
    }
    let count = job.tiles.len() as u64;
    let least = 4096.max(32 * count);
    let runs = (cells * part_strips)
        .div_ceil(strips)
        .clamp(least, least.max(262_144));
    let index = 4 * (1024 * part_strips * across + 1);
    let lattice = pad(40 * runs) + pad(4 * runs) + pad(index) + pad(64 * count);
    let output = pad(4 * channels * part_pixels) + pad(4 * part_pixels) + pad(part_pixels);
    let bytes = 256 + windows + 2 * lattice + parts.min(2) * output;
    let comma = if json.ends_with('}') { ",\n" } else { "" };
    let tiles = tiles.join(", ");
    write!(
        json,
        "{comma}  {{\"row0\": {row0}, \"row1\": {row1}, \"width\": {width}, \"channels\": {channels}, \
         \"bytes\": {bytes}, \"tiles\": [{tiles}]}}"
    )
    .expect("text grows");
    bytes
}

#[test]
fn golden_bytes_are_as_the_formula_says() {
    let size = [330, 290];
    let mixed = |channels| {
        let tile = |seed| TestTile::noisy(size, seed, channels);
        let tiles = vec![
            tile(1).at(170.3, 150.7, 0.0),
            tile(2).at(900.6, 201.2, 37.0).weighted(),
            tile(3).at(280.1, 340.9, 90.0).distorted(),
            tile(4).at(441.8, 133.3, 215.0).weighted().translucent(),
        ];
        Scene::new(tiles, [1290, 2520])
    };
    let mut json = String::from("[\n");
    for channels in [1, 3] {
        let scene = mixed(channels);
        for rows in [0..1, 30..33, 0..520, 100..2520, 2000..2100] {
            let job = scene.job(rows.clone(), Kernel::Bilinear);
            let bytes = zemosaic_cuda::chunk_bytes(&job).expect("small");
            assert_eq!(
                bytes,
                reckon(&job, &mut json),
                "rows {rows:?} of {channels} channels"
            );
        }
    }
    let wide = vec![TestTile::noisy([300, 90], 1, 1).at(40_000.0, 40.0, 1.0)];
    let scene = Scene::new(wide, [66_000, 70]);
    let job = scene.job(0..70, Kernel::Bilinear);
    assert_eq!(
        zemosaic_cuda::chunk_bytes(&job),
        Ok(reckon(&job, &mut json))
    );
    json.push_str("\n]\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chunk-bytes.json");
    if std::env::var_os("ZEMOSAIC_WRITE_GOLDEN").is_some() {
        std::fs::write(&path, &json).expect("the golden file is written");
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        golden == json,
        "tests/chunk-bytes.json is out of date: ZEMOSAIC_WRITE_GOLDEN=1 writes it"
    );
}

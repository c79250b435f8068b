//! The bytes of a chunk, reckoned once more from the formula of `plan.rs`, and written down for others
//! who reckon them (`tests/chunk-bytes.json`).

use std::fmt::Write;
use std::ops::Range;
use std::path::Path;

use zemosaic_coadd::{ChunkJob, Combine, Kernel};

use zemosaic_testscene::{Scene, TestTile, assert_golden, sets};

fn pad(bytes: u64) -> u64 {
    bytes.div_ceil(256) * 256
}

/// Most tiles that meet one block of 64 rows by 1024 columns.
fn depth_of(job: &ChunkJob) -> u64 {
    let met = |row: u32, column: u32| {
        let meets = |x: [u32; 2]| x[0] < x[1] && x[0] < column + 1024 && x[1] > column;
        let tiles = job.tiles.iter();
        tiles
            .filter(|t| meets(t.profile.need([row, row + 1]).out_x))
            .count()
    };
    let columns = (0..job.width).step_by(1024);
    let met = columns.flat_map(|x| job.rows.clone().map(move |y| met(y, x)));
    met.max().unwrap_or(0) as u64
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
    let taps = match job.kernel {
        Kernel::Bicubic => 4,
        Kernel::Lanczos3 => 6,
        Kernel::Lanczos4 => 8,
        _ => 0,
    };
    let sample = match job.combine {
        Combine::Median => 4,
        Combine::Winsorized | Combine::KappaSigma => 12,
        _ => 0,
    };
    let depth = depth_of(job);
    let pixels = if rows < 32 {
        rows * width.next_multiple_of(32).min(1024)
    } else {
        32_768 * part_strips * across
    };
    let stack = (pixels * sample * depth)
        .min(32 << 20)
        .max(32 * sample * depth);
    let bytes =
        256 + pad(4 * 513 * taps) + windows + 2 * lattice + pad(stack) + parts.min(2) * output;
    let comma = if json.ends_with('}') { ",\n" } else { "" };
    let tiles = tiles.join(", ");
    let kernel = format!("{:?}", job.kernel).to_lowercase();
    let combine = match job.combine {
        Combine::KappaSigma => "kappa-sigma".into(),
        other => format!("{other:?}").to_lowercase(),
    };
    write!(
        json,
        "{comma}  {{\"row0\": {row0}, \"row1\": {row1}, \"width\": {width}, \"channels\": {channels}, \
         \"kernel\": \"{kernel}\", \"combine\": \"{combine}\", \"depth\": {depth}, \
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
    let mut check = |scene: &Scene, rows: Range<u32>, kernel| {
        let job = scene.job(rows, kernel);
        let bytes = zemosaic_cuda::chunk_bytes(&job);
        let what = format!("{:?} of {:?} with {kernel:?}", job.rows, job.combine);
        assert_eq!(bytes, Ok(reckon(&job, &mut json)), "rows {what}");
    };
    for channels in [1, 3] {
        let mut scene = mixed(channels);
        for (combine, kernel) in [
            (Combine::Mean, Kernel::Bilinear),
            (Combine::Max, Kernel::Bicubic),
            (Combine::Median, Kernel::Lanczos3),
            (Combine::Winsorized, Kernel::Lanczos4),
            (Combine::KappaSigma, Kernel::Nearest),
        ] {
            scene.combine = combine;
            for rows in [0..1, 30..33, 0..520, 100..2520, 2000..2100] {
                check(&scene, rows, kernel);
            }
        }
    }
    let wide = vec![TestTile::noisy([300, 90], 1, 1).at(40_000.0, 40.0, 1.0)];
    let mut wide = Scene::new(wide, [66_000, 70]);
    check(&wide, 0..70, Kernel::Bilinear);
    // So many tiles over each other that the stack stands for part of a block.
    let mut heap = sets::heap();
    (wide.combine, heap.combine) = (Combine::KappaSigma, Combine::KappaSigma);
    check(&wide, 0..70, Kernel::Bilinear);
    check(&heap, 0..64, Kernel::Bilinear);
    json.push_str("\n]\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chunk-bytes.json");
    assert_golden(&path, &json);
}

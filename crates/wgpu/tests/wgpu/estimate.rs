//! The bytes of a chunk, written down for others who reckon them (`tests/chunk-bytes.json`), and its measured peak.

use std::fmt::Write;
use std::path::Path;

use zemosaic_coadd::device::Parts;
use zemosaic_coadd::{ChunkJob, Combine, Kernel};
use zemosaic_testscene::{Nowhere, Scene, TestTile, assert_golden};
use zemosaic_wgpu::{Limits, chunk_bytes};

use crate::adapters::open;

const MB: u64 = 1 << 20;

fn scene() -> Scene {
    let tile = |seed| TestTile::noisy([330, 290], seed, 1);
    let tiles = vec![
        tile(1).at(170.3, 150.7, 0.0),
        tile(2).at(900.6, 201.2, 37.0).weighted(),
        tile(3).at(280.1, 340.9, 90.0).distorted(),
        tile(4).at(441.8, 133.3, 215.0).weighted().translucent(),
    ];
    Scene::new(tiles, [1290, 2520])
}

fn append(json: &mut String, job: &ChunkJob, binding: u64, names: [&str; 2]) {
    let limits = Limits {
        buffer: u64::MAX,
        binding,
    };
    let bytes = chunk_bytes(job, &limits).expect("small enough");
    let tiles = job.tiles.iter().map(|tile| {
        let need = tile.profile.need([job.rows.start, job.rows.end]);
        let maps =
            u32::from(tile.window.weights.is_some()) + u32::from(tile.window.alphas.is_some());
        format!(
            "{{\"x0\": {}, \"x1\": {}, \"columns\": {}, \"rows\": {}, \"maps\": {maps}}}",
            need.out_x[0],
            need.out_x[1],
            need.tile_x[1] - need.tile_x[0],
            need.tile_y[1] - need.tile_y[0],
        )
    });
    let tiles = tiles.collect::<Vec<_>>().join(", ");
    let comma = if json.ends_with('}') { ",\n" } else { "" };
    let [kernel, combine] = names;
    let depth = Parts::new(job, 1).depth(job);
    write!(
        json,
        "{comma}  {{\"row0\": {}, \"row1\": {}, \"width\": {}, \"channels\": {}, \"binding\": {binding}, \
         \"kernel\": \"{kernel}\", \"combine\": \"{combine}\", \"depth\": {depth}, \"bytes\": {bytes}, \"tiles\": [{tiles}]}}",
        job.rows.start, job.rows.end, job.width, job.channels,
    )
    .expect("text grows");
}

#[test]
fn golden_bytes_are_what_the_plan_takes() {
    let mut scene = scene();
    let mut json = String::from("[\n");
    for (kernel, kernel_name, combine, combine_name) in [
        (Kernel::Bilinear, "bilinear", Combine::Mean, "mean"),
        (Kernel::Lanczos3, "lanczos3", Combine::Max, "max"),
        (Kernel::Bicubic, "bicubic", Combine::Median, "median"),
        (
            Kernel::Lanczos4,
            "lanczos4",
            Combine::KappaSigma,
            "kappa-sigma",
        ),
    ] {
        scene.combine = combine;
        let names = [kernel_name, combine_name];
        for (rows, binding) in [
            (0..1, 128 * MB),
            (30..33, 128 * MB),
            (0..520, 128 * MB),
            (0..520, 4 * MB),
            (100..2520, 128 * MB),
            (2000..2100, 128 * MB),
        ] {
            append(&mut json, &scene.job(rows, kernel), binding, names);
        }
    }
    let wide = vec![TestTile::noisy([300, 90], 1, 1).at(40_000.0, 40.0, 1.0)];
    let mut wide = Scene::new(wide, [66_000, 70]);
    wide.combine = Combine::Winsorized;
    let names = ["nearest", "winsorized"];
    append(
        &mut json,
        &wide.job(0..70, Kernel::Nearest),
        128 * MB,
        names,
    );
    json.push_str("\n]\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chunk-bytes.json");
    assert_golden(&path, &json);
}

#[test]
fn the_peak_is_the_estimate_for_every_rule_and_kernel() {
    use zemosaic_coadd::backend::Backend;

    let Some(mut backend) = open("the_peak_is_the_estimate_for_every_rule_and_kernel") else {
        return;
    };
    let mut scene = scene();
    for (kernel, combine) in [
        (Kernel::Bilinear, Combine::Mean),
        (Kernel::Lanczos3, Combine::Min),
        (Kernel::Bicubic, Combine::Median),
        (Kernel::Lanczos4, Combine::Winsorized),
    ] {
        scene.combine = combine;
        for rows in [0..1, 30..33, 100..520, 2000..2100] {
            let job = scene.job(rows.clone(), kernel);
            let estimate = chunk_bytes(&job, &backend.facts().limits).expect("small enough");
            let made = backend.run_chunk(&job, &Nowhere);
            let peak = made.expect("the device makes the chunk").peak_bytes;
            assert_eq!(peak, estimate, "{kernel:?}, {combine:?}, rows {rows:?}");
        }
    }
}

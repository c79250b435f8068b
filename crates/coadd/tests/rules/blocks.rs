//! How the rows of a tile are cut into blocks changes nothing, and little is copied for it.

use zemosaic_coadd::cpu::CpuBackend;
use zemosaic_coadd::{Combine, Counters, Kernel, Sink, Strip};
use zemosaic_testscene::{Scene, TestTile, sets};

/// Takes no notice of rows.
struct Nowhere;

impl Sink for Nowhere {
    type Error = std::convert::Infallible;

    fn take(&self, _: &mut Strip) -> Result<(), Self::Error> {
        Ok(())
    }
}

fn counters(scene: &Scene, kernel: Kernel) -> Counters {
    let job = scene.job(0..scene.size[1], kernel);
    let made = CpuBackend::default().run_chunk(&job, &Nowhere);
    made.unwrap_or_else(|never| match never {})
}

/// Tiles much finer than the grid, turned by odd angles and by right ones: runs reach over many blocks.
fn coarse() -> Scene {
    let tile = |seed, zoom| TestTile::noisy([900, 700], seed, 1).zoomed(zoom);
    let tiles = vec![
        tile(1, 0.13).at(60.2, 50.7, 30.0),
        tile(2, 0.04).weighted().at(50.4, 40.1, 90.0),
        tile(3, 0.3).translucent().at(150.0, 120.0, 1.3),
        tile(4, 0.011).at(30.0, 90.0, 77.0),
    ];
    Scene::new(tiles, [300, 240])
}

#[test]
fn property_blocks_of_rows_change_no_bit() {
    let scenes = [
        sets::mixed(),
        sets::colour(),
        sets::crossed(),
        sets::halves(),
        sets::small(),
        coarse(),
    ];
    for (number, mut scene) in scenes.into_iter().enumerate() {
        for kernel in Kernel::ALL {
            for combine in [Combine::Mean, Combine::Median] {
                scene.combine = combine;
                scene.whole_tiles = true;
                let whole = scene.on_cpu(kernel);
                assert_eq!(counters(&scene, kernel).copied, 0);
                scene.whole_tiles = false;
                let what = format!("scene {number} by {kernel:?} and {combine:?}");
                assert!(scene.on_cpu(kernel) == whole, "{what}");
                assert!(whole.covered > 500, "{what}: {}", whole.covered);
                let copied = counters(&scene, kernel).copied;
                assert!(copied > 0, "{what}");
            }
        }
    }
}

#[test]
fn property_the_band_of_a_turned_tile_holds_all_that_chunks_need() {
    for (degrees, zoom) in [
        (12.0, 1.0),
        (30.0, 0.6),
        (90.0, 1.0),
        (200.0, 1.6),
        (305.0, 1.0),
    ] {
        let tile = TestTile::noisy([700, 600], 3, 1).zoomed(zoom).weighted();
        let half = 350.0 * zoom * 1.45;
        let side = (2.0 * half) as u32;
        let mut scene = Scene::new(vec![tile.at(half, half, degrees)], [side, side]);
        let job = scene.job(side / 2..side / 2 + 64, Kernel::Bilinear);
        let rows = &job.tiles[0].rows;
        let held = rows.blocks.iter().flatten().count() as u64 * rows.cut.block();
        assert!(held < 700 * 600 * 3 / 4, "{degrees} degrees: {held}");
        for kernel in Kernel::ALL {
            let in_bands = scene.on_cpu_in_chunks(kernel, 64);
            scene.whole_tiles = true;
            assert!(
                scene.on_cpu(kernel) == in_bands,
                "{degrees} degrees, {kernel:?}"
            );
            scene.whole_tiles = false;
            assert!(in_bands.covered > 40_000);
        }
    }
}

#[test]
fn few_pixels_are_copied_at_any_angle_and_scale() {
    for (degrees, zoom, most) in [
        (0.3, 1.0, 1.0),
        (5.0, 1.0, 4.0),
        (30.0, 1.0, 4.0),
        (45.0, 1.0, 4.0),
        (90.0, 1.0, 4.0),
        (30.0, 0.1, 60.0),
        (90.0, 0.1, 60.0),
    ] {
        let tile = TestTile::noisy([1500, 1500], 1, 1).zoomed(zoom);
        let half = 750.0 * zoom * 1.45;
        let side = (2.0 * half) as u32;
        let scene = Scene::new(vec![tile.at(half, half, degrees)], [side, side]);
        let made = counters(&scene, Kernel::Lanczos3);
        let each = made.copied as f64 / 4.0 / made.covered as f64;
        println!("{degrees} degrees, zoom {zoom}: {each:.2} px copied for each");
        assert!(each < most, "{each} px for each of {degrees}, {zoom}");
    }
}

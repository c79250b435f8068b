//! The rules of pixels, on tiles small enough to calculate by hand.

mod blocks;
mod combines;
mod every;
mod exact;
mod needs;
mod samples;
mod suite;

use zemosaic_coadd::Kernel;
use zemosaic_testscene::{Output, Scene, TestTile};

/// Tiles whose windows are whole.
fn whole(tiles: &[TestTile], size: [u32; 2]) -> Scene {
    let mut scene = Scene::new(tiles.to_vec(), size);
    scene.whole_tiles = true;
    scene
}

fn mosaic(tiles: &[TestTile], size: [u32; 2], kernel: Kernel, chunk: u32) -> Output {
    whole(tiles, size).on_cpu_in_chunks(kernel, chunk)
}

fn ramp(x: u32, y: u32) -> f32 {
    100.0 + 3.0 * x as f32 + 0.25 * y as f32
}

//! The need that is planned for rows equals that of their chunk.

use zemosaic_coadd::Kernel;
use zemosaic_coadd::device::{Need, Needs, Planes, PlannedTile};
use zemosaic_testscene::{Scene, sets};

/// The needs of a scene's tiles, without a chunk.
fn needs(scene: &Scene) -> Needs {
    let all = scene.job(0..scene.size[1], Kernel::Bilinear);
    Needs::new(all.tiles.iter().map(|tile| PlannedTile {
        profile: tile.profile,
        planes: Planes {
            variances: tile.rows.has_variances(),
            alphas: tile.rows.has_alphas(),
            cut: tile.rows.cut,
        },
    }))
}

#[test]
fn property_rows_need_what_their_chunk_holds() {
    for scene in [
        sets::mixed(),
        sets::colour(),
        sets::tall(),
        sets::heap(),
        sets::sparse(),
    ] {
        let mut needs = needs(&scene);
        let height = scene.size[1];
        for first in (0..height).step_by(1 + height as usize / 9) {
            for rows in [1, 31, 33, 64, 200, 5000] {
                let rows = first..height.min(first + rows);
                let job = scene.job(rows.clone(), Kernel::Bilinear);
                assert_eq!(needs.of(&rows), Need::of(&job), "rows {rows:?}");
                let floats: usize = job
                    .tiles
                    .iter()
                    .map(|t| {
                        // There is room for a whole block where the last one lacks rows or columns.
                        let blocks = t.rows.blocks.iter().flatten().count();
                        blocks * t.rows.cut.block() as usize * t.rows.planes()
                    })
                    .sum();
                let held = needs.of(&rows).host_windows(job.channels);
                assert_eq!(held, 4 * floats as u64, "rows {rows:?}");
            }
        }
    }
}

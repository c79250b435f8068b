//! Channels, tiles apart, and pixels that do not count.

use super::*;

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
    let paths = ramp::ramp(dir.path(), false);
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
    let report = after.report.expect("it was matched");
    let channel = &report.channels[0];
    let step = channel.tiles[0].offset - channel.tiles[1].offset;
    assert!((step - 30.0).abs() < 0.05, "{channel:?}");
    let damaged: Vec<_> = report
        .damaged
        .iter()
        .map(|d| (d.tile, d.error.code()))
        .collect();
    assert_eq!(damaged, [(2, "changed")]);
}

//! Compares the lattice with the exact mapping, and checks that it does not depend on how rows are requested.

use super::*;
use crate::{Frame, Mapping, Wcs};

const SCALE: f64 = 1.0 / 3600.0;

fn tangent(center: [f64; 2], pixel: [f64; 2], rotation_deg: f64, scale: f64) -> Wcs {
    let (s, c) = rotation_deg.to_radians().sin_cos();
    let cd = [[-scale * c, scale * s], [scale * s, scale * c]];
    Wcs::celestial("TAN", Frame::Icrs, center, pixel, cd).expect("a plain TAN")
}

fn mapping(rotation_deg: f64, scale: f64) -> Mapping {
    let grid = tangent([150.0, 40.0], [1500.0, 1500.0], 0.0, SCALE);
    let tile = tangent([150.1, 40.1], [500.0, 500.0], rotation_deg, scale);
    Mapping::new(&grid, &tile)
}

fn emitted(lattice: &Lattice, rows: [u32; 2]) -> Vec<Vec<Run>> {
    let mut out = LatticeRows::default();
    lattice.emit(rows[0]..rows[1], 0..3000, &mut out);
    (0..(rows[1] - rows[0]) as usize)
        .map(|i| out.row(i).to_vec())
        .collect()
}

#[test]
fn golden_positions_follow_the_exact_mapping() {
    for (rotation, scale, spacing_matters) in [
        (0.0, SCALE, true),
        (40.0, SCALE, true),
        (7.0, SCALE * 8.0, true),
        (130.0, SCALE / 9.0, false),
    ] {
        let mapping = mapping(rotation, scale);
        let profile = Profile::new(&mapping, [1000, 1000], [3000, 3000], Places::Centres);
        let lattice = Lattice::new(mapping.clone(), [1000, 1000], 3000, 1e-3, profile.extent);
        let mut out = LatticeRows::default();
        lattice.emit(1700..2000, 0..3000, &mut out);
        let mut seen = 0;
        for (i, y) in (1700..2000).enumerate() {
            for run in out.row(i) {
                for k in 0..run.len {
                    let truth = mapping
                        .at(f64::from(run.x + k), f64::from(y))
                        .expect("the grid is on the sky");
                    let got = run.position(k);
                    let error = (got[0] - truth[0]).abs().max((got[1] - truth[1]).abs());
                    assert!(
                        error < 1.5e-5 * (SCALE / scale).max(1.0),
                        "{error} px at {}, {y}",
                        run.x + k
                    );
                    seen += 1;
                }
            }
        }
        assert!(seen > 5000 || !spacing_matters, "only {seen} pixels");
        assert!(out.worst_error() < 1e-3);
    }
}

#[test]
fn golden_corners_follow_the_exact_mapping_and_none_is_missing() {
    for (rotation, scale) in [(0.0, SCALE), (40.0, SCALE * 8.0), (130.0, SCALE / 9.0)] {
        let mapping = mapping(rotation, scale);
        let (size, grid) = ([1000, 1000], [3000, 3000]);
        let (lattice, profile) = lay(mapping.clone(), size, grid, 1e-3, Places::Corners);
        let mut out = LatticeRows::default();
        let mut seen = 0;
        for y in (1600..2100).step_by(7) {
            lattice.emit(y..y + 1, 0..3001, &mut out);
            let need = profile.need([y, y + 1]);
            let mut at = vec![None; 3001];
            for run in out.row(0) {
                for k in 0..run.len {
                    at[(run.x + k) as usize] = Some(run.position(k));
                }
            }
            for x in 0..3000u32 {
                let truth = mapping
                    .at(f64::from(x) - 0.5, f64::from(y) - 0.5)
                    .expect("the grid is on the sky");
                // A pixel reaches the tile when its corner is this close.
                let near = 1.5 * (SCALE / scale).max(1.0);
                if truth.iter().any(|v| *v < -near || *v > 1000.0 + near) {
                    continue;
                }
                let got = at[x as usize].unwrap_or_else(|| panic!("no corner at {x}, {y}"));
                let error = (got[0] - truth[0]).abs().max((got[1] - truth[1]).abs());
                assert!(error < 1.5e-5 * (SCALE / scale).max(1.0), "{error} px");
                let held = truth[1].clamp(0.0, 999.0);
                assert!(f64::from(need.tile_y[0]) <= held && held < f64::from(need.tile_y[1]));
                seen += 1;
            }
        }
        assert!(seen > 1000, "only {seen} corners");
    }
}

#[test]
fn property_rows_asked_for_do_not_change_runs() {
    for places in [Places::Centres, Places::Corners] {
        let mapping = mapping(33.0, SCALE);
        let (lattice, _) = lay(mapping, [1000, 1000], [3000, 3000], 1e-3, places);
        let whole = emitted(&lattice, [1700, 1900]);
        assert!(whole.iter().map(Vec::len).sum::<usize>() > 1000);
        for step in [1, 7, 64] {
            let mut parts = Vec::new();
            for row in (1700..1900).step_by(step) {
                parts.extend(emitted(&lattice, [row, (row + step as u32).min(1900)]));
            }
            assert_eq!(parts, whole);
        }
    }
}

#[test]
fn property_profile_holds_every_pixel_of_the_tile() {
    for rotation in [0.0, 40.0, 90.0, 200.0] {
        let mapping = mapping(rotation, SCALE);
        let profile = Profile::new(&mapping, [1000, 1000], [3000, 3000], Places::Centres);
        let mut covered = 0;
        for y in (0..3000u32).step_by(13) {
            let need = profile.need([y, y + 1]);
            for x in (0..3000u32).step_by(7) {
                let p = mapping.at(f64::from(x), f64::from(y)).expect("on the sky");
                if p.iter().any(|v| *v < -0.5 || *v >= 999.5) {
                    continue;
                }
                covered += 1;
                assert!(
                    need.out_x[0] <= x && x < need.out_x[1],
                    "column {x} of row {y}"
                );
                for (v, range) in p.iter().zip([need.tile_x, need.tile_y]) {
                    // Taps one pixel around must be inside the window too.
                    let (low, high) = ((v - 1.0).max(0.0), (v + 1.0).min(999.0));
                    assert!(f64::from(range[0]) <= low && high < f64::from(range[1]));
                }
            }
        }
        assert!(covered > 5000);
        let rows: u32 = profile
            .blocks
            .iter()
            .map(|b| b.tile_y[1] - b.tile_y[0])
            .max()
            .unwrap_or(0);
        assert!(
            rotation != 0.0 || rows < 100,
            "an upright tile needs few rows, not {rows}"
        );
    }
}

#[test]
fn property_a_band_holds_pixels_that_are_sampled_together_and_little_else() {
    for (rotation, most) in [(12.0, 3000), (40.0, 1100), (90.0, 400), (200.0, 1700)] {
        let mapping = mapping(rotation, SCALE);
        let tile = [4000, 4000];
        let profile = Profile::new(&mapping, tile, [7000, 7000], Places::Centres);
        let mut boxes = 0;
        for y in (0..7000u32).step_by(97) {
            let need = profile.need([y, y + 1]);
            for x in (0..6990u32).step_by(5) {
                let ends = [x, x + 7].map(|x| mapping.at(f64::from(x), f64::from(y)).expect("sky"));
                let side = |axis: usize| {
                    let (a, b) = (ends[0][axis], ends[1][axis]);
                    let inside = |v: f64| v.clamp(0.0, 3999.0) as u32;
                    [inside(a.min(b) - 3.0), inside(a.max(b) + 4.0)]
                };
                let ([x0, x1], [y0, y1]) = (side(0), side(1));
                if ends.iter().flatten().any(|v| *v < -0.5 || *v >= 3999.5) {
                    continue;
                }
                boxes += 1;
                for row in y0..=y1 {
                    let held = need.columns([row, row + 1]);
                    assert!(
                        held[0] <= x0 && x1 < held[1],
                        "{held:?}, {x0}..={x1}, {row}"
                    );
                }
            }
            let widths = (0..63).map(|block| need.columns([64 * block, 64 * block + 64]));
            let widest = widths.map(|[start, end]| end - start).max();
            assert!(widest < Some(most), "{rotation}: {widest:?}");
        }
        assert!(boxes > 5000, "{rotation}: {boxes}");
    }
    let upright = Profile::new(
        &mapping(1.0, SCALE),
        [4000, 4000],
        [7000, 7000],
        Places::Centres,
    );
    assert!(upright.blocks.iter().all(|block| block.band.is_none()));
}

#[test]
fn property_a_tile_elsewhere_has_no_profile() {
    let grid = tangent([150.0, 40.0], [500.0, 500.0], 0.0, SCALE);
    let tile = tangent([330.0, -40.0], [500.0, 500.0], 0.0, SCALE);
    let profile = Profile::new(
        &Mapping::new(&grid, &tile),
        [1000, 1000],
        [1000, 1000],
        Places::Centres,
    );
    assert!(profile.blocks.iter().all(BlockNeed::is_empty));
}

#[test]
fn regression_poles_and_seams_lose_nothing() {
    // A tile over the pole on an all-sky grid: torn by the projection, but still found whole.
    let scale = 0.5;
    let cd = [[-scale, 0.0], [0.0, scale]];
    let grid = Wcs::celestial("CAR", Frame::Icrs, [0.0, 0.0], [359.5, 179.5], cd).expect("CAR");
    let tile = tangent([0.0, 89.0], [50.0, 50.0], 0.0, 0.2);
    let mapping = Mapping::new(&grid, &tile);
    let profile = Profile::new(&mapping, [101, 101], [720, 360], Places::Centres);
    let lattice = Lattice::new(mapping.clone(), [101, 101], 720, 1e-3, profile.extent);
    let mut out = LatticeRows::default();
    lattice.emit(0..360, 0..720, &mut out);
    let inside = |p: [f64; 2]| p.iter().all(|v| *v >= -0.5 && *v < 100.5);
    for y in 0..360u32 {
        for x in 0..720u32 {
            let Some(p) = mapping
                .at(f64::from(x), f64::from(y))
                .filter(|p| inside(*p))
            else {
                continue;
            };
            let run = out
                .row(y as usize)
                .iter()
                .find(|r| r.x <= x && x < r.x + r.len);
            let run = run.unwrap_or_else(|| panic!("no run at {x}, {y}"));
            let got = run.position(x - run.x);
            assert!((got[0] - p[0]).abs() < 1e-3 && (got[1] - p[1]).abs() < 1e-3);
        }
    }
}

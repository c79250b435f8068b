//! Headers that once did harm.

use crate::support::Header;
use zemosaic_wcs::lattice::{LatticeRows, Places, lay};
use zemosaic_wcs::{Grid, GridOptions, Mapping, Rotation};

/// Squares overflow far out: what was left of the direction was no unit vector, but (0, 0, 0).
#[test]
fn regression_a_pixel_far_out_has_no_direction() {
    for code in ["TAN", "STG", "SIN", "ZEA"] {
        let wcs = Header::tan([10.0, 20.0], 0.01).code(code).wcs();
        assert_eq!(wcs.pixel_to_direction(6.66e276, 0.0), None, "{code}");
        assert_eq!(wcs.pixel_to_world(6.66e276, 0.0), None, "{code}");
    }
}

/// Such numbers leave nothing of a pixel's place: all pixels fell together, and covered what they should not.
#[test]
fn regression_numbers_that_drown_pixels_are_refused() {
    for (key, value) in [("CRPIX1", 1.9e178), ("CRPIX2", -2e10), ("CD1_2", 181.0)] {
        let error = Header::tan([10.0, 20.0], 0.01).number(key, value).read();
        let error = error.expect_err(key);
        assert_eq!(error.code(), "wcs_invalid_keyword");
        assert!(error.to_string().len() < 160, "{error}");
    }
    assert!(
        Header::tan([10.0, 20.0], 0.01)
            .number("CRPIX1", 1e9)
            .read()
            .is_ok()
    );
}

/// A tile sheared into a needle thinner than an output pixel, its sides many pixels long, fell between the nodes.
#[test]
fn regression_a_needle_is_found() {
    let (scale, [s, c]) = (0.056_058_248_858_113_08, {
        let (s, c) = 80.312_895_475_201_26_f64.to_radians().sin_cos();
        [s, c]
    });
    let size = (2, 8);
    let header = Header::tan([0.0, 0.0], scale)
        .code("TPV")
        .number("CRPIX1", 1.0)
        .number("CRPIX2", 4.0)
        .number("CD1_1", -scale * c)
        .number("CD1_2", scale * s)
        .number("CD2_1", scale * s)
        .number("CD2_2", scale * c)
        .number("PV1_1", 1.0)
        .number("PV2_1", 1.0)
        .number("PV1_2", 43.522_775_159_000_66);
    let tile = header.read_of(size).expect("a good header");
    let options = GridOptions {
        size: Some([21, 1]),
        rotation: Rotation::Auto,
        ..GridOptions::default()
    };
    let grid = Grid::auto(&[(&tile, size.0, size.1)], &options).expect("a grid");
    let mapping = Mapping::new(&grid.wcs, &tile);
    let inside = |x: u32| {
        let place = mapping.at(f64::from(x), 0.0);
        place.is_some_and(|[x, y]| (-0.5..1.5).contains(&x) && (-0.5..7.5).contains(&y))
    };
    let expected: Vec<u32> = (0..21).filter(|x| inside(*x)).collect();
    assert_eq!(expected, [10]);
    let (lattice, profile) = lay(mapping, [2, 8], [21, 1], 1e-3, Places::Centres);
    assert!(!profile.need([0, 1]).is_empty());
    let mut rows = LatticeRows::default();
    lattice.emit(0..1, 0..21, &mut rows);
    let found: Vec<u32> = rows.row(0).iter().map(|run| run.x).collect();
    assert_eq!(found, expected);
}

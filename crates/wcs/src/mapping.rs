//! From output pixel to tile pixel: the only composition of two world coordinate systems.

use crate::Wcs;
use crate::rotation::{Matrix, apply, product};

/// Maps 0-based output pixels of a grid to 0-based pixels of a tile, in f64.
#[derive(Clone, Debug)]
pub struct Mapping {
    grid: Wcs,
    tile: Wcs,
    /// Between plain tangent planes, in both directions: a tenth of the work.
    projective: Option<[Matrix; 2]>,
}

impl Mapping {
    /// Composes the two systems by way of ICRS directions.
    pub fn new(grid: &Wcs, tile: &Wcs) -> Self {
        let cameras = grid.camera().zip(tile.camera());
        Self {
            grid: grid.clone(),
            tile: tile.clone(),
            projective: cameras.map(|([from_grid, to_grid], [from_tile, to_tile])| {
                [product(&to_tile, &from_grid), product(&to_grid, &from_tile)]
            }),
        }
    }

    /// The tile pixel that corresponds to output pixel `(x, y)`; `None` where either side has no sky.
    #[inline]
    pub fn at(&self, x: f64, y: f64) -> Option<[f64; 2]> {
        match &self.projective {
            Some([there, _]) => seen(there, x, y),
            None => between(&self.grid, &self.tile, x, y),
        }
    }

    /// The output pixel that corresponds to tile pixel `(x, y)`.
    #[inline]
    pub fn inverse_at(&self, x: f64, y: f64) -> Option<[f64; 2]> {
        match &self.projective {
            Some([_, back]) => seen(back, x, y),
            None => between(&self.tile, &self.grid, x, y),
        }
    }
}

/// By way of the sky.
fn between(from: &Wcs, to: &Wcs, x: f64, y: f64) -> Option<[f64; 2]> {
    to.direction_to_pixel(from.pixel_to_direction(x, y)?)
        .filter(finite)
}

/// By a projective map; points behind the plane give `None`.
#[inline]
fn seen(map: &Matrix, x: f64, y: f64) -> Option<[f64; 2]> {
    let [u, v, w] = apply(map, [x, y, 1.0]);
    (w > 0.0).then(|| [u / w, v / w]).filter(finite)
}

fn finite(p: &[f64; 2]) -> bool {
    p[0].is_finite() && p[1].is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Frame;

    #[test]
    fn tangent_planes_meet_as_they_do_by_way_of_the_sky() {
        let plane = |frame, at, turn: f64, middle| {
            let (s, c) = turn.to_radians().sin_cos();
            let scale = 3e-4;
            let cd = [[-scale * c, scale * s], [scale * s, 1.1 * scale * c]];
            Wcs::celestial("TAN", frame, at, middle, cd).expect("a plane")
        };
        let grid = plane(Frame::Icrs, [150.0, 88.0], 3.0, [2000.0, 1500.0]);
        let tiles = [
            plane(Frame::Icrs, [151.0, 87.5], 40.0, [500.5, -3000.0]),
            plane(Frame::Galactic, [126.0, 29.0], -170.0, [0.0, 0.0]),
            // On the other side of the sky.
            plane(Frame::Icrs, [330.0, -60.0], 0.0, [100.0, 100.0]),
        ];
        for tile in tiles {
            let mapping = Mapping::new(&grid, &tile);
            assert!(mapping.projective.is_some());
            for (x, y) in (0..400).map(|i| (f64::from(i % 20) * 211.3, f64::from(i / 20) * 170.9)) {
                for (found, expected) in [
                    (mapping.at(x, y), between(&grid, &tile, x, y)),
                    (mapping.inverse_at(x, y), between(&tile, &grid, x, y)),
                ] {
                    match (found, expected) {
                        (Some(a), Some(b)) => {
                            let far = b[0].abs().max(b[1].abs()).max(1.0);
                            let off = (a[0] - b[0]).abs().max((a[1] - b[1]).abs());
                            assert!(off < 1e-11 * far.max(100.0), "{a:?} is not {b:?}");
                        }
                        (found, expected) => assert_eq!(found, expected),
                    }
                }
            }
        }
    }
}

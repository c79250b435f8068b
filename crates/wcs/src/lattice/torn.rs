//! Output pixels that the mapping tears because a seam of the tile's projection, or the edge of the sky, runs through
//! them.

use super::cell::Lattice;
use crate::mapping::Mapping;

/// Corners whose mean is further from the centre than this fraction of their spread do not belong together: when one of
/// four is across a seam it is a quarter.
const TORN: f64 = 0.125;
/// Step for computing slopes, output px.
const STEP: f64 = 1.0 / 64.0;

impl Lattice {
    /// The corners of output pixel (x, y), counter-clockwise from the lower left one: unchanged when they surround its
    /// centre, otherwise those of the part of the pixel that contains the centre, from the slope of the mapping there.
    /// `None` where the centre has no sky.
    ///
    /// An unknown corner is NaN.
    pub fn mended(&self, x: u32, y: u32, corners: [[f64; 2]; 4]) -> Option<[[f64; 2]; 4]> {
        mended(self.mapping(), f64::from(x), f64::from(y), corners)
    }
}

fn mended(mapping: &Mapping, x: f64, y: f64, corners: [[f64; 2]; 4]) -> Option<[[f64; 2]; 4]> {
    let centre = mapping.at(x, y)?;
    let whole = (0..2).all(|axis| {
        let values = corners.map(|c| c[axis]);
        let mean = 0.25 * values.iter().sum::<f64>();
        let spread = values.iter().fold(f64::MIN, |most, v| most.max(*v))
            - values.iter().fold(f64::MAX, |least, v| least.min(*v));
        // False for NaN; a pixel that is a point along one axis is not torn along it.
        (mean - centre[axis]).abs() <= TORN * spread + 1e-6
    });
    if whole {
        return Some(corners);
    }
    let along = slope(mapping, centre, [x, y], [STEP, 0.0])?;
    let across = slope(mapping, centre, [x, y], [0.0, STEP])?;
    let corner = |u: f64, v: f64| [0, 1].map(|a| centre[a] + u * along[a] + v * across[a]);
    Some([
        corner(-0.5, -0.5),
        corner(0.5, -0.5),
        corner(0.5, 0.5),
        corner(-0.5, 0.5),
    ])
}

/// Change of the tile position per output pixel, on the side of `centre` where it changes less: the other side may be
/// across the seam.
fn slope(mapping: &Mapping, centre: [f64; 2], at: [f64; 2], step: [f64; 2]) -> Option<[f64; 2]> {
    let change = |sign: f64| {
        let p = mapping.at(at[0] + sign * step[0], at[1] + sign * step[1])?;
        Some([0, 1].map(|a| sign * (p[a] - centre[a]) / STEP))
    };
    let size = |d: &[f64; 2]| d[0].abs().max(d[1].abs());
    match (change(1.0), change(-1.0)) {
        (Some(a), Some(b)) => Some(if size(&a) <= size(&b) { a } else { b }),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LatticeRows, Places, lay};
    use super::*;
    use crate::{Frame, Wcs};

    /// The seam of an all-sky tile crosses a grid of small pixels: no pixel may reach across the tile.
    #[test]
    fn regression_a_seam_tears_no_pixel() {
        let cd = |scale: f64| [[-scale, 0.0], [0.0, scale]];
        let tile = Wcs::celestial("CAR", Frame::Icrs, [0.0, 0.0], [359.5, 179.5], cd(0.5));
        let grid = Wcs::celestial("TAN", Frame::Icrs, [179.3, 10.0], [40.0, 40.0], cd(0.3));
        let mapping = Mapping::new(&grid.expect("TAN"), &tile.expect("CAR"));
        let (lattice, _) = lay(mapping, [720, 360], [80, 80], 1e-3, Places::Corners);
        let mut rows = LatticeRows::default();
        lattice.emit(0..81, 0..81, &mut rows);
        let mut at = vec![[[f64::NAN; 2]; 81]; 81];
        for (y, at) in at.iter_mut().enumerate() {
            for run in rows.row(y) {
                for k in 0..run.len {
                    at[(run.x + k) as usize] = run.position(k);
                }
            }
        }
        let width = |c: &[[f64; 2]; 4]| {
            let x = c.map(|c| c[0]);
            x.iter().fold(f64::MIN, |a, b| a.max(*b)) - x.iter().fold(f64::MAX, |a, b| a.min(*b))
        };
        let mut torn = 0;
        for y in 0..80 {
            for x in 0..80 {
                let corners = [at[y][x], at[y][x + 1], at[y + 1][x + 1], at[y + 1][x]];
                torn += u32::from(width(&corners) > 100.0);
                let mended = lattice.mended(x as u32, y as u32, corners);
                let mended = mended.expect("the whole grid is on the sky");
                assert!(width(&mended) < 1.5, "{mended:?} at {x}, {y}");
                if width(&corners) < 100.0 {
                    assert_eq!(mended, corners);
                }
            }
        }
        assert!((70..200).contains(&torn), "{torn} pixels lie on the seam");
    }
}

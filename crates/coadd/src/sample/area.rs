//! Areas that a quadrilateral shares with pixels, exactly, by Green's theorem.
//!
//! Pixel (i, j) is the square [i, i + 1] x [j, j + 1]. In each row an edge adds the area between itself
//! and a column's border, with the sign of its rise. The area beyond one border but not beyond the next
//! lies in the column between them.

/// Areas below this (px², or share of a smaller pixel) are the rounding of positions, not contact.
const LEAST_AREA: f64 = 1.0 / (1u32 << 22) as f64;
/// Areas of a quadrilateral, px².
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared {
    /// Its whole area.
    pub total: f64,
    /// The area inside the tile.
    pub inside: f64,
}

/// One edge inside one row of tile pixels.
#[derive(Clone, Copy, Debug, Default)]
struct Segment {
    low: f64,
    high: f64,
    /// Height that it spans, negative if it runs downwards.
    rise: f64,
}

/// Calls `each` for every pixel of a tile of `tile` (width, height) px that the quadrilateral meets, with the
/// shared area. `None` when it meets none, or has no area.
pub(super) fn share(
    corners: &[[f64; 2]; 4],
    [width, height]: [u32; 2],
    mut each: impl FnMut([u32; 2], f64),
) -> Option<Shared> {
    let span = |axis: usize| {
        let values = corners.map(|c| c[axis]);
        let low = values.iter().fold(f64::MAX, |low, v| low.min(*v));
        let high = values.iter().fold(f64::MIN, |high, v| high.max(*v));
        (low, high)
    };
    let (low, high) = span(1);
    let (left, right) = span(0);
    let meets = low < f64::from(height) && high > 0.0 && left < f64::from(width) && right > 0.0;
    let signed = signed_area(corners);
    let total = signed.abs();
    // Written so that NaN fails too.
    if !(meets && total > 0.0 && total.is_finite()) {
        return None;
    }
    let least = LEAST_AREA * total.min(1.0);
    let mut inside = 0.0;
    for row in cells(low, high, height) {
        let (segments, count) = cut(corners, f64::from(row));
        let segments = &segments[..count];
        let left = segments.iter().fold(f64::MAX, |x, s| x.min(s.low));
        let right = segments.iter().fold(f64::MIN, |x, s| x.max(s.high));
        if !(left < f64::from(width) && right > 0.0) {
            continue;
        }
        let columns = cells(left, right, width);
        let mut beyond = area_beyond(segments, f64::from(columns.start));
        for column in columns {
            let next = area_beyond(segments, f64::from(column + 1));
            let area = (beyond - next) * signed.signum();
            beyond = next;
            inside += area.max(0.0);
            if area >= least {
                each([column, row], area);
            }
        }
    }
    Some(Shared { total, inside })
}

/// Area of the quadrilateral, positive when its corners run counter-clockwise.
fn signed_area([a, b, c, d]: &[[f64; 2]; 4]) -> f64 {
    // Half the cross product of the diagonals.
    0.5 * ((c[0] - a[0]) * (d[1] - b[1]) - (d[0] - b[0]) * (c[1] - a[1]))
}

/// Whole pixels of 0..n that low..high meets.
fn cells(low: f64, high: f64, n: u32) -> std::ops::Range<u32> {
    low.max(0.0) as u32..(high.max(0.0) as u32).saturating_add(1).min(n)
}

/// The edges inside the row of pixels [row, row + 1].
fn cut(corners: &[[f64; 2]; 4], row: f64) -> ([Segment; 4], usize) {
    let mut segments = [Segment::default(); 4];
    let mut count = 0;
    for i in 0..4 {
        let (a, b) = (corners[i], corners[(i + 1) % 4]);
        let [y0, y1] = [a[1], b[1]].map(|y| y.clamp(row, row + 1.0));
        if y0 == y1 {
            continue;
        }
        let slope = (b[0] - a[0]) / (b[1] - a[1]);
        // The corner itself where it lies inside, so that an upright edge stays upright.
        let x = |y: f64| {
            if y == b[1] {
                b[0]
            } else {
                a[0] + (y - a[1]) * slope
            }
        };
        let (x0, x1) = (x(y0), x(y1));
        segments[count] = Segment {
            low: x0.min(x1),
            high: x0.max(x1),
            rise: y1 - y0,
        };
        count += 1;
    }
    (segments, count)
}

/// Area of the row's part of the quadrilateral that lies beyond column edge `x`: the edges' distance
/// from it, integrated over their rise.
fn area_beyond(segments: &[Segment], x: f64) -> f64 {
    let mut area = 0.0;
    for Segment { low, high, rise } in segments {
        let mean = if x <= *low {
            0.5 * (low + high) - x
        } else if x >= *high {
            0.0
        } else {
            (high - x) * (high - x) / (2.0 * (high - low))
        };
        area += rise * mean;
    }
    area
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Area of the polygon inside [x, x + 1] x [y, y + 1], by cutting it with one edge after another
    /// (Sutherland and Hodgman 1974, CACM 17, 32).
    fn clipped(corners: &[[f64; 2]; 4], x: f64, y: f64) -> f64 {
        let mut shape = corners.to_vec();
        for (axis, limit, sign) in [
            (0, x, 1.0),
            (0, x + 1.0, -1.0),
            (1, y, 1.0),
            (1, y + 1.0, -1.0),
        ] {
            let depth = |p: &[f64; 2]| sign * (p[axis] - limit);
            let mut out = Vec::new();
            for (i, b) in shape.iter().enumerate() {
                let a = &shape[(i + shape.len() - 1) % shape.len()];
                let (da, db) = (depth(a), depth(b));
                if (da >= 0.0) != (db >= 0.0) {
                    let t = da / (da - db);
                    out.push([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]);
                }
                if db >= 0.0 {
                    out.push(*b);
                }
            }
            shape = out;
        }
        let turns = (0..shape.len()).map(|i| {
            let (a, b) = (shape[i], shape[(i + 1) % shape.len()]);
            0.5 * (a[0] * b[1] - b[0] * a[1])
        });
        turns.sum()
    }

    /// A quadrilateral of about `size` px that looks random.
    fn quad(seed: u32, size: f64) -> [[f64; 2]; 4] {
        let noise = |i: u32| {
            let v = (seed * 8 + i).wrapping_mul(2_654_435_761) >> 8;
            f64::from(v) / f64::from(1u32 << 24)
        };
        let place = [0, 1].map(|i| 14.0 * noise(i) - 1.0);
        let turn = noise(7) * std::f64::consts::TAU;
        let mut corners = [0.8, 2.3, 3.9, 5.5];
        for (i, angle) in corners.iter_mut().enumerate() {
            *angle += turn + 0.6 * noise(2 + i as u32);
        }
        corners.map(|a| [place[0] + size * a.cos(), place[1] + size * a.sin()])
    }

    #[test]
    fn property_areas_are_those_of_clipping() {
        let mut met = 0;
        for seed in 0..3000 {
            let corners = quad(seed, [0.05, 0.7, 1.4, 5.0][seed as usize % 4]);
            for mirrored in [false, true] {
                let mut turned = corners;
                if mirrored {
                    turned.reverse();
                }
                let mut found = [[0.0; 12]; 12];
                let shared = share(&turned, [12, 12], |[x, y], area| {
                    found[y as usize][x as usize] = area;
                });
                let mut sum = 0.0;
                for (y, row) in found.iter().enumerate() {
                    for (x, got) in row.iter().enumerate() {
                        let expected = clipped(&corners, x as f64, y as f64).abs();
                        assert!(
                            (got - expected).abs() < 3e-7,
                            "{got}, not {expected}: {seed}"
                        );
                        met += u32::from(expected > 1e-3);
                        sum += expected;
                    }
                }
                let (total, inside) = shared.map_or((0.0, 0.0), |s| (s.total, s.inside));
                assert!((inside - sum).abs() < 1e-9, "{inside}, not {sum}: {seed}");
                if shared.is_some() {
                    assert!((total - signed_area(&corners).abs()).abs() < 1e-12);
                }
            }
        }
        assert!(met > 20_000, "only {met} overlaps");
    }
}

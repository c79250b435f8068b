//! What the tiles cover, on the sky and on a provisional grid.

use crate::outline::side;
use crate::rotation::{Direction, apply_transposed, direction};
use crate::wcs::Wcs;

/// A tile and its width and height in pixels.
pub(super) type Tile<'a> = (&'a Wcs, usize, usize);

/// Points per side of a tile.
const SAMPLES: f64 = 64.0;

/// Directions along a line on a tile; `None` where a pixel is not on the sky.
pub(super) struct Path {
    steps: Vec<Option<Direction>>,
    /// Whether the line is part of the border; otherwise it is a row of samples across a tile that is only partly sky,
    /// and the true edge may be up to one sample away.
    border: bool,
}

impl Path {
    /// The points on the sky.
    pub fn points(&self) -> impl Iterator<Item = Direction> + '_ {
        self.steps.iter().copied().flatten()
    }
}

/// The border of a tile as four paths; rows and columns of samples when part of the border is not on the sky. `None`
/// when no point is.
pub(super) fn covered(wcs: &Wcs, width: usize, height: usize) -> Option<Vec<Path>> {
    if width == 0 || height == 0 {
        return None;
    }
    let sky = |[x, y]: [f64; 2]| wcs.pixel_to_direction(x, y);
    let step = |length: usize| length as f64 / SAMPLES;
    let border: Vec<Path> = (0..4)
        .map(|k| {
            let length = if k % 2 == 0 { width } else { height };
            Path {
                steps: side(k, width, height, step(length)).map(sky).collect(),
                border: true,
            }
        })
        .collect();
    if border
        .iter()
        .all(|path| path.steps.iter().all(Option::is_some))
    {
        return Some(border);
    }
    let across = |n: usize, i: u32| n as f64 * (f64::from(i) / (2.0 * SAMPLES)) - 0.5;
    let last = 2 * SAMPLES as u32;
    let line = |steps: Vec<Option<Direction>>| Path {
        steps,
        border: false,
    };
    let rows = (0..=last).map(|j| {
        (0..=last)
            .map(|i| sky([across(width, i), across(height, j)]))
            .collect()
    });
    let columns = (0..=last).map(|i| {
        (0..=last)
            .map(|j| sky([across(width, i), across(height, j)]))
            .collect()
    });
    let paths: Vec<Path> = rows.chain(columns).map(line).collect();
    paths
        .iter()
        .any(|path| path.points().next().is_some())
        .then_some(paths)
}

/// A rectangle on the provisional grid, pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub low: [f64; 2],
    pub high: [f64; 2],
}

impl Extent {
    /// The extents of all tiles; `None` for a tile that has no point on the grid.
    pub fn of(tiles: &[Tile], covered: &[Vec<Path>], grid: &Wcs) -> Vec<Option<Self>> {
        tiles
            .iter()
            .zip(covered)
            .map(|(tile, paths)| one(tile, paths, grid))
            .collect()
    }

    /// The smallest rectangle that contains both.
    pub fn with(self, other: Self) -> Self {
        let pick = |k: usize| {
            (
                self.low[k].min(other.low[k]),
                self.high[k].max(other.high[k]),
            )
        };
        let (x, y) = (pick(0), pick(1));
        Self {
            low: [x.0, y.0],
            high: [x.1, y.1],
        }
    }
}

fn one(tile: &Tile, paths: &[Path], grid: &Wcs) -> Option<Extent> {
    let mut sum: Option<Extent> = None;
    let mut add = |p: [f64; 2], pad: [f64; 2]| {
        let extent = Extent {
            low: [0, 1].map(|k| p[k] - pad[k]),
            high: [0, 1].map(|k| p[k] + pad[k]),
        };
        sum = Some(sum.map_or(extent, |s| s.with(extent)));
    };
    let mut crossed = false;
    for path in paths {
        crossed |= follow(path, grid, &mut add);
    }
    if crossed {
        for point in map_edge(paths, grid) {
            add(point, [0.0; 2]);
        }
    }
    for point in poles(tile, grid) {
        add(point, [0.0; 2]);
    }
    sum
}

/// Adds the points of a path, each with how far the line between samples may stick out; returns whether the path
/// crosses native longitude 180°, where maps other than zenithal ones are cut open.
fn follow(path: &Path, grid: &Wcs, add: &mut dyn FnMut([f64; 2], [f64; 2])) -> bool {
    let zenithal = grid.is_zenithal();
    let native: Vec<Option<Direction>> = path
        .steps
        .iter()
        .map(|d| d.map(|d| grid.native(d)))
        .collect();
    let pixel: Vec<Option<[f64; 2]>> = native
        .iter()
        .map(|n| n.and_then(|n| grid.native_to_pixel(n)))
        .collect();
    let crosses = |i: usize| match (native[i], native[i + 1]) {
        (Some(a), Some(b)) => !zenithal && a[0] + b[0] < 0.0 && (a[1] < 0.0) != (b[1] < 0.0),
        _ => false,
    };
    for (i, here) in pixel.iter().enumerate() {
        let Some(here) = *here else { continue };
        let neighbour = |j: Option<usize>| {
            let j = j?;
            let cut = crosses(i.min(j));
            pixel.get(j).copied().flatten().filter(|_| !cut)
        };
        let before = neighbour(i.checked_sub(1));
        let after = neighbour((i + 1 < pixel.len()).then_some(i + 1));
        add(here, pad(path.border, here, before, after));
    }
    (1..native.len()).any(|i| crosses(i - 1))
}

/// The ends of a tile's latitude range on both edges of the map, and the equator if it lies between them, where the map
/// is widest.
fn map_edge(paths: &[Path], grid: &Wcs) -> Vec<[f64; 2]> {
    let sines = paths
        .iter()
        .flat_map(Path::points)
        .map(|d| grid.native(d)[2]);
    let (low, high) = sines.fold((1.0_f64, -1.0_f64), |(low, high), s| {
        (low.min(s), high.max(s))
    });
    let equator = (low < 0.0 && high > 0.0).then_some(0.0);
    let mut points = Vec::new();
    for s in [low, high].into_iter().chain(equator) {
        let c = (1.0 - s * s).max(0.0).sqrt();
        for sign in [-1e-12, 1e-12] {
            points.extend(grid.native_to_pixel([-c, sign * c, s]));
        }
    }
    points
}

/// How far the line may stick out beyond a sample. On the border: a parabola through three samples rises above them by
/// at most an eighth of their second difference; twice that for safety. Elsewhere: the distance to the next sample.
fn pad(
    border: bool,
    here: [f64; 2],
    before: Option<[f64; 2]>,
    after: Option<[f64; 2]>,
) -> [f64; 2] {
    [0, 1].map(|k| match (border, before, after) {
        (true, Some(a), Some(b)) => 0.25 * (a[k] - 2.0 * here[k] + b[k]).abs(),
        (true, ..) => 0.0,
        (false, a, b) => [a, b]
            .into_iter()
            .flatten()
            .map(|p| (p[k] - here[k]).abs())
            .fold(0.0, f64::max),
    })
}

/// When a tile contains a native pole, its border does not show how far the map reaches: the pole itself does, along
/// its whole edge of the map.
fn poles(tile: &Tile, grid: &Wcs) -> Vec<[f64; 2]> {
    let signs: &[f64] = if grid.is_zenithal() {
        &[-1.0]
    } else {
        &[-1.0, 1.0]
    };
    let mut points = Vec::new();
    for sign in signs
        .iter()
        .filter(|sign| holds(tile, grid.from_native([0.0, 0.0, **sign])))
    {
        for lon in [-179.999_999, -90.0, 0.0, 90.0, 179.999_999] {
            points.extend(grid.native_to_pixel(direction(lon, sign * 89.999_999)));
        }
    }
    points
}

/// Whether a direction is on a tile.
pub(super) fn holds((wcs, width, height): &Tile, d: Direction) -> bool {
    wcs.direction_to_pixel(d).is_some_and(|[x, y]| {
        x >= -0.5 && y >= -0.5 && x <= *width as f64 - 0.5 && y <= *height as f64 - 0.5
    })
}

impl Wcs {
    /// From ICRS to native unit vectors.
    fn native(&self, d: Direction) -> Direction {
        crate::rotation::apply(self.icrs_matrix(), d)
    }

    /// From native unit vectors to ICRS.
    #[expect(clippy::wrong_self_convention, reason = "the opposite of `native`")]
    fn from_native(&self, n: Direction) -> Direction {
        apply_transposed(self.icrs_matrix(), n)
    }
}

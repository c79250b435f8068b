//! From tiles and options to a grid.

use super::extent::{Extent, Path, Tile, covered, holds};
use super::{Grid, GridError, GridOptions, Rotation};
use crate::frame::Frame;
use crate::projection::Projection;
use crate::rotation::{Direction, apply, apply_transposed, direction, dot, lon_lat};
use crate::wcs::{Wcs, unsuited};

/// Radius of the mosaic, degrees, up to which TAN or ZEA is chosen.
const TAN_RADIUS: f64 = 20.0;
const ZEA_RADIUS: f64 = 90.0;

impl Grid {
    /// The grid that contains all tiles, as far as the options leave it open. Its frame is galactic, or that of a body,
    /// when that of all tiles is, otherwise ICRS. The error names a tile that cannot be shown, so that the caller can leave it out.
    pub fn auto(tiles: &[(&Wcs, usize, usize)], options: &GridOptions) -> Result<Self, GridError> {
        check(options)?;
        let covered: Vec<Vec<Path>> = tiles
            .iter()
            .enumerate()
            .map(|(tile, (wcs, width, height))| {
                covered(wcs, *width, *height).ok_or(GridError::TileOffSky { tile })
            })
            .collect::<Result<_, _>>()?;
        if tiles.is_empty() {
            return Err(GridError::NoTiles);
        }
        // Frames of bodies cannot be mixed with others: the caller has seen to it.
        let frame = match tiles[0].0.frame() {
            own @ (Frame::Galactic | Frame::Body(_))
                if tiles.iter().all(|(wcs, ..)| wcs.frame() == own) =>
            {
                own
            }
            _ => Frame::Icrs,
        };
        let centre = match options.center {
            Some([lon, lat]) => direction(lon, lat),
            None => mean_centre(tiles, &covered, frame),
        };
        let code = match &options.projection {
            Some(code) => code.to_ascii_uppercase(),
            None => choose_projection(radius_deg(tiles, &covered, centre)).to_owned(),
        };
        let scale = options
            .scale_arcsec
            .unwrap_or_else(|| median(tiles.iter().map(|t| t.0.scale_arcsec()).collect()));
        let crval = lon_lat(apply(&frame.from_icrs(), centre));
        if let Some(reason) = unsuited(&code, crval[1]) {
            return Err(GridError::InvalidOption {
                option: "--projection",
                reason,
            });
        }
        let handed = if runs_right(frame, tiles) {
            |[lon, lat]: [[f64; 2]; 2]| [lon.map(|c| -c), lat]
        } else {
            |matrix| matrix
        };
        let at_angle = |angle: f64| {
            let matrix = handed(north_up(scale / 3600.0, angle));
            Wcs::celestial(&code, frame, crval, [0.0, 0.0], matrix)
        };
        let mut wcs = at_angle(0.0)?;
        if options.rotation == Rotation::Auto {
            wcs = at_angle(median_angle(tiles, &wcs))?;
        }
        let extents = Extent::of(tiles, &covered, &wcs);
        place(&wcs, extents, options)
    }
}

fn check(options: &GridOptions) -> Result<(), GridError> {
    let invalid = |option, reason: String| Err(GridError::InvalidOption { option, reason });
    if let Some(scale) = options
        .scale_arcsec
        .filter(|s| !(s.is_finite() && *s > 0.0))
    {
        return invalid(
            "--scale",
            format!("{scale} is not a pixel size in arcseconds; give a number above 0"),
        );
    }
    if let Some([lon, lat]) = options
        .center
        .filter(|[lon, lat]| !(lon.is_finite() && lat.abs() <= 90.0))
    {
        return invalid(
            "--center",
            format!("{lon},{lat} is not a position; give degrees as RA,DEC"),
        );
    }
    if let Some([w, h]) = options.size.filter(|size| size.contains(&0)) {
        return invalid(
            "--size",
            format!("{w},{h} is an empty image; give width,height in pixels"),
        );
    }
    let Some(code) = &options.projection else {
        return Ok(());
    };
    // A latitude at which every projection works.
    match Projection::from_code(&code.to_ascii_uppercase(), 2, &|_| Some(45.0)) {
        Ok(None) => invalid(
            "--projection",
            format!(
                "{code} is not a projection; give a three-letter code of the FITS standard, such as TAN, ZEA or AIT"
            ),
        ),
        _ => Ok(()),
    }
}

/// The matrix, degrees per pixel, of square pixels whose +y has a position angle in degrees; east is to the left.
fn north_up(scale: f64, angle: f64) -> [[f64; 2]; 2] {
    let (s, c) = crate::rotation::sin_cos_deg(angle);
    [[-scale * c, scale * s], [scale * s, scale * c]]
}

/// Whether longitudes run to the right, as they do on most maps of the Sun and planets: as the tiles have it.
fn runs_right(frame: Frame, tiles: &[Tile]) -> bool {
    let mirrored = tiles.iter().filter(|(wcs, ..)| wcs.mirrored()).count();
    matches!(frame, Frame::Body(_)) && 2 * mirrored > tiles.len()
}

fn middle((_, width, height): &Tile) -> [f64; 2] {
    [0.5 * (*width as f64 - 1.0), 0.5 * (*height as f64 - 1.0)]
}

/// The mean of the tiles' centres. For tiles all around the sky it is undefined, so the frame's origin is used.
fn mean_centre(tiles: &[Tile], covered: &[Vec<Path>], frame: Frame) -> Direction {
    let centre = |(tile, paths): (&Tile, &Vec<Path>)| {
        let [x, y] = middle(tile);
        let centre = tile.0.pixel_to_direction(x, y);
        centre.or_else(|| paths.iter().flat_map(Path::points).next())
    };
    let centres: Vec<_> = tiles.iter().zip(covered).filter_map(centre).collect();
    let sum: Direction = std::array::from_fn(|axis| {
        // In an order of their own, because sums depend on it.
        let mut parts: Vec<_> = centres.iter().map(|centre| centre[axis]).collect();
        parts.sort_by(f64::total_cmp);
        parts.iter().sum()
    });
    let length = dot(sum, sum).sqrt();
    if length < 0.1 * tiles.len() as f64 {
        return apply_transposed(&frame.from_icrs(), [1.0, 0.0, 0.0]);
    }
    sum.map(|c| c / length)
}

/// The largest distance from the centre to any covered point, degrees.
fn radius_deg(tiles: &[Tile], covered: &[Vec<Path>], centre: Direction) -> f64 {
    let opposite = centre.map(|c| -c);
    if tiles.iter().any(|tile| holds(tile, opposite)) {
        return 180.0;
    }
    let points = covered.iter().flatten().flat_map(Path::points);
    let farthest = points.map(|d| dot(d, centre)).fold(1.0, f64::min);
    libm::acos(farthest.clamp(-1.0, 1.0)).to_degrees()
}

fn choose_projection(radius: f64) -> &'static str {
    if radius <= TAN_RADIUS {
        "TAN"
    } else if radius <= ZEA_RADIUS {
        "ZEA"
    } else {
        "AIT"
    }
}

/// The median; of an even number of values the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.len().saturating_sub(1) / 2, values.len() / 2);
    match (values.get(low), values.get(high)) {
        (Some(a), Some(b)) => 0.5 * (a + b),
        _ => f64::NAN,
    }
}

/// The tiles' median position angle of +y as seen on a north-up grid, degrees. Half turns are removed because a mount
/// that flips at the meridian turns its tiles by 180°.
fn median_angle(tiles: &[Tile], grid: &Wcs) -> f64 {
    let mut angles: Vec<f64> = tiles
        .iter()
        .filter_map(|tile| {
            let [x, y] = middle(tile);
            let on_grid = |dy: f64| grid.direction_to_pixel(tile.0.pixel_to_direction(x, y + dy)?);
            let (a, b) = (on_grid(-1.0)?, on_grid(1.0)?);
            Some(libm::atan2(a[0] - b[0], b[1] - a[1]).to_degrees())
        })
        .collect();
    if angles.is_empty() {
        return 0.0;
    }
    // In an order of their own, because sums depend on it.
    angles.sort_by(f64::total_cmp);
    let axis = common_axis(&angles);
    let near = |angle: &f64| angle - 180.0 * libm::round((angle - axis) / 180.0);
    let angle = median(angles.iter().map(near).collect());
    // The rounding error of a north-up tile should not count as a rotation.
    if angle.abs() < 1e-6 { 0.0 } else { angle }
}

/// Mean direction in degrees of lines at these angles (Mardia & Jupp, Directional Statistics, 2000, section 9.1), pointing
/// where most of the tiles do; 0 where they have none in common.
fn common_axis(angles: &[f64]) -> f64 {
    let least = 1e-6 * angles.len() as f64;
    let sum = |of: &dyn Fn(f64) -> f64| angles.iter().map(|angle| of(angle.to_radians())).sum();
    let [sines, cosines]: [f64; 2] = [sum(&|a| libm::sin(2.0 * a)), sum(&|a| libm::cos(2.0 * a))];
    if libm::hypot(sines, cosines) <= least {
        return 0.0;
    }
    let axis = libm::atan2(sines, cosines) / 2.0;
    let along: f64 = sum(&|a| libm::cos(a - axis));
    axis.to_degrees() + if along < -least { 180.0 } else { 0.0 }
}

/// Rounds the extents to whole pixels and moves the reference pixel accordingly.
fn place(
    wcs: &Wcs,
    extents: Vec<Option<Extent>>,
    options: &GridOptions,
) -> Result<Grid, GridError> {
    let centred = options.center.is_some();
    if let (true, Some([width, height])) = (centred, options.size) {
        // A grid that is fully specified does not depend on whether tiles are outside it.
        return Ok(at(wcs, [0.0, 0.0], [width, height]));
    }
    let mut all: Option<Extent> = None;
    for (tile, extent) in extents.into_iter().enumerate() {
        let projection = || wcs.projection_code().to_owned();
        let extent = extent.ok_or_else(|| GridError::TileOffProjection {
            tile,
            projection: projection(),
        })?;
        all = Some(all.map_or(extent, |sum| sum.with(extent)));
    }
    let Extent { low, high } = all.ok_or(GridError::NoTiles)?;
    let (middle, span) = if centred {
        (
            [0.0; 2],
            [0, 1].map(|k| 2.0 * low[k].abs().max(high[k].abs())),
        )
    } else {
        (
            [0, 1].map(|k| 0.5 * (low[k] + high[k])),
            [0, 1].map(|k| high[k] - low[k]),
        )
    };
    // A millionth of a pixel is a rounding error, not a reason for another row.
    let size = options
        .size
        .unwrap_or_else(|| span.map(|s| (s - 1e-6).ceil().max(1.0) as usize));
    Ok(at(wcs, middle, size))
}

/// The grid whose middle is a pixel position of the provisional WCS.
fn at(wcs: &Wcs, middle: [f64; 2], [width, height]: [usize; 2]) -> Grid {
    let shift = [
        0.5 * (width as f64 - 1.0) - middle[0],
        0.5 * (height as f64 - 1.0) - middle[1],
    ];
    Grid {
        wcs: wcs.shifted(shift[0], shift[1]),
        width,
        height,
    }
}

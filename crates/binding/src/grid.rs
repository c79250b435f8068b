//! The output's sky and shape.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, Float64Array};
use napi_derive::napi;
use zemosaic_engine::{Keywords, Tile, outlier, outline_on, place_tiles, size_of};
use zemosaic_fits::{BLOCK, FitsFile, HduKind, Header};
use zemosaic_wcs::{Grid as SkyGrid, GridOptions as SkyOptions, Wcs};

use crate::door::{Answer, Failure, Job, Result, later, now};
use crate::facts::frame_name;
use crate::tiles::Tiles;
use crate::words::Rotation;

/// How to choose the grid; what is absent is chosen from the tiles.
#[napi(object)]
pub struct GridOptions {
    pub projection: Option<String>,
    pub scale_arcsec: Option<f64>,
    /// ICRS degrees.
    pub center: Option<Vec<f64>>,
    /// Width and height, px.
    pub size: Option<Vec<u32>>,
    pub rotation: Rotation,
}

/// Facts about the grid.
#[napi(object)]
pub struct GridFacts {
    pub width: f64,
    pub height: f64,
    pub projection: String,
    pub frame: String,
    pub scale_arcsec: f64,
    /// ICRS degrees of the middle pixel; empty when that pixel is not on the sky.
    pub center: Vec<f64>,
    pub rotation_deg: f64,
    /// Pixels of all tiles together; 0 for a given grid.
    pub tile_pixels: f64,
    /// The tile farthest from the others.
    pub outlier: u32,
    pub outlier_deg: f64,
    /// Tiles that cannot be placed on this grid.
    pub dropped: Vec<u32>,
    /// What the user should know of the header that the grid was taken from.
    pub warnings: Vec<String>,
}

/// Straight pieces by which each side of a tile is drawn.
const OUTLINE_PARTS: usize = 8;

/// An output WCS and shape.
#[napi]
pub struct Grid {
    pub(crate) grid: SkyGrid,
    tiles: Placed,
}

/// How the tiles lie on the grid; empty for a given grid.
#[derive(Clone, Debug, Default)]
struct Placed {
    pixels: f64,
    outlier: usize,
    outlier_deg: f64,
    dropped: Vec<u32>,
}

#[napi]
impl Grid {
    #[napi(ts_return_type = "Promise<Grid>")]
    pub fn auto(tiles: &Tiles, options: GridOptions) -> AsyncTask<Job<Grid>> {
        let tiles = Arc::clone(&tiles.tiles);
        later(move || {
            let options = sky_options(options);
            let (grid, dropped) = place_tiles(&tiles, &options)?;
            let (far, far_deg) = outlier(&tiles).unwrap_or((0, 0.0));
            let pixels = |t: &Tile| t.shape.width as f64 * t.shape.height as f64;
            Ok(Self {
                grid,
                tiles: Placed {
                    pixels: tiles.iter().map(pixels).sum(),
                    outlier: far,
                    outlier_deg: far_deg,
                    dropped: dropped.into_iter().map(|i| i as u32).collect(),
                },
            })
        })
    }

    /// The grid of an image, or of a text header such as Montage and `SWarp` write.
    #[napi(ts_return_type = "Promise<Grid>")]
    pub fn like(path: String) -> AsyncTask<Job<Grid>> {
        later(move || {
            Ok(Self {
                grid: read_grid(&PathBuf::from(path))?,
                tiles: Placed::default(),
            })
        })
    }

    #[napi]
    pub fn facts(&self) -> Result<GridFacts> {
        now(|| Ok(facts(&self.grid, &self.tiles)))
    }

    /// The border of each tile as x, y, x, y... in pixels of this grid; NaN where a point is not on the grid's sky.
    #[napi]
    pub fn outlines(&self, tiles: &Tiles) -> Result<Vec<Float64Array>> {
        now(|| {
            let border = |tile: &Tile| {
                let points = outline_on(tile, &self.grid, OUTLINE_PARTS);
                let numbers = points.into_iter().flat_map(|p| p.unwrap_or([f64::NAN; 2]));
                Float64Array::new(numbers.collect())
            };
            Ok(tiles.tiles.iter().map(border).collect())
        })
    }
}

/// The grid of an image, or of a text header.
pub(crate) fn read_grid(path: &Path) -> Answer<SkyGrid> {
    match text_header(path)? {
        Some(header) => header_grid(path, &header),
        None => image_grid(path),
    }
}

fn facts(grid: &SkyGrid, tiles: &Placed) -> GridFacts {
    let middle = |n: usize| (n as f64 - 1.0) / 2.0;
    let center = grid
        .wcs
        .pixel_to_direction(middle(grid.width), middle(grid.height));
    GridFacts {
        width: grid.width as f64,
        height: grid.height as f64,
        projection: grid.wcs.projection_code().into(),
        frame: frame_name(grid.wcs.frame()),
        scale_arcsec: grid.wcs.scale_arcsec(),
        center: center.map_or_else(Vec::new, |d| zemosaic_wcs::lon_lat(d).to_vec()),
        rotation_deg: grid.wcs.rotation_deg(),
        tile_pixels: tiles.pixels,
        outlier: tiles.outlier as u32,
        outlier_deg: tiles.outlier_deg,
        dropped: tiles.dropped.clone(),
        warnings: grid.wcs.warnings().to_vec(),
    }
}

fn sky_options(options: GridOptions) -> SkyOptions {
    let pair = |v: Option<Vec<f64>>| v.and_then(|v| <[f64; 2]>::try_from(v).ok());
    let size = options.size.and_then(|v| <[u32; 2]>::try_from(v).ok());
    SkyOptions {
        projection: options.projection,
        scale_arcsec: options.scale_arcsec,
        center: pair(options.center),
        size: size.map(|s| s.map(|n| n as usize)),
        rotation: options.rotation.into(),
    }
}

/// Longest text header, bytes: 4,096 cards with line ends. The rest is not read.
const LONGEST_TEXT: u64 = 4096 * 82;

/// The header in a text file; `None` when the file is FITS.
fn text_header(path: &Path) -> Answer<Option<Header>> {
    let failed = |e: std::io::Error| {
        let code = match e.kind() {
            ErrorKind::NotFound => "not_found",
            ErrorKind::OutOfMemory => "out_of_memory",
            _ => "io",
        };
        Failure::new(code, format!("cannot be read: {e}; check the path")).of(path, None)
    };
    let mut file = File::open(path).map_err(failed)?.take(BLOCK as u64);
    let mut text = Vec::new();
    file.read_to_end(&mut text).map_err(failed)?;
    // FITS has no line ends in its first block; gzip and other binary files are left to the FITS reader.
    let is_text = text
        .iter()
        .all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace());
    if !is_text || !text.contains(&b'\n') {
        return Ok(None);
    }
    file.set_limit(LONGEST_TEXT - BLOCK as u64);
    file.read_to_end(&mut text).map_err(failed)?;
    Ok(Some(Header::from_text(&text)))
}

fn image_grid(path: &Path) -> Answer<SkyGrid> {
    let file = FitsFile::open(path)?;
    let mut reason = None;
    for hdu in file.hdus() {
        // A solution without pixels says how large its image is.
        let size = match hdu.image_shape() {
            Ok(shape) => Some((shape.width, shape.height)),
            Err(_) if hdu.kind == HduKind::Empty => size_of(&hdu.header),
            Err(_) => None,
        };
        let Some(size) = size else { continue };
        match Wcs::from_cards(&Keywords::of(hdu, &file), size) {
            Ok(wcs) => {
                check_writable(path, &wcs)?;
                return Ok(SkyGrid {
                    wcs,
                    width: size.0,
                    height: size.1,
                });
            }
            Err(e) => reason = reason.or(Some(e)),
        }
    }
    let why = reason.map_or_else(|| "no image".to_owned(), |e| e.to_string());
    Err(Failure::new("no_celestial", format!("has no grid to use: {why}")).of(path, None))
}

/// Refuses a WCS that the mosaic's header could not describe completely.
fn check_writable(path: &Path, wcs: &Wcs) -> Answer<()> {
    if wcs.is_writable() {
        return Ok(());
    }
    let name = wcs.distortion().unwrap_or("its");
    let reason = format!("a grid cannot have {name} distortion; use an image without it");
    Err(Failure::new("bad_header", reason).of(path, None))
}

fn header_grid(path: &Path, header: &Header) -> Answer<SkyGrid> {
    let (width, height) = size_of(header).ok_or_else(|| {
        let reason = "NAXIS1 or NAXIS2 is missing or not a size (IMAGEW and IMAGEH would do); a grid needs both";
        Failure::new("bad_header", reason).of(path, None)
    })?;
    let wcs = Wcs::from_cards(&Keywords::alone(header), (width, height))
        .map_err(|e| Failure::from(e).of(path, None))?;
    check_writable(path, &wcs)?;
    Ok(SkyGrid { wcs, width, height })
}

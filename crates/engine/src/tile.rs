//! An opened tile: its readers, its geometry, its weight.

mod read;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use zemosaic_fits::{FitsError, FitsFile, ImageReader, ImageShape};
use zemosaic_wcs::Wcs;

use crate::border::{Blank, Border};
use crate::error::EngineError;
use crate::feather::Feather;
use crate::keywords::Keywords;
use crate::plane::{Depth, Mask, PlaneSource, WeightMap};
use crate::unpacked::Unpacked;
use crate::weight_unit::{typical_weight, weight_unit};

/// Largest side of a tile or grid, px: positions must fit in i32 with room to spare.
pub(crate) const LARGEST_SIDE: usize = 1_000_000_000;

/// What the caller decided about a tile.
#[derive(Clone, Debug)]
pub struct TileSpec {
    /// The image.
    pub image: PlaneSource,
    /// Tile weight, > 0.
    pub weight: f64,
    /// Factor on its values (FLXSCALE), usually 1.
    pub flux_scale: f32,
    /// Which pixels have no data, besides those that are NaN.
    pub blank: Blank,
    /// Width of the rim that is left out, px in from the edge of its data; 0 for none.
    pub trim: f32,
    /// Map of weights per pixel.
    pub weight_map: Option<WeightMap>,
    /// Map of bad pixels, which have no data.
    pub mask: Option<Mask>,
    /// Map of opacity per pixel; integers count as n/255.
    pub alpha: Option<PlaneSource>,
    /// The last of its four planes is its opacity, and no channel.
    pub fourth_is_alpha: bool,
    /// Width of its soft edge, px; 0 for none.
    pub feather: f32,
    /// The output channel that its only plane goes to, 0-based; `None`: its planes are the channels.
    pub channel: Option<usize>,
    /// Letter of the alternate WCS to take; `None` for the primary one.
    pub alternate: Option<char>,
}

/// Rows of a tile that could not be read; they count as uncovered.
#[derive(Clone, Debug)]
pub struct TileDamage {
    /// Index of the tile.
    pub tile: usize,
    /// The reason, which concerns the file of the tile or of its map.
    pub error: Arc<FitsError>,
}

/// A tile ready to be read by windows of rows.
#[derive(Debug)]
pub struct Tile {
    /// Its WCS.
    pub wcs: Wcs,
    /// Its shape in pixels.
    pub shape: ImageShape,
    /// Its weight, without its maps, in units of `weight_unit`.
    pub weight: f64,
    /// What a weight of 1 stands for: a power of two, the same for all tiles of a run.
    pub weight_unit: f64,
    typical_weight: Option<f64>,
    /// The only output channel that it belongs to, if its planes are not the channels.
    pub channel: Option<usize>,
    /// Its location.
    pub(crate) source: PlaneSource,
    image: ImageReader,
    flux_scale: f32,
    pub(crate) blank: Blank,
    pub(crate) trim: f32,
    /// Where its data end; unknown until it was looked for.
    border: OnceLock<Border>,
    weights: Option<(ImageReader, Depth)>,
    mask: Option<ImageReader>,
    alphas: Option<Alpha>,
    feather: Option<Feather>,
}

#[derive(Debug)]
struct Alpha {
    reader: ImageReader,
    plane: usize,
    /// 1/255 for integer planes.
    scale: f32,
}

impl Tile {
    /// Opens the tiles, in order: the image, its maps, and its WCS, but no pixels. The headers of a file are read once
    /// for all consecutive images of it; a file that `unpacked` already holds is not unpacked again.
    pub fn open_all(specs: &[TileSpec], unpacked: &Unpacked) -> Result<Vec<Self>, EngineError> {
        let files: Vec<&[TileSpec]> = specs
            .chunk_by(|a, b| a.image.path == b.image.path)
            .collect();
        let opened: Result<Vec<Vec<Self>>, EngineError> = files
            .into_par_iter()
            .map(|specs| {
                let mut files = OpenFiles::from(unpacked);
                specs
                    .iter()
                    .map(|spec| Self::open_in(&mut files, spec))
                    .collect()
            })
            .collect();
        let mut tiles: Vec<Self> = opened?.into_iter().flatten().collect();
        let unit = weight_unit(tiles.iter().filter_map(|tile| tile.typical_weight));
        for tile in &mut tiles {
            tile.weigh_in(unit);
        }
        Ok(tiles)
    }

    /// Opens one tile.
    pub fn open(spec: &TileSpec) -> Result<Self, EngineError> {
        Self::open_in(&mut OpenFiles::from(&Unpacked::default()), spec)
    }

    fn open_in(files: &mut OpenFiles, spec: &TileSpec) -> Result<Self, EngineError> {
        let PlaneSource { path, hdu } = &spec.image;
        let file = files.of(path)?;
        let image = file.reader(*hdu)?;
        let mut shape = image.shape();
        let wcs_error = |source| EngineError::Wcs {
            path: path.clone(),
            hdu: *hdu,
            source,
        };
        if shape.width > LARGEST_SIDE || shape.height > LARGEST_SIDE {
            return Err(EngineError::TooLarge {
                image: spec.image.clone(),
                width: shape.width,
                height: shape.height,
            });
        }
        let cards = Keywords::of(&file.hdus()[*hdu], file);
        let size = (shape.width, shape.height);
        let wcs = match spec.alternate {
            None => Wcs::from_cards(&cards, size),
            Some(letter) => Wcs::from_alternate(&cards, letter, size),
        };
        let wcs = wcs.map_err(wcs_error)?;
        let mut open_map = |source: &PlaneSource| open_map(files.of(&source.path)?, source, shape);
        let (weights, typical_weight) = match &spec.weight_map {
            Some(map) => {
                let (reader, typical) = typical_weight(open_map(&map.plane)?.0, map.holds);
                (Some((reader, map.holds)), typical)
            }
            None => (None, Some(spec.weight)),
        };
        let mask = match &spec.mask {
            Some(mask) => Some(open_map(&mask.plane)?.0.flags(mask.flags)),
            None => None,
        };
        let alphas = spec.alpha.as_ref().map(open_map).transpose()?;
        let alphas = if spec.fourth_is_alpha && shape.planes == 4 {
            shape.planes = 3;
            let file = files.of(path)?;
            Some(Alpha {
                reader: file.reader(*hdu)?,
                plane: 3,
                scale: 1.0 / opaque(file.hdus()[*hdu].bitpix),
            })
        } else {
            alphas.map(|(reader, bitpix)| Alpha {
                reader,
                plane: 0,
                scale: if bitpix > 0 { 1.0 / 255.0 } else { 1.0 },
            })
        };
        Ok(Self {
            wcs,
            shape,
            weight: spec.weight,
            weight_unit: 1.0,
            typical_weight,
            channel: spec.channel,
            source: spec.image.clone(),
            image,
            flux_scale: spec.flux_scale,
            blank: spec.blank,
            trim: spec.trim,
            border: OnceLock::new(),
            weights,
            mask,
            feather: Feather::new(spec.feather, spec.trim, [shape.width, shape.height]),
            alphas,
        })
    }

    /// Measures its weights in this unit.
    fn weigh_in(&mut self, unit: f64) {
        if unit == 1.0 {
            return;
        }
        self.weight_unit = unit;
        match self.weights.take() {
            Some((map, holds)) => {
                self.weights = Some((map.times(holds.factor(1.0 / unit)), holds));
            }
            None => self.weight /= unit,
        }
    }

    /// Width and height, px.
    pub fn size(&self) -> [u32; 2] {
        [self.shape.width as u32, self.shape.height as u32]
    }

    /// Output channels for which it has a plane.
    pub(crate) fn channels(&self) -> Range<usize> {
        self.channel
            .map_or(0..self.shape.planes, |channel| channel..channel + 1)
    }

    /// Whether it belongs to all of these output channels.
    pub(crate) fn is_in(&self, channels: &Range<usize>) -> bool {
        let own = self.channels();
        own.start <= channels.start && channels.end <= own.end
    }

    /// Its plane for an output channel.
    pub(crate) fn plane(&self, channel: usize) -> usize {
        channel - self.channels().start
    }

    /// Whether its pixels have different weights, by a map, a mask or a soft edge.
    pub(crate) fn has_variances(&self) -> bool {
        self.weights.is_some() || self.mask.is_some() || self.feather.is_some()
    }

    /// Whether its weights are those of its own pixels, as they are in a map.
    pub(crate) fn weighs_pixels(&self) -> bool {
        self.weights.is_some()
    }

    /// The factor on its values.
    pub(crate) fn flux_scale(&self) -> f32 {
        self.flux_scale
    }

    /// Whether a map, a mask or an opacity says how much its pixels count.
    pub(crate) fn has_maps(&self) -> bool {
        self.weights.is_some() || self.mask.is_some() || self.has_alphas()
    }

    /// Whether it has an opacity plane.
    pub(crate) fn has_alphas(&self) -> bool {
        self.alphas.is_some()
    }

    /// Whether its edge is soft.
    pub(crate) fn is_feathered(&self) -> bool {
        self.feather.is_some()
    }

    /// Rows of which one takes as much time to read as all.
    pub(crate) fn rows_at_once(&self) -> usize {
        self.image.rows_at_once()
    }

    /// Finds where its data end, unless that is known; whatever is read later follows from it. A tile that cannot be
    /// read whole has no border.
    pub(crate) fn border(&self) -> &Border {
        self.border
            .get_or_init(|| Border::find(self).unwrap_or_default())
    }
}

/// Files whose headers have been read, shared by the images of one file and their maps.
struct OpenFiles<'a> {
    files: HashMap<PathBuf, Arc<FitsFile>>,
    unpacked: &'a Unpacked,
}

impl<'a> OpenFiles<'a> {
    fn from(unpacked: &'a Unpacked) -> Self {
        Self {
            files: HashMap::new(),
            unpacked,
        }
    }

    fn of(&mut self, path: &Path) -> Result<&FitsFile, EngineError> {
        match self.files.entry(path.to_owned()) {
            Entry::Occupied(found) => Ok(found.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(self.unpacked.open(path)?)),
        }
    }
}

/// The value of an opaque pixel in a plane of colours: 1, or the most that unsigned whole numbers hold.
pub fn opaque(bitpix: i32) -> f32 {
    match bitpix {
        8 => 255.0,
        16 => 65535.0,
        _ => 1.0,
    }
}

/// A map's reader and BITPIX; the map must have the size of its image.
fn open_map(
    file: &FitsFile,
    source: &PlaneSource,
    shape: ImageShape,
) -> Result<(ImageReader, i32), EngineError> {
    let reader = file.reader(source.hdu)?;
    let map = reader.shape();
    if (map.width, map.height) != (shape.width, shape.height) {
        return Err(EngineError::MapShape {
            map: source.clone(),
            map_width: map.width,
            map_height: map.height,
            width: shape.width,
            height: shape.height,
        });
    }
    Ok((reader, file.hdus()[source.hdu].bitpix))
}

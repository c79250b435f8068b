//! An opened tile: its readers, its geometry, its weight.

mod by_row;
mod open_files;
mod part;
mod read;
mod spec;

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use zemosaic_coadd::constants::LEAST_WEIGHT;
use zemosaic_fits::{ImageReader, ImageShape};
use zemosaic_wcs::Wcs;

use crate::border::{Blank, Border};
use crate::error::EngineError;
use crate::feather::Feather;
use crate::keywords::Keywords;
use crate::plane::{Depth, PlaneSource};
use crate::seen::Seen;
use crate::unpacked::Unpacked;
use crate::weight_unit::{typical_weight, weight_unit};
pub(crate) use by_row::{ReadPart, read_by_row};
use open_files::{OpenFiles, open_map, open_weights};
pub(crate) use part::Part;
pub use spec::{TileChange, TileDamage, TileSpec};

/// Largest side of a tile or grid, px: positions must fit in i32 with room to spare.
pub(crate) const LARGEST_SIDE: usize = 1_000_000_000;

/// A tile ready to be read by windows of rows.
#[derive(Clone, Debug)]
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
    /// It is weighed by the noise of its own pixels.
    by_noise: bool,
    /// The only output channel that it belongs to, if its planes are not the channels.
    pub channel: Option<usize>,
    /// Its location.
    pub(crate) source: PlaneSource,
    image: Arc<ImageReader>,
    /// Its values are 64-bit floats.
    pub(crate) doubles: bool,
    flux_scale: f32,
    pub(crate) blank: Blank,
    pub(crate) trim: f32,
    /// Where its data end; unknown until it was looked for.
    border: Arc<OnceLock<Border>>,
    weights: Option<(Arc<ImageReader>, Depth)>,
    mask: Option<Arc<ImageReader>>,
    alphas: Option<Alpha>,
    feather: Option<Feather>,
    seen: Arc<Seen>,
}

#[derive(Clone, Debug)]
struct Alpha {
    reader: Arc<ImageReader>,
    /// The plane that is the opacity of all others.
    fixed: Option<usize>,
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
        Ok(in_one_unit(opened?.into_iter().flatten().collect()))
    }

    /// Opens one tile.
    pub fn open(spec: &TileSpec) -> Result<Self, EngineError> {
        Self::open_in(&mut OpenFiles::from(&Unpacked::default()), spec)
    }

    fn open_in(files: &mut OpenFiles, spec: &TileSpec) -> Result<Self, EngineError> {
        let PlaneSource { path, hdu } = &spec.image;
        let laid_over = files.headers_of(&spec.solutions)?;
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
        let bitpix = file.hdus()[*hdu].bitpix;
        let mut cards = Keywords::of(&file.hdus()[*hdu], file);
        for (header, all) in &laid_over {
            cards = cards.overlaid(header, *all);
        }
        let size = (shape.width, shape.height);
        let wcs = match spec.alternate {
            None => Wcs::from_cards(&cards, size),
            Some(letter) => Wcs::from_alternate(&cards, letter, size),
        };
        let wcs = wcs.map_err(wcs_error)?;
        let (weights, typical_weight) = match &spec.weight_map {
            Some(map) => {
                let reader = open_weights(files.of(&map.plane.path)?, &map.plane, shape)?;
                let typical = typical_weight(&reader, map.holds);
                (Some((Arc::new(reader), map.holds)), typical)
            }
            None => (None, None),
        };
        let mut open_map = |source: &PlaneSource| open_map(files.of(&source.path)?, source, shape);
        let mask = match &spec.mask {
            Some(mask) => Some(Arc::new(open_map(&mask.plane)?.0.flags(mask.flags))),
            None => None,
        };
        let alphas = spec.alpha.as_ref().map(open_map).transpose()?;
        let alphas = if spec.fourth_is_alpha && shape.planes == 4 {
            shape.planes = 3;
            Some(Alpha {
                reader: Arc::new(files.of(path)?.reader(*hdu)?),
                fixed: Some(3),
                scale: 1.0 / opaque(bitpix),
            })
        } else {
            alphas.map(|(reader, bitpix)| Alpha {
                reader: Arc::new(reader),
                fixed: None,
                scale: if bitpix > 0 { 1.0 / 255.0 } else { 1.0 },
            })
        };
        let tile = Self {
            wcs,
            shape,
            weight: spec.weight,
            weight_unit: 1.0,
            typical_weight,
            by_noise: false,
            channel: spec.channel,
            source: spec.image.clone(),
            image: Arc::new(image),
            doubles: bitpix == -64,
            flux_scale: spec.flux_scale,
            blank: spec.blank,
            trim: spec.trim,
            border: Arc::default(),
            weights,
            mask,
            feather: Feather::new(spec.feather, spec.trim, [shape.width, shape.height]),
            alphas,
            seen: Arc::default(),
        };
        Ok(tile.weighed_by(spec.noise))
    }

    /// The tile weighed by the noise of its values, if it is given and there is no map.
    fn weighed_by(mut self, noise: Option<f64>) -> Self {
        if let (Some(noise), None) = (noise, &self.weights) {
            self.weight = 1.0 / (noise * noise) / self.weight_unit;
            self.by_noise = true;
        }
        self
    }

    /// A typical weight of its pixels; `None` where its map does not tell.
    fn typical_weight(&self) -> Option<f64> {
        match self.weights {
            Some(_) => self.typical_weight,
            None => Some(self.weight * self.weight_unit),
        }
    }

    /// Measures its weights in this unit.
    fn weigh_in(&mut self, unit: f64) {
        let before = std::mem::replace(&mut self.weight_unit, unit);
        let factor = before / unit;
        if factor == 1.0 {
            return;
        }
        match self.weights.take() {
            Some((map, holds)) => {
                // Weights far below those of other tiles count as the least: they must not vanish.
                let least = f64::from(LEAST_WEIGHT) * before;
                let factor = factor.max(self.typical_weight.map_or(0.0, |w| least / w));
                let map = Arc::unwrap_or_clone(map).times(holds.factor(factor));
                self.weights = Some((Arc::new(map), holds));
            }
            None => self.weight *= factor,
        }
    }

    /// The same tiles with some things changed, one change each; no file is read again.
    pub fn all_changed(tiles: &[Self], changes: &[TileChange]) -> Vec<Self> {
        let changed = tiles
            .iter()
            .zip(changes)
            .map(|(t, change)| t.changed(*change));
        in_one_unit(changed.collect())
    }

    fn changed(&self, change: TileChange) -> Self {
        let changed = Self {
            flux_scale: change.flux_scale,
            mask: self.mask.clone().filter(|_| change.masked),
            border: Arc::default(),
            ..self.clone()
        };
        changed.weighed_by(change.noise)
    }

    /// Its image, for samples of it.
    pub fn image(&self) -> &ImageReader {
        &self.image
    }

    /// Its mask, whose pixels are 1 where they are bad, and the planes of it that count.
    pub fn mask(&self) -> Option<(&ImageReader, Range<usize>)> {
        let mask = self.mask.as_deref()?;
        let each = self.has_one_for_each(mask);
        Some((mask, 0..if each { self.shape.planes } else { 1 }))
    }

    /// What was seen of it so far.
    pub fn seen(&self) -> &Seen {
        &self.seen
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

    /// Whether its weights are those of its own pixels, as they are in a map or by its noise.
    pub(crate) fn weighs_pixels(&self) -> bool {
        self.weights.is_some() || self.by_noise
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

    /// Whether its planes have maps of their own, so that channels are made one by one.
    pub(crate) fn has_map_for_each_plane(&self) -> bool {
        let weights = self.weights.as_ref().map(|(reader, _)| reader);
        let alphas = (self.alphas.as_ref()).filter(|alpha| alpha.fixed.is_none());
        let maps = weights.into_iter().chain(&self.mask);
        self.shape.planes > 1
            && maps
                .chain(alphas.map(|alpha| &alpha.reader))
                .any(|map| self.has_one_for_each(map))
    }

    /// Whether a map has as many planes as the image.
    fn has_one_for_each(&self, map: &ImageReader) -> bool {
        map.shape().planes == self.shape.planes
    }

    /// Rows of which one takes as much time to read as all.
    pub(crate) fn rows_at_once(&self) -> usize {
        self.image.rows_at_once()
    }

    /// Finds where its data end, unless that is known, with at most so many bytes; whatever is read later follows from it.
    pub(crate) fn border(&self, most: u64) -> &Border {
        self.border.get_or_init(|| Border::find(self, most))
    }
}

/// Measures the weights of all tiles in the unit that suits them.
fn in_one_unit(mut tiles: Vec<Tile>) -> Vec<Tile> {
    let unit = weight_unit(tiles.iter().filter_map(Tile::typical_weight));
    for tile in &mut tiles {
        tile.weigh_in(unit);
    }
    tiles
}

/// The value of an opaque pixel in a plane of colours: 1, or the most that unsigned whole numbers hold.
pub fn opaque(bitpix: i32) -> f32 {
    match bitpix {
        8 => 255.0,
        16 => 65535.0,
        _ => 1.0,
    }
}

//! The files of tiles while these are opened.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zemosaic_fits::{FitsFile, Header, ImageReader, ImageShape, UNIT_OF_WEIGHTS};

use crate::error::EngineError;
use crate::plane::PlaneSource;
use crate::solution::Solution;
use crate::unpacked::Unpacked;

/// Files whose headers have been read, shared by the images of one file and their maps.
pub(super) struct OpenFiles<'a> {
    files: HashMap<PathBuf, Arc<FitsFile>>,
    /// Of files that hold solutions.
    headers: HashMap<PathBuf, Vec<Header>>,
    unpacked: &'a Unpacked,
}

impl<'a> OpenFiles<'a> {
    pub fn from(unpacked: &'a Unpacked) -> Self {
        Self {
            files: HashMap::new(),
            headers: HashMap::new(),
            unpacked,
        }
    }

    pub fn of(&mut self, path: &Path) -> Result<&FitsFile, EngineError> {
        match self.files.entry(path.to_owned()) {
            Entry::Occupied(found) => Ok(found.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(self.unpacked.open(path)?)),
        }
    }

    /// The headers that solutions are, and whether all of their keywords count.
    pub fn headers_of(
        &mut self,
        solutions: &[Solution],
    ) -> Result<Vec<(Header, bool)>, EngineError> {
        let header = |one: &Solution| Ok((self.header(one)?.clone(), one.all));
        solutions.iter().map(header).collect()
    }

    fn header(&mut self, solution: &Solution) -> Result<&Header, EngineError> {
        let headers = match self.headers.entry(solution.path.clone()) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(place) => place.insert(self.unpacked.headers_of(&solution.path)?),
        };
        headers
            .get(solution.header)
            .ok_or_else(|| EngineError::NoHeader {
                path: solution.path.clone(),
                header: solution.header + 1,
            })
    }
}

/// A map's reader and BITPIX; the map must have the size of its image. A 0 of a map says that there is nothing: noise that was
/// added to it when it was compressed would make a weight of it, or a large one of a variance.
pub(super) fn open_map(
    file: &FitsFile,
    source: &PlaneSource,
    shape: ImageShape,
) -> Result<(ImageReader, i32), EngineError> {
    let reader = file.reader(source.hdu)?.guessing_zeros();
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

/// The reader of a weight map, which may be the coverage of a mosaic in a unit of its own.
pub(super) fn open_weights(
    file: &FitsFile,
    source: &PlaneSource,
    shape: ImageShape,
) -> Result<ImageReader, EngineError> {
    let (reader, _) = open_map(file, source, shape)?;
    let unit = file.hdus()[source.hdu].header.number(UNIT_OF_WEIGHTS);
    Ok(match unit {
        Some(unit) if unit > 0.0 => reader.times(unit),
        _ => reader,
    })
}

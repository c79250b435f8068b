//! Solutions that lie beside an image, in files of their own: which of them is its WCS.

use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;
use zemosaic_fits::{FitsError, FitsFile, Hdu, HduKind, Header};
use zemosaic_wcs::{Wcs, WcsError};

use crate::keywords::Keywords;
use crate::unpacked::Unpacked;

/// A header beside an image that is laid over its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    /// Its file.
    pub path: PathBuf,
    /// Which header of that file, from 0.
    pub header: usize,
    /// All of its keywords count, not those of the WCS alone.
    pub all: bool,
}

/// A file beside an image, before it is known whether it is used.
#[derive(Clone, Debug)]
pub struct Beside {
    /// The file.
    pub path: PathBuf,
    /// It has one header for each image of its file, all of whose keywords count; else one for the image it is of.
    pub all: bool,
    /// It counts before the WCS of the image, which else comes first.
    pub first: bool,
    /// The HDUs that its headers are of, in their order; `None`: all images of the file.
    pub hdus: Option<Vec<usize>>,
}

/// Why a file beside an image does not solve it. It displays the reason; the file is named apart.
#[derive(Debug, Error)]
#[allow(missing_docs)] // the messages show what the fields are
pub enum Unsolved {
    #[error("its solution cannot be read: {0}; {OFF}")]
    Unreadable(Arc<FitsError>),
    #[error("its solution has {headers} {}, the file {images} {}; make it again, or {OFF}", plural("header", *headers), plural("image", *images))]
    Headers { headers: usize, images: usize },
    #[error("its solution is one of {width} x {height} pixels; solve it again, or {OFF}")]
    Size { width: usize, height: usize },
    #[error("the plate solver found no solution (PLTSOLVD = F); solve it again")]
    Failed,
    #[error("its solution has no celestial WCS; solve it again, or {OFF}")]
    NoWcs,
}

const OFF: &str = "ignore it with --solutions none";

fn plural(word: &str, n: usize) -> String {
    format!("{word}{}", if n == 1 { "" } else { "s" })
}

impl Unsolved {
    /// Stable name of the kind.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "solution_unreadable",
            Self::Headers { .. } => "solution_headers",
            Self::Size { .. } => "solution_size",
            Self::Failed => "solution_failed",
            Self::NoWcs => "solution_no_wcs",
        }
    }
}

/// The files beside one file, read once for all of its images.
#[derive(Debug, Default)]
pub struct BesideFile(Vec<(Beside, Headers)>);

/// The headers of one of them, or why they cannot be read.
type Headers = Result<Vec<Header>, Arc<FitsError>>;

/// The WCS of an image, and where it comes from.
#[derive(Debug)]
pub struct Solved {
    /// Its WCS.
    pub wcs: Result<Wcs, WcsError>,
    /// What is laid over its header, in this order.
    pub used: Vec<Solution>,
    /// A file that should solve it and does not; its WCS is then missing.
    pub failed: Option<(PathBuf, Unsolved)>,
    /// A solution that is not used, because the image has a WCS of its own, and how far apart they are at most, px.
    pub other: Option<(PathBuf, f64)>,
}

impl BesideFile {
    /// Reads the headers of the files, which `inputs` remembers.
    pub fn read(beside: &[Beside], inputs: &Unpacked) -> Self {
        let read = |one: &Beside| (one.clone(), inputs.headers_of(&one.path).map_err(Arc::new));
        Self(beside.iter().map(read).collect())
    }

    /// The header that a solution is, if its file has it.
    pub fn header(&self, solution: &Solution) -> Option<&Header> {
        let (_, headers) = self.0.iter().find(|(one, _)| one.path == solution.path)?;
        headers.as_ref().ok()?.get(solution.header)
    }

    /// Why one of them could not be opened, where that is no fault of the file: it may be the one that counts.
    pub fn lack(&self) -> Option<&FitsError> {
        let errors = self
            .0
            .iter()
            .filter_map(|(_, headers)| headers.as_ref().err());
        errors.map(|error| &**error).find(|error| error.is_lack())
    }

    /// The WCS of an image of `size` pixels.
    pub fn solve(&self, file: &FitsFile, hdu: &Hdu, size: (usize, usize)) -> Solved {
        let own = || Keywords::of(hdu, file);
        let mut solved = Solved {
            wcs: Err(WcsError::NoCelestial),
            used: Vec::new(),
            failed: None,
            other: None,
        };
        let mut cards = own();
        for (one, headers) in self.0.iter().filter(|(one, _)| one.first && one.is_of(hdu)) {
            match chosen(one, headers, file, hdu, size) {
                Ok((header, number)) => {
                    cards = cards.overlaid(header, one.all);
                    solved.used.push(one.solution(number));
                }
                // A file that gives keywords beside the one with the solution need not have one.
                Err(error) => solved.failed = solved.failed.or(Some((one.path.clone(), error))),
            }
        }
        if solved.failed.is_some() {
            return solved;
        }
        solved.wcs = Wcs::from_cards(&cards, size);
        let rest = || {
            self.0
                .iter()
                .filter(|(one, _)| !one.first && one.is_of(hdu))
        };
        if let Err(error) = &solved.wcs {
            let none = *error == WcsError::NoCelestial;
            let found = rest().find_map(|(one, all)| {
                let (header, number) = chosen(one, all, file, hdu, size).ok()?;
                Some((one, header, number))
            });
            if let Some((one, header, number)) = found {
                solved.wcs = Wcs::from_cards(&cards.overlaid(header, one.all), size);
                solved.used.push(one.solution(number));
            } else if let (Some((one, headers)), true) = (rest().next(), none) {
                let error = chosen(one, headers, file, hdu, size).err();
                solved.failed = error.map(|error| (one.path.clone(), error));
            }
        } else if let (Ok(wcs), true) = (&solved.wcs, solved.used.is_empty()) {
            solved.other = rest().find_map(|(one, headers)| {
                let (header, _) = chosen(one, headers, file, hdu, size).ok()?;
                let other = Wcs::from_cards(&own().overlaid(header, false), size).ok()?;
                Some((one.path.clone(), apart(wcs, &other, size)?))
            });
        }
        solved
    }
}

impl Beside {
    fn is_of(&self, hdu: &Hdu) -> bool {
        self.hdus
            .as_ref()
            .is_none_or(|hdus| hdus.contains(&hdu.index))
    }

    fn solution(&self, header: usize) -> Solution {
        Solution {
            path: self.path.clone(),
            header,
            all: self.all,
        }
    }
}

/// The header of a file beside that is of this image, and its number.
fn chosen<'a>(
    one: &Beside,
    headers: &'a Headers,
    file: &FitsFile,
    hdu: &Hdu,
    size: (usize, usize),
) -> Result<(&'a Header, usize), Unsolved> {
    let headers = headers
        .as_ref()
        .map_err(|e| Unsolved::Unreadable(Arc::clone(e)))?;
    let is_one = |other: &&Hdu| {
        matches!(other.kind, HduKind::Image | HduKind::CompressedImage) && one.is_of(other)
    };
    let images = file.hdus().iter().filter(is_one).count();
    let number = file.hdus()[..hdu.index].iter().filter(is_one).count();
    if one.all {
        let count = headers.len();
        return match headers.get(number).filter(|_| count == images) {
            Some(header) => Ok((header, number)),
            None => Err(Unsolved::Headers {
                headers: count,
                images,
            }),
        };
    }
    let solved = || headers.iter().enumerate().filter(|(_, h)| is_solution(h));
    let of_size = solved().find(|(_, h)| size_of(h) == Some(size));
    let unsized_one =
        || solved().find(|(n, h)| size_of(h).is_none() && (images == 1 || *n == number));
    if let Some((n, header)) = of_size.or_else(unsized_one) {
        return Ok((header, n));
    }
    if headers.iter().any(|h| h.logical("PLTSOLVD") == Some(false)) {
        return Err(Unsolved::Failed);
    }
    let other = solved().find_map(|(_, h)| size_of(h));
    Err(
        other.map_or(Unsolved::NoWcs, |(width, height)| Unsolved::Size {
            width,
            height,
        }),
    )
}

/// Whether a header has a WCS. ASTAP's `.ini` has no CTYPE: its solutions are gnomonic.
fn is_solution(header: &Header) -> bool {
    let celestial = header.text("CTYPE1").is_some() && header.text("CTYPE2").is_some();
    celestial || header.logical("PLTSOLVD") == Some(true)
}

/// The size of the image that a header is of: of its own pixels, or as astrometry.net or ASTAP write it.
pub fn size_of(header: &Header) -> Option<(usize, usize)> {
    let side = |key: &str| {
        let n = header.number(key).filter(|n| *n >= 1.0 && *n <= 1e9)?;
        Some(n as usize)
    };
    let pair = |width: &str, height: &str| side(width).zip(side(height));
    pair("NAXIS1", "NAXIS2")
        .or_else(|| pair("IMAGEW", "IMAGEH"))
        .or_else(|| {
            let text = header
                .text("DIMENSIONS")
                .or_else(|| header.text("DIMENSIO"))?;
            let (width, height) = text.split_once(['x', 'X'])?;
            Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
        })
}

/// How far apart two solutions put the corners and the centre of an image at most, px.
fn apart(a: &Wcs, b: &Wcs, (width, height): (usize, usize)) -> Option<f64> {
    let (x, y) = (width as f64 - 1.0, height as f64 - 1.0);
    let points = [(0.0, 0.0), (x, 0.0), (0.0, y), (x, y), (x / 2.0, y / 2.0)];
    points
        .iter()
        .map(|&(x, y)| {
            let (a_at, b_at) = (a.pixel_to_direction(x, y)?, b.pixel_to_direction(x, y)?);
            let chord = (0..3)
                .map(|i| (a_at[i] - b_at[i]).powi(2))
                .sum::<f64>()
                .sqrt();
            Some(chord.to_degrees() * 3600.0 / a.scale_arcsec())
        })
        .try_fold(0.0, |most: f64, px| Some(most.max(px?)))
}

//! What a file contains, according to its headers.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, Either3};
use napi_derive::napi;
use rayon::prelude::*;
use zemosaic_engine::{BesideFile, Keywords, Unpacked as EngineUnpacked};
use zemosaic_fits::{Asinh, CardValue, FitsError, FitsFile, Hdu, HduKind, Header};
use zemosaic_wcs::{Frame, Wcs, WcsError};

use crate::door::{Failure, Job, later};
use crate::solutions::{Beside, OtherSolution, Solution, beside_file, solutions};
use crate::tiles::{Unpacked, letter};

/// The WCS of an image.
#[napi(object)]
pub struct WcsFacts {
    pub projection: String,
    pub frame: String,
    pub scale_arcsec: f64,
    /// ICRS degrees (right ascension, declination) of the image centre; empty when the centre is not on the sky.
    pub center: Vec<f64>,
    pub rotation_deg: f64,
    pub mirrored: bool,
    pub distortion: Option<String>,
    pub warnings: Vec<String>,
}

/// One header and data unit.
#[napi(object)]
pub struct HduFacts {
    pub index: u32,
    pub name: Option<String>,
    /// image, compressed, table, empty or other
    pub kind: String,
    pub bitpix: i32,
    pub axes: Vec<f64>,
    pub planes: Option<u32>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub interleaved: Option<bool>,
    pub shape_problem: Option<Failure>,
    /// Its values are stored by their inverse hyperbolic sine, as Pan-STARRS has them, and read as linear ones.
    pub asinh: Option<bool>,
    /// Why its keywords of such a scale are not usable.
    pub asinh_problem: Option<String>,
    pub wcs: Option<WcsFacts>,
    pub wcs_problem: Option<Failure>,
    /// Headers beside the file that are laid over its own.
    pub solutions: Option<Vec<Solution>>,
    /// A solution beside it that is not used, because it has its own.
    pub other_solution: Option<OtherSolution>,
    /// The requested keywords that the header has, or one that is laid over it. In order: objects of one shape are read
    /// several times as fast.
    pub keywords: BTreeMap<String, Either3<String, f64, bool>>,
}

/// One file.
#[napi(object)]
pub struct FileFacts {
    pub path: String,
    pub bytes: f64,
    pub problem: Option<Failure>,
    pub warnings: Vec<String>,
    pub hdus: Vec<HduFacts>,
}

/// What else decides how headers are read.
#[napi(object)]
pub struct Reading {
    /// The letter of the WCS to take, when it is not the primary one.
    pub alternate: Option<String>,
    /// Files beside the images that may solve them, by the paths of these.
    pub beside: Option<HashMap<String, Vec<Beside>>>,
}

/// Reads only headers, in parallel. A bad file is reported in its `problem`, never by a rejected promise. Files that have
/// to be unpacked for this are kept in `unpacked`.
#[napi(ts_return_type = "Promise<Array<FileFacts>>")]
pub fn read_facts(
    paths: Vec<String>,
    keywords: Vec<String>,
    unpacked: &Unpacked,
    reading: Reading,
) -> AsyncTask<Job<Vec<FileFacts>>> {
    let files = Arc::clone(&unpacked.files);
    let asked = Asked {
        keywords,
        alternate: letter(reading.alternate.as_deref()),
        beside: reading.beside.unwrap_or_default(),
    };
    later(move || {
        let read = |path: String| {
            let opened = files.open(Path::new(&path));
            file_facts(path, opened, &asked, &files)
        };
        Ok(paths.into_par_iter().map(read).collect())
    })
}

/// What is wanted of every header.
struct Asked {
    keywords: Vec<String>,
    alternate: Option<char>,
    beside: HashMap<String, Vec<Beside>>,
}

fn file_facts(
    path: String,
    opened: Result<Arc<FitsFile>, FitsError>,
    asked: &Asked,
    inputs: &EngineUnpacked,
) -> FileFacts {
    let bytes = std::fs::metadata(&path).map_or(0, |m| m.len()) as f64;
    let beside = asked
        .beside
        .get(&path)
        .map(|files| beside_file(files, inputs));
    let beside = beside.unwrap_or_default();
    let usable = match (opened, beside.lack()) {
        (Ok(file), None) => Ok(file),
        (Ok(_), Some(e)) => Err(e.into()),
        (Err(e), _) => Err(e.into()),
    };
    match usable {
        Ok(file) => {
            let facts = |hdu| hdu_facts(&file, hdu, asked, &beside);
            FileFacts {
                bytes,
                problem: None,
                warnings: file.warnings().to_vec(),
                hdus: file.hdus().iter().map(facts).collect(),
                path,
            }
        }
        Err(problem) => FileFacts {
            bytes,
            problem: Some(problem),
            warnings: Vec::new(),
            hdus: Vec::new(),
            path,
        },
    }
}

fn hdu_facts(file: &FitsFile, hdu: &Hdu, asked: &Asked, beside: &BesideFile) -> HduFacts {
    let kind = match hdu.kind {
        HduKind::Image => "image",
        HduKind::CompressedImage => "compressed",
        HduKind::Table => "table",
        HduKind::Empty => "empty",
        HduKind::Other => "other",
    };
    let mut facts = HduFacts {
        index: hdu.index as u32,
        name: hdu.name.clone(),
        kind: kind.into(),
        bitpix: hdu.bitpix,
        axes: hdu.axes.iter().map(|n| *n as f64).collect(),
        planes: None,
        width: None,
        height: None,
        interleaved: None,
        shape_problem: None,
        asinh: None,
        asinh_problem: None,
        wcs: None,
        wcs_problem: None,
        solutions: None,
        other_solution: None,
        keywords: asked
            .keywords
            .iter()
            .filter_map(|key| Some((key.clone(), keyword(hdu, key)?)))
            .collect(),
    };
    if !matches!(hdu.kind, HduKind::Image | HduKind::CompressedImage) {
        return facts;
    }
    let shape = match hdu.image_shape() {
        Ok(shape) => shape,
        Err(e) => {
            facts.shape_problem = Some(e.into());
            return facts;
        }
    };
    facts.planes = Some(shape.planes as u32);
    facts.width = u32::try_from(shape.width).ok();
    facts.height = u32::try_from(shape.height).ok();
    facts.interleaved = Some(shape.interleaved);
    match Asinh::of(&hdu.header) {
        Ok(asinh) => facts.asinh = asinh.map(|_| true),
        Err(reason) => facts.asinh_problem = Some(reason),
    }
    let size = (shape.width, shape.height);
    let read = match asked.alternate {
        None => {
            let solved = beside.solve(file, hdu, size);
            for header in solved.used.iter().filter(|one| one.all) {
                let Some(header) = beside.header(header) else {
                    continue;
                };
                for key in &asked.keywords {
                    if let Some(value) = value_of(header, key) {
                        facts.keywords.insert(key.clone(), value);
                    }
                }
            }
            facts.solutions = solutions(&solved);
            facts.other_solution = solved.other.map(OtherSolution::from);
            if let Some((path, error)) = solved.failed {
                let failure = Failure::new(error.code(), error.to_string());
                facts.wcs_problem = Some(failure.of(&path, None));
                return facts;
            }
            solved.wcs
        }
        Some(letter) => Wcs::from_alternate(&Keywords::of(hdu, file), letter, size),
    };
    match read {
        Ok(wcs) => facts.wcs = Some(wcs_facts(&wcs, shape.width, shape.height)),
        Err(e) => {
            let failure = if e == WcsError::NoCelestial && is_beside_primary(file, hdu, size) {
                Failure::new("wcs_not_inherited", NOT_INHERITED.to_owned())
            } else {
                Failure::from(e)
            };
            facts.wcs_problem = Some(failure.of(file.path(), Some(hdu.index)));
        }
    }
    facts
}

const NOT_INHERITED: &str = "no celestial WCS of its own, and that of the primary header counts only with INHERIT = T; \
     add that card, or copy the WCS";

/// Whether the only WCS of an extension would be that of a primary header without pixels.
fn is_beside_primary(file: &FitsFile, hdu: &Hdu, size: (usize, usize)) -> bool {
    file.hdus().first().is_some_and(|first| {
        hdu.index > 0
            && first.kind == HduKind::Empty
            && Wcs::from_cards(&Keywords::of(first, file), size).is_ok()
    })
}

fn wcs_facts(wcs: &Wcs, width: usize, height: usize) -> WcsFacts {
    let middle = |n: usize| (n as f64 - 1.0) / 2.0;
    let center = wcs.pixel_to_direction(middle(width), middle(height));
    WcsFacts {
        projection: wcs.projection_code().into(),
        frame: frame_name(wcs.frame()),
        scale_arcsec: wcs.scale_arcsec(),
        center: center.map_or_else(Vec::new, |d| zemosaic_wcs::lon_lat(d).to_vec()),
        rotation_deg: wcs.rotation_deg(),
        mirrored: wcs.mirrored(),
        distortion: wcs.distortion().map(Into::into),
        warnings: wcs.warnings().to_vec(),
    }
}

/// The frame as RADESYS or the field names it; `HPLN/HPLT` and the like for frames of other bodies than the sky.
pub fn frame_name(frame: Frame) -> String {
    let name = match frame {
        Frame::Icrs => "ICRS",
        Frame::Fk5 { .. } => "FK5",
        Frame::Fk4 { e_terms: true, .. } => "FK4",
        Frame::Fk4 { .. } => "FK4-NO-E",
        Frame::Galactic => "galactic",
        Frame::Ecliptic { .. } => "ecliptic",
        Frame::Body(_) => {
            return frame
                .body_axes()
                .map_or_else(String::new, |axes| axes.join("/"));
        }
    };
    name.to_owned()
}

/// The value of a keyword; of HISTORY, which has none, every line.
fn keyword(hdu: &Hdu, key: &str) -> Option<Either3<String, f64, bool>> {
    if key == "HISTORY" {
        let lines = hdu.header.texts(key);
        return (!lines.is_empty()).then(|| Either3::A(lines.join("\n")));
    }
    value_of(&hdu.header, key)
}

fn value_of(header: &Header, key: &str) -> Option<Either3<String, f64, bool>> {
    Some(match header.get(key)?.value? {
        CardValue::Text(t) => Either3::A(t.trim().to_owned()),
        CardValue::Integer(i) => Either3::B(i as f64),
        CardValue::Number(n) => Either3::B(n),
        CardValue::Logical(b) => Either3::C(b),
    })
}

/// Pixels of an image, counted over every plane.
#[napi(object)]
pub struct PixelCounts {
    pub finite: f64,
    pub nan: f64,
    pub min: f64,
    pub max: f64,
}

/// Reads a whole image to count its pixels. A file that was unpacked to read its headers is taken from `unpacked`.
#[napi(ts_return_type = "Promise<PixelCounts>")]
pub fn count_pixels(path: String, hdu: u32, unpacked: &Unpacked) -> AsyncTask<Job<PixelCounts>> {
    let files = Arc::clone(&unpacked.files);
    later(move || {
        let file = files.open(Path::new(&path))?;
        let counts = zemosaic_engine::count_pixels(&file.reader(hdu as usize)?)?;
        Ok(PixelCounts {
            finite: counts.finite as f64,
            nan: counts.nan as f64,
            min: f64::from(counts.min),
            max: f64::from(counts.max),
        })
    })
}

/// Whether the last of four planes holds opacities rather than one more colour.
#[napi(ts_return_type = "Promise<boolean>")]
pub fn fourth_is_alpha(path: String, hdu: u32, unpacked: &Unpacked) -> AsyncTask<Job<bool>> {
    let files = Arc::clone(&unpacked.files);
    later(move || {
        let file = files.open(Path::new(&path))?;
        let reader = file.reader(hdu as usize)?;
        let most = zemosaic_engine::opaque(file.hdus()[hdu as usize].bitpix);
        let is = reader.shape().planes == 4 && zemosaic_engine::is_opacity(&reader, 3, most)?;
        Ok(is)
    })
}

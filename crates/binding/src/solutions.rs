//! Solutions that lie beside images.

use std::path::PathBuf;

use napi_derive::napi;
use zemosaic_engine::{
    Beside as EngineBeside, BesideFile, Solution as EngineSolution, Solved as EngineSolved,
    Unpacked as EngineUnpacked,
};

/// A file beside an image that may solve it.
#[napi(object)]
pub struct Beside {
    pub path: String,
    /// It has one header for each image of its file, all of whose keywords count; else one for the image it is of.
    pub all: bool,
    /// It counts before the WCS of the image, which else comes first.
    pub first: bool,
    /// The HDUs that its headers are of, in their order; absent: all images of the file.
    pub hdus: Option<Vec<u32>>,
}

/// A header beside an image that is laid over its own.
#[napi(object)]
pub struct Solution {
    pub path: String,
    /// Which header of that file, from 0.
    pub header: u32,
    /// All of its keywords count, not those of the WCS alone.
    pub all: bool,
}

/// A solution that is not used.
#[napi(object)]
pub struct OtherSolution {
    pub path: String,
    /// How far it puts a pixel from where the image's own WCS has it, at most, px.
    pub px: f64,
}

impl From<(PathBuf, f64)> for OtherSolution {
    fn from((path, px): (PathBuf, f64)) -> Self {
        let path = path.to_string_lossy().into_owned();
        Self { path, px }
    }
}

/// Reads the headers of the files beside one file.
pub fn beside_file(files: &[Beside], inputs: &EngineUnpacked) -> BesideFile {
    let files: Vec<_> = files
        .iter()
        .map(|one| EngineBeside {
            path: PathBuf::from(&one.path),
            all: one.all,
            first: one.first,
            hdus: (one.hdus.as_ref()).map(|all| all.iter().map(|n| *n as usize).collect()),
        })
        .collect();
    BesideFile::read(&files, inputs)
}

/// The headers that are used; nothing when there are none.
pub fn solutions(solved: &EngineSolved) -> Option<Vec<Solution>> {
    let told = |one: &EngineSolution| Solution {
        path: one.path.to_string_lossy().into_owned(),
        header: one.header as u32,
        all: one.all,
    };
    let used: Vec<_> = solved.used.iter().map(told).collect();
    (!used.is_empty()).then_some(used)
}

/// As the engine has it.
pub fn engine_solution(Solution { path, header, all }: Solution) -> EngineSolution {
    EngineSolution {
        path: PathBuf::from(path),
        header: header as usize,
        all,
    }
}

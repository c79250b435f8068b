//! The specification of an output, and the positions of its parts.

use std::path::{Path, PathBuf};

use crate::card::Card;
use crate::error::{FitsError, FitsErrorKind};

use super::claim::Claim;
use super::layout::{Fault, HduLayout, Role};
use super::part::folder;

/// The specification of an output.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // independent choices of the user, not states
pub struct MosaicSpec<'a> {
    /// The output; with `split` the names of the weight and alpha files are derived from it.
    pub path: &'a Path,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 1 makes a 2-D image, more a cube (C, H, W).
    pub planes: usize,
    /// Planes are made one after another, so that coverage and alpha need drafts between them.
    pub apart: bool,
    /// The cards of the primary: WCS and provenance, without structure and checksums.
    pub cards: Vec<Card>,
    /// The cards of COVERAGE and ALPHA: the WCS. As files of their own they get CREATOR, too.
    pub wcs_cards: Vec<Card>,
    /// What a coverage of 1 stands for: a power of two, in the header as WHTUNIT unless it is 1.
    pub coverage_unit: f64,
    /// Three files of one HDU each (`OUT.fits`, `OUT.weight.fits`, `OUT.alpha.fits`) instead of one file of three.
    pub split: bool,
    /// Whether an existing output may be replaced.
    pub force: bool,
    /// Whether `finish` waits until the disk has everything.
    pub sync: bool,
    /// Whether the temporary files survive a writer that is dropped unfinished, so that a later one can resume them.
    pub keep: bool,
    /// Who writes it, where files cannot be locked.
    pub claim: Claim<'a>,
}

/// One HDU of the output and the file it is in.
#[derive(Debug)]
pub(super) struct Output {
    pub layout: HduLayout,
    pub part: usize,
}

/// Where everything is.
#[derive(Debug)]
pub(super) struct Places {
    /// Values, coverage, alpha.
    pub hdus: Vec<Output>,
    /// Bytes of each file when it is finished, and while it is made.
    pub finished: Vec<u64>,
    pub making: Vec<u64>,
    /// Where coverage and alpha have room for drafts, behind the final contents.
    pub spare: Option<[u64; 2]>,
}

impl Places {
    pub fn new(spec: &MosaicSpec<'_>) -> Result<Self, FitsError> {
        let hdus = lay_out(spec).map_err(|(keyword, reason)| {
            FitsErrorKind::BadHeader { keyword, reason }.of_hdu(spec.path, 0)
        })?;
        let files = if spec.split { 3 } else { 1 };
        let finished: Vec<u64> = (0..files)
            .map(|part| {
                let ends = hdus.iter().filter(|h| h.part == part);
                ends.map(|h| h.layout.end()).max().unwrap_or(0)
            })
            .collect();
        let mut making = finished.clone();
        let spare = spec.apart.then(|| {
            [Role::Coverage, Role::Alpha].map(|role| {
                let output = &hdus[role as usize];
                let start = making[output.part];
                making[output.part] += output.layout.data_bytes;
                start
            })
        });
        Ok(Self {
            hdus,
            finished,
            making,
            spare,
        })
    }
}

fn lay_out(spec: &MosaicSpec<'_>) -> Result<Vec<Output>, Fault> {
    if spec.width == 0 || spec.height == 0 || spec.planes == 0 {
        return Err(("NAXISn".into(), "the mosaic has no pixels".into()));
    }
    let flat = [spec.width, spec.height];
    let cube = [spec.width, spec.height, spec.planes];
    let values = if spec.planes == 1 {
        &flat[..]
    } else {
        &cube[..]
    };
    let mut hdus = Vec::new();
    let mut offset = 0;
    // ALPHA stands before COVERAGE: where the first two HDUs are images of one size and type, Siril takes the file for a
    // sequence and does not open it as an image.
    for role in [Role::Values, Role::Alpha, Role::Coverage] {
        let first = role == Role::Values;
        let axes = if first { values } else { &flat };
        let mut cards = if first { &spec.cards } else { &spec.wcs_cards }.clone();
        if spec.split && !first {
            // By it a later run knows an unfinished file as ours.
            cards.extend(spec.cards.iter().find(|c| c.key == "CREATOR").cloned());
        }
        let unit = if role == Role::Coverage {
            spec.coverage_unit
        } else {
            1.0
        };
        let start = if spec.split { 0 } else { offset };
        let primary = first || spec.split;
        let layout = HduLayout::new(role, axes, &cards, unit, primary, !spec.split, start)?;
        offset = layout.end();
        let part = if spec.split { role as usize } else { 0 };
        hdus.push((role, Output { layout, part }));
    }
    hdus.sort_by_key(|(role, _)| *role as usize);
    Ok(hdus.into_iter().map(|(_, output)| output).collect())
}

/// OUT.fits, and with `split` OUT.weight.fits and OUT.alpha.fits.
pub(super) fn paths(spec: &MosaicSpec<'_>) -> Vec<PathBuf> {
    let mut paths = vec![spec.path.to_path_buf()];
    if spec.split {
        let stem = spec.path.file_stem().unwrap_or_default();
        let ending = spec.path.extension().unwrap_or("fits".as_ref());
        for word in [".weight.", ".alpha."] {
            let mut name = stem.to_owned();
            name.push(word);
            name.push(ending);
            paths.push(spec.path.with_file_name(name));
        }
    }
    paths
}

/// Refuses when the disk has no room; `held` bytes are already in the temporary files.
pub(super) fn check_space(path: &Path, needed: u64, held: u64) -> Result<(), FitsError> {
    // Where the file system does not report its free space, the writes will fail instead.
    match fs4::available_space(folder(path)) {
        Ok(free) if free.saturating_add(held) < needed => {
            Err(FitsErrorKind::NoSpace { needed, free }.of(path))
        }
        _ => Ok(()),
    }
}

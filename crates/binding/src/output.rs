//! The output file, converted from TypeScript's terms.

use std::path::{Path, PathBuf};

use napi::bindgen_prelude::{AsyncTask, Either3};
use napi_derive::napi;
use zemosaic_engine::Session;
use zemosaic_fits::{
    Card as FitsCard, CardValue, Claim, DoneRows as FitsRows, FinishStats, MosaicSpec,
    OutputPart as FitsPart,
};
use zemosaic_wcs::Grid;

use crate::door::{Answer, Job, Result, later, now};

/// One header card; for HISTORY and COMMENT the value is the text.
#[napi(object)]
pub struct Card {
    pub key: String,
    pub value: Option<Either3<String, f64, bool>>,
    pub comment: Option<String>,
    /// Write the number as an integer.
    pub integer: Option<bool>,
}

/// The output file.
#[napi(object)]
#[allow(clippy::struct_excessive_bools)] // the options are independent of one another
pub struct OutputSpec {
    pub path: String,
    pub cards: Vec<Card>,
    pub split: bool,
    pub force: bool,
    pub sync: bool,
    /// Channels will be made one after another.
    pub apart: bool,
    /// Names the run, where files cannot be locked.
    pub run: String,
    /// Nobody else of this run is writing.
    pub resumable: bool,
    /// A run that has ended and that nobody will resume.
    pub stale: Option<String>,
    /// Chunks that an earlier run recorded as finished, in order; the output resumes its temporary file.
    pub done: Vec<DoneRows>,
}

/// A finished chunk, with the sums of its values, coverage and alpha that prove it is in the file.
#[napi(object)]
pub struct DoneRows {
    pub channel: u32,
    pub channels: u32,
    pub row0: u32,
    pub rows: u32,
    pub sums: Vec<u32>,
}

/// A complete file on its way to its place.
#[napi(object)]
pub struct OutputPart {
    pub partial: String,
    pub path: String,
    /// Which file it is; the numbers are too large for JavaScript.
    pub device: String,
    pub inode: String,
    pub bytes: f64,
    /// When it was last written, nanoseconds since 1970.
    pub modified: String,
}

impl From<FitsPart> for OutputPart {
    fn from(part: FitsPart) -> Self {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        Self {
            partial: text(&part.partial),
            path: text(&part.path),
            device: part.device.to_string(),
            inode: part.inode.to_string(),
            bytes: part.bytes as f64,
            modified: part.modified.to_string(),
        }
    }
}

/// The finished output.
#[napi(object)]
pub struct FinishFacts {
    pub paths: Vec<String>,
    pub bytes: f64,
    pub sync_ms: f64,
}

impl From<FinishStats> for FinishFacts {
    fn from(stats: FinishStats) -> Self {
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        Self {
            paths: stats.paths.iter().map(text).collect(),
            bytes: stats.bytes as f64,
            sync_ms: stats.sync_ms,
        }
    }
}

/// Puts the files of a complete output that are not in their places there.
#[napi(ts_return_type = "Promise<FinishFacts>")]
pub fn place_parts(parts: Vec<OutputPart>, force: bool) -> AsyncTask<Job<FinishFacts>> {
    later(move || {
        let part = |part: OutputPart| FitsPart {
            partial: part.partial.into(),
            path: part.path.into(),
            device: part.device.parse().unwrap_or(0),
            inode: part.inode.parse().unwrap_or(0),
            bytes: part.bytes as u64,
            modified: part.modified.parse().unwrap_or(0),
        };
        let parts: Vec<_> = parts.into_iter().map(part).collect();
        Ok(zemosaic_fits::place_parts(&parts, force)?.into())
    })
}

/// Throws where the unfinished file of an output is none of ours, so that it can be told before any work.
#[napi]
pub fn check_unfinished(path: String) -> Result<()> {
    now(|| Ok(zemosaic_fits::check_unfinished(Path::new(&path))?))
}

/// Begins or resumes the session's output. Returns how many of the finished chunks it holds.
pub fn output(spec: OutputSpec, session: &mut Session, grid: &Grid) -> Answer<u32> {
    let path = PathBuf::from(&spec.path);
    let wcs_cards: Vec<_> = grid.wcs.to_cards().into_iter().map(wcs_card).collect();
    let cards = spec.cards.into_iter().map(fits_card);
    let mosaic = MosaicSpec {
        path: &path,
        width: grid.width,
        height: grid.height,
        planes: session.channels(),
        apart: spec.apart,
        keep: true,
        cards: wcs_cards.iter().cloned().chain(cards).collect(),
        wcs_cards,
        coverage_unit: session.weight_unit(),
        split: spec.split,
        force: spec.force,
        sync: spec.sync,
        claim: Claim {
            run: &spec.run,
            alone: spec.resumable,
            stale: spec.stale.as_deref(),
        },
    };
    let done: Vec<_> = spec.done.iter().map_while(done_rows).collect();
    Ok(session.resume_output(&mosaic, &done)? as u32)
}

/// None for a record that no run of ours would have written.
fn done_rows(done: &DoneRows) -> Option<FitsRows> {
    let range = |first: u32, count: u32| first as usize..first as usize + count as usize;
    Some(FitsRows {
        planes: range(done.channel, done.channels),
        rows: range(done.row0, done.rows),
        sums: done.sums.as_slice().try_into().ok()?,
    })
}

fn fits_card(card: Card) -> FitsCard {
    let integer = card.integer.unwrap_or(false);
    FitsCard {
        key: card.key,
        value: card.value.map(|v| match v {
            Either3::A(text) => CardValue::Text(text),
            Either3::B(n) if integer => CardValue::Integer(n as i64),
            Either3::B(n) => CardValue::Number(n),
            Either3::C(b) => CardValue::Logical(b),
        }),
        comment: card.comment.unwrap_or_default(),
    }
}

fn wcs_card((key, value, comment): (String, zemosaic_wcs::CardValue, String)) -> FitsCard {
    FitsCard {
        key,
        value: Some(match value {
            zemosaic_wcs::CardValue::Text(text) => CardValue::Text(text),
            zemosaic_wcs::CardValue::Integer(n) => CardValue::Integer(n),
            zemosaic_wcs::CardValue::Real(n) => CardValue::Number(n),
        }),
        comment,
    }
}

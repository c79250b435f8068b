//! The mosaic being written.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::card::Card;
use crate::error::FitsError;

use super::checksum::{DataSum, sum_bytes, sum_repeated};
use super::encode::{NAN_BITS, floats};
use super::layout::{HduLayout, Role};
use super::part::{PartialFile, folder, sync_folder};
use super::rows::WrittenRows;

/// NaN pixels written at a time where there is no tile.
const EMPTY: usize = 64 * 1024;

/// What the output is to be.
#[derive(Debug, Clone)]
pub struct MosaicSpec<'a> {
    /// The output; with `split` the weight and alpha files take its name.
    pub path: &'a Path,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 1 makes a 2-D image, more a cube (C, H, W).
    pub planes: usize,
    /// The primary's cards: WCS and provenance, structure and checksums left out.
    pub cards: Vec<Card>,
    /// The cards of COVERAGE and ALPHA: the WCS.
    pub wcs_cards: Vec<Card>,
    /// Three files of one HDU each (`OUT.fits`, `OUT.weight.fits`, `OUT.alpha.fits`) in place of one of three.
    pub split: bool,
    /// Whether an existing output may be replaced.
    pub force: bool,
    /// Whether `finish` waits until the disk has everything.
    pub sync: bool,
}

/// What a finished output is.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishStats {
    /// Bytes of all files.
    pub bytes: u64,
    /// Milliseconds spent waiting for the disk.
    pub sync_ms: f64,
    /// The files, OUT.fits first.
    pub paths: Vec<PathBuf>,
}

/// Takes the mosaic's rows in any order and from any number of threads; each row of each plane, of the coverage and of
/// the alpha exactly once. Dropped without [`MosaicWriter::finish`] it leaves nothing behind.
#[derive(Debug)]
pub struct MosaicWriter {
    width: usize,
    height: usize,
    force: bool,
    sync: bool,
    parts: Vec<PartialFile>,
    hdus: Vec<Output>,
    /// Values by plane, then coverage, then alpha.
    rows: Vec<WrittenRows>,
}

#[derive(Debug)]
struct Output {
    layout: HduLayout,
    part: usize,
    sum: DataSum,
}

impl MosaicWriter {
    /// Makes the temporary files beside the outputs, at their full length.
    ///
    /// Errors: `exists`, `not_writable`, `locked`, `no_space`, `bad_header` (a card that cannot be written), `io`.
    pub fn create(spec: &MosaicSpec<'_>) -> Result<MosaicWriter, FitsError> {
        let hdus = lay_out(spec).map_err(|(keyword, reason)| FitsError::BadHeader {
            path: spec.path.to_path_buf(),
            hdu: 0,
            keyword,
            reason,
        })?;
        let mut parts = Vec::new();
        for path in paths(spec) {
            parts.push(PartialFile::create(&path, spec.force, spec.sync)?);
        }
        let lengths: Vec<u64> = (0..parts.len())
            .map(|part| {
                let ends = hdus.iter().filter(|h| h.part == part);
                ends.map(|h| h.layout.end()).max().unwrap_or(0)
            })
            .collect();
        check_space(spec.path, lengths.iter().sum())?;
        for (part, &length) in parts.iter().zip(&lengths) {
            part.set_len(length)?;
        }
        Ok(MosaicWriter {
            width: spec.width,
            height: spec.height,
            force: spec.force,
            sync: spec.sync,
            parts,
            hdus,
            rows: (0..spec.planes + 2)
                .map(|_| WrittenRows::new(spec.height))
                .collect(),
        })
    }

    /// Writes whole rows of a plane from `row0` on; no value is NaN. The pixels are big-endian afterwards.
    ///
    /// Errors: `out_of_range` (also for a row that was written before), `no_space`, `io`.
    pub fn write_values(
        &self,
        plane: usize,
        row0: usize,
        rows: &mut [f32],
    ) -> Result<(), FitsError> {
        self.check_plane(plane)?;
        self.mark(plane, row0, rows.len())?;
        let sum = floats(rows);
        let bytes = bytemuck::cast_slice(rows);
        self.put(Role::Values, plane * self.height + row0, bytes, sum)
    }

    /// Writes whole rows of the coverage from `row0` on. The pixels are big-endian afterwards.
    ///
    /// Errors: as [`MosaicWriter::write_values`].
    pub fn write_coverage(&self, row0: usize, rows: &mut [f32]) -> Result<(), FitsError> {
        self.mark(self.planes(), row0, rows.len())?;
        let sum = floats(rows);
        self.put(Role::Coverage, row0, bytemuck::cast_slice(rows), sum)
    }

    /// Writes whole rows of the alpha from `row0` on.
    ///
    /// Errors: as [`MosaicWriter::write_values`].
    pub fn write_alpha(&self, row0: usize, rows: &[u8]) -> Result<(), FitsError> {
        self.mark(self.planes() + 1, row0, rows.len())?;
        let sum = sum_bytes(rows, (row0 * self.width) as u64);
        self.put(Role::Alpha, row0, rows, sum)
    }

    /// Rows of a plane that no tile meets: NaN.
    ///
    /// Errors: as [`MosaicWriter::write_values`].
    pub fn write_empty_values(&self, plane: usize, rows: Range<usize>) -> Result<(), FitsError> {
        self.check_plane(plane)?;
        let pixels = rows.len() * self.width;
        self.mark(plane, rows.start, pixels)?;
        let output = self.output(Role::Values);
        let start = output.layout.data_offset
            + 4 * ((plane * self.height + rows.start) * self.width) as u64;
        let empty = NAN_BITS.to_be_bytes().repeat(EMPTY.min(pixels));
        let total = 4 * pixels as u64;
        let mut done = 0;
        while done < total {
            let length = (empty.len() as u64).min(total - done);
            self.parts[output.part].write(&empty[..length as usize], start + done)?;
            done += length;
        }
        output.sum.add(sum_repeated(NAN_BITS, pixels as u64));
        Ok(())
    }

    /// Rows of coverage and alpha that no tile meets: zeros, which the new file holds already.
    ///
    /// Errors: as [`MosaicWriter::write_values`].
    pub fn write_empty_coverage(&self, rows: Range<usize>) -> Result<(), FitsError> {
        let pixels = rows.len() * self.width;
        self.mark(self.planes(), rows.start, pixels)?;
        self.mark(self.planes() + 1, rows.start, pixels)
    }

    /// Rows that no tile meets in any plane: NaN, coverage and alpha 0.
    ///
    /// Errors: as [`MosaicWriter::write_values`].
    pub fn write_empty(&self, rows: Range<usize>) -> Result<(), FitsError> {
        for plane in 0..self.planes() {
            self.write_empty_values(plane, rows.clone())?;
        }
        self.write_empty_coverage(rows)
    }

    /// Writes headers and checksums and makes the output appear, OUT.fits last.
    ///
    /// Errors: `out_of_range` when a row is missing, `exists`, `no_space`, `io`. Nothing is left behind then.
    pub fn finish(mut self) -> Result<FinishStats, FitsError> {
        for (stream, rows) in self.rows.iter().enumerate() {
            if let Some(row) = rows.missing() {
                return Err(self.wrong_row(stream, row, "was never written"));
            }
        }
        let mut bytes = 0;
        for output in &self.hdus {
            let header = output.layout.header(output.sum.total());
            self.parts[output.part].write(&header, output.layout.header_offset)?;
            bytes += output.layout.end() - output.layout.header_offset;
        }
        let mut sync_ms = 0.0;
        let mut timed = |step: &dyn Fn() -> Result<(), FitsError>| {
            let start = Instant::now();
            let result = step();
            sync_ms += start.elapsed().as_secs_f64() * 1e3;
            result
        };
        if self.sync {
            for part in &self.parts {
                timed(&|| part.sync())?;
            }
        }
        let force = self.force;
        for part in self.parts.iter_mut().rev() {
            part.publish(force)?;
        }
        if self.sync {
            timed(&|| sync_folder(self.parts[0].path()))?;
        }
        Ok(FinishStats {
            bytes,
            sync_ms,
            paths: self.parts.iter().map(|p| p.path().to_path_buf()).collect(),
        })
    }

    /// Gives up: removes the temporary files, as dropping the writer does.
    pub fn abandon(self) {}

    fn planes(&self) -> usize {
        self.rows.len() - 2
    }

    fn output(&self, role: Role) -> &Output {
        // Laid out in this order.
        &self.hdus[role as usize]
    }

    fn put(&self, role: Role, row: usize, bytes: &[u8], sum: u32) -> Result<(), FitsError> {
        self.write_rows(role, row, bytes)?;
        self.output(role).sum.add(sum);
        Ok(())
    }

    pub(super) fn write_rows(&self, role: Role, row: usize, bytes: &[u8]) -> Result<(), FitsError> {
        let (part, offset) = self.place(role, row);
        part.write(bytes, offset)
    }

    pub(super) fn read_rows(
        &self,
        role: Role,
        row: usize,
        bytes: &mut [u8],
    ) -> Result<(), FitsError> {
        let (part, offset) = self.place(role, row);
        part.read(bytes, offset)
    }

    fn place(&self, role: Role, row: usize) -> (&PartialFile, u64) {
        let output = self.output(role);
        let pixel = (row * self.width) as u64;
        let offset = output.layout.data_offset + pixel * role.pixel_bytes();
        (&self.parts[output.part], offset)
    }

    fn check_plane(&self, plane: usize) -> Result<(), FitsError> {
        if plane < self.planes() {
            return Ok(());
        }
        Err(self.wrong(format!("plane {plane} of {} asked for", self.planes())))
    }

    fn mark(&self, stream: usize, row0: usize, pixels: usize) -> Result<(), FitsError> {
        if !pixels.is_multiple_of(self.width) {
            return Err(self.wrong(format!(
                "{pixels} pixels are no whole rows of {}",
                self.width
            )));
        }
        let end = row0.saturating_add(pixels / self.width);
        self.rows[stream]
            .mark(row0..end)
            .map_err(|row| self.wrong_row(stream, row, "is outside or was written twice"))
    }

    fn wrong_row(&self, stream: usize, row: usize, what: &str) -> FitsError {
        let planes = self.planes();
        let stream = match stream {
            s if s < planes => format!("plane {s}"),
            s if s == planes => "the coverage".into(),
            _ => "the alpha".into(),
        };
        self.wrong(format!("row {row} of {stream} {what}"))
    }

    fn wrong(&self, reason: String) -> FitsError {
        FitsError::OutOfRange {
            path: self.parts[0].path().to_path_buf(),
            reason,
        }
    }
}

fn lay_out(spec: &MosaicSpec<'_>) -> Result<Vec<Output>, super::layout::Fault> {
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
    for (n, role) in [Role::Values, Role::Coverage, Role::Alpha]
        .into_iter()
        .enumerate()
    {
        let first = role == Role::Values;
        let axes = if first { values } else { &flat };
        let cards = if first { &spec.cards } else { &spec.wcs_cards };
        let start = if spec.split { 0 } else { offset };
        let primary = first || spec.split;
        let layout = HduLayout::new(role, axes, cards, primary, !spec.split, start)?;
        offset = layout.end();
        hdus.push(Output {
            layout,
            part: if spec.split { n } else { 0 },
            sum: DataSum::default(),
        });
    }
    Ok(hdus)
}

/// OUT.fits, and with `split` OUT.weight.fits and OUT.alpha.fits.
fn paths(spec: &MosaicSpec<'_>) -> Vec<PathBuf> {
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

fn check_space(path: &Path, needed: u64) -> Result<(), FitsError> {
    // Where the file system does not tell, the writes will.
    match fs4::available_space(folder(path)) {
        Ok(free) if free < needed => Err(FitsError::NoSpace {
            path: path.to_path_buf(),
            needed,
            free,
        }),
        _ => Ok(()),
    }
}

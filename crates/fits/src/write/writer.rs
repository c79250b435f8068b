//! Writes the mosaic.

use std::ops::Range;
use std::path::PathBuf;
use std::time::Instant;

use crate::error::{FitsError, FitsErrorKind};

use super::checksum::{fold, sum_repeated};
use super::encode::floats;
use super::layout::Role;
use super::order::{NAN_BITS, RowSum, row_sum};
use super::part::{PartialFile, sync_folder};
use super::place::{OutputPart, publish, set_published};
use super::resume::DoneRows;
use super::rows::WrittenRows;
use super::spec::{MosaicSpec, Output, Places, check_space, paths};
use super::sums::RowSums;

/// Pixels of rows without a tile that are written at a time.
const EMPTY: usize = 64 * 1024;

/// What `finish` returns.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishStats {
    /// Bytes of all files.
    pub bytes: u64,
    /// Milliseconds spent waiting for the disk.
    pub sync_ms: f64,
    /// The files, OUT.fits first.
    pub paths: Vec<PathBuf>,
}

/// Takes the rows of the mosaic in any order and from any number of threads; each row of each plane, of the coverage
/// and of the alpha exactly once. Dropped without [`MosaicWriter::finish`] it leaves nothing behind, unless it is to
/// `keep` it.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // choices of the user, and two states that are independent of them
pub struct MosaicWriter {
    pub(super) width: usize,
    pub(super) height: usize,
    force: bool,
    sync: bool,
    parts: Vec<PartialFile>,
    places: Places,
    /// Values by plane, then coverage, then alpha.
    pub(super) rows: Vec<WrittenRows>,
    /// In the same order; for coverage and alpha as the last channel left them.
    pub(super) sums: Vec<RowSums>,
    /// The files contain only what was written since they were created; the rest reads as zeros.
    fresh: bool,
    /// Headers and checksums are there.
    complete: bool,
    sync_ms: f64,
}

impl MosaicWriter {
    /// Makes the temporary files beside the outputs, at their full length.
    ///
    /// Errors: `exists`, `not_writable`, `locked`, `no_space`, `bad_header` (a card that cannot be written), `io`.
    pub fn create(spec: &MosaicSpec<'_>) -> Result<MosaicWriter, FitsError> {
        Ok(Self::resume(spec, &[])?.0)
    }

    /// Like [`MosaicWriter::create`], but resumes with the files that an earlier writer of the same spec kept, as far
    /// as they hold the rows `done` whole. Returns how many of `done`, from the first on, need not be made again; at 0
    /// the files are started again.
    ///
    /// Errors: as [`MosaicWriter::create`].
    pub fn resume(
        spec: &MosaicSpec<'_>,
        done: &[DoneRows],
    ) -> Result<(MosaicWriter, usize), FitsError> {
        set_published(false);
        let places = Places::new(spec)?;
        let mut parts = Vec::new();
        for path in paths(spec) {
            parts.push(PartialFile::create(&path, spec, !done.is_empty())?);
        }
        let held = parts.iter().map(PartialFile::held).sum();
        check_space(spec.path, places.making.iter().sum(), held)?;
        let whole = parts
            .iter()
            .map(PartialFile::len)
            .eq(places.making.iter().copied());
        let streams = spec.planes + 2;
        let mut writer = MosaicWriter {
            width: spec.width,
            height: spec.height,
            force: spec.force,
            sync: spec.sync,
            parts,
            places,
            rows: (0..streams)
                .map(|_| WrittenRows::new(spec.height))
                .collect(),
            sums: (0..streams).map(|_| RowSums::new(spec.height)).collect(),
            fresh: false,
            complete: false,
            sync_ms: 0.0,
        };
        let kept = if whole { writer.take_up(done) } else { 0 };
        if kept == 0 {
            for (part, &length) in writer.parts.iter().zip(&writer.places.making) {
                part.set_len(length)?;
            }
            let nothing = RowSum::default();
            (writer.sums.iter()).for_each(|s| s.fill(0..spec.height, nothing));
            writer.fresh = true;
        }
        writer
            .parts
            .iter_mut()
            .for_each(|part| part.keep(spec.keep));
        Ok((writer, kept))
    }

    /// Writes whole rows of a plane from `row0` on; NaN means no value. The pixels are big-endian afterwards.
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
        let sums: Vec<RowSum> = rows.chunks_mut(self.width).map(floats).collect();
        self.sums[plane].set(row0, &sums);
        let (part, offset) = self.place(Role::Values, plane * self.height + row0);
        part.write(bytemuck::cast_slice(rows), offset)
    }

    /// Writes whole rows of the coverage from `row0` on. The pixels are big-endian afterwards.
    ///
    /// Errors: as [`MosaicWriter::write_values`].
    pub fn write_coverage(&self, row0: usize, rows: &mut [f32]) -> Result<(), FitsError> {
        self.mark(self.planes(), row0, rows.len())?;
        let sums: Vec<RowSum> = rows.chunks_mut(self.width).map(floats).collect();
        self.sums[self.planes()].set(row0, &sums);
        let (part, offset) = self.place(Role::Coverage, row0);
        part.write(bytemuck::cast_slice(rows), offset)
    }

    /// Writes whole rows of the alpha from `row0` on.
    ///
    /// Errors: as [`MosaicWriter::write_values`].
    pub fn write_alpha(&self, row0: usize, rows: &[u8]) -> Result<(), FitsError> {
        self.mark(self.planes() + 1, row0, rows.len())?;
        self.set_byte_sums(Role::Alpha, row0, rows);
        let (part, offset) = self.place(Role::Alpha, row0);
        part.write(rows, offset)
    }

    /// Rows of a plane that no tile meets: NaN.
    ///
    /// Errors: as [`MosaicWriter::write_values`].
    pub fn write_empty_values(&self, plane: usize, rows: Range<usize>) -> Result<(), FitsError> {
        self.check_plane(plane)?;
        let pixels = rows.len() * self.width;
        self.mark(plane, rows.start, pixels)?;
        let sum = RowSum {
            words: sum_repeated(NAN_BITS, self.width as u64),
            order: row_sum(&NAN_BITS.to_be_bytes().repeat(self.width), 0).order,
        };
        self.sums[plane].fill(rows.clone(), sum);
        let (part, offset) = self.place(Role::Values, plane * self.height + rows.start);
        repeat(part, offset, &NAN_BITS.to_be_bytes(), pixels)
    }

    /// Rows of coverage and alpha that no tile meets: zeros, which a new file already has.
    ///
    /// Errors: as [`MosaicWriter::write_values`].
    pub fn write_empty_coverage(&self, rows: Range<usize>) -> Result<(), FitsError> {
        let pixels = rows.len() * self.width;
        self.mark(self.planes(), rows.start, pixels)?;
        self.mark(self.planes() + 1, rows.start, pixels)?;
        for role in [Role::Coverage, Role::Alpha] {
            self.clear(role, self.place(role, rows.start), rows.clone())?;
        }
        Ok(())
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

    /// Writes headers and checksums; then the files only have to be given their names.
    ///
    /// Errors: `out_of_range` when a row is missing, `no_space`, `io`. Nothing is left behind then, unless the files are to
    /// be kept.
    pub fn complete(&mut self) -> Result<Vec<OutputPart>, FitsError> {
        for (stream, rows) in self.rows.iter().enumerate() {
            if let Some(row) = rows.missing() {
                return Err(self.wrong_row(stream, row, "was never written"));
            }
        }
        for role in [Role::Values, Role::Coverage, Role::Alpha] {
            let output = self.output(role);
            let header = output.layout.header(self.sum(role));
            self.parts[output.part].write(&header, output.layout.header_offset)?;
        }
        if self.places.spare.is_some() {
            for (part, &length) in self.parts.iter().zip(&self.places.finished) {
                part.cut(length)?;
            }
        }
        if self.sync {
            let start = Instant::now();
            self.parts.iter().try_for_each(PartialFile::sync)?;
            self.sync_ms += start.elapsed().as_secs_f64() * 1e3;
        }
        self.complete = true;
        self.parts.iter().map(PartialFile::part).collect()
    }

    /// Completes the output, if that has not been done, and makes it appear, OUT.fits last.
    ///
    /// Errors: as [`MosaicWriter::complete`], `exists`, `lost` where another file has the name of the unfinished one.
    pub fn finish(mut self) -> Result<FinishStats, FitsError> {
        self.publish()
    }

    /// Like [`MosaicWriter::finish`]; what fails can still be kept or abandoned.
    ///
    /// Errors: as there.
    pub fn publish(&mut self) -> Result<FinishStats, FitsError> {
        if !self.complete {
            self.complete()?;
        }
        for (part, &bytes) in self.parts.iter().zip(&self.places.finished) {
            part.check_length(bytes)?;
        }
        let force = self.force;
        publish(&mut self.parts, force)?;
        if self.sync {
            let start = Instant::now();
            sync_folder(self.parts[0].path());
            self.sync_ms += start.elapsed().as_secs_f64() * 1e3;
        }
        Ok(FinishStats {
            bytes: self.places.finished.iter().sum(),
            sync_ms: self.sync_ms,
            paths: self.parts.iter().map(|p| p.path().to_path_buf()).collect(),
        })
    }

    /// Waits until the disk has what was written so far, if `finish` would wait too.
    ///
    /// Errors: `io`, `no_space`.
    pub fn flush(&self) -> Result<(), FitsError> {
        if self.sync {
            self.parts.iter().try_for_each(PartialFile::flush)?;
        }
        Ok(())
    }

    /// Gives up: removes its files, also those that were put in their places before that failed.
    pub fn abandon(mut self) {
        self.parts.iter_mut().for_each(PartialFile::abandon);
    }

    pub(super) fn planes(&self) -> usize {
        self.rows.len() - 2
    }

    fn output(&self, role: Role) -> &Output {
        // The HDUs are laid out in the order of the roles.
        &self.places.hdus[role as usize]
    }

    /// The sum of an HDU's data.
    fn sum(&self, role: Role) -> u32 {
        let streams = match role {
            Role::Values => 0..self.planes(),
            Role::Coverage => self.planes()..self.planes() + 1,
            Role::Alpha => self.planes() + 1..self.planes() + 2,
        };
        let sums = self.sums[streams].iter().map(|s| s.of(0..self.height));
        fold(sums.map(u64::from).sum())
    }

    /// Keeps the sums of whole rows of coverage or alpha, given as their bytes in the file.
    pub(super) fn set_byte_sums(&self, role: Role, row0: usize, bytes: &[u8]) {
        let length = self.width * role.pixel_bytes() as usize;
        let sums: Vec<RowSum> = bytes
            .chunks(length)
            .enumerate()
            .map(|(n, row)| row_sum(row, ((row0 + n) * length) as u64))
            .collect();
        let stream = self.planes() + usize::from(role == Role::Alpha);
        self.sums[stream].set(row0, &sums);
    }

    /// Makes rows of coverage or alpha at `place` zeros, unless the file is new and has them already.
    pub(super) fn clear(
        &self,
        role: Role,
        (part, offset): (&PartialFile, u64),
        rows: Range<usize>,
    ) -> Result<(), FitsError> {
        let stream = self.planes() + usize::from(role == Role::Alpha);
        self.sums[stream].fill(rows.clone(), RowSum::default());
        if self.fresh {
            return Ok(());
        }
        let pixels = rows.len() * self.width;
        repeat(part, offset, &[0; 4][..role.pixel_bytes() as usize], pixels)
    }

    pub(super) fn place(&self, role: Role, row: usize) -> (&PartialFile, u64) {
        let output = self.output(role);
        let offset = output.layout.data_offset + self.row_offset(role, row);
        (&self.parts[output.part], offset)
    }

    /// Where the draft that `channel` leaves is. It alternates, so that a channel never writes where it reads, and rows
    /// can be made again after an interruption. The draft of the last channel is in the final place.
    pub(super) fn draft_place(
        &self,
        role: Role,
        channel: usize,
        row: usize,
    ) -> Result<(&PartialFile, u64), FitsError> {
        self.check_plane(channel)?;
        let spare = self.places.spare.ok_or_else(|| {
            self.wrong("there is no room for drafts: the channels are not made one by one".into())
        })?;
        if (self.planes() - 1 - channel).is_multiple_of(2) {
            return Ok(self.place(role, row));
        }
        let start = spare[usize::from(role == Role::Alpha)];
        let part = &self.parts[self.output(role).part];
        Ok((part, start + self.row_offset(role, row)))
    }

    fn row_offset(&self, role: Role, row: usize) -> u64 {
        (row * self.width) as u64 * role.pixel_bytes()
    }

    fn check_plane(&self, plane: usize) -> Result<(), FitsError> {
        if plane < self.planes() {
            return Ok(());
        }
        Err(self.wrong(format!("plane {plane} of {} was requested", self.planes())))
    }

    fn mark(&self, stream: usize, row0: usize, pixels: usize) -> Result<(), FitsError> {
        if !pixels.is_multiple_of(self.width) {
            return Err(self.wrong(format!(
                "{pixels} pixels are not a whole number of rows of {}",
                self.width
            )));
        }
        let end = row0.saturating_add(pixels / self.width);
        self.rows[stream]
            .mark(row0..end)
            .map_err(|row| self.wrong_row(stream, row, "is out of range or was written twice"))
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
        FitsErrorKind::OutOfRange { reason }.of(self.parts[0].path())
    }
}

/// Writes the same pixel `count` times.
fn repeat(part: &PartialFile, offset: u64, pixel: &[u8], count: usize) -> Result<(), FitsError> {
    let block = pixel.repeat(EMPTY.min(count));
    let total = pixel.len() as u64 * count as u64;
    let mut done = 0;
    while done < total {
        let length = (block.len() as u64).min(total - done);
        part.write(&block[..length as usize], offset + done)?;
        done += length;
    }
    Ok(())
}

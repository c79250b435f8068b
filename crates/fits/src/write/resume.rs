//! Resumes what an earlier run left, as far as the files prove that it is there.

use std::ops::Range;

use super::layout::Role;
use super::order::{RowSum, row_sum};
use super::part::PartialFile;
use super::sums::proof;
use super::writer::MosaicWriter;

/// Bytes read at a time.
const BLOCK: usize = 1 << 20;

/// Rows that a run says it has written: all planes of `planes`, and coverage and alpha as those planes left them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoneRows {
    /// Planes made in the same pass.
    pub planes: Range<usize>,
    /// Rows.
    pub rows: Range<usize>,
    /// Sums of the values of the rows (all planes), of coverage and of alpha, as returned by [`MosaicWriter::sums`].
    pub sums: [u32; 3],
}

impl MosaicWriter {
    /// Sums of `rows` of `planes` and of coverage and alpha as they are now, which later prove that the rows are there.
    pub fn sums(&self, planes: Range<usize>, rows: Range<usize>) -> [u32; 3] {
        let of = planes.map(|plane| self.sums[plane].proof(rows.clone()));
        let values = of.fold(0_u32, |sum, one| sum.rotate_left(5).wrapping_add(one));
        let last = &self.sums[self.planes()..];
        [values, last[0].proof(rows.clone()), last[1].proof(rows)]
    }

    /// Marks the rows of `done` that are really in the files as written; returns how many of `done`, from the first on.
    ///
    /// A record counts only when the files hold rows with its sums, so rows that a crash of the machine lost are
    /// noticed here.
    pub(super) fn take_up(&self, done: &[DoneRows]) -> usize {
        let mut kept = self.in_order(done);
        kept = first_bad(&done[..kept], |d| self.values_hold(d)).unwrap_or(kept);
        while let Some(last) = kept.checked_sub(1).map(|n| &done[n]) {
            // Of the drafts only those of the last pass, and the ones it still reads, are complete.
            let pass = done[..kept].partition_point(|d| d.planes.start < last.planes.start);
            if let Some(bad) = first_bad(&done[pass..kept], |d| self.coverage_holds(d)) {
                kept = pass + bad;
                continue;
            }
            let before = done[..pass]
                .iter()
                .filter(|d| d.planes.end == last.planes.start && d.rows.end > last.rows.end);
            // They are read only for the proof: the sums that are kept stay those of the later pass.
            if before.into_iter().any(|d| !self.coverage_proves(d)) {
                return 0;
            }
            break;
        }
        for d in &done[..kept] {
            let mut streams: Vec<usize> = d.planes.clone().collect();
            if d.planes.end == self.planes() {
                streams.extend([self.planes(), self.planes() + 1]);
            }
            for stream in streams {
                if self.rows[stream].mark(d.rows.clone()).is_err() {
                    return 0;
                }
            }
        }
        kept
    }

    /// How many of `done` are passes over the planes in order, each over the rows in order.
    fn in_order(&self, done: &[DoneRows]) -> usize {
        let mut at = (0..0, self.height);
        for (n, DoneRows { planes, rows, .. }) in done.iter().enumerate() {
            if at.1 == self.height {
                at = (at.0.end..planes.end, 0);
            }
            let fits = *planes == at.0 && planes.start < planes.end && planes.end <= self.planes();
            if !fits || rows.start != at.1 || rows.end <= rows.start || rows.end > self.height {
                return n;
            }
            at.1 = rows.end;
        }
        done.len()
    }

    fn values_hold(&self, done: &DoneRows) -> bool {
        for plane in done.planes.clone() {
            let place = self.place(Role::Values, plane * self.height + done.rows.start);
            let Some(rows) = self.row_sums(Role::Values, place, &done.rows) else {
                return false;
            };
            self.sums[plane].set(done.rows.start, &rows);
        }
        self.sums(done.planes.clone(), done.rows.clone())[0] == done.sums[0]
    }

    /// Whether coverage and alpha are as the planes left them; keeps their sums.
    fn coverage_holds(&self, done: &DoneRows) -> bool {
        for (stream, role) in [Role::Coverage, Role::Alpha].into_iter().enumerate() {
            let Some(rows) = self.coverage_sums(role, done) else {
                return false;
            };
            self.sums[self.planes() + stream].set(done.rows.start, &rows);
        }
        let sums = self.sums(0..0, done.rows.clone());
        sums[1..] == done.sums[1..]
    }

    /// Like `coverage_holds`, but keeps nothing.
    fn coverage_proves(&self, done: &DoneRows) -> bool {
        [Role::Coverage, Role::Alpha]
            .into_iter()
            .zip(&done.sums[1..])
            .all(|(role, expected)| {
                let rows = self.coverage_sums(role, done).unwrap_or_default();
                rows.len() == done.rows.len() && proof(done.rows.start, &rows) == *expected
            })
    }

    fn coverage_sums(&self, role: Role, done: &DoneRows) -> Option<Vec<RowSum>> {
        let (channel, row) = (done.planes.end - 1, done.rows.start);
        let place = if done.planes.end == self.planes() {
            self.place(role, row)
        } else {
            self.draft_place(role, channel, row).ok()?
        };
        self.row_sums(role, place, &done.rows)
    }

    /// The sum of each row as it is in the file; None when it cannot be read.
    fn row_sums(
        &self,
        role: Role,
        (part, offset): (&PartialFile, u64),
        rows: &Range<usize>,
    ) -> Option<Vec<RowSum>> {
        let length = self.width * role.pixel_bytes() as usize;
        let at_once = (BLOCK / length).max(1);
        let mut bytes = vec![0; length * at_once.min(rows.len())];
        let mut sums = Vec::with_capacity(rows.len());
        for start in rows.clone().step_by(at_once) {
            let count = at_once.min(rows.end - start);
            let bytes = &mut bytes[..count * length];
            let from = offset + ((start - rows.start) * length) as u64;
            part.read(bytes, from).ok()?;
            for (n, row) in bytes.chunks(length).enumerate() {
                sums.push(row_sum(row, ((start + n) * length) as u64));
            }
        }
        Some(sums)
    }
}

fn first_bad(done: &[DoneRows], holds: impl Fn(&DoneRows) -> bool) -> Option<usize> {
    done.iter().position(|d| !holds(d))
}

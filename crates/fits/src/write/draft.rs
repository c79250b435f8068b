//! Coverage and alpha between the channels of a run that makes one channel at a time.
//!
//! A later channel reads what the earlier ones left and writes the union to another place; only the rows of the last
//! one count as written and go into the checksum.

use std::ops::Range;

use super::layout::Role;
use super::writer::MosaicWriter;
use crate::error::FitsError;

impl MosaicWriter {
    /// Keeps whole rows of coverage and alpha from `row0` on, as `channel` leaves them, for the next channel.
    ///
    /// Errors: `out_of_range` when the spec's channels are not made one by one, `no_space`, `io`.
    pub fn write_draft(
        &self,
        channel: usize,
        row0: usize,
        coverage: &[f32],
        alpha: &[u8],
    ) -> Result<(), FitsError> {
        for (role, bytes) in [
            (Role::Coverage, bytemuck::cast_slice(coverage)),
            (Role::Alpha, alpha),
        ] {
            let (part, offset) = self.draft_place(role, channel, row0)?;
            self.set_byte_sums(role, row0, bytes);
            part.write(bytes, offset)?;
        }
        Ok(())
    }

    /// Rows that no tile meets, in the draft that `channel` leaves: zeros, which a new file already has.
    ///
    /// Errors: as [`MosaicWriter::write_draft`].
    pub fn write_empty_draft(&self, channel: usize, rows: Range<usize>) -> Result<(), FitsError> {
        for role in [Role::Coverage, Role::Alpha] {
            let place = self.draft_place(role, channel, rows.start)?;
            self.clear(role, place, rows.clone())?;
        }
        Ok(())
    }

    /// Reads rows back as `channel` left them; rows it did not write are 0.
    ///
    /// Errors: `out_of_range` when the spec's channels are not made one by one, `io`.
    pub fn read_draft(
        &self,
        channel: usize,
        row0: usize,
        coverage: &mut [f32],
        alpha: &mut [u8],
    ) -> Result<(), FitsError> {
        for (role, bytes) in [
            (Role::Coverage, bytemuck::cast_slice_mut(coverage)),
            (Role::Alpha, alpha),
        ] {
            let (part, offset) = self.draft_place(role, channel, row0)?;
            part.read(bytes, offset)?;
        }
        Ok(())
    }
}

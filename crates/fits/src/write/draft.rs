//! Coverage and alpha between the channels of a run that makes one channel at a time.
//!
//! A later channel reads what the earlier ones left and writes their union; only the last one's
//! rows count as written and go into the checksum.

use super::layout::Role;
use super::writer::MosaicWriter;
use crate::error::FitsError;

impl MosaicWriter {
    /// Keeps whole rows of coverage and alpha from `row0` on for a later channel.
    ///
    /// Errors: `no_space`, `io`.
    pub fn write_draft(
        &self,
        row0: usize,
        coverage: &[f32],
        alpha: &[u8],
    ) -> Result<(), FitsError> {
        self.write_rows(Role::Coverage, row0, bytemuck::cast_slice(coverage))?;
        self.write_rows(Role::Alpha, row0, alpha)
    }

    /// Reads rows back as [`MosaicWriter::write_draft`] left them; 0 where it was not called.
    ///
    /// Errors: `io`.
    pub fn read_draft(
        &self,
        row0: usize,
        coverage: &mut [f32],
        alpha: &mut [u8],
    ) -> Result<(), FitsError> {
        self.read_rows(Role::Coverage, row0, bytemuck::cast_slice_mut(coverage))?;
        self.read_rows(Role::Alpha, row0, alpha)
    }
}

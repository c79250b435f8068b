//! Strips into the output file.

use zemosaic_coadd::{Sink, Strip};
use zemosaic_fits::{FitsError, MosaicWriter};

/// Writes strips of all channels from whichever thread made them.
pub(crate) struct StripWriter<'a>(pub(crate) &'a MosaicWriter);

impl Sink for StripWriter<'_> {
    type Error = FitsError;

    fn take(&self, strip: &mut Strip) -> Result<(), FitsError> {
        let row = strip.first_row as usize;
        for (plane, values) in strip.values.iter_mut().enumerate() {
            self.0.write_values(plane, row, values)?;
        }
        self.0.write_coverage(row, &mut strip.coverage)?;
        self.0.write_alpha(row, &strip.alpha)
    }
}

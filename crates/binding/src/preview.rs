//! A picture of a finished mosaic.

use std::path::PathBuf;

use napi::bindgen_prelude::{AsyncTask, Undefined};
use napi_derive::napi;
use zemosaic_fits::{FitsError, FitsFile};
use zemosaic_preview::{Mosaic, write_png};

use crate::door::{Failure, Job, later};

/// Writes a PNG of at most `maxSide` px a side.
#[napi(ts_return_type = "Promise<void>")]
pub fn write_preview(mosaic: String, png: String, max_side: u32) -> AsyncTask<Job<Undefined>> {
    later(move || {
        let file = FitsFile::open(&PathBuf::from(mosaic))?;
        let reader = file.reader(0)?;
        let shape = reader.shape();
        let mosaic = Mosaic {
            planes: shape.planes,
            width: shape.width,
            height: shape.height,
        };
        let read = |plane: usize, row: usize, out: &mut [f32]| -> Result<(), FitsError> {
            reader.read_rows(plane, row..row + 1, out).map(drop)
        };
        write_png(mosaic, &PathBuf::from(png), max_side as usize, read)
            .map_err(|e| Failure::new(e.code(), e.to_string()))?;
        Ok(())
    })
}

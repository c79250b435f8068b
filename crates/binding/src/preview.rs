//! Pictures of a finished mosaic.

use std::ops::Range;
use std::path::PathBuf;

use napi::bindgen_prelude::{AsyncTask, Undefined};
use napi_derive::napi;
use zemosaic_fits::{FitsError, FitsFile};
use zemosaic_preview::{Mosaic, write_map_png, write_png};

use crate::door::{Answer, Job, later};

/// Writes a PNG of at most `maxSide` px per side.
#[napi(ts_return_type = "Promise<void>")]
pub fn write_preview(mosaic: String, png: String, max_side: u32) -> AsyncTask<Job<Undefined>> {
    later(move || picture(&mosaic, 0, &png, max_side, false))
}

/// Writes a PNG of the coverage in HDU `hdu`: brighter means more, transparent means none.
#[napi(ts_return_type = "Promise<void>")]
pub fn write_coverage(
    mosaic: String,
    hdu: u32,
    png: String,
    max_side: u32,
) -> AsyncTask<Job<Undefined>> {
    later(move || picture(&mosaic, hdu as usize, &png, max_side, true))
}

fn picture(fits: &str, hdu: usize, png: &str, max_side: u32, is_map: bool) -> Answer<()> {
    let file = FitsFile::open(&PathBuf::from(fits))?;
    let reader = file.reader(hdu)?;
    let shape = reader.shape();
    let mosaic = Mosaic {
        planes: shape.planes,
        width: shape.width,
        height: shape.height,
    };
    let read = |plane: usize, rows: Range<usize>, out: &mut [f32]| -> Result<(), FitsError> {
        reader.read_rows(plane, rows, out)?;
        if is_map {
            for nothing in out.iter_mut().filter(|v| **v == 0.0) {
                *nothing = f32::NAN;
            }
        }
        Ok(())
    };
    let (png, side) = (PathBuf::from(png), max_side as usize);
    let written = if is_map {
        write_map_png(mosaic, &png, side, read)
    } else {
        write_png(mosaic, &png, side, read)
    };
    Ok(written.map(drop)?)
}

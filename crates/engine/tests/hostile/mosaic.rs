//! Mosaics of hostile tiles on the CPU, and what must hold of any mosaic.

use std::path::Path;
use std::sync::Arc;

use zemosaic_coadd::{Combine, Kernel};
use zemosaic_engine::{ChunkRequest, EngineError, PixelOptions, Processor, Session, Tile};
use zemosaic_fits::{Claim, FitsFile, MosaicSpec};
use zemosaic_wcs::Grid;

/// A finished mosaic: planes one after the other.
pub struct Mosaic {
    pub values: Vec<f32>,
    pub coverage: Vec<f32>,
    pub alpha: Vec<f32>,
}

/// Makes the mosaic in two chunks, and reads it again.
pub fn mosaic(
    tiles: Vec<Tile>,
    grid: &Grid,
    kernel: Kernel,
    combine: Combine,
    path: &Path,
) -> Result<Mosaic, EngineError> {
    let options = PixelOptions {
        kernel,
        combine,
        map_error: 1e-4,
    };
    let mut session = Session::open(Arc::new(tiles), grid, options, 1, None)?;
    session.find_borders(1 << 20, u64::MAX)?;
    let planes = session.channels();
    session.create_output(&MosaicSpec {
        path,
        width: grid.width,
        height: grid.height,
        planes,
        apart: false,
        cards: Vec::new(),
        coverage_unit: 1.0,
        wcs_cards: Vec::new(),
        split: false,
        force: true,
        sync: false,
        keep: false,
        claim: Claim::default(),
    })?;
    let (height, middle) = (grid.height as u32, grid.height as u32 / 2);
    for rows in [0..middle, middle..height] {
        let request = ChunkRequest {
            on: Processor::Cpu,
            channels: 0..planes,
            rows: rows.clone(),
            next: None,
        };
        if !rows.is_empty() {
            session.run_chunk(&request)?;
        }
    }
    session.finish()?;
    let made = read(path);
    made.hold_together(grid.width * grid.height);
    Ok(made)
}

fn read(path: &Path) -> Mosaic {
    let file = FitsFile::open(path).unwrap();
    assert!(file.warnings().is_empty(), "{:?}", file.warnings());
    let [values, alpha, coverage] = [0, 1, 2].map(|hdu| {
        let reader = file.reader(hdu).unwrap();
        let shape = reader.shape();
        let plane = |plane| {
            let mut out = vec![0.0; shape.width * shape.height];
            reader.read_rows(plane, 0..shape.height, &mut out).unwrap();
            out
        };
        (0..shape.planes).flat_map(plane).collect()
    });
    Mosaic {
        values,
        coverage,
        alpha,
    }
}

impl Mosaic {
    /// Coverage is finite and not negative; coverage 0, alpha 0 and NaN everywhere are the same; no value is infinite.
    fn hold_together(&self, pixels: usize) {
        assert_eq!((self.coverage.len(), self.alpha.len()), (pixels, pixels));
        for at in 0..pixels {
            let (coverage, alpha) = (self.coverage[at], self.alpha[at]);
            let planes = || self.values[at..].iter().step_by(pixels);
            assert!(
                coverage.is_finite() && coverage >= 0.0,
                "coverage {coverage} at {at}"
            );
            assert!(planes().all(|v| !v.is_infinite()), "infinite at {at}");
            assert_eq!(
                coverage == 0.0,
                alpha == 0.0,
                "coverage {coverage}, alpha {alpha} at {at}"
            );
            let empty = planes().all(|v| v.is_nan());
            assert_eq!(
                coverage == 0.0,
                empty,
                "coverage {coverage} and values at {at}"
            );
        }
    }
}

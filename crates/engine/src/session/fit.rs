//! What a session answers about chunks before they are made.

use zemosaic_coadd::ChunkShape;
use zemosaic_coadd::backend::Backend;
use zemosaic_wcs::lattice::Profile;

use super::Session;
use crate::error::EngineError;
use crate::fit::{Bounds, DeviceLimits, Fit, FitRequest, Fitter};

impl Session {
    /// Which tiles meet the output anywhere.
    pub fn meeting(&self) -> Vec<bool> {
        let meets = |p: &Profile| p.blocks.iter().any(|need| !need.is_empty());
        self.profiles.iter().map(meets).collect()
    }

    /// Whether channels are made one by one, because they have tiles or maps of their own.
    pub fn apart(&self) -> bool {
        self.needs.apart()
    }

    /// Tiles of which rows were read, and none of their pixels has a value and a weight.
    pub fn empty(&self) -> Vec<bool> {
        self.tiles.iter().map(|t| t.seen().is_empty()).collect()
    }

    /// Tiles of which rows were read, and all their pixels with a value have the same one.
    pub fn constant(&self) -> Vec<bool> {
        self.tiles.iter().map(|t| t.seen().is_constant()).collect()
    }

    /// The tallest chunk at a row that fits, and what it takes. Nothing is read or allocated.
    pub fn fit(&mut self, request: &FitRequest, bounds: &Bounds) -> Result<Fit, EngineError> {
        let FitRequest {
            on_device,
            channels,
            row0,
            after,
        } = request;
        self.check_place(channels, &(*row0..row0.saturating_add(1)))?;
        let output = ChunkShape {
            rows: 0..self.grid[1],
            width: self.grid[0],
            channels: channels.len(),
            kernel: self.options.kernel,
            combine: self.options.combine,
        };
        let mut fitter = Fitter {
            needs: self.needs.of(channels),
            output,
            threads: self.pool.current_num_threads(),
            after: *after,
        };
        if !on_device {
            return Ok(fitter.on_cpu(*row0, bounds));
        }
        let Some(device) = &self.device else {
            return Err(EngineError::Order("this run has no device"));
        };
        let limits = DeviceLimits {
            size: &|shape, need| device.size(shape, need),
            max_buffer: device.max_buffer(),
        };
        Ok(fitter.on_device(*row0, bounds, &limits))
    }
}

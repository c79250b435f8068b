//! How many rows fit.

use napi_derive::napi;
use zemosaic_engine::{Bounds, Fit as EngineFit, FitRequest as EngineRequest, LimitedBy};

/// Rows that are asked about before they are made.
#[napi(object)]
pub struct FitRequest {
    /// On the run's device, else on the CPU.
    pub on_device: bool,
    pub channel: u32,
    pub channels: u32,
    pub row0: u32,
}

/// What a chunk may take; bytes that are left out are not bounded.
#[napi(object)]
pub struct FitBounds {
    /// Output rows at most; what the output has no more is not made.
    pub rows: f64,
    /// Exactly so many rows; only the device's bytes count then.
    pub exact: Option<bool>,
    /// Device bytes at the peak.
    pub device_bytes: Option<f64>,
    /// Host bytes: the windows of the chunk, as much again for the next one, which is read ahead, and what the rows or the
    /// copies go through.
    pub host_bytes: Option<f64>,
    /// Of those, on the CPU, what strips have to themselves; left out: as much as they take.
    pub strip_bytes: Option<f64>,
}

/// A chunk that fits, and what it takes.
#[napi(object)]
pub struct Fit {
    /// Output rows; 0 when not one fits, or not those that were asked for.
    pub rows: u32,
    /// Device bytes at the peak; 0 on the CPU.
    pub device_bytes: f64,
    /// Host bytes, as they are bounded.
    pub host_bytes: f64,
    /// Of those, the windows of this chunk.
    pub window_bytes: f64,
    /// Why there are not more rows.
    #[napi(ts_type = "'rows' | 'device_bytes' | 'max_buffer' | 'host_bytes'")]
    pub limited_by: String,
}

pub(crate) fn fit_request(request: &FitRequest) -> EngineRequest {
    let channel = request.channel as usize;
    EngineRequest {
        on_device: request.on_device,
        channels: channel..channel + request.channels as usize,
        row0: request.row0,
    }
}

pub(crate) fn fit_bounds(bounds: &FitBounds) -> Bounds {
    // Conversions of numbers saturate: infinity is no bound.
    let bytes = |bound: Option<f64>| bound.map_or(u64::MAX, |b| b as u64);
    Bounds {
        rows: bounds.rows as u32,
        exact: bounds.exact.unwrap_or(false),
        device: bytes(bounds.device_bytes),
        host: bytes(bounds.host_bytes),
        strips: bounds.strip_bytes.map(|b| b as u64),
    }
}

pub(crate) fn fit_facts(fit: EngineFit) -> Fit {
    Fit {
        rows: fit.rows,
        device_bytes: fit.device as f64,
        host_bytes: fit.host as f64,
        window_bytes: fit.windows as f64,
        limited_by: match fit.limited_by {
            LimitedBy::Rows => "rows",
            LimitedBy::DeviceBytes => "device_bytes",
            LimitedBy::MaxBuffer => "max_buffer",
            LimitedBy::HostBytes => "host_bytes",
        }
        .to_owned(),
    }
}

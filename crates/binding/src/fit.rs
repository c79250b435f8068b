//! How many rows fit into given bounds.

use napi_derive::napi;
use zemosaic_engine::{Bounds, Fit as EngineFit, FitRequest as EngineRequest, LimitedBy};

/// The rows that a question about fitting concerns.
#[napi(object)]
pub struct FitRequest {
    /// True: on the run's device; false: on the CPU.
    pub on_device: bool,
    pub channel: u32,
    pub channels: u32,
    pub row0: u32,
    /// First row of the chunk before this one, which is made while this one's tile rows are read; absent without one.
    pub after: Option<u32>,
}

/// Limits of a chunk; bytes that are absent are unlimited.
#[napi(object)]
pub struct FitBounds {
    /// Most output rows; the end of the output limits them as well.
    pub rows: f64,
    /// Exactly this many rows; then only the device's bytes are limited.
    pub exact: Option<bool>,
    /// Peak device bytes.
    pub device_bytes: Option<f64>,
    /// Host bytes: the tile rows of the chunk and of the one before, or of one as tall behind it, which is read ahead; and
    /// the strips or the staging buffers of copies.
    pub host_bytes: Option<f64>,
    /// On the CPU, the part of the host bytes reserved for strips; absent: as much as they take.
    pub strip_bytes: Option<f64>,
}

/// A chunk that fits, and the bytes it takes.
#[napi(object)]
pub struct Fit {
    /// Output rows; 0 when not even one row fits, or not exactly those requested.
    pub rows: u32,
    /// Peak device bytes; 0 on the CPU.
    pub device_bytes: f64,
    /// Host bytes, counted in the same way as in `FitBounds`.
    pub host_bytes: f64,
    /// The part of the host bytes that this chunk's tile rows take.
    pub window_bytes: f64,
    /// The tile rows of this chunk and of the one before it, of which many are the same.
    pub pair_bytes: f64,
    /// The part of the host bytes that strips or staging buffers take.
    pub strip_bytes: f64,
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
        after: request.after,
    }
}

pub(crate) fn fit_bounds(bounds: &FitBounds) -> Bounds {
    // Conversions of numbers saturate, so infinity means no limit.
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
        pair_bytes: fit.pair as f64,
        strip_bytes: fit.strips as f64,
        limited_by: match fit.limited_by {
            LimitedBy::Rows => "rows",
            LimitedBy::DeviceBytes => "device_bytes",
            LimitedBy::MaxBuffer => "max_buffer",
            LimitedBy::HostBytes => "host_bytes",
        }
        .to_owned(),
    }
}

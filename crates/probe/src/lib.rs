//! zemosaic-probe

//! zemosaic-fits

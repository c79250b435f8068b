//! zemosaic-wcs

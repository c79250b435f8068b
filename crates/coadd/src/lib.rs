//! zemosaic-coadd

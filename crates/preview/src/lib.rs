//! zemosaic-preview

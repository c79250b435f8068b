//! zemosaic-engine

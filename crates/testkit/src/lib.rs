//! zemosaic-testkit

//! The transform between pixels and the sky: the WCS of a FITS header, and the grid of a mosaic.
//!
//! Knows headers (through [`Cards`]), frames, projections and distortions; never files, pixel values or memory. Pixels
//! are 0-based, the centre of the first one is (0, 0), x runs along FITS axis 1; an image covers -0.5..n-0.5.
//! Directions are ICRS unit vectors. All trigonometry comes from one `libm`, so that the results have the same bytes on
//! every CPU.

mod cards;
mod ctype;
mod distortion;
mod error;
mod frame;
mod grid;
mod header;
mod keyword;
pub mod lattice;
mod linear;
mod mapping;
mod outline;
mod pole;
mod projection;
mod reader;
mod rotation;
mod wcs;

pub use cards::{CardValue, Cards, Table};
pub use error::WcsError;
pub use frame::Frame;
pub use grid::{Grid, GridError, GridOptions, Rotation};
pub use keyword::is_wcs_keyword;
pub use mapping::Mapping;
pub use outline::outline;
pub use rotation::{Direction, direction, lon_lat};
pub use wcs::Wcs;

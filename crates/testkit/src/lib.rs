//! A simulated sky and the FITS tiles a telescope would take of it.
//!
//! The sky is a function of direction, so every tile, and the mosaic that should result, is evaluated from the same
//! formula: [`truth`] gives the right answer on any grid. Tiles are written by a FITS writer and described by a TAN,
//! SIP or TPV mapping that share no code with the crates under test.
//!
//! Everything is deterministic: one seed gives the same bytes on every platform and for any number of threads.

mod accuracy;
mod camera;
mod ceiling;
mod compare;
mod fits_writer;
mod galaxy;
mod layout;
mod nebula;
mod noise;
mod random;
mod rice;
mod scenario;
mod scene;
mod sky;
mod stars;
mod storage;
mod tangent;
mod tile;
mod truth;

pub use accuracy::{Accuracy, Image, accuracy};
pub use camera::{Camera, Distortion};
pub use ceiling::warp_ceiling;
pub use compare::{Difference, compare};
pub use fits_writer::{Card, write_fits};
pub use galaxy::Galaxy;
pub use layout::Layout;
pub use nebula::Nebula;
pub use scenario::{Scenario, simulate};
pub use scene::Scene;
pub use sky::Sky;
pub use stars::StarField;
pub use storage::Storage;
pub use tile::SimulatedTile;
pub use truth::truth;

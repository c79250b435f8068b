//! Brings the levels of overlapping tiles together without touching the sky they share.
//!
//! In: values of two tiles at the same points of the sky, pair by pair ([`Pair::measure`]). Out: per tile a gain, an
//! offset and, on request, a slope ([`solve`]), such that tiles agree where they overlap and the mean over each
//! connected group does not change, so that gradients of the sky survive. And which tiles contradict their neighbours
//! ([`odd`]). Sums run in a fixed order: the same pairs
//! give the same bytes for any number of threads.
//!
//! Knows only numbers: no files, no WCS, no memory limits.

mod absurd;
mod gain;
mod group;
mod light;
mod measure;
mod network;
mod odd;
mod patch;
mod point;
mod robust;
mod solve;
mod sparse;
mod stars;

pub use absurd::Absurd;
pub use gain::{GainRatio, NoRatio};
pub use group::Groups;
pub use measure::{Cell, Pair};
pub use odd::{Link, Odd, odd, outcasts};
pub use patch::{CORE, OUTER, Verdict, correlate};
pub use point::{CELL_POINTS, Point};
pub use solve::{Match, Model, Solution, solve};
pub use stars::Stars;

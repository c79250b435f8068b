//! Samples tiles and co-adds them: the rules of pixels, and the CPU backend that is their reference.
//!
//! In: windows of tiles (f32, NaN where invalid), a lattice per tile, a chunk of output rows.
//! Out: strips of finished rows (value, coverage, alpha) handed to a [`Sink`].
//! Knows nothing about files, memory limits or the sky.
//!
//! # One name for one step
//!
//! The kernels of devices (`cuda/kernel`, `wgpu/kernel`) take the same steps in the same order, under the same names, and
//! in files of the same name if a step has its own file. WGSL has no methods, so `Separable::plain` is called
//! `plain_separable` there. Shared numbers come from [`constants`].
//!
//! | step | name | file |
//! |---|---|---|
//! | where an output pixel falls on a tile | `offset`, `place` | `sample` |
//! | a tile pixel with a value | `tap_at` | `sample` |
//! | a sample whose taps are all valid | `plain` | `nearest`, `bilinear`, `separable` |
//! | a sample by the full rules, tap by tap | `careful` | the same |
//! | the taps whose positive shares weigh maps; what maps say about a sample | `Four`; `weigh` (here `Maps::weight`) | `bilinear`, `sample` |
//! | the value between four pixels | `lerp` | `bilinear` |
//! | the weights of taps along an axis | `tap_weights` | `separable` (here `separable/shape`) |
//! | what a sum leaves to rounding | `two_sum` | `fold` |
//! | adding a sample to what its pixel holds | `put` | `coadd` (here `accumulate`) |
//! | the same by a rule that takes one sample after another | `fold` | `fold` |
//! | keeping it for a rule that needs all samples | `push` | `stack` |
//! | sorting the values; one of the sorted values | `rank`; `ranked` | `stack` (here `stack/ranked`) |
//! | which of the ranked samples remain | `Stretch`, `left` | `stack` (here `stack/lanes`) |
//! | the median of a stretch; the mean of two values | `middle`; `halfway` | `stack` |
//! | a value clipped to two bounds | `clipped` | `stack` (here `stack/lanes`) |
//! | a deviation, but at least the rounding of the values | `floored` | `stack` |
//! | the tight half of an even number | `split` | `halves` |
//! | reducing all samples to a value and a weight | `reduce` | `reduce` (here `stack`) |
//! | the median of all, next to the sound half if one half is spoiled | `median` | the same |
//! | the samples that are not rejected; of four | `reject`; `reject_of_four` | the same |
//! | median and deviation, without and with winsorizing | `centre`, `winsorized_centre` | the same |
//! | the unit in which deviations are squared | `Scale` | the same |
//! | the weighted mean of the remaining samples | `mean` | the same |
//! | turning sums into values, coverage and opacity | `finish` | `finish` (here `accumulate`) |

mod accumulate;
pub mod backend;
mod combine;
pub mod constants;
pub mod cpu;
mod cut;
mod depth;
pub mod device;
mod fold;
mod job;
mod output;
mod reduce;
mod rows;
mod sample;
mod stack;

/// What devices read about a tile's place on the grid, exported here because they depend only on this crate.
pub use zemosaic_wcs::lattice;

pub use combine::Combine;
pub use constants::STRIP_ROWS;
pub use cut::{Cut, TileCut};
pub use job::{
    ChunkJob, ChunkShape, Counters, Kernel, TileJob, Window, drop_without, to_variances,
};
pub use output::{Sink, Strip, StripRoom};
pub use reduce::{PixelSample, reduce};
pub use rows::TileRows;

//! Every number that the CPU and the kernels of devices share, defined once.
//!
//! Kernels are not written in Rust, so these numbers are printed into `cuda/kernel/constants.cuh` and
//! `wgpu/kernel/constants.wgsl`. A test compares them; `ZEMOSAIC_WRITE=1 cargo test -p zemosaic-coadd constants`
//! writes the files again. A change here also changes the PTX (`cuda/kernel/build.py`).

#[cfg(test)]
mod print;
#[cfg(test)]
mod tests;

use zemosaic_wcs::lattice;

use crate::combine::Combine;
use crate::job::Kernel;

/// Declares the constants, and lists them with their comments.
macro_rules! constants {
    ($($(#[doc = $line:literal])+ $name:ident: $kind:ty = $value:expr;)+) => {
        $($(#[doc = $line])+ pub const $name: $kind = $value;)+

        #[cfg(test)]
        fn all() -> Vec<print::Constant> {
            vec![$(print::Constant {
                name: stringify!($name),
                comment: vec![$($line),+],
                value: print::Value::from($name),
            }),+]
        }
    };
}

constants! {
    /// Fraction bits of a position in a run: 2^-24 px, exact in f32.
    FRACTION_BITS: u32 = lattice::FRACTION_BITS;
    /// Half a pixel, in fixed point.
    HALF: i32 = 1 << (FRACTION_BITS - 1);
    /// Mask of the fraction of a position, in fixed point.
    FRACTION_MASK: i32 = (1 << FRACTION_BITS) - 1;
    /// One step of a fraction, px.
    FRACTION_STEP: f32 = 1.0 / (1u32 << FRACTION_BITS) as f32;

    /// Rows of a strip, which is aligned to absolute output rows, and of a block.
    STRIP_ROWS: u32 = 32;
    /// Columns of a block.
    BLOCK_COLUMNS: u32 = 1024;
    /// Columns of a cell, which is a part of one row; also the most runs that one tile has in a cell.
    CELL_COLUMNS: u32 = lattice::MAX_RUN as u32;
    /// Cells across a block.
    CELLS: u32 = BLOCK_COLUMNS / CELL_COLUMNS;
    /// Cells of a block.
    BLOCK_CELLS: u32 = STRIP_ROWS * CELLS;
    /// Rows of one column of cells that a group of threads makes.
    GROUP_ROWS: u32 = 8;
    /// Threads of a group, one per pixel.
    GROUP_THREADS: u32 = GROUP_ROWS * CELL_COLUMNS;
    /// Groups of threads that make one block.
    GROUPS_PER_BLOCK: u32 = BLOCK_CELLS / GROUP_ROWS;
    /// Offset of a plane that a tile on a device does not have.
    ABSENT: u32 = u32::MAX;
    /// A kernel's complaint: a tap lies outside what the device holds, so the plan is wrong.
    FAULT_MISSING: u32 = 1;
    /// A kernel's remark: a pixel has no value because a sum became too large for a number.
    FAULT_OVERFLOW: u32 = 2;
    /// Planes of a stack per sample, for rules that reject: value, weight, ranked value.
    STACK_KINDS: u32 = 3;

    /// The bits of a pixel without a value.
    NAN_BITS: u32 = 0x7fc0_0000;
    /// The exponent of a number, among its bits.
    EXPONENT_BITS: u32 = 0x7f80_0000;
    /// The bits of the smallest number with all its digits.
    LEAST_NORMAL_BITS: u32 = 0x0080_0000;
    /// Twice the exponent of 1, among the bits of a number.
    TWICE_ONE_BITS: u32 = 0x7f00_0000;
    /// The largest finite number.
    LARGEST: f32 = f32::MAX;

    /// The least weight of a sample, of a tile and of a pixel of a map: smaller ones count as this.
    LEAST_WEIGHT: f32 = 1.0 / (1u128 << 100) as f32;
    /// If a smaller share of the kernel than this is valid, there is no sample.
    LEAST_VALID: f32 = 1e-3;
    /// The same for kernels with negative lobes: below it the sample is bilinear.
    HALF_VALID: f32 = 0.5;
    /// Pixels that bicubic reads along each axis.
    BICUBIC_TAPS: usize = 4;
    /// Pixels that lanczos3 reads along each axis.
    LANCZOS3_TAPS: usize = 6;
    /// Pixels that lanczos4 reads along each axis.
    LANCZOS4_TAPS: usize = 8;
    /// Phases of a kernel's table from one pixel to the next: log2 of their number.
    PHASE_BITS: u32 = 9;
    /// Bits of a fraction between two phases.
    STEP_BITS: u32 = FRACTION_BITS - PHASE_BITS;
    /// Mask of the fraction between two phases, in fixed point.
    STEP_MASK: i32 = (1 << STEP_BITS) - 1;
    /// One step of the fraction between two phases.
    STEP: f32 = 1.0 / (1u32 << STEP_BITS) as f32;

    /// Samples farther than this many deviations from the centre are rejected.
    KAPPA: f32 = 3.0;
    /// Factor from the MAD of a normal distribution to its standard deviation.
    MAD_TO_SIGMA: f32 = 1.4826;
    /// Winsorizing clips samples to this many deviations from the median.
    WINSOR_AT: f32 = 1.5;
    /// Factor that undoes how clipping shrinks the standard deviation of a normal distribution (Huber 1981, Robust Statistics).
    WINSOR_TO_SIGMA: f32 = 1.134;
    /// Relative change of the deviation below which winsorizing has converged.
    CONVERGED: f32 = 5e-4;
    /// A deviation is never taken as less than the rounding of the values: this fraction of the median.
    ROUNDING: f32 = 4.0 * f32::EPSILON;
    /// Most rounds of rejecting and of winsorizing; real data needs a handful.
    MOST_ROUNDS: u32 = 50;
    /// With this many samples or fewer, none is rejected: three give their median, fewer their mean.
    FEW: u32 = 3;
    /// With this many samples or more, one half may be rejected.
    SPLIT_FROM: u32 = 6;
    /// The other half must be this many times the spread of the tight half away, and this many times as spread out:
    /// two levels that only noise spreads seldom differ so much.
    SPLIT_AT: f32 = 8.0;

    /// The number of the rule `mean`.
    RULE_MEAN: u32 = Combine::Mean.number();
    /// The number of the rule `sum`.
    RULE_SUM: u32 = Combine::Sum.number();
    /// The number of the rule `min`.
    RULE_MIN: u32 = Combine::Min.number();
    /// The number of the rule `max`.
    RULE_MAX: u32 = Combine::Max.number();
    /// The number of the rule `first`.
    RULE_FIRST: u32 = Combine::First.number();
    /// The number of the rule `last`.
    RULE_LAST: u32 = Combine::Last.number();
    /// The number of the rule `median`.
    RULE_MEDIAN: u32 = Combine::Median.number();
    /// The number of the rule `winsorized`.
    RULE_WINSORIZED: u32 = Combine::Winsorized.number();
    /// The number of the rule `kappa-sigma`.
    RULE_KAPPA_SIGMA: u32 = Combine::KappaSigma.number();

    /// The number of the kernel `nearest`.
    KERNEL_NEAREST: u32 = Kernel::Nearest.number();
    /// The number of the kernel `bilinear`.
    KERNEL_BILINEAR: u32 = Kernel::Bilinear.number();
    /// The number of the kernel `bicubic`.
    KERNEL_BICUBIC: u32 = Kernel::Bicubic.number();
    /// The number of the kernel `lanczos3`.
    KERNEL_LANCZOS3: u32 = Kernel::Lanczos3.number();
    /// The number of the kernel `lanczos4`.
    KERNEL_LANCZOS4: u32 = Kernel::Lanczos4.number();
}

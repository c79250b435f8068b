// Numbers that the CPU shares, printed from crates/coadd/src/constants.rs: not to be edited.
// ZEMOSAIC_WRITE=1 cargo test -p zemosaic-coadd constants

// Fraction bits of a position in a run: 2^-24 px, exact in f32.
const FRACTION_BITS: u32 = 24u;

// Half a pixel, in fixed point.
const HALF: i32 = 8388608i;

// Mask of the fraction of a position, in fixed point.
const FRACTION_MASK: i32 = 16777215i;

// One step of a fraction, px.
const FRACTION_STEP: f32 = 5.9604645e-8f;

// Rows of a strip, which is aligned to absolute output rows, and of a block.
const STRIP_ROWS: u32 = 32u;

// Columns of a block.
const BLOCK_COLUMNS: u32 = 1024u;

// Columns of a cell, which is a part of one row; also the most runs that one tile has in a cell.
const CELL_COLUMNS: u32 = 32u;

// Cells across a block.
const CELLS: u32 = 32u;

// Cells of a block.
const BLOCK_CELLS: u32 = 1024u;

// Rows of one column of cells that a group of threads makes.
const GROUP_ROWS: u32 = 8u;

// Threads of a group, one per pixel.
const GROUP_THREADS: u32 = 256u;

// Groups of threads that make one block.
const GROUPS_PER_BLOCK: u32 = 128u;

// Offset of a plane that a tile on a device does not have.
const ABSENT: u32 = 4294967295u;

// A kernel's complaint: a tap lies outside what the device holds, so the plan is wrong.
const FAULT_MISSING: u32 = 1u;

// A kernel's remark: a pixel has no value because a sum became too large for a number.
const FAULT_OVERFLOW: u32 = 2u;

// Planes of a stack per sample, for rules that reject: value, weight, ranked value.
const STACK_KINDS: u32 = 3u;

// The bits of a pixel without a value.
const NAN_BITS: u32 = 2143289344u;

// The exponent of a number, among its bits.
const EXPONENT_BITS: u32 = 2139095040u;

// The bits of the smallest number with all its digits.
const LEAST_NORMAL_BITS: u32 = 8388608u;

// Twice the exponent of 1, among the bits of a number.
const TWICE_ONE_BITS: u32 = 2130706432u;

// The largest finite number.
const LARGEST: f32 = 3.4028235e38f;

// The least weight of a sample, of a tile and of a pixel of a map: smaller ones count as this.
const LEAST_WEIGHT: f32 = 7.888609e-31f;

// If a smaller share of the kernel than this is valid, there is no sample.
const LEAST_VALID: f32 = 0.001f;

// The same for kernels with negative lobes: below it the sample is bilinear.
const HALF_VALID: f32 = 0.5f;

// Pixels that bicubic reads along each axis.
const BICUBIC_TAPS: u32 = 4u;

// Pixels that lanczos3 reads along each axis.
const LANCZOS3_TAPS: u32 = 6u;

// Pixels that lanczos4 reads along each axis.
const LANCZOS4_TAPS: u32 = 8u;

// Phases of a kernel's table from one pixel to the next: log2 of their number.
const PHASE_BITS: u32 = 9u;

// Bits of a fraction between two phases.
const STEP_BITS: u32 = 15u;

// Mask of the fraction between two phases, in fixed point.
const STEP_MASK: i32 = 32767i;

// One step of the fraction between two phases.
const STEP: f32 = 3.0517578e-5f;

// Samples farther than this many deviations from the centre are rejected.
const KAPPA: f32 = 3.0f;

// Factor from the MAD of a normal distribution to its standard deviation.
const MAD_TO_SIGMA: f32 = 1.4826f;

// Winsorizing clips samples to this many deviations from the median.
const WINSOR_AT: f32 = 1.5f;

// Factor that undoes how clipping shrinks the standard deviation of a normal distribution (Huber 1981, Robust Statistics).
const WINSOR_TO_SIGMA: f32 = 1.134f;

// Relative change of the deviation below which winsorizing has converged.
const CONVERGED: f32 = 0.0005f;

// A deviation is never taken as less than the rounding of the values: this fraction of the median.
const ROUNDING: f32 = 4.7683716e-7f;

// Most rounds of rejecting and of winsorizing; real data needs a handful.
const MOST_ROUNDS: u32 = 50u;

// With this many samples or fewer, none is rejected: three give their median, fewer their mean.
const FEW: u32 = 3u;

// With this many samples or more, one half may be rejected.
const SPLIT_FROM: u32 = 6u;

// The other half must be this many times the spread of the tight half away, and this many times as spread out:
// two levels that only noise spreads seldom differ so much.
const SPLIT_AT: f32 = 8.0f;

// The number of the rule `mean`.
const RULE_MEAN: u32 = 0u;

// The number of the rule `sum`.
const RULE_SUM: u32 = 1u;

// The number of the rule `min`.
const RULE_MIN: u32 = 2u;

// The number of the rule `max`.
const RULE_MAX: u32 = 3u;

// The number of the rule `first`.
const RULE_FIRST: u32 = 4u;

// The number of the rule `last`.
const RULE_LAST: u32 = 5u;

// The number of the rule `median`.
const RULE_MEDIAN: u32 = 6u;

// The number of the rule `winsorized`.
const RULE_WINSORIZED: u32 = 7u;

// The number of the rule `kappa-sigma`.
const RULE_KAPPA_SIGMA: u32 = 8u;

// The number of the kernel `nearest`.
const KERNEL_NEAREST: u32 = 0u;

// The number of the kernel `bilinear`.
const KERNEL_BILINEAR: u32 = 1u;

// The number of the kernel `bicubic`.
const KERNEL_BICUBIC: u32 = 2u;

// The number of the kernel `lanczos3`.
const KERNEL_LANCZOS3: u32 = 3u;

// The number of the kernel `lanczos4`.
const KERNEL_LANCZOS4: u32 = 4u;

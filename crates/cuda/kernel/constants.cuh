// Numbers that the CPU shares, printed from crates/coadd/src/constants.rs: not to be edited.
// ZEMOSAIC_WRITE=1 cargo test -p zemosaic-coadd constants
#pragma once

// Fraction bits of a position in a run: 2^-24 px, exact in f32.
#define FRACTION_BITS 24u

// Half a pixel, in fixed point.
#define HALF 8388608

// Mask of the fraction of a position, in fixed point.
#define FRACTION_MASK 16777215

// One step of a fraction, px.
#define FRACTION_STEP 5.9604645e-8f

// Rows of a strip, which is aligned to absolute output rows, and of a block.
#define STRIP_ROWS 32u

// Columns of a block.
#define BLOCK_COLUMNS 1024u

// Columns of a cell, which is a part of one row; also the most runs that one tile has in a cell.
#define CELL_COLUMNS 32u

// Cells across a block.
#define CELLS 32u

// Cells of a block.
#define BLOCK_CELLS 1024u

// Rows of one column of cells that a group of threads makes.
#define GROUP_ROWS 8u

// Threads of a group, one per pixel.
#define GROUP_THREADS 256u

// Groups of threads that make one block.
#define GROUPS_PER_BLOCK 128u

// Offset of a plane that a tile on a device does not have.
#define ABSENT 4294967295u

// A kernel's complaint: a tap lies outside what the device holds, so the plan is wrong.
#define FAULT_MISSING 1u

// A kernel's remark: a pixel has no value because a sum became too large for a number.
#define FAULT_OVERFLOW 2u

// Planes of a stack per sample, for rules that reject: value, weight, ranked value.
#define STACK_KINDS 3u

// The bits of a pixel without a value.
#define NAN_BITS 2143289344u

// The exponent of a number, among its bits.
#define EXPONENT_BITS 2139095040u

// The bits of the smallest number with all its digits.
#define LEAST_NORMAL_BITS 8388608u

// Twice the exponent of 1, among the bits of a number.
#define TWICE_ONE_BITS 2130706432u

// The largest finite number.
#define LARGEST 3.4028235e38f

// The least weight of a sample, of a tile and of a pixel of a map: smaller ones count as this.
#define LEAST_WEIGHT 7.888609e-31f

// If a smaller share of the kernel than this is valid, there is no sample.
#define LEAST_VALID 0.001f

// The same for kernels with negative lobes: below it the sample is bilinear.
#define HALF_VALID 0.5f

// Pixels that bicubic reads along each axis.
#define BICUBIC_TAPS 4u

// Pixels that lanczos3 reads along each axis.
#define LANCZOS3_TAPS 6u

// Pixels that lanczos4 reads along each axis.
#define LANCZOS4_TAPS 8u

// Phases of a kernel's table from one pixel to the next: log2 of their number.
#define PHASE_BITS 9u

// Bits of a fraction between two phases.
#define STEP_BITS 15u

// Mask of the fraction between two phases, in fixed point.
#define STEP_MASK 32767

// One step of the fraction between two phases.
#define STEP 3.0517578e-5f

// Samples farther than this many deviations from the centre are rejected.
#define KAPPA 3.0f

// Factor from the MAD of a normal distribution to its standard deviation.
#define MAD_TO_SIGMA 1.4826f

// Winsorizing clips samples to this many deviations from the median.
#define WINSOR_AT 1.5f

// Factor that undoes how clipping shrinks the standard deviation of a normal distribution (Huber 1981, Robust Statistics).
#define WINSOR_TO_SIGMA 1.134f

// Relative change of the deviation below which winsorizing has converged.
#define CONVERGED 0.0005f

// A deviation is never taken as less than the rounding of the values: this fraction of the median.
#define ROUNDING 4.7683716e-7f

// Most rounds of rejecting and of winsorizing; real data needs a handful.
#define MOST_ROUNDS 50u

// With this many samples or fewer, none is rejected: three give their median, fewer their mean.
#define FEW 3u

// With this many samples or more, one half may be rejected.
#define SPLIT_FROM 6u

// The other half must be this many times the spread of the tight half away, and this many times as spread out:
// two levels that only noise spreads seldom differ so much.
#define SPLIT_AT 8.0f

// The number of the rule `mean`.
#define RULE_MEAN 0u

// The number of the rule `sum`.
#define RULE_SUM 1u

// The number of the rule `min`.
#define RULE_MIN 2u

// The number of the rule `max`.
#define RULE_MAX 3u

// The number of the rule `first`.
#define RULE_FIRST 4u

// The number of the rule `last`.
#define RULE_LAST 5u

// The number of the rule `median`.
#define RULE_MEDIAN 6u

// The number of the rule `winsorized`.
#define RULE_WINSORIZED 7u

// The number of the rule `kappa-sigma`.
#define RULE_KAPPA_SIGMA 8u

// The number of the kernel `nearest`.
#define KERNEL_NEAREST 0u

// The number of the kernel `bilinear`.
#define KERNEL_BILINEAR 1u

// The number of the kernel `bicubic`.
#define KERNEL_BICUBIC 2u

// The number of the kernel `lanczos3`.
#define KERNEL_LANCZOS3 3u

// The number of the kernel `lanczos4`.
#define KERNEL_LANCZOS4 4u

// Every number of the cost model, and where it comes from.
//
// Of the CPU and of the host's side of a GPU: core nanoseconds (user and system), measured with two threads on an Intel Xeon with AVX2
// (2 cores, files in the page cache) by `zemosaic bench --no-sync`, the lower of two runs. Names in the comments are scenarios of the bench;
// d3, d5 and d12 are that many tiles of 1200 to 1500 px a side on one field, d3c three colour ones, flat 4 x 3 tiles of 1500 x 1000. Every run
// is in `core/test/measured-jobs.csv`, and `bun packages/bench/cost-model.ts` compares saved benches with the model. tpv, alpha, turned90,
// colour, compressed-gzip, and lanczos4 and exact with median and winsorized on grid9 and turned30 were not used to fit it: 0.94 to 1.34 of
// what was measured. Another processor is some times faster or slower, mostly by the same factor on both sides of a comparison.
//
// Of the cards: NO REAL CARD HAS BEEN MEASURED. Their figures are peaks that vendors publish and the driver tells, at a part that programs of this
// kind reach. They are meant to lose close races: a GPU that is chosen wrongly costs memory and a context as well.

import type { Combine, Kernel } from '../../device.ts';

/** What a run takes however small it is, core-s (the fields above, whose other terms leave 0.02 to 0.05). */
export const RUN_S = 0.05;

/** The start of the command and the question to the drivers, which its own time includes and that of the bench does not (`demo`: 0.1). */
export const PROCESS_S = 0.1;

/** Per tile: headers, opening, profile and lattice (`survey`, 5000 tiles of 100 x 100: 3.9 core-s). */
export const TILE_NS = 650_000;

/** Reading from the page cache, swapping bytes, and making a float of each number (`d12`, `deep`). */
export const READ_NS_PER_BYTE = 0.6;
export const VALUE_NS = 1.5;

/** Unpacking tile-compressed pixels, per byte of what is unpacked (`compressed`: Rice, 16 bits). */
export const UNPACK_NS_PER_BYTE = 5.5;

/** Comparing tiles where they overlap, per value of theirs (`--matched`: grid9, d5, flat 6 to 10, wide 12). */
export const MATCH_NS = 8;

/** Writing to the page cache with checksums (`grid9`, `flat`: 0.35; 900 MB of `host`: 1.1). The wait for the disk is not counted. */
export const WRITE_NS_PER_BYTE = 0.6;

/** Values, coverage and alpha. */
export const VALUE_BYTES = 4;
export const COVER_BYTES = 5;

export interface KernelRate {
  /** Once for all channels: where the pixel lies, and the weights of its taps. */
  shared: number;
  each: number;
}

/** ns per place and per sample, on one thread (`d5`, `flat`: one channel; `d3c`, `host`: three). */
export const KERNEL_NS: Readonly<Record<Kernel, KernelRate>> = {
  nearest: { shared: 1.5, each: 4.5 },
  bilinear: { shared: 1.5, each: 3.5 },
  bicubic: { shared: 5, each: 7 },
  lanczos3: { shared: 11, each: 8 },
  lanczos4: { shared: 12, each: 11 },
  exact: { shared: 30, each: 10.5 },
};

/** `exact` takes every pixel of a tile, however coarse the grid, per value (grid9 and host at twice and three times the scale). */
export const AREA_NS = 1.5;
/** Where an output pixel meets more of them than the fast way takes (grid9 at ten times the scale). */
export const LARGE_AREA_NS = 13;
export const LARGE_AREA = 64;

/** Where eight neighbours are not in one row of a tile, they are taken one by one (`turned30`, `turned45`: 9 to 10). */
export const TURNED_NS = 9;

/** ns per sample on top of a mean, as (depth, ns): between two depths by the logarithm of the depth (`flat`, d3, d5, d12, `deep`). */
export type ByDepth = readonly (readonly [depth: number, ns: number])[];

const LIGHT: ByDepth = [[1, 0]];

export const RULE_NS: Readonly<Record<Combine, ByDepth>> = {
  mean: LIGHT,
  sum: LIGHT,
  min: LIGHT,
  max: LIGHT,
  first: LIGHT,
  last: LIGHT,
  median: [
    [1, 2],
    [10, 4],
    [33, 7],
  ],
  'kappa-sigma': [
    [1, 5],
    [4.5, 7],
    [10, 14],
    [33, 10],
  ],
  // Nothing is rejected of fewer than four.
  winsorized: [
    [1, 4],
    [1.3, 13],
    [2.7, 10],
    [4.5, 110],
    [10, 84],
    [33, 57],
  ],
};

// The host's side of a GPU, measured with a driver whose kernels and copies cost nothing (`bench --scenario host`, and d5, d12,
// `deep`, `flat`, d3c on the same driver).

/** Per sample: lattice, packing, handing over. It is the same for all kernels and rules, and paid by every channel. */
export const LATTICE_NS = 3;

/** The part of the host's work that one thread does at a time (`host`: 2.39 core-s took 1.37 s on two threads). */
export const HOST_SERIAL = 0.2;

/** Bytes that go up per sample beside the pixels: 44 for the run of 32 pixels. */
export const LATTICE_BYTES = 44 / 32;

// The cards.

/**
 * The driver's start, a context, and kernels that the driver has compiled before and kept: an assumption, because only a card can tell (0.1 to 0.5 s
 * is what is usually reported of the first call of a CUDA program). The first run after a new driver or version takes seconds more.
 */
export const CUDA_START_S = 0.5;
/** Instance, device and shaders, which most drivers keep compiled, too: an assumption, as above. */
export const WGPU_START_S = 0.8;
/** A probe, the drain of the device and the first chunk of a channel overlap with nothing. */
export const CHANNEL_S = 0.01;

/** What pinned copies over PCIe 3.0 x16 reach (CUDA C++ Best Practices Guide, "Pinned Memory"); how a card is connected is not asked. */
export const COPY_GB_S = 12;
/** Integrated GPUs and adapters of unknown kind share the memory with the CPU. */
export const SHARED_COPY_GB_S = 6;

/** Part of the peak of its arithmetic, and of its memory, that a card reaches here: gathers of taps, integers beside floats. */
export const REACHED = 0.2;

/** Lanes of a multiprocessor by compute capability, oldest first (CUDA C++ Programming Guide, table of arithmetic throughput: 32-bit add and multiply). */
export const LANES: readonly (readonly [compute: number, lanes: number])[] = [
  [7.5, 64],
  [8.6, 128],
];

/** What a card does that reports no clocks: the smallest of Turing (GTX 1650: 14 x 64 lanes, 1.5 GHz, 128 GB/s). */
export const LEAST_CUDA = { instructionsPerS: 1.3e12, memoryGbS: 128 } as const;
/** wgpu tells no clocks: a small card, and graphics inside a processor (Intel UHD 770: 32 x 8 lanes, 1.5 GHz; two channels of DDR4). */
export const WGPU_DISCRETE = LEAST_CUDA;
export const WGPU_INTEGRATED = { instructionsPerS: 0.4e12, memoryGbS: 40 } as const;

/**
 * Instructions per sample of a mean: 80 for the position, the sums and the store, and 8 for each tap (an index, a load, tests of its bits,
 * a weight, a product, two sums). Estimated from the sources in `cuda/kernel`; `exact` from its CPU twin.
 */
export const KERNEL_INSTRUCTIONS: Readonly<Record<Kernel, number>> = {
  nearest: 120,
  bilinear: 120,
  bicubic: 210,
  lanczos3: 370,
  lanczos4: 600,
  exact: 1000,
};

/** Of `exact`, per pixel of a tile. */
export const AREA_INSTRUCTIONS = 30;

/** Bytes of the card's memory per sample: its taps, mostly from caches, and the sums. */
export const SAMPLE_BYTES = 24;
/** A stack is sorted and walked in memory: (log2 of the depth) ^ 2 / 2 passes over each sample, and rejection a few more. */
export const STACK_BYTES = 8;
export const REJECTION_PASSES = 8;

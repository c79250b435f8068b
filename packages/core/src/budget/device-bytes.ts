import { STRIP_ROWS } from './chunk-bytes.ts';
import { BLOCK_COLUMNS, CELL_COLUMNS, type DeviceNeed, pad } from './device-need.ts';

export interface DeviceChunk {
  /** Output rows, half-open. */
  row0: number;
  row1: number;
  width: number;
  channels: number;
  need: DeviceNeed;
}

/** What decides about a pixel, and about bytes: the kernel's table, the samples that a rule keeps. */
export interface DeviceRules {
  kernel: string;
  combine: string;
}

/** What a chunk takes on a kind of device, bytes. */
export interface DeviceEstimate {
  /** Device memory at the peak. */
  bytes(chunk: DeviceChunk): number;
  /** The largest buffer, which some devices limit. */
  largest(chunk: DeviceChunk): number;
  /** Host memory that the copies go through. */
  staging(chunk: DeviceChunk): number;
}

export const PART_BLOCKS = 32;
export const LEAST_RUNS = 4096;
export const MOST_RUNS = 262_144;
const RUN_BYTES = 40;
const TILE_BYTES = 64;
const MOST_SLAB = 8_388_608;
const MOST_STACK = 33_554_432;
/** Taps of the kernels that are read from a table, of so many phases. */
const TAPS: Record<string, number> = { bicubic: 4, lanczos3: 6, lanczos4: 8 };
const PHASES = 513;
/** Bytes of a sample, for rules that need all samples of a pixel at once. */
const SAMPLE_BYTES: Record<string, number> = { median: 4, winsorized: 12, 'kappa-sigma': 12 };

/** Words of the table that a kernel is read from. */
export function tableWords(kernel: string): number {
  return PHASES * (TAPS[kernel] ?? 0);
}

/** The buffers of a chunk, bytes each. */
export interface DeviceBuffers {
  /** The fault word, and the kernel's table. */
  constants: number;
  windows: number;
  /** Of which there are two. */
  lattice: number;
  output: number;
  outputs: number;
  stack: number;
}

/**
 * Device bytes of a chunk at its peak. The engine allocates exactly this. Left out: the driver's context, its rounding
 * of allocations, pinned host memory.
 */
export function deviceBytes(chunk: DeviceChunk, rules: DeviceRules): number {
  const { constants, windows, lattice, output, outputs, stack } = deviceBuffers(chunk, rules);
  return constants + windows + 2 * lattice + outputs * output + stack;
}

/** Bytes of a chunk's largest buffer, which some devices limit. */
export function largestBuffer(chunk: DeviceChunk, rules: DeviceRules): number {
  const { windows, lattice, output, stack } = deviceBuffers(chunk, rules);
  return Math.max(windows, lattice, output, stack);
}

/**
 * Page-locked host bytes that a chunk's copies go through: a twin of every lattice and output buffer, and two slabs for
 * the windows. Kept from chunk to chunk.
 */
export function stagingBytes(chunk: DeviceChunk, rules: DeviceRules): number {
  const { windows, lattice, output, outputs } = deviceBuffers(chunk, rules);
  return 2 * lattice + outputs * output + 2 * Math.min(windows, MOST_SLAB);
}

/** The estimate of CUDA devices. */
export function cudaEstimate(rules: DeviceRules): DeviceEstimate {
  return {
    bytes: (chunk) => deviceBytes(chunk, rules),
    largest: (chunk) => largestBuffer(chunk, rules),
    staging: (chunk) => stagingBytes(chunk, rules),
  };
}

function deviceBuffers(chunk: DeviceChunk, rules: DeviceRules): DeviceBuffers {
  const { row0, row1, width, channels, need } = chunk;
  const rows = row1 - row0;
  const strips = Math.ceil(row1 / STRIP_ROWS) - Math.floor(row0 / STRIP_ROWS);
  const across = Math.max(1, Math.ceil(width / BLOCK_COLUMNS));
  const partStrips = clamp(Math.floor(PART_BLOCKS / across), 1, Math.max(1, strips));
  const parts = Math.ceil(strips / partStrips);
  const partPixels = Math.min(rows, STRIP_ROWS * partStrips) * width;

  const least = Math.max(LEAST_RUNS, CELL_COLUMNS * need.tiles);
  const cells = rows * need.cells;
  const runs = clamp(Math.ceil((cells * partStrips) / Math.max(1, strips)), least, Math.max(MOST_RUNS, least));
  const entries = BLOCK_COLUMNS * partStrips * across + 1;
  const lattice = pad(RUN_BYTES * runs) + pad(4 * runs) + pad(4 * entries) + pad(TILE_BYTES * need.tiles);
  const output = pad(4 * channels * partPixels) + pad(4 * partPixels) + pad(partPixels);
  const block =
    rows < STRIP_ROWS
      ? rows * Math.min(BLOCK_COLUMNS, 32 * Math.ceil(width / 32))
      : STRIP_ROWS * BLOCK_COLUMNS * partStrips * across;
  return {
    constants: 256 + pad(4 * tableWords(rules.kernel)),
    windows: channels * need.planes + need.mapPlanes,
    lattice,
    output,
    outputs: Math.min(parts, 2),
    stack: pad(stackBytes(need.depth * (SAMPLE_BYTES[rules.combine] ?? 0), block)),
  };
}

/** Samples of the pixels that one launch makes, `column` bytes each: all it could make, or as many as are worth it. */
function stackBytes(column: number, pixels: number): number {
  return Math.max(CELL_COLUMNS * column, Math.min(pixels * column, MOST_STACK));
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

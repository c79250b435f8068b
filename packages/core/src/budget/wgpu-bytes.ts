import { STRIP_ROWS } from './chunk-bytes.ts';
import {
  clamp,
  type DeviceChunk,
  type DeviceEstimate,
  type DeviceRules,
  LEAST_RUNS,
  MOST_RUNS,
  PART_BLOCKS,
  tableWords,
} from './device-bytes.ts';
import { BLOCK_COLUMNS, CELL_COLUMNS, pad } from './device-need.ts';

const RUN_BYTES = 44;
const TILE_BYTES = 48;
const SLAB = 8_388_608;
/** Bytes of a sample, for rules that need all samples of a pixel at once. */
const SAMPLE_BYTES = 12;
const STACKED = ['median', 'winsorized', 'kappa-sigma'];
/** Bytes of a stack, when that is enough for one block. */
const STACK = 16_777_216;

/** The buffers of a chunk on wgpu, bytes each. */
interface WgpuBuffers {
  windows: number;
  /** The values of the tile that needs most: one tile's are never spread. */
  largestWindow: number;
  /** Staging of windows, of which there are two. */
  slab: number;
  /** Of which there is one, and its staging twice. */
  lattice: number;
  /** With the stack behind them. */
  sums: number;
  readBack: number;
  readBacks: number;
}

/**
 * What a chunk takes through wgpu on a device that binds at most `binding` bytes of a buffer. Staging and read-back
 * count as device bytes, for on many devices they are.
 */
export function wgpuEstimate(rules: DeviceRules, binding: number): DeviceEstimate {
  const buffers = (chunk: DeviceChunk) => wgpuBuffers(chunk, rules, binding);
  return {
    bytes(chunk) {
      const { windows, slab, lattice, sums, readBack, readBacks } = buffers(chunk);
      return 256 + windows + 2 * slab + 3 * lattice + sums + readBacks * readBack;
    },
    largest(chunk) {
      const { largestWindow, lattice, sums } = buffers(chunk);
      return Math.max(largestWindow, lattice, sums);
    },
    staging(chunk) {
      const { slab, lattice, readBack, readBacks } = buffers(chunk);
      return 2 * slab + 2 * lattice + readBacks * readBack;
    },
  };
}

function wgpuBuffers(chunk: DeviceChunk, rules: DeviceRules, binding: number): WgpuBuffers {
  const { row0, row1, width, channels, need } = chunk;
  const rows = row1 - row0;
  const alpha = need.opacity ? 1 : 0;
  const strips = Math.ceil(row1 / STRIP_ROWS) - Math.floor(row0 / STRIP_ROWS);
  const across = Math.max(1, Math.ceil(width / BLOCK_COLUMNS));
  const blockPixels =
    Math.min(rows, STRIP_ROWS) * Math.min(BLOCK_COLUMNS, CELL_COLUMNS * Math.ceil(width / CELL_COLUMNS));
  const block = STACKED.includes(rules.combine) ? SAMPLE_BYTES * channels * need.depth * blockPixels : 0;
  const fit = Math.floor(Math.max(0, binding - block) / (4 * STRIP_ROWS * width * (2 * channels + alpha)));
  const partStrips = clamp(Math.min(Math.floor(PART_BLOCKS / across), fit), 1, Math.max(1, strips));
  const parts = Math.ceil(strips / partStrips);
  const partPixels = Math.min(rows, STRIP_ROWS * partStrips) * width;

  const windows = channels * need.planes + need.mapPlanes;
  const cells = rows * need.cells;
  const least = Math.max(LEAST_RUNS, CELL_COLUMNS * need.tiles);
  const runs = clamp(Math.ceil((cells * partStrips) / Math.max(1, strips)), least, Math.max(MOST_RUNS, least));
  const planes = pad(4 * (2 * channels + alpha) * partPixels);
  const stack = pad(Math.min(partStrips * across * block, Math.max(Math.min(STACK, binding - planes), block)));
  const words = tableWords(rules.kernel) + BLOCK_COLUMNS * partStrips * across + 1;
  return {
    windows,
    largestWindow: channels * need.largestPlane,
    slab: Math.min(Math.max(SLAB, need.longestRow), windows),
    lattice: 256 + pad(TILE_BYTES * Math.max(1, need.tiles)) + pad(4 * words) + pad(RUN_BYTES * runs),
    sums: planes + stack,
    readBack: 256 + pad(4 * (channels + 1 + alpha) * partPixels),
    readBacks: Math.min(parts, 2),
  };
}

import type { Fit } from '../device.ts';
import type { PassRows } from './pass-rows.ts';

export interface Chunk {
  row0: number;
  rows: number;
  /** Estimated bytes: windows, the windows of the chunk that is read ahead, and strips. */
  bytes: number;
}

export interface ChunkPlan {
  chunks: Chunk[];
  /** Rows of the tallest chunk. */
  rows: number;
  /** Estimate of the largest chunk; above the budget only where even the smallest useful chunk is. */
  bytes: number;
  /** How many chunks exceed the budget although they are as small as is useful. */
  overBudget: number;
}

/** Most rows of a chunk with few threads: more gain nothing, and Ctrl-C waits for the end of a chunk. */
const MOST_ROWS = 512;
/** Rows per thread in a chunk: with fewer, threads too often wait for the last strip. */
const ROWS_EACH = 128;

/** Most rows of a chunk. */
export function mostRows(threads: number): number {
  return Math.max(MOST_ROWS, ROWS_EACH * threads);
}

const LITTLE_MORE = 1.25;

/**
 * Cuts the output into chunks for the CPU, each the tallest that fits. Strips take their share of the budget first. Half of
 * the rest is for the chunk's windows and half for those of the next chunk, which is read ahead, so any two neighbours
 * fit together. `exactly`: this many rows per chunk instead.
 */
export function planChunks(pass: PassRows, budget: number, exactly: number | null): ChunkPlan {
  const { height } = pass;
  const share = stripShare(pass, budget);
  const cuts: { row0: number; fit: Fit }[] = [];
  let over = 0;
  for (let row0 = 0; row0 < height; row0 += cuts.at(-1)?.fit.rows ?? height) {
    let fit = exactly === null ? tallest(pass, row0, budget, share) : just(pass, row0, exactly);
    if (fit.rows < 1) {
      over += 1;
      fit = least(pass, row0, share);
    }
    cuts.push({ row0, fit });
  }
  const chunks = cuts.map(({ row0, fit: { rows, hostBytes, windowBytes } }, at) => ({
    row0,
    rows,
    // `fit` counts this chunk's windows twice, for the chunk read ahead; here the real size of the next one is known.
    bytes: hostBytes - windowBytes + (cuts[at + 1]?.fit.windowBytes ?? 0),
  }));
  return {
    chunks,
    rows: chunks.reduce((most, chunk) => Math.max(most, chunk.rows), 0),
    bytes: chunks.reduce((most, chunk) => Math.max(most, chunk.bytes), 0),
    overBudget: over,
  };
}

/** The bytes of the tallest chunk's strips, at most half the budget; the same for every chunk, whatever its height. */
function stripShare(pass: PassRows, budget: number): number {
  const { hostBytes, windowBytes } = just(pass, 0, mostRows(pass.threads));
  return Math.min(hostBytes - 2 * windowBytes, budget / 2);
}

function tallest(pass: PassRows, row0: number, hostBytes: number, stripBytes: number): Fit {
  return pass.fit('cpu', row0, { rows: mostRows(pass.threads), hostBytes, stripBytes });
}

function just(pass: PassRows, row0: number, rows: number): Fit {
  return pass.fit('cpu', row0, { rows, exact: true });
}

/**
 * The chunk to make where not even one row fits. Any few output rows need nearly all of a rotated tile: fewer rows would
 * not save memory, only read the same windows again. So this is the tallest chunk that takes little more than its first row.
 */
function least(pass: PassRows, row0: number, share: number): Fit {
  const row = just(pass, row0, 1);
  const fit = tallest(pass, row0, 2 * LITTLE_MORE * row.windowBytes + share, share);
  return fit.rows < 1 ? row : fit;
}

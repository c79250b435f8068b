import type { Fit } from '../device.ts';
import type { PassRows } from './pass-rows.ts';

export interface Chunk {
  row0: number;
  rows: number;
  /** Estimated bytes: windows, those of the chunk read ahead, strips. */
  bytes: number;
}

export interface ChunkPlan {
  chunks: Chunk[];
  /** Rows of the tallest chunk. */
  rows: number;
  /** Estimate of the largest chunk; above the budget only where the least possible chunk is. */
  bytes: number;
  /** Chunks that do not fit the budget and are as small as makes sense. */
  overBudget: number;
}

/** Rows that a chunk takes at most with few threads: more gains nothing, and Ctrl-C waits for the end of a chunk. */
const MOST_ROWS = 512;
/** Rows per thread and chunk: with fewer the threads wait for the last strip too often. */
const ROWS_EACH = 128;

/** Rows that a chunk takes at most. */
export function mostRows(threads: number): number {
  return Math.max(MOST_ROWS, ROWS_EACH * threads);
}

const LITTLE_MORE = 1.25;

/**
 * Cuts the output into chunks for the CPU, each the tallest that fits. Strips get their share of the budget first; half of
 * the rest is for the chunk's windows, half for those of the next chunk, which is read ahead: so any two neighbours fit.
 * `exactly` asks for so many rows instead.
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
    // What fits has room for the same windows again; what the next chunk takes is known here.
    bytes: hostBytes - windowBytes + (cuts[at + 1]?.fit.windowBytes ?? 0),
  }));
  return {
    chunks,
    rows: chunks.reduce((most, chunk) => Math.max(most, chunk.rows), 0),
    bytes: chunks.reduce((most, chunk) => Math.max(most, chunk.bytes), 0),
    overBudget: over,
  };
}

/** What the tallest chunk's strips take, half the budget at most: the same for every chunk, whatever its height. */
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
 * Rows to do where not even one fits. A rotated tile is needed nearly whole by any few output rows: fewer rows would not
 * take less, only move the same windows again. So: the tallest chunk that takes little more than its first row does.
 */
function least(pass: PassRows, row0: number, share: number): Fit {
  const row = just(pass, row0, 1);
  const fit = tallest(pass, row0, 2 * LITTLE_MORE * row.windowBytes + share, share);
  return fit.rows < 1 ? row : fit;
}

import type { Fit } from '../device.ts';
import type { PassRows } from './pass-rows.ts';

export interface Chunk {
  row0: number;
  rows: number;
  /** Estimated bytes: its tile rows together with those of the chunk that is read ahead, and strips. */
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

const LITTLE_MORE = 1.05;
/** What a chunk may take of it until every thread has a strip. */
const MORE = 1.25;
/** Rows of a strip, the work of one thread at a time. */
const STRIP_ROWS = 32;

/**
 * Cuts the output into chunks for the CPU, each the tallest that fits. Strips take their share of the budget first. The rest
 * is for the tile rows of the chunk and of the next one, which is read ahead: any two neighbours fit together, and share what
 * both need. `exactly`: this many rows per chunk instead.
 */
export function planChunks(pass: PassRows, budget: number, exactly: number | null): ChunkPlan {
  const { height } = pass;
  const share = stripShare(pass, budget);
  const cuts: { row0: number; fit: Fit }[] = [];
  let over = 0;
  for (let row0 = 0; row0 < height; row0 += cuts.at(-1)?.fit.rows ?? height) {
    const at: Place = { row0, after: cuts.at(-1)?.row0 ?? null };
    let fit = exactly === null ? tallest(pass, at, budget, share) : just(pass, at, exactly);
    if (fit.rows < 1) {
      over += 1;
      fit = least(pass, at, share);
    }
    cuts.push({ row0, fit });
  }
  const chunks = cuts.map(({ row0, fit: { rows, stripBytes, windowBytes } }, at) => ({
    row0,
    rows,
    // `fit` allows for a chunk behind this one that is as tall; here the real one is known.
    bytes: stripBytes + (cuts[at + 1]?.fit.pairBytes ?? windowBytes),
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
  const { stripBytes } = just(pass, { row0: 0, after: null }, mostRows(pass.threads));
  return Math.min(stripBytes, budget / 2);
}

/** A chunk's first row, and that of the chunk before. */
interface Place {
  row0: number;
  after: number | null;
}

function tallest(
  pass: PassRows,
  { row0, after }: Place,
  hostBytes: number,
  stripBytes: number,
  rows = mostRows(pass.threads),
): Fit {
  return pass.fit('cpu', row0, after, { rows, hostBytes, stripBytes });
}

function just(pass: PassRows, { row0, after }: Place, rows: number): Fit {
  return pass.fit('cpu', row0, after, { rows, exact: true });
}

/**
 * The chunk to make where not even one row fits. Any few output rows need nearly all of a rotated tile: fewer rows would
 * save little memory. So this is the tallest chunk that takes little more than its first row.
 */
function least(pass: PassRows, at: Place, share: number): Fit {
  const row = just(pass, at, 1);
  const within = (times: number, rows: number) =>
    tallest(pass, at, times * (row.hostBytes - row.stripBytes) + share, share, rows);
  const everyThread = STRIP_ROWS * pass.threads;
  const fit = within(LITTLE_MORE, mostRows(pass.threads));
  const found = fit.rows < everyThread ? within(MORE, everyThread) : fit;
  return found.rows < 1 ? row : found;
}

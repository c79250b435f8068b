import { type ChunkShape, PROFILE_ROWS, STRIP_ROWS, stripBytes } from './chunk-bytes.ts';
import { Needs } from './needs.ts';

export interface Chunk {
  row0: number;
  rows: number;
  /** Tiles that may meet the chunk. */
  tiles: number;
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
/** Strips per thread and chunk: with fewer the threads wait for the last strip too often. */
const STRIPS_EACH = 4;

/** Rows that a chunk takes at most. */
export function mostRows(threads: number): number {
  return Math.max(MOST_ROWS, STRIPS_EACH * STRIP_ROWS * threads);
}

const LITTLE_MORE = 1.25;

/**
 * Cuts the output into chunks, each the tallest that fits. Strips get their share of the budget first; half of the rest
 * is for the chunk's windows, half for those of the next chunk, which is read ahead: so any two neighbours fit. Ends lie
 * on multiples of 32 rows of the output, so that strips are whole. `rows` asks for exactly that many instead.
 */
export function planChunks(shape: ChunkShape, budget: number, rows: number | null): ChunkPlan {
  const needs = new Needs(shape);
  const cuts: { row0: number; rows: number; tiles: number; windows: number }[] = [];
  let over = 0;
  for (let row0 = 0; row0 < shape.height; ) {
    const left = shape.height - row0;
    let count = Math.min(rows ?? tallest(needs, budget, row0), left);
    if (count < 1) {
      over += 1;
      count = least(needs, budget, row0);
    }
    const { tiles, windowBytes } = needs.whole(row0, count);
    cuts.push({ row0, rows: count, tiles, windows: windowBytes });
    row0 += count;
  }
  const chunks = cuts.map(({ windows, ...cut }, at) => ({
    ...cut,
    bytes: windows + (cuts[at + 1]?.windows ?? 0) + stripBytes(shape, cut.rows),
  }));
  return {
    chunks,
    rows: chunks.reduce((most, chunk) => Math.max(most, chunk.rows), 0),
    bytes: chunks.reduce((most, chunk) => Math.max(most, chunk.bytes), 0),
    overBudget: over,
  };
}

/** Rows of the tallest chunk at `row0` that fits the budget; 0 when not one row does. */
function tallest(needs: Needs, budget: number, row0: number): number {
  const { shape } = needs;
  for (let rows = mostRows(shape.threads); rows >= STRIP_ROWS; rows -= STRIP_ROWS) {
    const aligned = rows - (row0 % STRIP_ROWS);
    if (fits(needs, budget, row0, Math.min(aligned, shape.height - row0))) return aligned;
  }
  for (let rows = STRIP_ROWS / 2; rows >= 1; rows /= 2) {
    if (fits(needs, budget, row0, Math.min(rows, shape.height - row0))) return rows;
  }
  return 0;
}

function fits(needs: Needs, budget: number, row0: number, rows: number): boolean {
  const strips = stripShare(needs.shape, budget);
  return stripBytes(needs.shape, rows) <= strips && windowsWithin(needs, (budget - strips) / 2, row0, rows);
}

function windowsWithin(needs: Needs, most: number, row0: number, rows: number): boolean {
  const need = needs.of(row0, rows, ({ windowBytes }) => windowBytes > most);
  return need !== null && need.windowBytes <= most;
}

/** What the tallest chunk's strips take, half the budget at most: the same for every chunk, whatever its height. */
function stripShare(shape: ChunkShape, budget: number): number {
  return Math.min(stripBytes(shape, Math.min(mostRows(shape.threads), shape.height)), budget / 2);
}

/**
 * Rows to do where not even one fits. A rotated tile is needed nearly whole by any few output rows: fewer rows would not
 * take less, only move the same windows again. So: the tallest chunk that takes little more than its first block does.
 */
function least(needs: Needs, budget: number, row0: number): number {
  const { shape } = needs;
  const left = shape.height - row0;
  const block = Math.min(PROFILE_ROWS - (row0 % PROFILE_ROWS), left);
  const most = LITTLE_MORE * needs.whole(row0, block).windowBytes;
  const strips = stripShare(shape, budget);
  for (let rows = mostRows(shape.threads); rows >= STRIP_ROWS; rows -= STRIP_ROWS) {
    const aligned = Math.min(rows - (row0 % STRIP_ROWS), left);
    if (stripBytes(shape, aligned) <= strips && windowsWithin(needs, most, row0, aligned)) return aligned;
  }
  let rows = Math.min(block, STRIP_ROWS);
  while (rows > 1 && stripBytes(shape, rows) > strips) rows = Math.floor(rows / 2);
  return rows;
}

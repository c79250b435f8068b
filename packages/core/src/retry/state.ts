import { MB } from '../units.ts';

/** How a chunk ended on the device. Distinguished by type, never by message text. Sizes are in bytes. */
export type Outcome =
  | { kind: 'done' }
  | { kind: 'oom'; asked: number; free: number | null; total: number | null; at: string }
  | { kind: 'tooBigEver'; message: string }
  | { kind: 'deviceLost'; message: string }
  | { kind: 'failed'; message: string };

/** Free bytes after a reclaim, and the budget that follows from them. */
export interface Fresh {
  freeBytes: number;
  budgetBytes: number;
}

/** Upper limits for the next chunk. */
export interface Limits {
  bytes: number;
  rows: number;
}

export interface RetryRules {
  /** Set only by the mosaic run; any other caller gets one attempt. */
  oomRetry: boolean;
  cpuFallback: boolean;
}

/** How often one chunk is retried smaller after an OOM; the next OOM hands it to the CPU. */
export const RETRY_LIMIT = 3;
export const SHRINK = 0.7;
export const FLOOR_BYTES = 16 * MB;
export const FLOOR_ROWS = 32;
/** Consecutive successful chunks before a reduced chunk size doubles. */
export const CLEAN_CHUNKS = 4;

/** A chunk that ran out of memory: its estimated bytes and its rows. */
export interface Failed {
  bytes: number;
  rows: number;
}

/** What the retry policy remembers of one channel. Discarded at the end of the channel. */
export interface RetryState {
  readonly rules: RetryRules;
  /** Budget of the channel as written to the log, bytes. */
  readonly budget: number;
  readonly limits: Limits;
  /** Rows to grow back to: those given at the start, or fewer once the device refused a chunk as too big. */
  readonly mostRows: number;
  /** OOMs since the last finished chunk. */
  readonly ooms: number;
  /** Consecutive finished chunks since the size last changed. */
  readonly clean: number;
  readonly cleanNeeded: number;
  /** The size was raised, and fewer than `cleanNeeded` chunks have finished at it since. */
  readonly onTrial: boolean;
  /** What the pending probe is for; null while no probe is pending. */
  readonly waiting: { for: 'retry'; failed: Failed } | { for: 'growth' } | null;
}

/** The state at the start of a channel; `limits` are its budget and rows as written to the log. */
export function startState(limits: Limits, rules: RetryRules): RetryState {
  const budget = Math.max(0, Math.floor(limits.bytes) || 0);
  const rows = Math.max(1, Math.floor(limits.rows) || 1);
  return {
    rules,
    budget,
    limits: { bytes: budget, rows },
    mostRows: rows,
    ooms: 0,
    clean: 0,
    cleanNeeded: CLEAN_CHUNKS,
    onTrial: false,
    waiting: null,
  };
}

export function isShrunken(state: RetryState): boolean {
  return state.limits.bytes < state.budget || state.limits.rows < state.mostRows;
}

/**
 * Limits after an OOM: 0.7 x min(budget, estimate) and 0.7 x rows of the chunk that failed, but at least 16 MB and 32
 * rows. The budget is the smaller of the logged and the fresh one.
 */
export function shrink(state: RetryState, failed: Failed, fresh: Fresh | null): Limits {
  const budget = budgetNow(state, fresh);
  const bytes = Math.max(SHRINK * Math.min(budget, failed.bytes), Math.min(FLOOR_BYTES, budget));
  const rows = Math.max(Math.floor(SHRINK * failed.rows), Math.min(FLOOR_ROWS, failed.rows));
  return {
    bytes: Math.min(Math.floor(bytes), state.limits.bytes),
    rows: Math.min(rows, state.limits.rows),
  };
}

/** Limits after enough successful chunks: doubled, up to the smaller of the logged and the fresh budget. */
export function grow(state: RetryState, fresh: Fresh | null): Limits {
  return {
    bytes: Math.min(2 * state.limits.bytes, budgetNow(state, fresh)),
    rows: Math.min(2 * state.limits.rows, state.mostRows),
  };
}

function budgetNow(state: RetryState, fresh: Fresh | null): number {
  const known = fresh !== null && Number.isFinite(fresh.budgetBytes);
  return known ? Math.min(state.budget, Math.max(0, Math.floor(fresh.budgetBytes))) : state.budget;
}

import { MB } from '../units.ts';

/** How a chunk ended on the device. Told by type, never by message. Bytes. */
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

/** The most that the next chunk may use. */
export interface Limits {
  bytes: number;
  rows: number;
}

export interface RetryRules {
  /** Armed by the mosaic run alone; any other caller gets one attempt. */
  oomRetry: boolean;
  cpuFallback: boolean;
}

/** OOMs of one chunk that are met by a smaller one; the next goes to the CPU. */
export const RETRY_LIMIT = 3;
export const SHRINK = 0.7;
export const FLOOR_BYTES = 16 * MB;
export const FLOOR_ROWS = 32;
/** Clean chunks in a row before a shrunken one doubles. */
export const CLEAN_CHUNKS = 4;

/** A chunk that ran out of memory: its estimate and its rows. */
export interface Failed {
  bytes: number;
  rows: number;
}

/** One channel's memory of what went well and what did not. Never outlives the channel. */
export interface RetryState {
  readonly rules: RetryRules;
  /** Budget of the channel as it was logged, bytes. */
  readonly budget: number;
  readonly limits: Limits;
  /** Rows to grow back to: as given, less once the device found them too big. */
  readonly mostRows: number;
  /** Since the last finished chunk. */
  readonly ooms: number;
  /** Finished chunks in a row since the size last changed. */
  readonly clean: number;
  readonly cleanNeeded: number;
  /** The size was raised and has not proved itself by as many clean chunks again. */
  readonly onTrial: boolean;
  /** What a probe is waited for; null while a chunk is. */
  readonly waiting: { for: 'retry'; failed: Failed } | { for: 'growth' } | null;
}

/** The start of a channel: `limits` are its budget and rows as they were logged. */
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
 * Limits after an OOM: 0.7 x min(budget, estimate) and 0.7 x rows of the chunk that failed, down to 16 MB and 32 rows.
 * The budget is the smaller of the logged and the fresh one.
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

/** Limits after enough clean chunks: twice as large, up to the smaller of the logged and the fresh budget. */
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

import { MB } from '../units.ts';
import { type BudgetReason, type CapSnapshot, UNKNOWN_MB } from './cap.ts';

/** Most output rows of a chunk in safe mode. */
export const SAFE_ROWS = 256;

/** The planned size of a chunk: bytes and output rows. */
export interface PlanHints {
  chunkBytes: number;
  rows: number;
}

/** Hints before they are checked; they may hold anything. */
export interface RawHints {
  chunkBytes: unknown;
  rows: unknown;
}

/** An unusable hint, and the value used instead. */
export interface Normalised {
  name: 'chunk_mb' | 'rows';
  was: unknown;
  now: number;
}

/** What a channel may use, according to a probe just made. */
export interface FreshBudget {
  kind: 'fresh';
  freeBytes: number;
  /** Most bytes that a chunk of this channel may use; this is passed to the engine. */
  budgetBytes: number;
  frac: number;
  reserveBytes: number;
  /** Most output rows of a chunk. */
  rowsHint: number;
  capBytes: number;
  safeMode: boolean;
  reasons: readonly BudgetReason[];
  normalised: readonly Normalised[];
}

/** What a channel may use when the probe fails: the planned size. */
export interface PlannedBudget {
  kind: 'unavailable';
  budgetBytes: number;
  rowsHint: number;
  capBytes: number;
  safeMode: boolean;
  normalised: readonly Normalised[];
}

export type ChannelBudget = FreshBudget | PlannedBudget;

/** The budget of a GPU channel, from the free bytes or, if unknown (null), from the plan. `height`: output rows. */
export function refreshBudget(
  snapshot: CapSnapshot,
  freeBytes: number | null,
  height: number,
  raw: RawHints,
): ChannelBudget {
  const { hints, normalised } = normaliseHints(snapshot, height, raw);
  const { capBytes, safeMode } = snapshot;
  const budgetBytes = budgetOf(snapshot, freeBytes);
  if (budgetBytes === null || freeBytes === null) {
    // Whoever made the hints, the cap holds.
    const chunk = Math.min(hints.chunkBytes, capBytes);
    return { kind: 'unavailable', budgetBytes: chunk, rowsHint: hints.rows, capBytes, safeMode, normalised };
  }
  const { frac, reserveBytes } = snapshot;
  return {
    kind: 'fresh',
    freeBytes,
    budgetBytes,
    frac,
    reserveBytes,
    rowsHint: rowsHint(snapshot, height),
    capBytes,
    safeMode,
    reasons: capped(snapshot, freeBytes) ? [...snapshot.reasons, 'cap'] : snapshot.reasons,
    normalised,
  };
}

/**
 * min(usable x fraction, cap) in whole bytes, where usable = max(0, free - reserve); null when free is unknown. A probed 0
 * is a measurement; a negative value or NaN counts as unknown.
 */
export function budgetOf(snapshot: CapSnapshot, freeBytes: number | null): number | null {
  if (freeBytes === null || !Number.isFinite(freeBytes) || freeBytes < 0) return null;
  return Math.floor(Math.min(share(snapshot, freeBytes), snapshot.capBytes));
}

/** The planned chunk size, from the probe at the start of the run; finding no free memory then says nothing about later. */
export function planHints(snapshot: CapSnapshot, freeBytes: number | null, height: number): PlanHints {
  return { chunkBytes: budgetOf(snapshot, freeBytes) || blindChunk(snapshot), rows: rowsHint(snapshot, height) };
}

/** The same budget with the reasons that were found while cutting its chunks. */
export function withReasons(budget: FreshBudget, more: readonly BudgetReason[]): FreshBudget {
  return { ...budget, reasons: [...new Set([...budget.reasons, ...more])] };
}

function normaliseHints(
  snapshot: CapSnapshot,
  height: number,
  raw: RawHints,
): { hints: PlanHints; normalised: Normalised[] } {
  const normalised: Normalised[] = [];
  const usable = (value: unknown, least: number): value is number => Number.isFinite(value) && Number(value) >= least;
  let chunkBytes = blindChunk(snapshot);
  if (usable(raw.chunkBytes, 1)) chunkBytes = Math.floor(raw.chunkBytes);
  else normalised.push({ name: 'chunk_mb', was: raw.chunkBytes, now: chunkBytes / MB });
  let rows = rowsHint(snapshot, height);
  if (usable(raw.rows, 1)) rows = Math.min(Math.floor(raw.rows), rows);
  else normalised.push({ name: 'rows', was: raw.rows, now: rows });
  return { hints: { chunkBytes, rows }, normalised };
}

/** The chunk size when nothing is known about the device: what the user requested, else a modest one. */
function blindChunk(snapshot: CapSnapshot): number {
  return snapshot.user ? snapshot.capBytes : Math.min(snapshot.capBytes, UNKNOWN_MB * MB);
}

function rowsHint(snapshot: CapSnapshot, height: number): number {
  return Math.max(1, snapshot.safeMode ? Math.min(SAFE_ROWS, height) : height);
}

function share(snapshot: CapSnapshot, freeBytes: number): number {
  return Math.max(0, freeBytes - snapshot.reserveBytes) * snapshot.frac;
}

function capped(snapshot: CapSnapshot, freeBytes: number): boolean {
  return share(snapshot, freeBytes) > snapshot.capBytes;
}

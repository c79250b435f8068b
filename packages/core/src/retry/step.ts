import { MB } from '../units.ts';
import {
  type Failed,
  type Fresh,
  grow,
  isShrunken,
  type Limits,
  type Outcome,
  RETRY_LIMIT,
  type RetryState,
  shrink,
} from './state.ts';

export type FallbackReason = 'oom' | 'budget_below_one_row' | 'chunk_rows' | 'max_buffer' | 'device_lost' | 'failed';

/** What happened. */
export type RetryEvent =
  | { kind: 'outcome'; outcome: Outcome; chunk: Failed }
  /** After a requested reclaim or probe; null when the probe failed. */
  | { kind: 'probed'; fresh: Fresh | null }
  /** Not even one row fits the limits. */
  | { kind: 'belowOneRow' }
  /** Fewer rows fit than the user demands. */
  | { kind: 'demandedRows'; rows: number };

/** Why the limits of the next chunk changed. `freeBytes` null: unknown. */
export type Change =
  | { kind: 'retry'; retry: number; limit: number; freeBytes: number | null }
  | { kind: 'growth'; freeBytes: number | null };

/** What to do next. */
export type RetryAction =
  | { do: 'run'; limits: Limits; change: Change | null }
  /** Release the buffers of the failed attempt, then probe. */
  | { do: 'reclaim' }
  | { do: 'probe' }
  /** Make the remaining rows on the CPU; with scope `run`, all later channels too. */
  | { do: 'cpu'; scope: 'channel' | 'run'; reason: FallbackReason; message: string }
  /** As `cpu`, but the user does not allow the CPU: exit 6. */
  | { do: 'refuse'; reason: FallbackReason; message: string };

export interface Step {
  state: RetryState;
  action: RetryAction;
}

/** The next state and action. Pure: the same state and event always give the same step. */
export function step(state: RetryState, event: RetryEvent): Step {
  switch (event.kind) {
    case 'outcome':
      return afterOutcome(state, event.outcome, event.chunk);
    case 'probed':
      return afterProbe(state, event.fresh);
    case 'belowOneRow':
      return giveUp(state, 'channel', 'budget_below_one_row', belowMessage(state));
    case 'demandedRows':
      return giveUp(state, 'channel', 'chunk_rows', demandedMessage(state, event.rows));
  }
}

function afterOutcome(state: RetryState, outcome: Outcome, chunk: Failed): Step {
  switch (outcome.kind) {
    case 'done':
      return afterDone(state);
    case 'oom':
      return afterOom(state, outcome, chunk);
    case 'tooBigEver':
      return afterTooBig(state, outcome.message, chunk);
    case 'deviceLost':
      return giveUp(state, 'run', 'device_lost', outcome.message);
    case 'failed':
      return giveUp(state, 'channel', 'failed', outcome.message);
  }
}

function afterDone(before: RetryState): Step {
  const clean = before.clean + 1;
  const proved = clean >= before.cleanNeeded;
  const state = { ...before, ooms: 0, clean, onTrial: before.onTrial && !proved };
  if (proved && isShrunken(state)) return { state: { ...state, waiting: { for: 'growth' } }, action: { do: 'probe' } };
  return run(state);
}

function afterOom(before: RetryState, oom: Outcome & { kind: 'oom' }, failed: Failed): Step {
  const ooms = before.ooms + 1;
  const state: RetryState = {
    ...before,
    ooms,
    clean: 0,
    onTrial: false,
    // The size was raised too early: wait twice as long next time.
    cleanNeeded: before.onTrial ? 2 * before.cleanNeeded : before.cleanNeeded,
  };
  if (!state.rules.oomRetry || ooms > RETRY_LIMIT) return giveUp(state, 'channel', 'oom', oomMessage(oom, ooms - 1));
  return { state: { ...state, waiting: { for: 'retry', failed } }, action: { do: 'reclaim' } };
}

/** Exceeding a fixed limit of the device is not a shortage: it is not counted as a retry, and the rows stay reduced. */
function afterTooBig(before: RetryState, message: string, failed: Failed): Step {
  if (!before.rules.oomRetry || failed.rows <= 1) return giveUp(before, 'channel', 'max_buffer', message);
  const rows = Math.max(1, Math.floor(Math.min(failed.rows, before.limits.rows) / 2));
  return run({ ...before, limits: { ...before.limits, rows }, mostRows: rows });
}

function afterProbe(state: RetryState, fresh: Fresh | null): Step {
  const freeBytes = fresh?.freeBytes ?? null;
  if (state.waiting?.for === 'retry') {
    const limits = shrink(state, state.waiting.failed, fresh);
    return run(
      { ...state, limits, waiting: null },
      { kind: 'retry', retry: state.ooms, limit: RETRY_LIMIT, freeBytes },
    );
  }
  if (state.waiting?.for === 'growth') {
    const limits = grow(state, fresh);
    const same = limits.bytes === state.limits.bytes && limits.rows === state.limits.rows;
    const onTrial = limits.bytes > state.limits.bytes || limits.rows > state.limits.rows;
    const next = { ...state, limits, clean: 0, onTrial, waiting: null };
    return run(next, same ? null : { kind: 'growth', freeBytes });
  }
  return run(state);
}

function run(state: RetryState, change: Change | null = null): Step {
  return { state, action: { do: 'run', limits: state.limits, change } };
}

function giveUp(before: RetryState, scope: 'channel' | 'run', reason: FallbackReason, message: string): Step {
  const state = { ...before, waiting: null };
  if (!state.rules.cpuFallback) return { state, action: { do: 'refuse', reason, message } };
  return { state, action: { do: 'cpu', scope, reason, message } };
}

function oomMessage(oom: Outcome & { kind: 'oom' }, retries: number): string {
  const tried = retries === 0 ? '' : ` after ${retries} ${retries === 1 ? 'retry' : 'retries'}`;
  const free = oom.free === null ? '' : `, ${mb(oom.free)} free`;
  return `out of GPU memory${tried} (${mb(oom.asked)} requested for ${oom.at}${free})`;
}

function belowMessage(state: RetryState): string {
  return `not even one row fits into the ${mb(state.limits.bytes)} of GPU memory that may be used`;
}

function demandedMessage(state: RetryState, rows: number): string {
  return `the ${rows} rows of --chunk-rows do not fit into the ${mb(state.limits.bytes)} of GPU memory that may be used; fewer would`;
}

function mb(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`;
}

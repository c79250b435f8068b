import { type Fresh, type Limits, type Outcome, type RetryRules, startState } from './state.ts';
import { type Change, type FallbackReason, type RetryAction, type RetryEvent, step } from './step.ts';

/** Why no chunk fits the limits: not even one row does, or fewer than the user demands. */
export type NoFit = 'below_one_row' | { demanded: number };

/** Output rows that fit the limits, and their estimated bytes. */
export interface Planned {
  rows: number;
  bytes: number;
}

/** One try at one chunk. */
export interface ChunkTry {
  /** A retry keeps its number. */
  chunk: number;
  /** From 1, per chunk. */
  attempt: number;
  row0: number;
  rows: number;
  /** Estimated bytes. */
  bytes: number;
  /** The most bytes the device may use. */
  maxBytes: number;
  /** The chunk after this one as planned now, to read ahead; null after the last. */
  next: { row0: number; rows: number } | null;
}

/** What happened between chunks. `rows` and `maxBytes` are those of the next attempt. */
export type Note =
  | { kind: 'retry'; retry: number; limit: number; maxBytes: number; rows: number; freeBytes: number | null }
  /** `grown`: which limits are larger than in the previous attempt. */
  | { kind: 'growth'; maxBytes: number; rows: number; freeBytes: number | null; grown: Grown }
  | { kind: 'fallback'; scope: 'channel' | 'run'; reason: FallbackReason; message: string; row0: number };

export interface Grown {
  bytes: boolean;
  rows: boolean;
}

/** What the loop drives. A rejected promise is not an out-of-memory: it ends the loop and reaches the caller. */
export interface AttemptPort {
  /** The tallest chunk at `row0` within the limits, or why there is none. */
  plan(row0: number, limits: Limits): Planned | NoFit;
  runChunk(chunk: ChunkTry): Promise<Outcome>;
  /** Releases the failed attempt's buffers, waits until the device is idle and trims its pools. */
  reclaim(): Promise<void>;
  probe(): Promise<Fresh | null>;
  /** Makes output rows `row0` to `height` without the device. */
  runCpu(row0: number, height: number): Promise<void>;
  emit(note: Note): void;
}

export interface AttemptJob {
  /** The first row to make, 0 by default; the job ends at the output's last row. */
  row0?: number;
  height: number;
  /** The channel's budget and rows, as written to the log. */
  limits: Limits;
  rules: RetryRules;
}

export interface Fallback {
  scope: 'channel' | 'run';
  reason: FallbackReason;
  message: string;
  row0: number;
}

export interface AttemptResult {
  /**
   * gpu: the device made every row. cpu: the CPU made the rows from `fallback.row0` on. refused: nobody made those rows,
   * because no other backend is allowed.
   */
  ended: 'gpu' | 'cpu' | 'refused';
  fallback: Fallback | null;
  /** Chunks finished on the device, and all attempts, including those that failed. */
  chunks: number;
  tries: number;
  /** OOMs that were answered with a smaller chunk. */
  retries: number;
  /** Rows of the tallest finished chunk. */
  rowsPerChunk: number;
}

/** Makes every output row of the job once, on the device as far as possible. This is the only loop over attempts. */
export async function attemptChannel(port: AttemptPort, job: AttemptJob): Promise<AttemptResult> {
  const result: AttemptResult = { ended: 'gpu', fallback: null, chunks: 0, tries: 0, retries: 0, rowsPerChunk: 0 };
  let state = startState(job.limits, job.rules);
  let action: RetryAction = { do: 'run', limits: state.limits, change: null };
  let row0 = job.row0 ?? 0;
  let attempt = 1;
  let last: Limits = { bytes: 0, rows: 0 };
  while (row0 < job.height) {
    let event: RetryEvent;
    if (action.do === 'run') {
      const planned = planWithin(port, row0, job.height, action.limits);
      if (planned === 'below_one_row') {
        event = { kind: 'belowOneRow' };
      } else if ('demanded' in planned) {
        event = { kind: 'demandedRows', rows: planned.demanded };
      } else {
        const next: Limits = { bytes: action.limits.bytes, rows: planned.rows };
        tell(port, result, action.change, next, last);
        last = next;
        const chunk = { chunk: result.chunks, attempt, row0, ...planned, maxBytes: action.limits.bytes };
        const outcome = await port.runChunk({ ...chunk, next: readAhead(port, chunk, job.height, action.limits) });
        result.tries += 1;
        attempt += 1;
        if (outcome.kind === 'done') {
          row0 += planned.rows;
          attempt = 1;
          result.chunks += 1;
          result.rowsPerChunk = Math.max(result.rowsPerChunk, planned.rows);
        }
        event = { kind: 'outcome', outcome, chunk: planned };
        if (row0 >= job.height) break;
      }
    } else if (action.do === 'reclaim') {
      await port.reclaim();
      event = { kind: 'probed', fresh: await port.probe() };
    } else if (action.do === 'probe') {
      event = { kind: 'probed', fresh: await port.probe() };
    } else {
      return leaveDevice(port, result, action, row0, job.height);
    }
    ({ state, action } = step(state, event));
  }
  return result;
}

/** The planned chunk; none when it exceeds the limits, because an estimate over the budget must never run. */
function planWithin(port: AttemptPort, row0: number, height: number, limits: Limits): Planned | NoFit {
  const planned = port.plan(row0, limits);
  if (planned === 'below_one_row' || 'demanded' in planned) return planned;
  if (!(planned.rows >= 1) || !(planned.bytes <= limits.bytes)) return 'below_one_row';
  return { rows: Math.min(Math.floor(planned.rows), limits.rows, height - row0), bytes: planned.bytes };
}

function readAhead(port: AttemptPort, chunk: Omit<ChunkTry, 'next'>, height: number, limits: Limits): ChunkTry['next'] {
  const row0 = chunk.row0 + chunk.rows;
  if (row0 >= height) return null;
  const planned = planWithin(port, row0, height, limits);
  return planned === 'below_one_row' || 'demanded' in planned ? null : { row0, rows: planned.rows };
}

/** Reports the size of the next attempt, once it is certain. */
function tell(port: AttemptPort, result: AttemptResult, change: Change | null, next: Limits, last: Limits): void {
  if (change === null) return;
  const sizes = { maxBytes: next.bytes, rows: next.rows };
  if (change.kind === 'retry') {
    result.retries += 1;
    port.emit({ ...change, ...sizes });
    return;
  }
  // Higher limits do not always make a larger chunk: few rows may be left, or the other limit may bind.
  const grown = { bytes: next.bytes > last.bytes, rows: next.rows > last.rows };
  if (grown.bytes || grown.rows) port.emit({ ...change, ...sizes, grown });
}

async function leaveDevice(
  port: AttemptPort,
  result: AttemptResult,
  action: Extract<RetryAction, { do: 'cpu' | 'refuse' }>,
  row0: number,
  height: number,
): Promise<AttemptResult> {
  const { reason, message } = action;
  if (action.do === 'refuse') {
    return { ...result, ended: 'refused', fallback: { scope: 'channel', reason, message, row0 } };
  }
  const fallback: Fallback = { scope: action.scope, reason, message, row0 };
  port.emit({ kind: 'fallback', ...fallback });
  // Hold no GPU memory while the CPU works: the program that took it may need more.
  if (reason === 'oom') await port.reclaim();
  await port.runCpu(row0, height);
  return { ...result, ended: 'cpu', fallback };
}

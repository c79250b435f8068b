import type { AttemptJob, AttemptPort, AttemptResult, ChunkTry, NoFit, Note, Planned } from '../src/retry/attempt.ts';
import type { Fresh, Limits, Outcome } from '../src/retry/state.ts';

export interface Script {
  /** The estimate: bytes = fixed + perRow x rows. */
  perRow: number;
  fixed: number;
  /** Outcomes of the attempts in order; `always` for all later ones. */
  outcomes: readonly Outcome[];
  always: Outcome;
  /** Results of the probes in order; the last repeats. */
  probes: readonly (Fresh | null)[];
}

/** What happened, in order. */
export type Entry =
  | { what: 'try'; chunk: ChunkTry; outcome: Outcome }
  | { what: 'note'; note: Note }
  | { what: 'reclaim' }
  | { what: 'probe'; fresh: Fresh | null }
  | { what: 'cpu'; row0: number; height: number };

/** A device that follows a script and records its requests. */
export class ScriptedPort implements AttemptPort {
  readonly trace: Entry[] = [];
  private tried = 0;
  private probed = 0;

  constructor(private readonly script: Script) {}

  plan(_row0: number, limits: Limits): Planned | NoFit {
    const { fixed, perRow } = this.script;
    const rows = Math.min(limits.rows, Math.floor((limits.bytes - fixed) / perRow));
    return rows >= 1 ? { rows, bytes: fixed + perRow * rows } : 'below_one_row';
  }

  runChunk(chunk: ChunkTry): Promise<Outcome> {
    const outcome = this.script.outcomes[this.tried] ?? this.script.always;
    this.tried += 1;
    this.trace.push({ what: 'try', chunk, outcome });
    return Promise.resolve(outcome);
  }

  reclaim(): Promise<void> {
    this.trace.push({ what: 'reclaim' });
    return Promise.resolve();
  }

  probe(): Promise<Fresh | null> {
    const { probes } = this.script;
    const fresh = probes[Math.min(this.probed, probes.length - 1)] ?? null;
    this.probed += 1;
    this.trace.push({ what: 'probe', fresh });
    return Promise.resolve(fresh);
  }

  runCpu(row0: number, height: number): Promise<void> {
    this.trace.push({ what: 'cpu', row0, height });
    return Promise.resolve();
  }

  emit(note: Note): void {
    this.trace.push({ what: 'note', note });
  }
}

/** Everything in a trace that must never happen. */
export function faults(trace: readonly Entry[], job: AttemptJob, result: AttemptResult): string[] {
  const found: string[] = [];
  const check = (good: boolean, fault: string, at: number) => {
    if (!good) found.push(`${fault} at ${at}`);
  };
  let end = 0;
  let retries = 0;
  let halved = 0;
  let failed: ChunkTry | null = null;
  let oom = false;
  let fresh: Fresh | null = null;
  for (const [at, one] of trace.entries()) {
    if (one.what === 'probe') fresh = one.fresh;
    if (one.what === 'cpu') {
      check(job.rules.cpuFallback, 'the CPU though not allowed', at);
      check(one.row0 === end, one.row0 < end ? 'rows redone' : 'rows not covered', at);
      end = one.height;
    }
    if (one.what === 'note' && one.note.kind !== 'fallback') {
      const { maxBytes, rows } = one.note;
      const next = trace[at + 1];
      const same = next?.what === 'try' && next.chunk.maxBytes === maxBytes && next.chunk.rows === rows;
      check(same, 'not what was logged', at);
      if (one.note.kind === 'retry') {
        retries += 1;
        check(job.rules.oomRetry && one.note.retry <= one.note.limit, 'a retry too many', at);
        check(one.note.retry === retries, 'a miscounted retry', at);
        check(one.note.freeBytes === (fresh?.freeBytes ?? null), 'other free bytes than probed', at);
      }
    }
    if (one.what !== 'try') continue;
    const { chunk, outcome } = one;
    check(chunk.row0 === end, chunk.row0 < end ? 'rows redone' : 'rows not covered', at);
    check(chunk.rows >= 1 && chunk.row0 + chunk.rows <= job.height, 'rows outside the output', at);
    check(chunk.maxBytes <= job.limits.bytes && chunk.rows <= job.limits.rows, 'above the budget', at);
    check(chunk.bytes <= chunk.maxBytes, 'above its limit', at);
    const before = trace[at - 1];
    if (before?.what === 'note' && fresh !== null)
      check(chunk.maxBytes <= fresh.budgetBytes, 'above the fresh budget', at);
    if (failed !== null) {
      const { maxBytes, rows, bytes } = failed;
      check(chunk.maxBytes <= maxBytes && chunk.rows <= rows && chunk.bytes <= bytes, 'raised after a failure', at);
      check(chunk.chunk === failed.chunk && chunk.attempt === failed.attempt + 1, 'a wrong number', at);
      if (oom) check(before?.what === 'note', 'a silent retry', at);
    }
    if (outcome.kind === 'done') {
      end = chunk.row0 + chunk.rows;
      failed = null;
      retries = 0;
      halved = 0;
    } else {
      failed = chunk;
      halved += outcome.kind === 'tooBigEver' ? 1 : 0;
    }
    oom = outcome.kind === 'oom';
    check(
      chunk.attempt <= 1 + 3 + Math.log2(job.height) + 1 && halved <= Math.log2(job.height) + 1,
      'too many attempts',
      at,
    );
    check(outcome.kind === 'done' || job.rules.oomRetry || trace[at + 1]?.what !== 'try', 'a second try', at);
  }
  const covered = result.ended === 'refused' ? end < job.height : end === job.height;
  check(covered, 'rows not covered', trace.length);
  const made = trace.filter((one) => one.what === 'try');
  check(result.tries === made.length, 'miscounted tries', trace.length);
  check(result.chunks === made.filter((one) => one.outcome.kind === 'done').length, 'miscounted chunks', trace.length);
  return found;
}

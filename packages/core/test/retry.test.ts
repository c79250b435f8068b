import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Fresh, type Limits, type Outcome, type RetryState, shrink, startState } from '../src/retry/state.ts';
import { type RetryAction, type RetryEvent, type Step, step } from '../src/retry/step.ts';
import { MB } from '../src/units.ts';

const RULES = { oomRetry: true, cpuFallback: true };
const OOM: Outcome = { kind: 'oom', asked: 12 * MB, free: 3 * MB, total: 4096 * MB, at: 'windows' };

const outcome = (kind: Outcome, mb = 100, rows = 512): RetryEvent => ({
  kind: 'outcome',
  outcome: kind,
  chunk: { bytes: mb * MB, rows },
});
const done = (mb = 100, rows = 512) => outcome({ kind: 'done' }, mb, rows);
const oom = (mb = 100, rows = 512) => outcome(OOM, mb, rows);
const probed = (budgetMb: number | null): RetryEvent => ({
  kind: 'probed',
  fresh: budgetMb === null ? null : { freeBytes: 2 * budgetMb * MB, budgetBytes: budgetMb * MB },
});

function start(mb = 450, rows = 2700, rules = RULES): RetryState {
  return startState({ bytes: mb * MB, rows }, rules);
}

/** The steps of a run of events. */
function steps(state: RetryState, events: RetryEvent[]): Step[] {
  const made: Step[] = [];
  let at = state;
  for (const event of events) {
    const next = step(at, event);
    made.push(next);
    at = next.state;
  }
  return made;
}

const last = (made: Step[]): Step => made[made.length - 1] ?? { state: start(), action: { do: 'probe' } };
const words = (made: Step[]) => made.map(({ action }) => action.do);
const inMb = ({ bytes, rows }: Limits) => ({ mb: bytes / MB, rows });

describe('OOM', () => {
  test('three smaller attempts, then the CPU for this channel', () => {
    const made = steps(start(), [
      oom(),
      probed(450),
      oom(70, 358),
      probed(450),
      oom(48, 250),
      probed(450),
      oom(33, 175),
    ]);
    expect(words(made)).toEqual(['reclaim', 'run', 'reclaim', 'run', 'reclaim', 'run', 'cpu']);
    expect(made.flatMap(({ action }) => (action.do === 'run' ? [action] : []))).toMatchObject([
      { limits: { rows: 358 }, change: { kind: 'retry', retry: 1, limit: 3, freeBytes: 900 * MB } },
      { limits: { rows: 250 }, change: { retry: 2 } },
      { limits: { rows: 175 }, change: { retry: 3 } },
    ]);
    expect(last(made).action).toEqual({
      do: 'cpu',
      scope: 'channel',
      reason: 'oom',
      message: 'out of GPU memory after 3 retries (12.0 MB requested for windows, 3.0 MB free)',
    });
  });

  test('a finished chunk resets the count', () => {
    const made = steps(start(), [oom(), probed(450), oom(70), probed(450), oom(48), probed(450), done(30), oom(30)]);
    expect(last(made).action.do).toBe('reclaim');
    expect(last(made).state.ooms).toBe(1);
  });

  test('0.7 x min(budget, estimate) and 0.7 x rows', () => {
    const after = (state: RetryState, mb: number, rows: number, fresh: Fresh | null) =>
      inMb(shrink(state, { bytes: mb * MB, rows }, fresh));
    expect(after(start(), 100, 512, null)).toEqual({ mb: 70, rows: 358 });
    expect(after(start(100), 5000, 512, null)).toEqual({ mb: 70, rows: 358 });
    // Floors: 16 MB or the budget, 32 rows or what the chunk had.
    expect(after(start(), 20, 40, null)).toEqual({ mb: 16, rows: 32 });
    expect(after(start(10), 10, 20, null)).toEqual({ mb: 10, rows: 20 });
    expect(after(start(), 20, 1, null)).toEqual({ mb: 16, rows: 1 });
    // Never above what was allowed before, whatever the chunk claims to have had.
    expect(after({ ...start(450, 100), limits: { bytes: 20 * MB, rows: 100 } }, 100, 5000, null)).toEqual({
      mb: 20,
      rows: 100,
    });
    // Less is free now than when the budget was computed.
    expect(after(start(), 100, 512, { freeBytes: 90 * MB, budgetBytes: 40 * MB })).toEqual({ mb: 28, rows: 358 });
    expect(after(start(), 100, 512, { freeBytes: 0, budgetBytes: 0 })).toEqual({ mb: 0, rows: 358 });
    expect(after(start(), 100, 512, { freeBytes: 1, budgetBytes: Number.NaN })).toEqual({ mb: 70, rows: 358 });
  });

  test('no probe: the retry says so', () => {
    const made = steps(start(), [oom(), probed(null)]);
    expect(last(made).action).toMatchObject({ do: 'run', change: { retry: 1, freeBytes: null } });
  });

  test('not armed: one attempt', () => {
    const made = steps(start(450, 2700, { ...RULES, oomRetry: false }), [oom()]);
    expect(last(made).action).toMatchObject({ do: 'cpu', scope: 'channel', reason: 'oom' });
    expect(last(made).action).toMatchObject({
      message: 'out of GPU memory (12.0 MB requested for windows, 3.0 MB free)',
    });
  });
});

describe('other outcomes', () => {
  const tooBig: Outcome = { kind: 'tooBigEver', message: 'the largest buffer is 128 MB' };

  test('too big ever: half the rows, the bytes stay, no retry is counted; at one row the CPU', () => {
    const [first, second] = steps(start(), [outcome(tooBig, 100, 512), outcome(tooBig, 50, 1)]);
    expect(first?.action).toEqual({ do: 'run', limits: { bytes: 450 * MB, rows: 256 }, change: null });
    expect(first?.state.ooms).toBe(0);
    expect(second?.action).toMatchObject({ do: 'cpu', scope: 'channel', reason: 'max_buffer' });
  });

  test('rows that were too big are not grown back to', () => {
    const clean = Array.from({ length: 40 }, () => done(10, 256));
    expect(words(steps(start(), [outcome(tooBig, 100, 512), ...clean]))).not.toContain('probe');
  });

  test('device lost: the CPU for the rest of the run; failed: for the channel, with the message', () => {
    const lost = step(start(), outcome({ kind: 'deviceLost', message: 'gone' }));
    expect(lost.action).toEqual({ do: 'cpu', scope: 'run', reason: 'device_lost', message: 'gone' });
    const failed = step(start(), outcome({ kind: 'failed', message: 'bad launch' }));
    expect(failed.action).toEqual({ do: 'cpu', scope: 'channel', reason: 'failed', message: 'bad launch' });
  });

  test('not even one row fits', () => {
    expect(step(start(2.25), { kind: 'belowOneRow' }).action).toEqual({
      do: 'cpu',
      scope: 'channel',
      reason: 'budget_below_one_row',
      message: 'not even one row fits into the 2.3 MB of GPU memory that may be used',
    });
  });

  test('if the CPU is not allowed, each is a refusal', () => {
    const strict = start(450, 2700, { oomRetry: true, cpuFallback: false });
    const ends: RetryEvent[] = [
      outcome({ kind: 'failed', message: 'x' }),
      outcome({ kind: 'deviceLost', message: 'x' }),
      outcome(tooBig, 1, 1),
      { kind: 'belowOneRow' },
    ];
    expect(ends.map((event) => step(strict, event).action.do)).toEqual(['refuse', 'refuse', 'refuse', 'refuse']);
    const persistent = steps(strict, [oom(), probed(1), oom(), probed(1), oom(), probed(1), oom()]);
    expect(words(persistent).slice(-1)).toEqual(['refuse']);
  });
});

describe('growth', () => {
  const four = Array.from({ length: 4 }, () => done(60, 358));
  const shrunken = [oom(), probed(450)];

  test('after 4 clean chunks a shrunken chunk doubles', () => {
    const made = steps(start(), [...shrunken, ...four, probed(450)]);
    expect(words(made)).toEqual(['reclaim', 'run', 'run', 'run', 'run', 'probe', 'run']);
    expect(last(made).action).toMatchObject({ change: { kind: 'growth', freeBytes: 900 * MB } });
    expect(inMb(last(made).state.limits)).toEqual({ mb: 140, rows: 716 });
  });

  test('up to the smaller of the logged and the fresh budget', () => {
    const grown = (fresh: number | null) =>
      inMb(last(steps(start(100), [...shrunken, ...four, probed(fresh)])).state.limits);
    expect(grown(4000).mb).toBe(100);
    expect(grown(90).mb).toBe(90);
    expect(grown(null).mb).toBe(100);
    expect(grown(30).mb).toBe(30);
  });

  test('a chunk at full size does not grow', () => {
    const clean = Array.from({ length: 100 }, () => done());
    expect(new Set(words(steps(start(), clean)))).toEqual(new Set(['run']));
  });

  test('a growth that ends in an OOM doubles the wait, and only that OOM does', () => {
    const made = steps(start(), [...shrunken, ...four, probed(450), oom(), probed(450), oom(70, 358), probed(450)]);
    expect(last(made).state.cleanNeeded).toBe(8);
    const eight = steps(last(made).state, [...four, ...four]);
    expect(words(eight).indexOf('probe')).toBe(7);
    const again = steps(last(eight).state, [probed(450), oom()]);
    expect(last(again).state.cleanNeeded).toBe(16);
  });

  test('a growth that held long enough is no longer blamed', () => {
    // Back at full size, with as many clean chunks as a growth needs.
    const made = steps(start(100, 358), [...shrunken, ...four, probed(450), ...four, oom(100, 358)]);
    expect(last(made).state.cleanNeeded).toBe(4);
  });
});

describe('property: step', () => {
  const anyOutcome: fc.Arbitrary<Outcome> = fc.constantFrom<Outcome[]>(
    { kind: 'done' },
    OOM,
    { kind: 'tooBigEver', message: 'limit' },
    { kind: 'deviceLost', message: 'gone' },
    { kind: 'failed', message: 'x' },
  );
  const anyEvent: fc.Arbitrary<RetryEvent> = fc.oneof(
    fc.record({
      kind: fc.constant('outcome' as const),
      outcome: anyOutcome,
      chunk: fc.record({ bytes: fc.nat(2 ** 31), rows: fc.integer({ min: 1, max: 5000 }) }),
    }),
    fc.record({
      kind: fc.constant('probed' as const),
      fresh: fc.option(fc.record({ freeBytes: fc.nat(2 ** 31), budgetBytes: fc.nat(2 ** 31) }), { nil: null }),
    }),
    fc.constant({ kind: 'belowOneRow' as const }),
  );
  const anyState = fc
    .record({ bytes: fc.nat(2 ** 31), rows: fc.integer({ min: 1, max: 5000 }), armed: fc.boolean(), cpu: fc.boolean() })
    .map(({ bytes, rows, armed, cpu }) => startState({ bytes, rows }, { oomRetry: armed, cpuFallback: cpu }));

  /** What is wrong with an answer; null if nothing is. */
  function fault(before: RetryState, action: RetryAction): string | null {
    if (action.do === 'cpu' && !before.rules.cpuFallback) return 'CPU though not allowed';
    if (action.do === 'reclaim' && !before.rules.oomRetry) return 'retry though not armed';
    if (action.do !== 'run') return null;
    const { limits, change } = action;
    if (limits.bytes > before.budget || limits.rows > before.mostRows) return 'above the budget';
    if (limits.rows < 1 || !Number.isInteger(limits.rows) || !Number.isInteger(limits.bytes)) return 'no whole rows';
    const raised = limits.bytes > before.limits.bytes || limits.rows > before.limits.rows;
    return raised && change?.kind !== 'growth' ? 'raised without growth' : null;
  }

  test('any events in any order: never above the budget, only growth raises, retries are counted', () => {
    fc.assert(
      fc.property(anyState, fc.array(anyEvent, { maxLength: 60 }), (first, events) => {
        let state = first;
        for (const event of events) {
          const next = step(state, event);
          expect(fault(state, next.action)).toBeNull();
          expect(step(state, event)).toEqual(next);
          if (next.action.do === 'run' && next.action.change?.kind === 'retry') {
            expect(next.action.change.retry).toBeLessThanOrEqual(3);
          }
          state = next.state;
        }
      }),
    );
  });

  test('the check can fail', () => {
    const state = start();
    const run = (bytes: number, rows: number): RetryAction => ({ do: 'run', limits: { bytes, rows }, change: null });
    expect(fault(state, run(451 * MB, 1))).toBe('above the budget');
    expect(fault({ ...state, limits: { bytes: 1, rows: 1 } }, run(2, 1))).toBe('raised without growth');
    expect(fault(state, run(1, 0))).toBe('no whole rows');
  });
});

import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type AttemptJob, attemptChannel, type ChunkTry, type NoFit, type Note } from '../src/retry/attempt.ts';
import { fallbackLine, growthLine, retryLine } from '../src/retry/lines.ts';
import type { Outcome } from '../src/retry/state.ts';
import { MB } from '../src/units.ts';
import { type Entry, faults, type Script, ScriptedPort } from './scripted-port.ts';

const RULES = { oomRetry: true, cpuFallback: true };
const DONE: Outcome = { kind: 'done' };
const OOM: Outcome = { kind: 'oom', asked: 12 * MB, free: null, total: null, at: 'windows' };
const FRESH = { freeBytes: 6000 * MB, budgetBytes: 2700 * MB };

const JOB: AttemptJob = { height: 1000, limits: { bytes: 100 * MB, rows: 1000 }, rules: RULES };

async function drive(script: Partial<Script>, job: Partial<AttemptJob> = {}) {
  const port = new ScriptedPort({ perRow: 0.5 * MB, fixed: 0, outcomes: [], probes: [FRESH], always: DONE, ...script });
  const result = await attemptChannel(port, { ...JOB, ...job });
  return { result, trace: port.trace, port };
}

const tries = (trace: readonly Entry[]) => trace.flatMap((one) => (one.what === 'try' ? [one.chunk] : []));
const notes = (trace: readonly Entry[]) => trace.flatMap((one) => (one.what === 'note' ? [one.note] : []));
const line = (note: Note) =>
  note.kind === 'retry' ? retryLine(note) : note.kind === 'growth' ? growthLine(note) : fallbackLine(note, 0, 3);

describe('attempts', () => {
  test('without trouble: every row once, each chunk knows the next one', async () => {
    const { result, trace } = await drive({});
    expect(result).toEqual({ ended: 'gpu', fallback: null, chunks: 5, tries: 5, retries: 0, rowsPerChunk: 200 });
    expect(tries(trace).map(({ chunk, row0, rows, next }) => [chunk, row0, rows, next?.row0])).toEqual([
      [0, 0, 200, 200],
      [1, 200, 200, 400],
      [2, 400, 200, 600],
      [3, 600, 200, 800],
      [4, 800, 200, undefined],
    ]);
    expect(trace.length).toBe(5);
  });

  test('an OOM in the middle: smaller chunks from there on, finished ones stay, growth after 4 clean chunks', async () => {
    const { result, trace } = await drive({ outcomes: [DONE, OOM] });
    expect(tries(trace).map(({ chunk, attempt, row0, rows }) => [chunk, attempt, row0, rows])).toEqual([
      [0, 1, 0, 200],
      [1, 1, 200, 200],
      [1, 2, 200, 140],
      [2, 1, 340, 140],
      [3, 1, 480, 140],
      [4, 1, 620, 140],
      [5, 1, 760, 200],
      [6, 1, 960, 40],
    ]);
    expect(trace.slice(2, 5).map((one) => one.what)).toEqual(['reclaim', 'probe', 'note']);
    expect(notes(trace).map(line)).toEqual([
      '[GPU Reproject] OOM retry 1/3: max_chunk_mb=70.0 rows=140 free_vram_mb=6000.0',
      '[GPU Reproject] chunk grows: max_chunk_mb=100.0 rows=200',
    ]);
    expect(result).toMatchObject({ ended: 'gpu', chunks: 7, tries: 8, retries: 1 });
  });

  test('a growing chunk reports only what grew', async () => {
    const grown = async (script: Partial<Script>, job: Partial<AttemptJob> = {}) =>
      notes((await drive({ outcomes: [DONE, OOM], ...script }, job)).trace).flatMap((note) =>
        note.kind === 'growth' ? [growthLine(note).replace('[GPU Reproject] chunk grows: ', '')] : [],
      );
    expect(await grown({})).toEqual(['max_chunk_mb=100.0 rows=200']);
    // All remaining rows as before, but more memory for them.
    expect(await grown({}, { height: 890 })).toEqual(['max_chunk_mb=100.0']);
    // Less free memory than before: the row limit grows, but the rows cannot.
    const less = (mb: number) => ({ probes: [FRESH, { freeBytes: 100 * MB, budgetBytes: mb * MB }] });
    expect(await grown(less(60))).toEqual([]);
    expect(await grown({ ...less(16), perRow: 0.1 * MB }, { limits: { bytes: 100 * MB, rows: 200 } })).toEqual([
      'rows=160',
    ]);
  });

  test('a lasting shortage: 1/3, 2/3, 3/3, then the CPU from the failed row', async () => {
    const { result, trace } = await drive({ outcomes: [DONE], always: OOM, probes: [null] });
    expect(notes(trace).map(line)).toEqual([
      '[GPU Reproject] OOM retry 1/3: max_chunk_mb=70.0 rows=140 free_vram_mb=n/a',
      '[GPU Reproject] OOM retry 2/3: max_chunk_mb=49.0 rows=98 free_vram_mb=n/a',
      '[GPU Reproject] OOM retry 3/3: max_chunk_mb=34.3 rows=68 free_vram_mb=n/a',
      '[GPU Reproject] fallback CPU for the rest of this channel: channel=1/3 row0=200 reason=oom: out of GPU memory after 3 retries (12.0 MB requested for windows)',
    ]);
    expect(trace.slice(-2)).toEqual([{ what: 'reclaim' }, { what: 'cpu', row0: 200, height: 1000 }]);
    expect(result).toMatchObject({ ended: 'cpu', chunks: 1, tries: 5, retries: 3, fallback: { reason: 'oom' } });
  });

  test('if the CPU is not allowed, nothing more is made', async () => {
    const { result, trace } = await drive({ always: OOM }, { rules: { oomRetry: true, cpuFallback: false } });
    expect(result).toMatchObject({ ended: 'refused', tries: 4, retries: 3, fallback: { reason: 'oom', row0: 0 } });
    expect(trace.some((one) => one.what === 'cpu')).toBe(false);
    expect(notes(trace).map((note) => note.kind)).toEqual(['retry', 'retry', 'retry']);
  });

  test('not armed: one attempt, and no line about a retry', async () => {
    const { result, trace } = await drive({ always: OOM }, { rules: { oomRetry: false, cpuFallback: true } });
    expect(result).toMatchObject({ ended: 'cpu', tries: 1, retries: 0 });
    expect(notes(trace).map(line).join()).not.toContain('OOM retry');
  });

  test('not even one row fits: the CPU, without an attempt', async () => {
    for (const bytes of [0, 0.4 * MB, Number.NaN]) {
      const { result, trace } = await drive({}, { limits: { bytes, rows: 1000 } });
      expect(result).toMatchObject({ ended: 'cpu', tries: 0, fallback: { reason: 'budget_below_one_row', row0: 0 } });
      expect(trace.map((one) => one.what)).toEqual(['note', 'cpu']);
    }
  });

  test('fewer rows fit than are demanded: the CPU, and the reason says so', async () => {
    const port = new ScriptedPort({ perRow: MB, fixed: 0, outcomes: [], probes: [], always: DONE });
    port.plan = (): NoFit => ({ demanded: 500 });
    const result = await attemptChannel(port, JOB);
    expect(result).toMatchObject({ ended: 'cpu', tries: 0, fallback: { reason: 'chunk_rows' } });
    expect(result.fallback?.message).toStartWith('the 500 rows of --chunk-rows do not fit into the ');
  });

  test('a retry that cannot be made is not reported', async () => {
    const { result, trace } = await drive({ always: OOM, probes: [{ freeBytes: 0, budgetBytes: 0 }] });
    expect(notes(trace).map((note) => note.kind)).toEqual(['fallback']);
    expect(result).toMatchObject({ retries: 0, fallback: { reason: 'budget_below_one_row' } });
  });

  test('a lost device stays lost for the whole run', async () => {
    const { result } = await drive({ outcomes: [DONE, { kind: 'deviceLost', message: 'gone' }] });
    expect(result.fallback).toEqual({ scope: 'run', reason: 'device_lost', message: 'gone', row0: 200 });
  });

  test('too big ever: half the rows until they fit', async () => {
    const tooBig: Outcome = { kind: 'tooBigEver', message: 'limit' };
    const { result, trace } = await drive({ outcomes: [tooBig, tooBig] });
    expect(
      tries(trace)
        .slice(0, 4)
        .map(({ rows }) => rows),
    ).toEqual([200, 100, 50, 50]);
    expect(result).toMatchObject({ ended: 'gpu', chunks: 20, tries: 22, retries: 0 });
  });

  test('a rejected promise reaches the caller, and nothing is done after it', async () => {
    const port = new ScriptedPort({ perRow: MB, fixed: 0, outcomes: [], probes: [], always: DONE });
    port.runChunk = () => Promise.reject(new Error('disk full'));
    await expect(attemptChannel(port, JOB)).rejects.toThrow('disk full');
    expect(port.trace).toEqual([]);
  });

  test('a plan beyond the limits is not used', async () => {
    const port = new ScriptedPort({ perRow: MB, fixed: 0, outcomes: [], probes: [], always: DONE });
    port.plan = () => ({ rows: 10, bytes: 101 * MB });
    expect((await attemptChannel(port, JOB)).fallback?.reason).toBe('budget_below_one_row');
    port.plan = () => ({ rows: 5000, bytes: MB });
    expect(await attemptChannel(port, JOB)).toMatchObject({ ended: 'gpu', chunks: 1, rowsPerChunk: 1000 });
  });

  test('an empty output', async () => {
    expect((await drive({}, { height: 0 })).trace).toEqual([]);
  });
});

describe('property: attempts', () => {
  const failures: Outcome[] = [
    { kind: 'tooBigEver', message: 'limit' },
    { kind: 'deviceLost', message: 'gone' },
    { kind: 'failed', message: 'x' },
  ];
  const anyOutcome = fc.oneof(
    { weight: 10, arbitrary: fc.constant(DONE) },
    { weight: 8, arbitrary: fc.constant(OOM) },
    { weight: 1, arbitrary: fc.constantFrom(...failures) },
  );
  const anyFresh = fc.option(
    fc.record({ freeBytes: fc.nat(8000), share: fc.nat(100) }).map(({ freeBytes, share }) => ({
      freeBytes: freeBytes * MB,
      budgetBytes: Math.floor((freeBytes * MB * share) / 100),
    })),
    { nil: null },
  );
  const anyScript: fc.Arbitrary<Script> = fc.record({
    perRow: fc.integer({ min: 1, max: 4 * MB }),
    fixed: fc.integer({ min: 0, max: 20 * MB }),
    outcomes: fc.array(anyOutcome, { maxLength: 60 }),
    probes: fc.array(anyFresh, { maxLength: 8 }),
    always: fc.constantFrom(DONE, OOM, ...failures),
  });
  const anyJob: fc.Arbitrary<AttemptJob> = fc.record({
    height: fc.integer({ min: 1, max: 3000 }),
    limits: fc.record({ bytes: fc.integer({ min: 0, max: 2000 * MB }), rows: fc.integer({ min: 1, max: 3000 }) }),
    rules: fc.record({ oomRetry: fc.boolean(), cpuFallback: fc.boolean() }),
  });

  test('any probes and outcomes: it ends, each row is made once, within the budget, and the log matches what is done', async () => {
    const ended = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(anyScript, anyJob, async (script, job) => {
        const { result, trace } = await drive(script, job);
        expect(faults(trace, job, result)).toEqual([]);
        ended.set(result.ended, (ended.get(result.ended) ?? 0) + 1);
      }),
      { numRuns: 1000 },
    );
    // Every kind of end occurred, so every check was used.
    expect([...ended.keys()].sort()).toEqual(['cpu', 'gpu', 'refused']);
  });

  describe('the checks can fail', () => {
    const broken = async (change: (trace: Entry[]) => Entry[]) => {
      const { result, trace } = await drive({ outcomes: [DONE, OOM] });
      expect(faults(trace, JOB, result)).toEqual([]);
      return faults(change(structuredClone(trace)), JOB, result).join();
    };
    const edit = (change: (chunk: ChunkTry, at: number) => Partial<ChunkTry>) => (trace: Entry[]) => {
      let at = 0;
      return trace.map((one) =>
        one.what === 'try' ? { ...one, chunk: { ...one.chunk, ...change(one.chunk, at++) } } : one,
      );
    };

    test.each([
      [
        'a finished chunk redone',
        'redone',
        (trace: Entry[]) => trace.flatMap((one, at) => (at === 0 ? [one, one] : [one])),
      ],
      ['a chunk left out', 'not covered', (trace: Entry[]) => trace.slice(0, -1)],
      ['more bytes than the budget', 'above the budget', edit(() => ({ maxBytes: 101 * MB }))],
      ['more than the limit asked', 'above its limit', edit(({ maxBytes }) => ({ bytes: maxBytes + 1 }))],
      [
        'rows other than those logged',
        'not what was logged',
        edit(({ rows }, at) => (at === 2 ? { rows: rows - 1 } : {})),
      ],
      ['a retry as large as before', 'raised', edit((_, at) => (at === 1 ? { maxBytes: MB } : {}))],
      ['no retry line', 'silent retry', (trace: Entry[]) => trace.filter((one) => one.what !== 'note')],
    ])('%s', async (_, said, change) => {
      expect(await broken(change)).toContain(said);
    });
  });
});

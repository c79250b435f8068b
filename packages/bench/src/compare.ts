import { changes } from './counters.ts';
import type { HostRecord, Result, Run, Saved } from './record.ts';
import { type Spread, spread } from './statistics.ts';

/** Stages shorter than this drown in the noise of the clock and are left out. */
const SHORTEST_MS = 10;

const STAGES = ['map', 'read', 'upload', 'kernel', 'download', 'write', 'wait'] as const;

export type Verdict = 'same' | 'slower' | 'faster' | 'changed' | 'missing' | 'new';

export interface Compared {
  key: string;
  /** A counter, `elapsed`, or a stage. */
  figure: string;
  was: string;
  now: string;
  /** New median over old median; null for counters. */
  ratio: number | null;
  verdict: Verdict;
}

export interface Comparison {
  rows: Compared[];
  /** Rows that make the comparison fail. */
  regressions: Compared[];
  /** Why times are not judged; null when they are. */
  timesIgnored: string | null;
  counters: number;
}

/**
 * Compares two saved benches: counters must be equal, also within each bench; a median may not exceed the old one by
 * more than `tolerance` unless the runs overlap.
 */
export function compare(before: Saved, after: Saved, tolerance: number): Comparison {
  const timesIgnored = otherMachine(before.host, after.host);
  const rows: Compared[] = [];
  let counters = 0;
  const later = new Map(after.results.map((result) => [result.key, result]));
  for (const was of before.results) {
    const now = later.get(was.key);
    later.delete(was.key);
    if (now === undefined) {
      rows.push({ key: was.key, figure: 'combination', was: 'measured', now: '-', ratio: null, verdict: 'missing' });
      continue;
    }
    counters += Object.keys(was.counters).length;
    rows.push(...countersOf(was, now), ...timesOf(was, now, tolerance, timesIgnored !== null));
  }
  for (const key of later.keys()) {
    rows.push({ key, figure: 'combination', was: '-', now: 'measured', ratio: null, verdict: 'new' });
  }
  const bad: readonly Verdict[] = ['slower', 'changed', 'missing'];
  return { rows, regressions: rows.filter(({ verdict }) => bad.includes(verdict)), timesIgnored, counters };
}

function countersOf(was: Result, now: Result): Compared[] {
  const changed = changes(was.counters, now.counters).map(
    ({ counter, was: old, now: new_ }): Compared => ({
      key: was.key,
      figure: counter,
      was: old === null ? '-' : String(old),
      now: new_ === null ? '-' : String(new_),
      ratio: null,
      verdict: 'changed',
    }),
  );
  const unsteady = [...new Set([...was.unsteady, ...now.unsteady])].map((counter): Compared => {
    const told = (result: Result) => (result.unsteady.includes(counter) ? 'differs by run' : 'steady');
    return { key: was.key, figure: counter, was: told(was), now: told(now), ratio: null, verdict: 'changed' };
  });
  return [...changed, ...unsteady];
}

function timesOf(was: Result, now: Result, tolerance: number, ignored: boolean): Compared[] {
  const figures: [string, (run: Run) => number][] = [
    ['elapsed', (run) => run.seconds * 1000],
    ...STAGES.map((stage): [string, (run: Run) => number] => [
      stage,
      (run) => run.channels.reduce((sum, { ms }) => sum + ms[stage], 0),
    ]),
  ];
  return figures.flatMap(([figure, of]): Compared[] => {
    const [old, fresh] = [spread(was.runs.map(of)), spread(now.runs.map(of))];
    if (figure !== 'elapsed' && Math.max(old.median, fresh.median) < SHORTEST_MS) return [];
    const ratio = fresh.median / Math.max(old.median, 1e-9);
    const verdict = ignored ? 'same' : judge(old, fresh, tolerance);
    return [{ key: was.key, figure, was: shown(old), now: shown(fresh), ratio, verdict }];
  });
}

/** A difference below the noise of the clock is not a regression, however large the ratio. */
function judge(old: Spread, fresh: Spread, tolerance: number): Verdict {
  if (Math.abs(fresh.median - old.median) < SHORTEST_MS) return 'same';
  if (fresh.median > old.median * tolerance && fresh.min > old.max) return 'slower';
  if (old.median > fresh.median * tolerance && old.min > fresh.max) return 'faster';
  return 'same';
}

/** Median and half the spread of the runs, in milliseconds. */
function shown({ median, min, max }: Spread): string {
  return `${median.toFixed(1)} ± ${((max - min) / 2).toFixed(1)} ms`;
}

function otherMachine(a: HostRecord, b: HostRecord): string | null {
  const differs = (['cpu', 'threads', 'simd', 'system'] as const).filter((field) => a[field] !== b[field]);
  if (a.gpus.join() !== b.gpus.join()) return 'the machines have other GPUs';
  return differs.length === 0 ? null : `the machines differ (${differs.join(', ')})`;
}

/** The comparison as a table with its header first: every time, and the counters that changed. */
export function comparisonTable({ rows }: Comparison): string[][] {
  const body = rows.map(({ key, figure, was, now, ratio, verdict }) => [
    key,
    figure,
    was,
    now,
    ratio === null ? '-' : ratio.toFixed(2),
    verdict,
  ]);
  return [['combination', 'figure', 'before', 'after', 'ratio', 'verdict'], ...body];
}

import type { Result, Run } from './record.ts';
import { spread } from './statistics.ts';

/** What a mosaic takes of the host where its GPU costs nothing, beside what it takes on the CPU alone. */
export interface HostShare {
  key: string;
  /** CPU seconds, user and system. */
  cpu_seconds: number;
  host_seconds: number;
  ratio: number;
}

export const HOST_NOTE =
  'CPU seconds, user and system, of a run whose GPU costs nothing (its output means nothing), beside those of the CPU alone; medians.';

const spent = (runs: readonly Run[]) =>
  spread(runs.map(({ user_seconds, system_seconds }) => user_seconds + system_seconds)).median;

/** Compares each result on a GPU that costs nothing with that of the CPU of the same kernel, rule and threads. */
export function hostShares(results: readonly Result[]): HostShare[] {
  const same = (a: Result['combination'], b: Result['combination']) =>
    a.scenario === b.scenario && a.kernel === b.kernel && a.combine === b.combine && a.threads === b.threads;
  return results
    .filter(({ combination }) => combination.backend === 'cuda')
    .flatMap(({ key, combination, runs }) => {
      const onCpu = results.filter((one) => one.combination.backend === 'cpu' && same(one.combination, combination));
      const rows = ({ combination: { chunk_rows } }: Result) => chunk_rows === combination.chunk_rows;
      const twin = onCpu.find(rows) ?? onCpu[0];
      if (twin === undefined) return [];
      const [cpu_seconds, host_seconds] = [spent(twin.runs), spent(runs)];
      return [{ key, cpu_seconds, host_seconds, ratio: host_seconds / Math.max(1e-9, cpu_seconds) }];
    });
}

/** One row per comparison, the header first; nothing where there is none. */
export function hostTable(shares: readonly HostShare[] | undefined): string[][] {
  const rows = (shares ?? []).map(({ key, cpu_seconds, host_seconds, ratio }) => [
    key,
    cpu_seconds.toFixed(2),
    host_seconds.toFixed(2),
    ratio.toFixed(2),
  ]);
  return rows.length === 0 ? [] : [['combination', 'CPU run, core-s', 'host, core-s', 'ratio'], ...rows];
}

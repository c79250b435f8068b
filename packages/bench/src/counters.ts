import type { ChannelReport } from '@zemosaic/core';

export type Counters = Record<string, number | string>;

const PER_CHANNEL = [
  ...['backend', 'chunks', 'cpu_chunks', 'attempts', 'retries', 'rows_per_chunk', 'rows_done'],
  ...['bytes_read', 'bytes_written', 'bytes_up', 'bytes_down', 'estimated_bytes', 'peak_bytes'],
  ...['covered', 'dead_in_one_channel'],
] as const satisfies readonly (keyof ChannelReport)[];

/** The counters of a run under flat names such as `ch1.chunks`. Times and facts of the machine are left out. */
export function countersOf(channels: readonly ChannelReport[], output: Counters): Counters {
  const counters: Counters = { ...output };
  for (const report of channels) {
    const last = report.channel + report.channels - 1;
    const name = last > report.channel ? `ch${report.channel}-${last}` : `ch${report.channel}`;
    for (const field of PER_CHANNEL) counters[`${name}.${field}`] = report[field] as number | string;
    counters[`${name}.fallback`] = report.fallback?.reason ?? 'none';
  }
  return counters;
}

export interface Change {
  counter: string;
  was: number | string | null;
  now: number | string | null;
}

/** Where two sets of counters differ, including counters that only one of them has. */
export function changes(before: Counters, after: Counters): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .map((counter) => ({ counter, was: before[counter] ?? null, now: after[counter] ?? null }))
    .filter(({ was, now }) => was !== now);
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asAppError, Exit } from '@zemosaic/core';
import { markdownTable } from '../markdown.ts';
import { spread } from '../statistics.ts';
import { ceilingLine, hostLine } from '../table.ts';
import type { Race } from './race.ts';

/** One row per program, its head first. */
export function peersTable({ rows }: Race): string[][] {
  const head = [
    'scenario',
    'program',
    'kernel',
    'wall s',
    'user s',
    'sys s',
    'peak MB',
    'Mpix/s',
    'times ours',
    'remark',
  ];
  const wall = (row: Race['rows'][number]) => spread(row.runs.map(({ seconds }) => seconds)).median;
  const body = rows.map((row) => {
    const { scenario, kernel, peer, version, its_kernel, runs, remark } = row;
    const name = `${peer} ${version}`;
    const start = [scenario, name, its_kernel === kernel ? kernel : its_kernel];
    if (runs.length === 0) return [...start, ...['-', '-', '-', '-', '-', '-'], remark ?? ''];
    const elapsed = spread(runs.map(({ seconds }) => seconds));
    const peak = Math.max(...runs.map(({ peak_rss }) => peak_rss ?? 0));
    const ours = rows.find((one) => one.peer === 'zemosaic' && one.scenario === scenario && one.kernel === kernel);
    const times = ours === undefined || ours.runs.length === 0 ? '-' : (wall(row) / wall(ours)).toFixed(2);
    return [
      ...start,
      `${elapsed.median.toFixed(2)} (${elapsed.min.toFixed(2)}..${elapsed.max.toFixed(2)})`,
      spread(runs.map(({ user_seconds }) => user_seconds)).median.toFixed(2),
      spread(runs.map(({ system_seconds }) => system_seconds)).median.toFixed(2),
      peak === 0 ? '-' : (peak / 1_048_576).toFixed(0),
      (row.megapixels / elapsed.median).toFixed(2),
      times,
      remark ?? '',
    ];
  });
  return [head, ...body];
}

export interface PeerFiles {
  json: string;
  markdown: string;
}

export function savePeers(dir: string, race: Race): PeerFiles {
  const files = { json: join(dir, 'peers.json'), markdown: join(dir, 'peers.md') };
  const runs = Math.max(0, ...race.rows.map((row) => row.runs.length));
  const text = [
    '# zemosaic and others',
    `zemosaic ${race.version}, ${race.made.slice(0, 10)}. ${hostLine(race.host)}.`,
    `Ceilings: ${ceilingLine(race.ceilings)}.`,
    `The same tiles onto the same grid, mean, no background step, no fsync, start-up included; median (fastest..slowest) of ${runs}, interleaved.`,
    markdownTable(peersTable(race)),
    ...(race.missing.length > 0 ? [race.missing.map(({ peer, why }) => `- not run: ${peer}: ${why}`).join('\n')] : []),
  ];
  try {
    writeFileSync(files.json, `${JSON.stringify(race, null, 1)}\n`);
    writeFileSync(files.markdown, `${text.join('\n\n')}\n`);
  } catch (error) {
    throw asAppError(error, Exit.disk);
  }
  return files;
}

import { join } from 'node:path';
import { asAppError, Exit, MB } from '@zemosaic/core';
import { markdownTable } from '../markdown.ts';
import { put } from '../save.ts';
import { spread } from '../statistics.ts';
import { ceilingLine, hostLine } from '../table.ts';
import type { Race, RaceRow } from './race.ts';

/** One row per program, the header first. */
export function peersTable({ rows }: Race): string[][] {
  const head = [
    'scenario',
    'program',
    'kernel',
    'combine',
    'background',
    'wall s',
    'user s',
    'sys s',
    'peak MB',
    'Mpix/s',
    'times ours',
    'sky rms',
    'rms',
    'star flux rms %',
    'pixels more',
    'remark',
  ];
  const wall = (row: RaceRow) => spread(row.runs.map(({ seconds }) => seconds)).median;
  const body = rows.map((row) => {
    const { scenario, kernel, combine, peer, version, its_kernel, its_combine, background, runs, remark } = row;
    const name = `${peer} ${version}`;
    const start = [scenario, name, its_kernel, its_combine, background];
    if (runs.length === 0) return [...start, ...Array<string>(10).fill('-'), remark ?? ''];
    const elapsed = spread(runs.map(({ seconds }) => seconds));
    const peak = Math.max(...runs.map(({ peak_rss }) => peak_rss ?? 0));
    const ours = rows.find(
      (one) => one.peer === 'zemosaic' && one.scenario === scenario && one.kernel === kernel && one.combine === combine,
    );
    const times = ours === undefined || ours.runs.length === 0 ? '-' : (wall(row) / wall(ours)).toFixed(2);
    return [
      ...start,
      `${elapsed.median.toFixed(2)} (${elapsed.min.toFixed(2)}..${elapsed.max.toFixed(2)})`,
      spread(runs.map(({ user_seconds }) => user_seconds)).median.toFixed(2),
      spread(runs.map(({ system_seconds }) => system_seconds)).median.toFixed(2),
      peak === 0 ? '-' : (peak / MB).toFixed(0),
      (row.megapixels / elapsed.median).toFixed(2),
      times,
      ...accuracyOf(row, ours),
      remark ?? '',
    ];
  });
  return [head, ...body];
}

/**
 * Errors against the sky in counts, of stars in percent of their light, and how many more pixels than this program it
 * covers.
 */
function accuracyOf({ accuracy }: RaceRow, ours: RaceRow | undefined): string[] {
  if (accuracy === null) return ['-', '-', '-', '-'];
  const { backgroundRms, rms, fluxRms, covered } = accuracy;
  const more = ours?.accuracy == null ? '-' : `${covered - ours.accuracy.covered}`;
  return [backgroundRms.toFixed(4), rms.toFixed(2), (100 * fluxRms).toFixed(3), more];
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
    `The same tiles onto the same grid, no fsync, start-up included; median (fastest..slowest) of ${runs}, interleaved.`,
    'Errors are against the simulated sky, in counts; its level is 180 and its stars reach 50,000.',
    markdownTable(peersTable(race)),
    ...(race.missing.length > 0 ? [race.missing.map(({ peer, why }) => `- not run: ${peer}: ${why}`).join('\n')] : []),
  ];
  try {
    put(files.json, `${JSON.stringify(race, null, 1)}\n`);
    put(files.markdown, `${text.join('\n\n')}\n`);
  } catch (error) {
    throw asAppError(error, Exit.disk);
  }
  return files;
}

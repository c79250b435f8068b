import { basename } from 'node:path';
import type { Engine, Unpacked } from '../device.ts';
import type { Note } from './mixed.ts';
import type { Tile } from './tile.ts';

/** Noise that differs by more than this is that of numbers on another scale: 0..1 beside 0..65535, counts beside counts/s. */
const WIDE = 30;

/** A warning where the values of tiles are on unlike scales, by the noise in the middle of each. */
export async function unlikeScales(
  engine: Pick<Engine, 'sampleNoise'>,
  tiles: readonly Tile[],
  unpacked: Unpacked,
): Promise<Note[]> {
  if (tiles.length < 2) return [];
  const noises = await Promise.all(
    tiles.map(async ({ path, hdu, spec }) => {
      try {
        const noise = await engine.sampleNoise(path, hdu.index, unpacked);
        return noise === null ? null : noise * spec.fluxScale;
      } catch {
        // A tile that cannot be read is told of where it is used.
        return null;
      }
    }),
  );
  const measured = tiles.flatMap((tile, at) => {
    const noise = noises[at] ?? null;
    return noise !== null && noise > 0 ? [{ tile, noise }] : [];
  });
  const channels = new Set(measured.map(({ tile }) => tile.spec.channel));
  return [...channels].flatMap((channel) => warningOf(measured.filter(({ tile }) => tile.spec.channel === channel)));
}

interface Measured {
  tile: Tile;
  noise: number;
}

function warningOf(measured: readonly Measured[]): Note[] {
  const groups: Measured[][] = [];
  for (const one of [...measured].sort((a, b) => b.noise - a.noise)) {
    const last = groups.at(-1);
    if (last !== undefined && (last.at(-1)?.noise ?? 0) <= WIDE * one.noise) last.push(one);
    else groups.push([one]);
  }
  if (groups.length < 2) return [];
  const top = middle(groups[0] ?? []);
  const list = groups.map((group, at) => {
    const factor = at === 0 ? '1' : `1/${Number((top / middle(group)).toPrecision(2))}`;
    const names = group.slice(0, 2).map(({ tile }) => basename(tile.path));
    return `${factor} (${group.length}: ${names.join(', ')}${group.length > names.length ? ' ...' : ''})`;
  });
  const message = `values of the tiles are on unlike scales, by their noise: ${list.join(', ')}; bring them to one scale first`;
  return [{ level: 'warning', code: 'mixed_scale', message }];
}

function middle(group: readonly Measured[]): number {
  return group[group.length >> 1]?.noise ?? 1;
}

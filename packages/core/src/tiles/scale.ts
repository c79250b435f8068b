import { basename } from 'node:path';
import type { Note } from './mixed.ts';
import type { Tile } from './tile.ts';
import { sameUnit } from './unit.ts';

/** Noise that differs by more than this is that of numbers on another scale: 0..1 beside 0..65535, counts beside counts/s. */
const WIDE = 30;

/** What tells the scale of values where all tiles agree in all of it, and each says it. */
const TELLING = ['BUNIT', 'INSTRUME'];

/** A tile, and the noise in the middle of it. */
export interface Measured {
  tile: Tile;
  noise: number;
}

/** Whether the headers leave it open that values are on one scale. */
export function mayDifferInScale(tiles: readonly Tile[]): boolean {
  if (tiles.length < 2) return false;
  const scales = tiles.map(({ hdu, spec }) => {
    const said = TELLING.map((key) => sameUnit(String(hdu.keywords[key] ?? '')));
    return said.includes('') ? null : [...said, hdu.bitpix, hdu.keywords.EXPTIME ?? '', spec.fluxScale].join(' ');
  });
  return scales.includes(null) || new Set(scales).size > 1;
}

/** A warning where the values of tiles are on unlike scales. */
export function unlikeScales(measured: readonly Measured[]): Note[] {
  // As noisy as they would be with a weight of 1: the noise of deep tiles is small for a reason.
  const alike = measured.map(({ tile, noise }) => ({ tile, noise: noise * Math.sqrt(tile.spec.weight) }));
  const channels = new Set(measured.map(({ tile }) => tile.spec.channel));
  return [...channels].flatMap((channel) => warningOf(alike.filter(({ tile }) => tile.spec.channel === channel)));
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

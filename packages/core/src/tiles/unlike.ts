import { basename } from 'node:path';
import { spectralOf } from './filter.ts';
import { mixed, type Note } from './mixed.ts';
import type { Tile } from './tile.ts';

export const BEAM_KEYWORDS = ['BMAJ', 'BMIN', 'BPA'];

/** Warnings of tiles that are unlike in what cannot be averaged: Stokes parameters, frequencies, beams. */
export function unlike(tiles: readonly Tile[]): Note[] {
  return [
    ...mixed(tiles, {
      code: 'mixed_band',
      what: 'Stokes parameter or frequency',
      read: ({ hdu }) => spectralOf(hdu),
    }),
    ...mixed(tiles, { code: 'mixed_beam', what: 'their beams (BMAJ, BMIN, BPA)', read: beamOf }),
  ];
}

/** `36.0" x 36.0"`, and the angle of a beam that is not round; null without one. */
function beamOf({ hdu: { keywords } }: Tile): string | null {
  const [major, minor, angle] = BEAM_KEYWORDS.map((key) => keywords[key]);
  if (typeof major !== 'number' || !(major > 0)) return null;
  const short = typeof minor === 'number' ? minor : major;
  const size = (degrees: number) => `${(degrees * 3600).toPrecision(3)}"`;
  const round = short > 0.98 * major;
  const turned = round || typeof angle !== 'number' ? '' : ` at ${Math.round(((angle % 180) + 180) % 180)}`;
  return `${size(major)} x ${size(short)}${turned}`;
}

/**
 * A warning where only some tiles tell how many frames they hold, or tell unlike numbers under unlike keywords, which may
 * count unlike things.
 */
export function unlikeCounts(tiles: readonly Tile[]): Note[] {
  const counted = tiles.filter((tile) => tile.spec.weightMap === undefined);
  const groups = new Map<string | null, Tile[]>();
  for (const tile of counted) {
    groups.set(tile.weightKeyword, [...(groups.get(tile.weightKeyword) ?? []), tile]);
  }
  const without = groups.get(null) ?? [];
  const heavy = counted.some((tile) => tile.spec.weight !== 1);
  if (groups.size < 2 || !heavy) return [];
  const list = [...groups]
    .map(([key, own]) => `${key === null ? 'none' : `${key} ${weightsOf(own)}`} (${own.length}: ${namesOf(own)})`)
    .join(', ');
  if (without.length > 0) {
    const message = `${counted.length - without.length} of ${counted.length} tiles tell how many frames they hold, the others weigh 1 beside them: ${list}; --weights none weighs all tiles equally`;
    return [{ level: 'warning', code: 'mixed_frame_counts', message }];
  }
  if (new Set(counted.map((tile) => tile.spec.weight)).size < 2) return [];
  const message = `tiles tell how many frames they hold under unlike keywords: ${list}; they are taken as they are`;
  return [{ level: 'warning', code: 'mixed_frame_counts', message }];
}

function weightsOf(tiles: readonly Tile[]): string {
  const weights = tiles.map((tile) => tile.spec.weight);
  const [least, most] = [Math.min(...weights), Math.max(...weights)];
  return least === most ? `${least}` : `${least} to ${most}`;
}

function namesOf(tiles: readonly Tile[]): string {
  const names = tiles.slice(0, 2).map(({ path }) => basename(path));
  return `${names.join(', ')}${tiles.length > names.length ? ' ...' : ''}`;
}

import { basename } from 'node:path';
import type { Note } from './mixed.ts';
import type { Tile } from './tile.ts';

export interface Weighed {
  tiles: Tile[];
  notes: Note[];
}

/**
 * Tiles without a weight map, weighed by the noise that was measured in them.
 * @param noiseOf the noise of a tile's values as its file has them; undefined where it cannot be measured.
 */
export function weighByNoise(tiles: readonly Tile[], noiseOf: (tile: Tile) => number | undefined): Weighed {
  const noises = tiles.map((tile) => (tile.spec.weightMap === undefined ? noiseOf(tile) : undefined));
  const scaled = noises.flatMap((noise, at) => (noise === undefined ? [] : [noise * (tiles[at]?.spec.fluxScale ?? 1)]));
  // Of a tile that does not tell, no more is known than that it may be the worst.
  const most = scaled.reduce((a, b) => Math.max(a, b), 0);
  const silent: Tile[] = [];
  const weighed = tiles.map((tile, at) => {
    if (tile.spec.weightMap !== undefined) return tile;
    const noise = noises[at];
    if (noise === undefined) silent.push(tile);
    const known = noise ?? most / tile.spec.fluxScale;
    return known > 0 ? { ...tile, weightKeyword: null, spec: { ...tile.spec, noise: known } } : tile;
  });
  return { tiles: weighed, notes: silentNotes(silent, most > 0) };
}

function silentNotes(silent: readonly Tile[], known: boolean): Note[] {
  const [first] = silent;
  if (first === undefined) return [];
  const what = silent.length === 1 ? 'a tile' : `${silent.length} tiles`;
  const weight = known
    ? `${silent.length === 1 ? 'it weighs' : 'they weigh'} as little as the noisiest`
    : 'tiles weigh alike';
  const message = `the noise of ${what} cannot be measured, so ${weight}; --exclude leaves tiles out (${basename(first.path)})`;
  return [{ level: 'warning', code: 'no_noise', message }];
}

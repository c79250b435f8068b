import { filterOf, spectralOf } from './filter.ts';
import type { Tile } from './tile.ts';
import { sameUnit } from './unit.ts';

/**
 * A number per tile, the same for tiles whose stars can contradict each other: in another filter or unit they are as
 * bright as they like.
 */
export function kindsOf(tiles: readonly Tile[]): number[] {
  const known = new Map<string, number>();
  return tiles.map(({ hdu }) => {
    const unit = sameUnit(String(hdu.keywords.BUNIT ?? ''));
    const kind = JSON.stringify([filterOf(hdu.keywords), spectralOf(hdu), unit]);
    const number = known.get(kind) ?? known.size;
    known.set(kind, number);
    return number;
  });
}

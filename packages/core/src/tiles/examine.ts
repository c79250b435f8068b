import type { Engine, TileLook } from '../device.ts';
import type { Emit } from '../event.ts';
import { emitNote } from './choose.ts';
import { judgeMasks } from './masks.ts';
import type { Opened } from './open.ts';
import { mayDifferInScale, unlikeScales } from './scale.ts';
import { skip } from './skipped.ts';
import type { Tile } from './tile.ts';

export interface Examined extends Opened {
  /** Whether a tile is to be opened otherwise than it is: without its mask. */
  changed: boolean;
}

/**
 * What headers leave in doubt, from a few rows of each opened tile: whether its mask leaves anything, and whether the values
 * of all are on one scale. Nothing is read where there is no mask and the headers agree.
 * @param asked the bits of masks were named by the user.
 */
export async function examine(engine: Engine, made: Opened, asked: boolean, emit: Emit): Promise<Examined> {
  const scales = mayDifferInScale(made.tiles);
  const masks = made.tiles.some(({ spec }) => spec.mask !== undefined);
  if (made.tiles.length === 0 || !(scales || masks)) return { ...made, changed: false };
  const looks = await engine.lookAt(made.opened, scales);
  const flagged = (at: number) => looks[at]?.flagged ?? 0;
  const { tiles, lost, notes } = judgeMasks(made.tiles, flagged, asked);
  for (const one of lost) skip(made.skipped, emit, one);
  const kept = new Set(tiles.map(({ at }) => at));
  notes.push(...(scales ? unlikeScales(measured(made.tiles, looks, kept)) : []));
  for (const note of notes) emitNote(note, emit);
  const left = tiles.map(({ tile }) => tile);
  const changed = left.some((tile, at) => tile !== made.tiles[tiles[at]?.at ?? -1]);
  return { ...made, tiles: left, changed };
}

function measured(tiles: readonly Tile[], looks: readonly TileLook[], kept: ReadonlySet<number>) {
  return tiles.flatMap((tile, at) => {
    const noise = looks[at]?.noise;
    return kept.has(at) && noise !== undefined && noise > 0 ? [{ tile, noise: noise * tile.spec.fluxScale }] : [];
  });
}

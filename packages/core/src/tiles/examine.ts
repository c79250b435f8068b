import type { MosaicOptions } from '../config/options.ts';
import type { Engine, TileLook } from '../device.ts';
import { asAppError, Exit } from '../error.ts';
import type { Emit } from '../event.ts';
import { emitNote } from './choose.ts';
import { judgeMasks } from './masks.ts';
import { weighByNoise } from './noise.ts';
import type { Opened } from './open.ts';
import { mayDifferInScale, unlikeScales } from './scale.ts';
import { skip } from './skipped.ts';
import type { Tile } from './tile.ts';
import { NOISE } from './weight.ts';

export interface Examined extends Opened {
  /** Whether a tile is to be opened otherwise than it is: without its mask. */
  changed: boolean;
}

/**
 * What headers leave in doubt, from a few rows of each opened tile: whether its mask leaves anything, whether the values
 * of all are on one scale, and with `--weights noise` how noisy they are. Nothing is read where none of it is.
 */
export async function examine(
  engine: Engine,
  made: Opened,
  { maskBits, weights }: Pick<MosaicOptions, 'maskBits' | 'weights'>,
  emit: Emit,
): Promise<Examined> {
  const byNoise = weights === NOISE;
  const asked = maskBits !== null;
  const scales = mayDifferInScale(made.tiles);
  const masks = made.tiles.some(({ spec }) => spec.mask !== undefined);
  if (made.tiles.length === 0 || !(scales || masks || byNoise)) return { ...made, changed: false };
  const looks = await lookAt(engine, made, scales || byNoise);
  const flagged = (at: number) => looks[at]?.flagged ?? 0;
  const { tiles, lost, notes } = judgeMasks(made.tiles, flagged, asked);
  for (const one of lost) skip(made.skipped, emit, one);
  const kept = new Set(tiles.map(({ at }) => at));
  notes.push(...(scales ? unlikeScales(measured(made.tiles, looks, kept)) : []));
  const noises = new Map(tiles.map(({ tile, at }) => [tile, looks[at]?.noise]));
  let left = tiles.map(({ tile }) => tile);
  if (byNoise) {
    const weighed = weighByNoise(left, (tile) => noises.get(tile));
    left = weighed.tiles;
    notes.push(...weighed.notes);
  }
  for (const note of notes) emitNote(note, emit);
  const changed = left.some((tile, at) => tile !== made.tiles[tiles[at]?.at ?? -1]);
  return { ...made, tiles: left, changed };
}

async function lookAt(engine: Engine, { opened }: Opened, noise: boolean): Promise<TileLook[]> {
  try {
    return await engine.lookAt(opened, noise);
  } catch (error) {
    throw asAppError(error, Exit.input);
  }
}

function measured(tiles: readonly Tile[], looks: readonly TileLook[], kept: ReadonlySet<number>) {
  return tiles.flatMap((tile, at) => {
    const noise = looks[at]?.noise;
    return kept.has(at) && noise !== undefined && noise > 0 ? [{ tile, noise: noise * tile.spec.fluxScale }] : [];
  });
}

import type { MosaicOptions } from '../config/options.ts';
import type { Beyond, Engine, TileLook } from '../device.ts';
import { asAppError, Exit } from '../error.ts';
import type { Emit } from '../event.ts';
import { emitNote } from './choose.ts';
import { judgeMasks } from './masks.ts';
import { weighByNoise } from './noise.ts';
import type { Opened } from './open.ts';
import { mayDifferInScale, unlikeScales } from './scale.ts';
import { type Skipped, skip, skippedFor } from './skipped.ts';
import type { Tile } from './tile.ts';
import { NOISE } from './weight.ts';

/** BITPIX of 64-bit floats. */
const DOUBLES = -64;

/** Why a tile cannot be used whose values are beyond 32-bit floats. */
const BEYOND: Readonly<Record<Beyond, Pick<Skipped, 'code' | 'reason'>>> = {
  above: {
    code: 'too_large',
    reason:
      'its values are beyond 3.4e38, the most that 32-bit numbers of a mosaic hold; divide them by a constant first',
  },
  below: {
    code: 'too_small',
    reason:
      'its values are below 1.2e-38, the least that 32-bit numbers of a mosaic hold; multiply them by a constant first',
  },
};

export interface Examined extends Opened {
  /** Whether a tile is to be opened otherwise than it is: without its mask. */
  changed: boolean;
}

/**
 * What headers leave in doubt, from a few rows of each opened tile: whether its mask leaves anything, whether the values
 * of all are on one scale and of a size that a mosaic can hold, and with `--weights noise` how noisy they are. Nothing is read where none of it is.
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
  const doubles = made.tiles.some(({ hdu }) => hdu.bitpix === DOUBLES);
  if (made.tiles.length === 0 || !(scales || masks || doubles || byNoise)) return { ...made, changed: false };
  const looks = await lookAt(engine, made, scales || byNoise);
  const flagged = (at: number) => looks[at]?.flagged ?? 0;
  const judged = judgeMasks(made.tiles, flagged, asked);
  const { notes } = judged;
  const lost = [...judged.lost];
  const tiles = judged.tiles.filter(({ tile, at }) => {
    const side = looks[at]?.beyond;
    if (side !== undefined) lost.push(skippedFor(tile.path, { hdu: tile.hdu.index, ...BEYOND[side] }));
    return side === undefined;
  });
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

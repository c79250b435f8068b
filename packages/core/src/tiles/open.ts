import type { Engine, OpenTiles, Unpacked } from '../device.ts';
import { AppError, asAppError, asProblem, Exit, fileError, lineOf } from '../error.ts';
import type { Emit } from '../event.ts';
import { brokenFor, type Skipped, skip } from './skipped.ts';
import type { Tile } from './tile.ts';

export interface Opened {
  tiles: Tile[];
  opened: OpenTiles;
  skipped: Skipped[];
}

/** Opens all tiles at once; when that fails, one by one, so that a broken tile is the only one lost. */
export async function openTiles(
  engine: Engine,
  tiles: Tile[],
  skipped: Skipped[],
  unpacked: Unpacked,
  emit: Emit,
): Promise<Opened> {
  if (tiles.length === 0) return { tiles, opened: {}, skipped };
  let failure: unknown;
  try {
    return {
      tiles,
      opened: await engine.openTiles(
        tiles.map((tile) => tile.spec),
        unpacked,
      ),
      skipped,
    };
  } catch (error) {
    failure = error;
  }
  const good: Tile[] = [];
  for (const tile of tiles) {
    try {
      await engine.openTiles([tile.spec], unpacked);
      good.push(tile);
    } catch (error) {
      const failed = asAppError(error, Exit.input);
      if (failed.exit !== Exit.input) throw failed;
      skip(skipped, emit, brokenFor(tile.spec, asProblem(error)));
    }
  }
  // Every tile opened when tried separately, so no tile is to blame.
  if (good.length === tiles.length) throw asAppError(failure, Exit.input);
  if (good.length === 0) return { tiles: good, opened: {}, skipped };
  try {
    return {
      tiles: good,
      opened: await engine.openTiles(
        good.map((tile) => tile.spec),
        unpacked,
      ),
      skipped,
    };
  } catch (error) {
    throw asAppError(error, Exit.input);
  }
}

/** Exit 3, with the reason of the first tile that was skipped. */
export function noneLeft(skipped: readonly Skipped[], files: number, aside: readonly string[] = []): AppError {
  const first = skipped[0];
  const [plane] = aside;
  if (first === undefined && plane !== undefined) {
    const reason = 'contains only weight, mask, error or opacity planes; name one with --hdu';
    return fileError(Exit.input, 'no_image', plane, reason);
  }
  if (first === undefined) {
    return new AppError(Exit.input, 'no_tiles', `none of the ${files} inputs is a tile; name plate-solved FITS images`);
  }
  if (skipped.length === 1) {
    return new AppError(Exit.input, first.code, lineOf(first));
  }
  return new AppError(
    Exit.input,
    'no_tiles',
    `none of the ${skipped.length} tiles can be used; the first, ${lineOf(first)}`,
  );
}

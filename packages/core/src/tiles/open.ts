import type { Engine, OpenTiles, Problem, Unpacked } from '../device.ts';
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
  try {
    const specs = tiles.map((tile) => tile.spec);
    return { tiles, opened: await engine.openTiles(specs, unpacked), skipped };
  } catch (error) {
    const { good, broken } = await apart(engine, tiles, asAppError(error, Exit.input), unpacked);
    for (const [tile, problem] of broken) skip(skipped, emit, brokenFor(tile.spec, problem));
    return openTiles(engine, good, skipped, unpacked, emit);
  }
}

/**
 * Tiles that open by themselves, and at least one that does not, with the reason.
 * @throws AppError the failure of opening all at once, where no tile is to blame.
 */
async function apart(engine: Engine, tiles: readonly Tile[], failure: AppError, unpacked: Unpacked) {
  const good: Tile[] = [];
  const broken: [Tile, Problem][] = [];
  if (failure.exit !== Exit.input) throw failure;
  for (const tile of tiles) {
    try {
      await engine.openTiles([tile.spec], unpacked);
      good.push(tile);
    } catch (error) {
      const failed = asAppError(error, Exit.input);
      if (failed.exit !== Exit.input) throw failed;
      broken.push([tile, asProblem(error)]);
    }
  }
  if (broken.length > 0) return { good, broken };
  // A file that can be read only now and then is left out, too.
  const problem = asProblem(failure.cause);
  const blamed = good.filter(({ spec }) => spec.path === problem.path);
  if (blamed.length === 0) throw failure;
  return {
    good: good.filter((tile) => !blamed.includes(tile)),
    broken: blamed.map((tile) => [tile, problem] as const),
  };
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

import { basename } from 'node:path';
import type { Engine, Mask, Unpacked } from '../device.ts';
import { gathered, type Note } from './mixed.ts';
import { type Skipped, skippedFor } from './skipped.ts';
import type { Tile } from './tile.ts';

/** A mask that takes away more than this of a tile is doubted. */
const MUCH = 0.3;

export interface Masked {
  tiles: Tile[];
  skipped: Skipped[];
  notes: Note[];
}

/**
 * Counts what the masks of tiles take away, because which bits are bad is known for few cameras. A mask that would leave
 * nothing is not used, unless its bits were `asked` for: then its tile is skipped.
 */
export async function tryMasks(
  engine: Pick<Engine, 'countFlagged'>,
  tiles: readonly Tile[],
  asked: boolean,
  unpacked: Unpacked,
): Promise<Masked> {
  const made: Masked = { tiles: [], skipped: [], notes: [] };
  const whole: { path: string; text: string }[] = [];
  const much: { path: string; text: string }[] = [];
  const shares = await flagged(engine, tiles, unpacked);
  for (const tile of tiles) {
    const { path, spec } = tile;
    const share = spec.mask === undefined ? 0 : (shares.get(keyOf(spec.mask)) ?? 0);
    if (share < 1) made.tiles.push(tile);
    else if (asked) {
      const reason = 'its mask flags every pixel by --mask-bits; name fewer bits, or use --mask none';
      made.skipped.push(skippedFor(path, { code: 'all_masked', reason, path: spec.mask?.path ?? path }));
    } else {
      const { mask: _, ...rest } = spec;
      made.tiles.push({ ...tile, spec: rest });
      whole.push({
        path,
        text: `its mask (${nameOf(spec.mask, path)}) flags every pixel and is not used; --mask-bits says which bits are bad`,
      });
    }
    if (share > MUCH && share < 1) {
      const text = `its mask takes away ${Math.round(100 * share)} % of its pixels; --mask-bits says which bits are bad`;
      much.push({ path, text });
    }
  }
  made.notes.push(...gathered(whole, 'mask_unused'), ...gathered(much, 'mask_large'));
  return made;
}

/** The flagged share of each mask; one that cannot be read is told of where it is used. */
async function flagged(
  engine: Pick<Engine, 'countFlagged'>,
  tiles: readonly Tile[],
  unpacked: Unpacked,
): Promise<Map<string, number>> {
  const masks = new Map(
    tiles.flatMap(({ spec: { mask } }) => (mask === undefined ? [] : [[keyOf(mask), mask] as const])),
  );
  const shares = await Promise.all(
    [...masks].map(async ([key, { path, hdu, bits }]): Promise<[string, number]> => {
      try {
        const [bad = 0, all = 1] = await engine.countFlagged(path, hdu, bits, unpacked);
        return [key, bad / Math.max(1, all)];
      } catch {
        return [key, 0];
      }
    }),
  );
  return new Map(shares);
}

function keyOf({ path, hdu, bits }: Mask): string {
  return `${hdu} ${bits ?? 'all'} ${path}`;
}

function nameOf(mask: Mask | undefined, tile: string): string {
  return mask === undefined || mask.path === tile ? `HDU ${mask?.hdu ?? ''}` : basename(mask.path);
}

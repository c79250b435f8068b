import { type Note, one } from './mixed.ts';
import { type Skipped, skippedFor } from './skipped.ts';
import type { Tile } from './tile.ts';

/** A mask that takes away more than this of a tile is doubted. */
const MUCH = 0.3;

export interface Judged {
  /** The tiles that are left, with their places among all. */
  tiles: { tile: Tile; at: number }[];
  lost: Skipped[];
  notes: Note[];
}

/**
 * Judges what the masks of tiles take away, because which bits are bad is known for few cameras. A mask that would leave
 * nothing is not used, unless its bits were `asked` for: then its tile is skipped.
 */
export function judgeMasks(all: readonly Tile[], flagged: (at: number) => number, asked: boolean): Judged {
  const judged: Judged = { tiles: [], lost: [], notes: [] };
  // A tile that serves several channels comes up for each, and is told of once.
  const told = new Set<string>();
  const note = (code: string, { path, spec: { hdu, mask } }: Tile, reason: string) => {
    const key = `${code} ${hdu} ${path}`;
    if (!told.has(key)) judged.notes.push(one(code, path, reason, mask?.path));
    told.add(key);
  };
  for (const [at, tile] of all.entries()) {
    const { path, spec } = tile;
    const { mask, ...rest } = spec;
    const share = mask === undefined ? 0 : flagged(at);
    if (mask === undefined || share < 1) judged.tiles.push({ tile, at });
    else if (asked) {
      const reason = 'its mask flags every pixel by --mask-bits; name fewer bits, or use --mask none';
      judged.lost.push(skippedFor(path, { code: 'all_masked', reason, path: mask.path }));
    } else {
      judged.tiles.push({ tile: { ...tile, spec: rest }, at });
      const reason = 'its mask flags every pixel and is not used; --mask-bits says which bits are bad';
      note('mask_unused', tile, reason);
    }
    if (share > MUCH && share < 1) {
      const reason = `its mask takes away ${Math.round(100 * share)} % of its pixels; --mask-bits says which bits are bad`;
      note('mask_large', tile, reason);
    }
  }
  return judged;
}

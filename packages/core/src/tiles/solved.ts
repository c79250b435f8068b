import { basename, extname } from 'node:path';
import { type Note, one } from './mixed.ts';
import type { Tile } from './tile.ts';

/** Solutions that are farther apart than this are not the same. */
const APART_PX = 1;

const MAKERS: Readonly<Record<string, string>> = {
  '.head': 'the header of SCAMP (.head)',
  '.ahead': 'additional headers (.ahead)',
  '.wcs': 'the solution of a plate solver (.wcs)',
  '.ini': 'the solution of ASTAP (.ini)',
};

/** Whose headers were taken, one line a kind, and those at odds with the WCS that a tile has itself. */
export function solutionNotes(tiles: readonly Tile[]): Note[] {
  const kinds = new Map<string, string[]>();
  for (const { hdu } of tiles) {
    for (const { path } of hdu.solutions ?? []) {
      const kind = extname(path).toLowerCase();
      kinds.set(kind, [...(kinds.get(kind) ?? []), path]);
    }
  }
  const taken = [...kinds].map(([kind, all]): Note => {
    const paths = [...new Set(all)].map((path) => basename(path));
    const more = paths.length > 3 ? ` and ${paths.length - 3} more` : '';
    const which = all.length === 1 ? '1 tile' : `${all.length} tiles`;
    const message = `${MAKERS[kind] ?? kind} beside ${which} is taken (${paths.slice(0, 3).join(', ')}${more})`;
    return { level: 'info', code: 'solution_beside', message };
  });
  const odd = tiles.flatMap(({ path, hdu: { otherSolution: other } }) => {
    if (other === undefined || !(other.px > APART_PX)) return [];
    const reason = `its own WCS counts, which a solution beside it puts ${shown(other.px)} px away; --solutions beside takes that one`;
    return [one('solution_unused', path, reason, other.path)];
  });
  return [...taken, ...odd];
}

function shown(px: number): string {
  return px < 100 ? px.toPrecision(3) : String(Math.round(px));
}

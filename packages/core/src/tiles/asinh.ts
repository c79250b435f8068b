import { basename } from 'node:path';
import { type Note, one } from './mixed.ts';
import type { Surrounding } from './set-aside.ts';
import type { Tile } from './tile.ts';

/** Files whose values are stored by their inverse hyperbolic sine, in one line, and those whose keywords do not say how. */
export function asinhNotes(tiles: readonly Tile[], { facts }: Pick<Surrounding, 'facts'>): Note[] {
  const linear = new Set<string>();
  const unknown = new Map<string, Note>();
  for (const { path, hdu, spec } of tiles) {
    const map = spec.weightMap;
    const plane = map && facts.get(map.path)?.hdus.find(({ index }) => index === map.hdu);
    for (const [at, used] of [[path, hdu] as const, [map?.path ?? path, plane] as const]) {
      if (used?.asinh === true) linear.add(at);
      const problem = used?.asinhProblem;
      if (problem === undefined || unknown.has(at)) continue;
      const reason = `${problem}: its values are taken as they are, and not as the asinh scale of Pan-STARRS`;
      unknown.set(at, one('asinh_unknown', at, reason));
    }
  }
  const shown = [...linear].slice(0, 3).map((path) => basename(path));
  const more = linear.size > shown.length ? ` and ${linear.size - shown.length} more` : '';
  const files = linear.size === 1 ? 'a file' : `${linear.size} files`;
  const message = `asinh values (BOFFSET, BSOFTEN) of ${files} are made linear (${shown.join(', ')}${more})`;
  return [...(linear.size === 0 ? [] : [{ level: 'info', code: 'asinh', message } as const]), ...unknown.values()];
}

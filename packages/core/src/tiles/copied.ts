import { basename } from 'node:path';
import type { FileFacts } from '../device.ts';
import { copies } from '../inputs/copies.ts';
import type { Note } from './mixed.ts';
import type { Tile } from './tile.ts';

/** One warning where tiles are copies of each other under other names: they count twice and look like two nights. */
export function copiedNotes(tiles: readonly Tile[], facts: ReadonlyMap<string, FileFacts>): Note[] {
  const alike = new Map<string, { paths: Set<string>; bytes: number }>();
  for (const { path, hdu } of tiles) {
    const bytes = facts.get(path)?.bytes ?? 0;
    const { wcs, width, height, keywords } = hdu;
    const key = JSON.stringify([bytes, width, height, wcs?.center, wcs?.rotationDeg, keywords]);
    const known = alike.get(key) ?? { paths: new Set<string>(), bytes };
    alike.set(key, known);
    known.paths.add(path);
  }
  const suspects = [...alike.values()].filter(({ paths, bytes }) => paths.size > 1 && bytes > 0);
  const groups = suspects.flatMap(({ paths, bytes }) => copies([...paths], bytes));
  const found = [...new Map(groups.map((group) => [group.join(), group])).values()];
  const [first] = found;
  if (first === undefined) return [];
  const more = found.length > 1 ? `, and ${found.length - 1} more` : '';
  const message = `tiles are copies of each other and count each: ${first.map((path) => basename(path)).join(' = ')}${more}; leave them out with --exclude`;
  return [{ level: 'warning', code: 'copies', message }];
}

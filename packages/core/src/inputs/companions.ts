import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CONVENTIONS, type Convention, PLANE_ROLES, type PlaneRole, patternOf, wordsOf } from './conventions.ts';
import { fitsStem, isFitsName } from './fits-name.ts';

/** A file beside an image that by its name is a plane of it. */
export interface Companion {
  path: string;
  role: PlaneRole;
  survey: string;
}

/** Image path -> the files beside it, the best of each role first. */
export type Companions = ReadonlyMap<string, readonly Companion[]>;

/** How a file's name is read by one convention: `head` and `tail` are what an image and its planes share. */
interface Reading {
  row: number;
  head: string;
  tail: string;
  role: PlaneRole | 'image';
  /** Place of the word in its row: the first is the best. */
  rank: number;
}

interface Reader {
  row: number;
  role: PlaneRole | 'image';
  rank: number;
  head: RegExp | null;
  pattern: RegExp;
}

const READERS: readonly Reader[] = CONVENTIONS.flatMap((row, at) =>
  row.only === 'extensions' ? [] : readersOf(row, at),
);

function readersOf(row: Convention, at: number): Reader[] {
  const roles = ['image', ...PLANE_ROLES] as const;
  const words = roles.flatMap((role) => wordsOf(row[role]).map((word) => ({ role, word })));
  return words.map(({ role, word }, rank) => {
    const tail = row.tail === undefined || word === '.' ? '()' : `(${row.tail.source})?`;
    const pattern = word === '.' ? /^(.+)()$/ : new RegExp(`^(?:(.*)[._-])?${patternOf(word)}${tail}$`);
    return { row: at, role, rank, head: row.head ?? null, pattern };
  });
}

function readingsOf(stem: string): Reading[] {
  return READERS.flatMap(({ row, role, rank, head: before, pattern }) => {
    const match = pattern.exec(stem);
    if (match === null) return [];
    const [, head = '', tail = ''] = match;
    return before === null || before.test(head) ? [{ row, head, tail, role, rank }] : [];
  });
}

/** The files beside the images that by their names are planes of them, whether they are inputs themselves or not. */
export function findCompanions(paths: readonly string[], list: (dir: string) => string[] = names): Companions {
  const folders = new Map<string, Map<string, { name: string; reading: Reading }[]>>();
  const found = new Map<string, Companion[]>();
  for (const path of paths) {
    const dir = dirname(path);
    const planes = folders.get(dir) ?? planesOf(list(dir));
    folders.set(dir, planes);
    const own = companionsOf(path, planes);
    if (own.length > 0) found.set(path, own);
  }
  return found;
}

/** What a file is by its name alone, if that is the name of a plane and not as well that of an image. */
export function planeByName(path: string): PlaneRole | null {
  const stem = fitsStem(path);
  // A name without any word may be that of an image, but says nothing.
  const [first] = readingsOf(stem).filter(({ head }) => head !== '' && head !== stem);
  return first === undefined || first.role === 'image' ? null : first.role;
}

function companionsOf(path: string, planes: ReadonlyMap<string, { name: string; reading: Reading }[]>): Companion[] {
  const stem = fitsStem(path);
  const images = readingsOf(stem).filter(({ role }) => role === 'image');
  const found = images.flatMap(({ row, head, tail }) => {
    // A plane without the tail is one of all images that differ in it: the maskbits of every band.
    const keys = tail === '' ? [keyOf(row, head, '')] : [keyOf(row, head, tail), keyOf(row, head, '')];
    return keys.flatMap((key) => planes.get(key) ?? []);
  });
  found.sort((a, b) => a.reading.row - b.reading.row || a.reading.rank - b.reading.rank);
  const companions = new Map<string, Companion>();
  for (const { name, reading } of found) {
    const survey = CONVENTIONS[reading.row]?.survey ?? '';
    const at = beside(path, name);
    // The first row that knows the name decides.
    if (fitsStem(name) !== stem && !companions.has(at)) companions.set(at, { path: at, role: roleOf(reading), survey });
  }
  return [...companions.values()];
}

function roleOf({ role }: Reading): PlaneRole {
  return role === 'image' ? 'aside' : role;
}

function planesOf(names: string[]): Map<string, { name: string; reading: Reading }[]> {
  const planes = new Map<string, { name: string; reading: Reading }[]>();
  for (const name of names.filter(isFitsName).sort()) {
    for (const reading of readingsOf(fitsStem(name))) {
      if (reading.role === 'image') continue;
      const key = keyOf(reading.row, reading.head, reading.tail);
      planes.set(key, [...(planes.get(key) ?? []), { name, reading }]);
    }
  }
  return planes;
}

function keyOf(row: number, head: string, tail: string): string {
  return `${row} ${tail} ${head}`;
}

function beside(path: string, name: string): string {
  // `a.fits` gives `a.weight.fits`, not `./a.weight.fits`, so that paths compare equal.
  return path === basename(path) ? name : join(dirname(path), name);
}

function names(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => !name.startsWith('.'));
  } catch {
    // A folder that can be entered but not listed: its tiles can be read, but maps beside them cannot be found.
    return [];
  }
}

import { basename, dirname, join } from 'node:path';
import { CONVENTIONS, type Convention, PLANE_ROLES, type PlaneRole, patternOf, wordsOf } from './conventions.ts';
import { fitsStem, isFitsName } from './fits-name.ts';
import { namesIn } from './listing.ts';

/** A file beside an image that by its name is a plane of it. */
export interface Companion {
  path: string;
  role: PlaneRole;
  survey: string;
  /** By its name it is rather the plane of another image that is there. */
  foreign?: true;
  /** Its name means nothing else, whatever its shape. */
  certain?: true;
  /** Its name says so little that it is one only on the very pixels of its image. */
  placed?: true;
  /** What it would be if it had the shape of its image. */
  misfit?: PlaneRole;
}

/** Image path -> the files beside it, the best of each role first. */
export type Companions = ReadonlyMap<string, readonly Companion[]>;

/** How a file's name is read by one convention: `head` and `tail` are what an image and its planes share. */
interface Reading {
  row: number;
  head: string;
  tail: string;
  /** The tail without the version, in which they may differ. */
  common: string;
  role: PlaneRole | 'image';
  /** Place of the word in its row: the first is the best. */
  rank: number;
}

interface Reader {
  row: number;
  role: PlaneRole | 'image';
  rank: number;
  head: RegExp | null;
  /** What a name that it reads holds: few names hold it, so few patterns are ever compiled. */
  part: string;
  source: string;
  pattern?: RegExp;
}

const READERS: readonly Reader[] = CONVENTIONS.flatMap((row, at) =>
  row.only === 'extensions' ? [] : readersOf(row, at),
);

/** Words by which files of images end. */
export const IMAGE_WORDS: ReadonlySet<string> = new Set(
  CONVENTIONS.filter(({ only }) => only !== 'extensions').flatMap(({ image }) => wordsOf(image)),
);

function readersOf(row: Convention, at: number): Reader[] {
  const roles = ['image', ...PLANE_ROLES] as const;
  const words = roles.flatMap((role) => wordsOf(row[role]).map((word) => ({ role, word })));
  return words.map(({ role, word }, rank) => {
    const tail = row.tail === undefined || word === '.' ? '()' : `(${row.tail.source})?`;
    const joint = row.joint?.source ?? '[._ -]';
    const named = row.front ? `^${patternOf(word)}${joint}(.+)()$` : `^(?:(.*)${joint})?${patternOf(word)}${tail}$`;
    const source = word === '.' ? '^(.+)()$' : named;
    const part = word === '.' ? '' : word.split('*').reduce((a, b) => (b.length > a.length ? b : a));
    return { row: at, role, rank, head: row.head ?? null, part, source };
  });
}

function readingsOf(stem: string): Reading[] {
  const readings: Reading[] = [];
  // A loop, because it runs some hundred times for each file of a folder.
  for (const reader of READERS) {
    if (!stem.includes(reader.part)) continue;
    const { row, role, rank, head: before } = reader;
    reader.pattern ??= new RegExp(reader.source);
    const match = reader.pattern.exec(stem);
    if (match === null) continue;
    const [, start = '', tail = ''] = match;
    // `a - weight` is of `a`.
    const head = reader.part === '' ? start : start.replace(/ +-?$/, '');
    if (before !== null && !before.test(head)) continue;
    const { version } = CONVENTIONS[row] ?? {};
    const common = version === undefined ? tail : tail.replace(version, '');
    readings.push({ row, head, tail, common, role, rank });
  }
  return readings;
}

/** A file that by its name is a plane, and how its name says so. */
interface Plane {
  path: string;
  reading: Reading;
}

/** What lies in a folder. */
interface Folder {
  planes: ReadonlyMap<string, readonly Plane[]>;
  /** Keys of the names that images have in each convention, their versions included. */
  images: ReadonlySet<string>;
}

/**
 * The files beside the images that by their names are planes of them, whether they are inputs themselves or not; and of
 * the inputs in other folders those that are planes of no image there, as maps in a folder of their own are.
 */
export function findCompanions(
  paths: readonly string[],
  list: (dir: string) => string[] = namesIn,
  inputs: readonly string[] = paths,
): Companions {
  const folders = new Map<string, Folder>();
  const found = new Map<string, Companion[]>();
  for (const path of paths) {
    const dir = dirname(path);
    const folder = folders.get(dir) ?? folderOf(list(dir).map((name) => beside(path, name)));
    folders.set(dir, folder);
    const own = companionsOf(path, folder);
    if (own.length > 0) found.set(path, own);
  }
  if (new Set(inputs.map(dirname)).size < 2) return found;
  const claimed = new Set([...found.values()].flat().map(({ path }) => path));
  for (const [image, planes] of elsewhere(
    paths,
    inputs.filter((path) => !claimed.has(path)),
  )) {
    const own = found.get(image) ?? [];
    const roles = new Set(own.map(({ role }) => role));
    found.set(image, [...own, ...planes.filter(({ role }) => !roles.has(role))]);
  }
  return found;
}

/** The planes of images among files of other folders, where they are planes of one image alone. */
function elsewhere(paths: readonly string[], others: readonly string[]): Map<string, Companion[]> {
  const folder = folderOf(others);
  const of = new Map<string, Set<string>>();
  const made = new Map<string, Companion[]>();
  for (const path of folder.planes.size === 0 ? [] : paths) {
    const planes = companionsOf(path, folder).filter((one) => dirname(one.path) !== dirname(path));
    if (planes.length > 0) made.set(path, planes);
    for (const plane of planes) of.set(plane.path, (of.get(plane.path) ?? new Set()).add(path));
  }
  const sole = ({ path }: Companion) => of.get(path)?.size === 1;
  return new Map([...made].map(([image, planes]) => [image, planes.filter(sole)]));
}

/** What a file is by its name alone, if that is the name of a plane and not as well that of an image. */
export function planeByName(path: string): PlaneRole | null {
  const stem = fitsStem(path);
  // A name without any word may be that of an image, but says nothing.
  const [first] = readingsOf(stem).filter(({ head }) => head !== '' && head !== stem);
  return first === undefined || first.role === 'image' ? null : first.role;
}

function companionsOf(path: string, { planes, images }: Folder): Companion[] {
  const stem = fitsStem(path);
  const own = readingsOf(stem).filter(({ role }) => role === 'image');
  const found = own.flatMap(({ row, head, tail, common }) => {
    // A plane without the tail is one of all images that differ in it: the maskbits of every band.
    const keys = common === '' ? [keyOf(row, head, '')] : [keyOf(row, head, common), keyOf(row, head, '')];
    const whole = head + tail === stem;
    return keys
      .flatMap((key) => planes.get(key) ?? [])
      .map((plane) => ({ ...plane, whole, exact: plane.reading.tail === tail || plane.reading.tail === '' }));
  });
  found.sort((a, b) => a.reading.row - b.reading.row || a.reading.rank - b.reading.rank);
  const companions = new Map<string, Companion & { length: number; exact: boolean }>();
  for (const { path: at, reading, whole, exact } of found) {
    const { survey = '', certain, placed } = CONVENTIONS[reading.row] ?? {};
    // The first row that knows the name decides.
    if (fitsStem(at) === stem || companions.has(at)) continue;
    const other = exact ? !whole && images.has(` ${reading.head}`) : images.has(exactKey(reading));
    companions.set(at, {
      ...{ path: at, role: roleOf(reading), survey },
      ...(other ? { foreign: true } : {}),
      ...(certain ? { certain } : {}),
      ...(placed ? { placed } : {}),
      ...{ length: reading.head.length, exact },
    });
  }
  // What is nearest in name goes first: v_st_tl_conf before v_st_conf.
  const ordered = [...companions.values()].sort((a, b) => Number(b.exact) - Number(a.exact) || b.length - a.length);
  return ordered.map(({ length: _, exact: __, ...companion }) => companion);
}

function roleOf({ role }: Reading): PlaneRole {
  return role === 'image' ? 'aside' : role;
}

function folderOf(paths: readonly string[]): Folder {
  const planes = new Map<string, Plane[]>();
  const images = new Set<string>();
  for (const path of paths.filter(isFitsName).sort()) {
    const stem = fitsStem(path);
    // A name without a word, in any convention.
    images.add(` ${stem}`);
    for (const reading of readingsOf(stem)) {
      if (reading.role === 'image') images.add(exactKey(reading));
      else {
        const key = keyOf(reading.row, reading.head, reading.common);
        planes.set(key, [...(planes.get(key) ?? []), { path, reading }]);
      }
    }
  }
  return { planes, images };
}

function exactKey({ row, head, tail }: Reading): string {
  return `exact ${keyOf(row, head, tail)}`;
}

function keyOf(row: number, head: string, tail: string): string {
  return `${row} ${tail} ${head}`;
}

function beside(path: string, name: string): string {
  // `a.fits` gives `a.weight.fits`, not `./a.weight.fits`, so that paths compare equal.
  return path === basename(path) ? name : join(dirname(path), name);
}

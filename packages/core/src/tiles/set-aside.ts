import { basename } from 'node:path';
import type { FileFacts } from '../device.ts';
import { lineOf } from '../error.ts';
import type { Companion, Companions } from '../inputs/companions.ts';
import type { PlaneRole } from '../inputs/conventions.ts';
import type { Note } from './mixed.ts';
import { placeOf } from './opacity.ts';
import { tileAmong } from './own-mosaic.ts';
import { isImage, isOurs, rolesOf, sameShape } from './role.ts';
import { onSameSky } from './same-sky.ts';

/** What is known of the inputs, apart from their headers. */
export interface Surrounding {
  companions: Companions;
  /** Headers of the inputs and of the files beside them. */
  facts: ReadonlyMap<string, FileFacts>;
  /** Inputs named by the user rather than found in a folder or by a glob. */
  named: ReadonlySet<string>;
  /** HISTORY of the mosaics that this program made, by their paths. */
  history: ReadonlyMap<string, string>;
  /** Planes called ALPHA whose values are no opacities: a spectral index, say. */
  notOpacity: ReadonlySet<string>;
  /** Images of four planes of which the last is their opacity. */
  rgba: ReadonlySet<string>;
}

export interface Sorted {
  candidates: FileFacts[];
  notes: Note[];
  /** Inputs that are no tiles. */
  aside: string[];
}

const KINDS: Record<PlaneRole, [one: string, many: string]> = {
  weight: ['weight map', 'weight maps'],
  variance: ['variance map', 'variance maps'],
  error: ['error map', 'error maps'],
  mask: ['mask', 'masks'],
  alpha: ['opacity plane', 'opacity planes'],
  coverage: ['coverage map', 'coverage maps'],
  aside: ['auxiliary plane', 'auxiliary planes'],
};

/** Which HDUs are wanted, and of which files they were named. */
interface Choice {
  hdu: string;
  hdus?: ReadonlyMap<string, readonly string[]>;
}

/** Parts the inputs that may be tiles from planes of them, and from mosaics of them. */
export function setAside(files: readonly FileFacts[], around: Surrounding, { hdu, hdus }: Choice): Sorted {
  const beside = planesOfInputs(files, around);
  const notes: Note[] = [];
  const candidates: FileFacts[] = [];
  const aside = new Map<PlaneRole, string[]>();
  const orphans = new Map<PlaneRole, string[]>();
  const misfits = new Map<PlaneRole, string[]>();
  const tables: string[] = [];
  for (const file of files) {
    const { path } = file;
    if (isCatalogue(file) && !around.named.has(path)) {
      tables.push(path);
      continue;
    }
    const role = beside.get(path)?.role ?? (hdus?.has(path) ? null : wholeRole(file, hdu));
    if (role !== null) {
      const misfit = beside.get(path)?.misfit;
      const kind = misfit !== undefined ? misfits : beside.has(path) ? aside : orphans;
      kind.set(misfit ?? role, [...(kind.get(misfit ?? role) ?? []), path]);
      continue;
    }
    const tile = isOurs(file) ? tileAmong(file, around.history.get(path) ?? '', files) : null;
    if (tile === null) candidates.push(file);
    else {
      const reason = `a mosaic of ${basename(tile)}, which is an input as well, and left out`;
      notes.push({ level: 'warning', code: 'own_output', message: lineOf({ path, reason }), path, reason });
    }
  }
  for (const [role, paths] of aside) {
    const named = paths.filter((path) => around.named.has(path));
    const found = paths.filter((path) => !around.named.has(path));
    const tail = (n: number) => (n === 1 ? 'of another input, not a tile' : 'of other inputs, not tiles');
    if (named.length > 0) notes.push({ level: 'warning', ...lineFor(role, named, tail) });
    if (found.length > 0) notes.push({ level: 'info', ...lineFor(role, found, tail) });
  }
  if (tables.length > 0) {
    const what = `${tables.length} ${tables.length === 1 ? 'table, not a tile' : 'tables, not tiles'}`;
    notes.push({ level: 'info', code: 'tables', message: `${what} (${first(tables)})` });
  }
  for (const [role, paths] of misfits) {
    const tail = (n: number) =>
      `of another shape than ${n === 1 ? 'its image' : 'their images'}, not used and not ${n === 1 ? 'a tile' : 'tiles'}`;
    notes.push({
      level: paths.some((path) => around.named.has(path)) ? 'warning' : 'info',
      ...lineFor(role, paths, tail),
    });
  }
  for (const [role, paths] of orphans) {
    const missed = candidates.length > 0 && USED.has(role);
    const level = missed || paths.some((path) => around.named.has(path)) ? 'warning' : 'info';
    const tail = (n: number) =>
      `by ${n === 1 ? 'its header' : 'their headers'}, not ${n === 1 ? 'a tile' : 'tiles'}${missed ? `, and not used: no input is ${n === 1 ? 'its image' : 'their image'}` : ''}`;
    notes.push({ level, ...lineFor(role, paths, tail) });
  }
  return { candidates, notes, aside: [aside, misfits, orphans].flatMap((kind) => [...kind.values()].flat()) };
}

/** Roles of planes that count where their image is there. */
const USED: ReadonlySet<PlaneRole> = new Set(['weight', 'variance', 'error', 'mask', 'alpha']);

/** One line for files of a kind. */
function lineFor(
  role: PlaneRole,
  paths: readonly string[],
  tail: (count: number) => string,
): Pick<Note, 'code' | 'message'> {
  const kind = KINDS[role][paths.length === 1 ? 0 : 1];
  return { code: 'sidecar_inputs', message: `${paths.length} ${kind} ${tail(paths.length)} (${first(paths)})` };
}

/** The first few names. */
function first(paths: readonly string[]): string {
  const shown = paths.slice(0, 3).map((path) => basename(path));
  return `${shown.join(', ')}${paths.length > shown.length ? ` and ${paths.length - shown.length} more` : ''}`;
}

/** Whether a file holds tables and no image, as catalogues do. */
function isCatalogue({ hdus, problem }: FileFacts): boolean {
  return problem === undefined && hdus.some(({ kind }) => kind === 'table') && !hdus.some(isImage);
}

/** Inputs that are planes of other inputs, by their names and shapes. */
function planesOfInputs(files: readonly FileFacts[], around: Surrounding): Map<string, Companion> {
  const planes = new Map<string, Companion>();
  for (const image of files) {
    for (const companion of companionsOf(image, around)) {
      const known = planes.get(companion.path);
      // Of whichever image it has the shape, and of the one that uses it.
      const better = companion.misfit === undefined && (companion.role !== 'aside' || known?.misfit !== undefined);
      if (known === undefined || better) planes.set(companion.path, companion);
    }
  }
  return planes;
}

/**
 * The files beside an image that are planes of it: by their names, and by a shape like its own. A weight map of another
 * shape is one all the same, and broken; a mask of another shape is neither used nor a tile.
 */
export function companionsOf(image: FileFacts, { companions, facts, notOpacity }: Surrounding): Companion[] {
  const fitting = (companions.get(image.path) ?? []).flatMap((one): Companion[] => {
    const file = facts.get(one.path);
    if (file === undefined || (one.placed && elsewhere(image, file))) return [];
    if (fits(image, file) || file.problem !== undefined) return [one];
    if (one.certain || isFlags(one, file)) return [{ ...one, role: 'aside', misfit: one.role }];
    return one.role === 'weight' && !one.foreign ? [one] : [];
  });
  const isIndex = ({ path, role }: Companion) =>
    role === 'alpha' && facts.get(path)?.hdus.some((hdu) => notOpacity.has(placeOf(path, hdu)));
  return fitting.map((one) => (isIndex(one) ? { ...one, role: 'aside' } : one));
}

/** Whether two files are on the sky, and no image of one lies exactly on one of the other. */
function elsewhere(a: FileFacts, b: FileFacts): boolean {
  const [ours, theirs] = [a, b].map(({ hdus }) => hdus.filter((hdu) => isImage(hdu) && hdu.wcs !== undefined));
  if (ours?.length === 0 || theirs?.length === 0) return false;
  return !theirs?.some((hdu) => ours?.some((own) => onSameSky(hdu, own)));
}

/** Whether a file called a mask holds whole numbers alone: of whatever shape, it is no image of the sky. */
function isFlags({ role, foreign }: Companion, { hdus }: FileFacts): boolean {
  const images = hdus.filter(isImage);
  return role === 'mask' && !foreign && images.length > 0 && images.every(({ bitpix }) => bitpix > 0);
}

function fits(image: FileFacts, plane: FileFacts): boolean {
  const shapes = image.hdus.filter(isImage);
  return plane.hdus.some((hdu) => isImage(hdu) && shapes.some((shape) => sameShape(shape, hdu)));
}

/** The files that by their names are planes of an image, and by their shapes are not. */
export function misfitsOf(image: FileFacts, { companions, facts }: Surrounding): Companion[] {
  return (companions.get(image.path) ?? []).filter(({ path, role, foreign, certain }) => {
    const file = facts.get(path);
    const used = !foreign && !certain && role !== 'aside' && role !== 'coverage' && role !== 'weight';
    return used && file !== undefined && file.problem === undefined && !fits(image, file);
  });
}

/** What a file is whose images are all planes by their headers; null when there is an image of the sky, or none at all. */
function wholeRole(file: FileFacts, choice: string): PlaneRole | null {
  if (choice !== 'auto' && choice !== 'all') return null;
  const roles = rolesOf(file).filter((_, at) => isImage(file.hdus[at] ?? NONE));
  const [first] = roles;
  return first === undefined || first === 'science' || roles.includes('science') ? null : first;
}

const NONE = { index: 0, kind: 'other', bitpix: 8, axes: [], keywords: {} };

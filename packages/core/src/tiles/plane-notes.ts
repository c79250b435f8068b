import { basename } from 'node:path';
import type { FileFacts, HduFacts, PlaneSource, WcsFacts } from '../device.ts';
import { type Companion, planeByName } from '../inputs/companions.ts';
import type { PlaneRole } from '../inputs/conventions.ts';
import { fitsStem } from '../inputs/fits-name.ts';
import { type Note, one } from './mixed.ts';
import { WEIGHTS } from './planes.ts';
import { extver, isImage, roleIn, sameShape, shapeOf } from './role.ts';
import { companionsOf, misfitsOf, type Surrounding } from './set-aside.ts';
import { planeWord } from './skipped.ts';
import type { Tile } from './tile.ts';

/** What a plane and its image may lie apart, by their headers, px. */
const APART_PX = 1;

/** Roles whose names say so much that a file without its image is worth a word; `H_alpha.fits` is light. */
const TELLING: ReadonlySet<PlaneRole> = new Set(['weight', 'variance', 'error', 'mask']);

const WORDS: Readonly<Record<PlaneRole, string>> = {
  weight: 'weight map',
  variance: 'variance map',
  error: 'error map',
  mask: 'mask',
  alpha: 'opacity plane',
  coverage: 'coverage map',
  aside: 'auxiliary plane',
};

/** Conventions of nobody, which do not say which of two maps is meant. */
const ANYBODYS: ReadonlySet<string> = new Set(['many', 'zemosaic']);

/**
 * Doubts about planes: two of a kind, none for this part of its image, of another number of planes, on another WCS than their image, and tiles
 * that are called planes. `masked`: masks are wanted.
 */
export function planeNotes(
  tiles: readonly Tile[],
  candidates: readonly FileFacts[],
  around: Surrounding,
  masked = true,
): Note[] {
  return [
    ...tiles.flatMap((tile) => ofTile(tile, around)),
    ...(masked ? tiles.flatMap((tile) => unmasked(tile, around)) : []),
    ...calledPlanes(tiles, candidates, around),
  ];
}

/** A tile for which the mask beside its file has no image. */
function unmasked({ path, hdu, spec }: Tile, around: Surrounding): Note[] {
  const file = around.facts.get(path);
  if (spec.mask !== undefined || file === undefined) return [];
  const mask = companionsOf(file, around).find(({ role, foreign }) => role === 'mask' && !foreign);
  if (mask === undefined || around.facts.get(mask.path)?.problem !== undefined) return [];
  const reason = `${nameOf(hdu)} has no mask in the file beside it, and all its pixels are used`;
  return [one('plane_missing', path, reason, mask.path)];
}

function nameOf({ name, index }: HduFacts): string {
  return name ?? `HDU ${index}`;
}

function ofTile({ path, hdu, spec }: Tile, around: Surrounding): Note[] {
  const file = around.facts.get(path);
  const planes = [['weight', spec.weightMap] as const, ['mask', spec.mask] as const, ['alpha', spec.alpha] as const];
  if (file === undefined || planes.every(([, plane]) => plane === undefined)) return [];
  const companions = companionsOf(file, around);
  return planes.flatMap(([kind, plane]) => {
    if (plane === undefined) return [];
    const word = planeWord(kind);
    const rival = rivalWithin(plane, file, hdu, word) ?? rivalOf(plane, file, companions, around);
    const found = hduOf(plane, around);
    const [count, own] = [found?.planes ?? 1, hdu.planes ?? 1];
    const several = `its ${word} has ${count} planes, the image ${own}: the first one counts for all channels; give a map of one plane, or of as many as the image has`;
    const away = plane.path === path ? null : pixelsAway(hdu, found);
    const apart = `its ${word} has another WCS, by which it lies ${away?.toPrecision(3)} px off; it is taken pixel by pixel`;
    return [
      ...(rival === undefined ? [] : [one('two_maps', path, rival.reason, rival.path)]),
      ...(count === 1 || count === own ? [] : [one('plane_count', path, several, plane.path)]),
      ...(away === null ? [] : [one('plane_wcs', path, apart, plane.path)]),
    ];
  });
}

interface Rival {
  path: string;
  reason: string;
}

const NOT_USED = 'which is not used; remove one of the two';

/** Another extension of the tile's file in the same role, where it cannot be that of another image of the file. */
function rivalWithin(
  { path, hdu: used }: PlaneSource,
  file: FileFacts,
  tile: HduFacts,
  word: string,
): Rival | undefined {
  const plane = file.hdus.find(({ index }) => index === used);
  if (path !== file.path || plane === undefined) return undefined;
  const role = roleIn(file, plane);
  const shaped = file.hdus.filter((hdu) => isImage(hdu) && sameShape(hdu, tile));
  const images = shaped.filter((hdu) => roleIn(file, hdu) === 'science').length;
  const version = extver(tile);
  const other = shaped.find(
    (hdu) =>
      hdu !== plane &&
      roleIn(file, hdu) === role &&
      (images === 1 || (version !== null && extver(hdu) === version && extver(plane) === version)),
  );
  return other === undefined ? undefined : { path, reason: `has another ${word} (${nameOf(other)}), ${NOT_USED}` };
}

/**
 * A file beside the image in the same role as the plane that is used, or a map of another kind where no survey says which
 * one is meant; the plane packed in another way is no rival.
 */
function rivalOf(
  plane: PlaneSource,
  file: FileFacts,
  companions: readonly Companion[],
  around: Surrounding,
): Rival | undefined {
  const own = hduOf(plane, around);
  const beside = companions.find((companion) => companion.path === plane.path);
  const used = plane.path === file.path && own !== undefined ? roleIn(file, own) : beside?.role;
  const isMap = (role: string | undefined) => WEIGHTS.some((one) => one === role);
  const other = companions.find(
    ({ path, role, survey, foreign }) =>
      !foreign &&
      fitsStem(path) !== fitsStem(plane.path) &&
      (role === used ||
        (isMap(used) && isMap(role) && ANYBODYS.has(survey) && ANYBODYS.has(beside?.survey ?? 'its own'))),
  );
  if (other === undefined) return undefined;
  const article = other.role === 'error' ? 'an' : 'a';
  const has = other.role === used ? `another ${planeWordOf(other.role)}` : `${article} ${WORDS[other.role]} as well`;
  return { path: other.path, reason: `has ${has}, ${NOT_USED}` };
}

/** Variances and errors are weight maps, to those who use them. */
function planeWordOf(role: PlaneRole): string {
  return WEIGHTS.some((one) => one === role) ? planeWord('weight') : WORDS[role];
}

function hduOf({ path, hdu }: PlaneSource, { facts }: Surrounding): HduFacts | undefined {
  return facts.get(path)?.hdus.find(({ index }) => index === hdu);
}

/** How far the WCS of a plane puts its corners from those of its image; null where they agree, or cannot be compared. */
function pixelsAway(tile: HduFacts, plane: HduFacts | undefined): number | null {
  // An image that is solved anew need not have its planes solved as well.
  if (tile.solutions !== undefined || tile.wcs === undefined || plane?.wcs === undefined) return null;
  const [a, b] = [tile.wcs, plane.wcs];
  const reach = Math.hypot(tile.width ?? 0, tile.height ?? 0) / 2;
  const turned = Math.abs(((a.rotationDeg - b.rotationDeg + 540) % 360) - 180) * (Math.PI / 180);
  const scaled = Math.abs(b.scaleArcsec / a.scaleArcsec - 1);
  const away = centresAway(a, b) + reach * (a.mirrored === b.mirrored ? turned + scaled : 2);
  return away > APART_PX ? away : null;
}

function centresAway(a: WcsFacts, b: WcsFacts): number {
  const [[ra = 0, dec = 0], [ra2 = 0, dec2 = 0]] = [a.center, b.center];
  if (a.center.length !== b.center.length) return Infinity;
  const east = (((ra2 - ra + 540) % 360) - 180) * Math.cos((dec * Math.PI) / 180);
  return (Math.hypot(east, dec2 - dec) * 3600) / a.scaleArcsec;
}

/** Tiles whose names are those of planes, of an image of another shape or of one that is not there. */
function calledPlanes(tiles: readonly Tile[], candidates: readonly FileFacts[], around: Surrounding): Note[] {
  const taken = new Set(tiles.map(({ path }) => path));
  const told = new Set<string>();
  const misfits = candidates.flatMap((image) =>
    misfitsOf(image, around).flatMap(({ path, role }) => {
      const plane = around.facts.get(path)?.hdus.find(isImage);
      const main = image.hdus.find(isImage);
      if (told.has(path) || plane === undefined || main === undefined) return [];
      told.add(path);
      const shapes = `is ${shapeOf(plane)}, the image ${shapeOf(main)}`;
      const left = `it is not used${role === 'mask' && plane.bitpix > 0 ? ', and a tile only without its image' : ''}`;
      if (!taken.has(path)) return [one('plane_shape', image.path, `its ${WORDS[role]} ${shapes}; ${left}`, path)];
      const reason = `called the ${WORDS[role]} of ${basename(image.path)}, but it ${shapes}: it is taken for a tile; leave it out with --exclude if it is none`;
      return [one('plane_shape', path, reason)];
    }),
  );
  const orphans = [...taken].flatMap((path) => {
    const role = told.has(path) ? null : planeByName(path);
    if (role === null || !TELLING.has(role)) return [];
    const reason = `called ${role === 'error' ? 'an' : 'a'} ${WORDS[role]}, but its image is not there: it is taken for a tile; leave it out with --exclude if it is none`;
    return [one('plane_alone', path, reason)];
  });
  return [...misfits, ...orphans];
}

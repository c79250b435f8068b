import type { FileFacts, HduFacts, PlaneSource, Problem } from '../device.ts';
import type { Companion } from '../inputs/companions.ts';
import { extver, isImage, type Role, rolesOf, sameShape, shapeOf } from './role.ts';
import { planeWord } from './skipped.ts';

/** A plane that goes with a tile into the engine. */
export type Plane = 'weight' | 'alpha' | 'mask';

/** Roles of planes that are weights, best first. */
export const WEIGHTS = ['weight', 'variance', 'error'] as const satisfies readonly Role[];

export interface Found extends PlaneSource {
  role: Role;
  /** Whose convention its name follows, of a file beside the tile. */
  survey?: string;
}

export type PlaneChoice = { plane: Found | null; problem: null } | { plane: null; problem: Problem };

export const NO_PLANE: PlaneChoice = { plane: null, problem: null };

/**
 * The extension of the tile's own file that has one of these roles for it, the first role before the others: with the
 * same EXTVER, else the next one of its shape.
 */
export function ownPlane(file: FileFacts, tile: HduFacts, plane: Plane, roles: readonly Role[]): PlaneChoice {
  const all = rolesOf(file);
  const images = file.hdus.map((hdu, at) => ({ hdu, role: all[at] })).filter(({ hdu }) => isImage(hdu));
  const role = roles.find((wanted) => images.some((one) => one.role === wanted));
  if (role === undefined) return NO_PLANE;
  const planes = images.filter((one) => one.role === role).map(({ hdu }) => hdu);
  const shaped = planes.filter((hdu) => sameShape(hdu, tile));
  const version = extver(tile);
  const chosen =
    shaped.find((hdu) => version !== null && extver(hdu) === version) ??
    shaped.find((hdu) => hdu.index > tile.index) ??
    shaped[0];
  if (chosen !== undefined) return { plane: { path: file.path, hdu: chosen.index, role }, problem: null };
  const science = images.filter((one) => one.role === 'science').length;
  // With several images in the file the plane may belong to another one.
  if (science > 1) return NO_PLANE;
  return otherShape(plane, file.path, planes[0], tile);
}

/**
 * The image of a sidecar that belongs to a tile of `file`: same EXTNAME, else same HDU number, else the first of its shape.
 * One that has the name of another HDU of the file belongs to that.
 */
export function sidecarPlane(
  sidecar: FileFacts,
  file: FileFacts,
  tile: HduFacts,
  plane: Plane,
  { role, survey }: Companion,
): PlaneChoice {
  if (sidecar.problem !== undefined) {
    return {
      plane: null,
      problem: {
        code: `${plane}_unreadable`,
        reason: `its ${planeWord(plane)} cannot be used: ${sidecar.problem.reason}; ${way(plane)}`,
        path: sidecar.path,
      },
    };
  }
  const others = new Set(file.hdus.filter(({ index }) => index !== tile.index).map(({ name }) => name));
  const all = sidecar.hdus.filter(isImage);
  const images = all.filter(({ name }) => name === undefined || name === tile.name || !others.has(name));
  if (images.length === 0 && all.length > 0) return NO_PLANE;
  const chosen = imageFor(images, tile);
  if (chosen !== undefined) return { plane: { path: sidecar.path, hdu: chosen.index, role, survey }, problem: null };
  return otherShape(plane, sidecar.path, images[0], tile);
}

function imageFor(images: readonly HduFacts[], tile: HduFacts): HduFacts | undefined {
  const shaped = images.filter((hdu) => sameShape(hdu, tile));
  return (
    shaped.find((hdu) => hdu.name !== undefined && hdu.name === tile.name) ??
    shaped.find((hdu) => hdu.index === tile.index) ??
    shaped[0]
  );
}

/** `path`: the file of the plane, which may be the tile's own. */
function otherShape(role: Plane, path: string, plane: HduFacts | undefined, tile: HduFacts): PlaneChoice {
  const has = plane === undefined ? 'no image' : shapeOf(plane);
  return {
    plane: null,
    problem: {
      code: `${role}_shape`,
      reason: `its ${planeWord(role)} is ${has}, the tile ${shapeOf(tile)}; ${way(role)}`,
      path,
      ...(plane === undefined ? {} : { hdu: plane.index }),
    },
  };
}

function way(role: Plane): string {
  const off = { weight: ', or use --weights none', mask: ', or use --mask none', alpha: '' };
  return `repair or remove it${off[role]}`;
}

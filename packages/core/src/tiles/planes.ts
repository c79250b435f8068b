import type { FileFacts, HduFacts, PlaneSource, Problem } from '../device.ts';
import { extver, isImage, roleOf, sameShape, shapeOf } from './role.ts';
import { planeWord } from './skipped.ts';

type Plane = 'weight' | 'alpha';

export type PlaneChoice = { plane: PlaneSource | null; problem: null } | { plane: null; problem: Problem };

/**
 * The extension of the tile's own file that has this role for it: with the same EXTVER, else the next one of its shape.
 */
export function ownPlane(file: FileFacts, tile: HduFacts, role: Plane): PlaneChoice {
  const planes = file.hdus.filter((hdu) => isImage(hdu) && roleOf(hdu) === role);
  if (planes.length === 0) return { plane: null, problem: null };
  const shaped = planes.filter((hdu) => sameShape(hdu, tile));
  const version = extver(tile);
  const chosen =
    shaped.find((hdu) => version !== null && extver(hdu) === version) ??
    shaped.find((hdu) => hdu.index > tile.index) ??
    shaped[0];
  if (chosen !== undefined) return { plane: { path: file.path, hdu: chosen.index }, problem: null };
  const science = file.hdus.filter((hdu) => isImage(hdu) && roleOf(hdu) === 'science').length;
  // With several images in the file the plane may belong to another one.
  if (science > 1) return { plane: null, problem: null };
  return otherShape(role, file.path, planes[0], tile);
}

/** The image of a sidecar that belongs to the tile: same EXTNAME, else same HDU number, else the first of its shape. */
export function sidecarPlane(sidecar: FileFacts, tile: HduFacts, role: Plane): PlaneChoice {
  if (sidecar.problem !== undefined) {
    return {
      plane: null,
      problem: {
        code: `${role}_unreadable`,
        reason: `its ${planeWord(role)} cannot be used: ${sidecar.problem.reason}; ${way(role)}`,
        path: sidecar.path,
      },
    };
  }
  const images = sidecar.hdus.filter(isImage);
  const shaped = images.filter((hdu) => sameShape(hdu, tile));
  const chosen =
    shaped.find((hdu) => hdu.name !== undefined && hdu.name === tile.name) ??
    shaped.find((hdu) => hdu.index === tile.index) ??
    shaped[0];
  if (chosen !== undefined) return { plane: { path: sidecar.path, hdu: chosen.index }, problem: null };
  return otherShape(role, sidecar.path, images[0], tile);
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
  return role === 'weight' ? 'repair or remove it, or use --weights none' : 'repair or remove it';
}

import type { FileFacts, HduFacts, PlaneSource, Problem } from '../device.ts';
import { extver, isImage, type Role, roleOf, sameShape, shapeOf } from './role.ts';

export type PlaneChoice = { plane: PlaneSource | null; problem: null } | { plane: null; problem: Problem };

/**
 * The extension of the tile's own file that has this role for it: with the same EXTVER, else the next one of its shape.
 */
export function ownPlane(file: FileFacts, tile: HduFacts, role: Role): PlaneChoice {
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
  return otherShape(role, `HDU ${planes[0]?.index ?? 0}`, planes[0], tile);
}

/** The image of a sidecar that belongs to the tile: same EXTNAME, else same HDU number, else the first of its shape. */
export function sidecarPlane(sidecar: FileFacts, tile: HduFacts, role: Role): PlaneChoice {
  if (sidecar.problem !== undefined) {
    return {
      plane: null,
      problem: {
        code: `${role}_unreadable`,
        message: `its ${word(role)} ${sidecar.path} cannot be used: ${sidecar.problem.message}; ${way(role)}`,
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

function otherShape(role: Role, where: string, plane: HduFacts | undefined, tile: HduFacts): PlaneChoice {
  const has = plane === undefined ? 'no image' : shapeOf(plane);
  return {
    plane: null,
    problem: {
      code: `${role}_shape`,
      message: `its ${word(role)} ${where} is ${has}, the tile ${shapeOf(tile)}; ${way(role)}`,
    },
  };
}

function word(role: Role): string {
  return role === 'weight' ? 'weight map' : 'opacity plane';
}

function way(role: Role): string {
  return role === 'weight' ? 'fix or remove it, or use --weights none' : 'fix or remove it';
}

import type { Problem, TileSpec } from '../device.ts';

/** A tile that is left out, and why. The reason names no file. */
export interface Skipped {
  path: string;
  code: string;
  reason: string;
  /** Where one HDU of the file is at fault. */
  hdu?: number;
  /** The header keyword at fault. */
  keyword?: string;
  /** The file at fault, where it is not the tile but its weight map or opacity plane. */
  map?: string;
}

/** What a problem means for the tile `path`. */
export function skippedFor(path: string, problem: Problem): Skipped {
  const { code, reason, hdu, keyword } = problem;
  const named = keyword === undefined ? {} : { keyword };
  if (problem.path !== undefined && problem.path !== path) return { path, code, reason, map: problem.path, ...named };
  return { path, code, reason, ...(hdu === undefined ? {} : { hdu }), ...named };
}

/** As `skippedFor`, of a problem that turned up once the tile and its maps were chosen. */
export function brokenFor({ path, weightMap, alpha }: TileSpec, problem: Problem): Skipped {
  if (problem.path === undefined || problem.path === path) return skippedFor(path, problem);
  const role = problem.path === alpha?.path && problem.path !== weightMap?.path ? 'alpha' : 'weight';
  const where = problem.hdu === undefined ? '' : `HDU ${problem.hdu}: `;
  return skippedFor(path, { ...problem, reason: `its ${planeWord(role)} cannot be used: ${where}${problem.reason}` });
}

/** What a plane beside a tile is called. */
export function planeWord(role: 'weight' | 'alpha'): string {
  return role === 'weight' ? 'weight map' : 'opacity plane';
}

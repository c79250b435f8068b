import type { Problem, TileSpec } from '../device.ts';
import type { Emit } from '../event.ts';

/** A tile that is left out, and why. The reason does not name the file. */
export interface Skipped {
  path: string;
  code: string;
  reason: string;
  /** The HDU at fault, if it is one. */
  hdu?: number;
  /** The header keyword at fault. */
  keyword?: string;
  /** The file at fault, if it is not the tile but its weight map, mask or opacity plane. */
  map?: string;
}

/** The skipped tile `path`, because of a problem. */
export function skippedFor(path: string, problem: Problem): Skipped {
  const { code, reason, hdu, keyword } = problem;
  const named = keyword === undefined ? {} : { keyword };
  if (problem.path !== undefined && problem.path !== path) return { path, code, reason, map: problem.path, ...named };
  return { path, code, reason, ...(hdu === undefined ? {} : { hdu }), ...named };
}

const VANISHED =
  'was there when the run began and is gone: what was read of it before stays, the rest is left out; run again when it is back';

/** Like `skippedFor`, for a problem that was found after the tile and its maps were chosen: their files were there then. */
export function brokenFor({ path, weightMap, alpha, mask }: TileSpec, found: Problem): Skipped {
  const problem = found.code === 'not_found' ? { ...found, reason: VANISHED } : found;
  if (problem.path === undefined || problem.path === path) return skippedFor(path, problem);
  const planes = [['weight', weightMap] as const, ['mask', mask] as const, ['alpha', alpha] as const];
  const at = planes.find(([, plane]) => plane?.path === problem.path);
  const role = at?.[0] ?? 'weight';
  const where = problem.hdu === undefined ? '' : `HDU ${problem.hdu}: `;
  return skippedFor(path, { ...problem, reason: `its ${planeWord(role)} cannot be used: ${where}${problem.reason}` });
}

/** The name of a plane beside a tile, for messages. */
export function planeWord(role: 'weight' | 'alpha' | 'mask'): string {
  return { weight: 'weight map', alpha: 'opacity plane', mask: 'mask' }[role];
}

/**
 * Records a skipped tile and reports it; a tile that serves several channels comes up repeatedly in a row but is
 * reported once.
 */
export function skip(skipped: Skipped[], emit: Emit, tile: Skipped): void {
  for (let at = skipped.length - 1; skipped[at]?.path === tile.path; at -= 1) {
    const known = skipped[at];
    if (known?.code === tile.code && known.reason === tile.reason && known.hdu === tile.hdu) return;
  }
  skipped.push(tile);
  emit({ event: 'tile.skipped', ...tile });
}

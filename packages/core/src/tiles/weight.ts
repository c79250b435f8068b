import type { HduFacts } from '../device.ts';

/** Frame counts written by stacking programs, most trusted first. */
export const WEIGHT_KEYWORDS = ['MT_NFRAMES', 'ZMT_NALGN', 'ZMT_NRAW', 'NRAWPROC', 'NRAWINIT', 'NCOMBINE'];

export interface TileWeight {
  weight: number;
  /** The keyword it came from; null for the plain 1. */
  keyword: string | null;
}

/** Weight of a whole tile. A weight map already holds the tile's share, so with one the keyword counts 1. */
export function tileWeight(hdu: HduFacts, choice: string, hasMap: boolean): TileWeight {
  if (choice === 'none' || hasMap) return { weight: 1, keyword: null };
  for (const keyword of choice === 'auto' ? WEIGHT_KEYWORDS : [choice.toUpperCase()]) {
    const value = hdu.keywords[keyword];
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return { weight: value, keyword };
  }
  return { weight: 1, keyword: null };
}

/** Factor to a common photometric scale (FLXSCALE, as SWarp and SCAMP use it); 1 where there is none. */
export function fluxScale(hdu: HduFacts): number {
  const value = hdu.keywords.FLXSCALE;
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 1;
}

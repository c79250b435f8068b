import type { HduFacts } from '../device.ts';

/** Frame counts written by stacking programs, most trusted first. */
const COUNTS = [
  ...['MT_NFRAMES', 'ZMT_NALGN', 'ZMT_NRAW', 'NRAWPROC', 'NRAWINIT', 'NCOMBINE'],
  // Siril and Seestar; live stackers; LCO and others; MaxIm DL.
  ...['STACKCNT', 'NSUBS', 'NCOADDS', 'SNAPSHOT'],
  // Astro Pixel Processor; ASTAP; live stackers; pipelines of ESO; references of ZTF.
  ...['NUMFRAME', 'LIGH_CNT', 'SUBCOUNT', 'ESO PRO DATANCOM', 'NFRAMES'],
] as const;

/** Keywords beside which a count is one of something else: JWST's NFRAMES are the reads of a group of a single exposure. */
const NOT_BESIDE: Readonly<Record<string, string>> = { NFRAMES: 'NGROUPS' };

export const WEIGHT_KEYWORDS = [...COUNTS, ...Object.values(NOT_BESIDE)];

/** The way of weighing by measured noise: no header says it. */
export const NOISE = 'noise';

/** PixInsight tells it in HISTORY alone. */
export function framesOfHistory(history: string): number | null {
  const count = Number(/ImageIntegration\.numberOfImages:\s*(\d+)/.exec(history)?.[1] ?? 0);
  return count > 0 ? count : null;
}

export interface TileWeight {
  weight: number;
  /** The keyword it came from; null for the default of 1. */
  keyword: string | null;
}

/** Weight of a whole tile. A weight map already includes the tile's weight, so with a map the keyword counts as 1. */
export function tileWeight(hdu: HduFacts, choice: string, hasMap: boolean): TileWeight {
  if (choice === 'none' || choice === NOISE || hasMap) return { weight: 1, keyword: null };
  for (const keyword of choice === 'auto' ? COUNTS : [choice.toUpperCase()]) {
    const value = hdu.keywords[keyword];
    if (choice === 'auto' && hdu.keywords[NOT_BESIDE[keyword] ?? ''] !== undefined) continue;
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return { weight: value, keyword };
  }
  return { weight: 1, keyword: null };
}

/** Factor to a common photometric scale (FLXSCALE, as in SWarp and SCAMP); 1 when absent. */
export function fluxScale(hdu: HduFacts): number {
  const value = hdu.keywords.FLXSCALE;
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 1;
}

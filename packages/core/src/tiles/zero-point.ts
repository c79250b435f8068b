import { basename } from 'node:path';
import type { Note } from './mixed.ts';
import type { Tile } from './tile.ts';
import { isPhysical } from './unit.ts';

/** Magnitudes of a value of 1, by the keywords of SWarp and DECam, WISE and ZTF, WFCAM and VISTA, ESO, CFHT and others. */
const MAGNITUDES = ['MAGZERO', 'MAGZPT', 'MAGZP', 'ZEROPT', 'ZEROPNT', 'ZPT', 'ZP', 'PHOTZP'] as const;

/** HST's flux of a count per second, and the zero point of that scale of fluxes. */
const FLUX = ['PHOTFLAM', 'PHOTZPT'] as const;

export const ZERO_POINTS = [...MAGNITUDES, ...FLUX] as const;

/** Zero points closer than this, in magnitudes, are alike: 1 % in flux. */
const ALIKE = 0.01;

/** Groups that are named one by one. */
const NAMED = 4;

interface Measured {
  tile: Tile;
  keyword: string;
  magnitude: number;
}

/**
 * A warning where the zero points of tiles of one filter say that their values are on unlike scales, and nothing brings them
 * to one: no FLXSCALE, no gain that is matched. Values in a unit of flux are on one scale.
 */
export function unlikeZeroPoints(tiles: readonly Tile[], which = 'tiles'): Note[] {
  const filters = new Set(tiles.map(filterOf));
  return [...filters].flatMap((filter) => {
    const own = tiles.filter((tile) => filterOf(tile) === filter);
    return warningOf(own, filters.size === 1 ? which : `${which} of FILTER ${filter || 'none'}`);
  });
}

function filterOf({ hdu }: Tile): string {
  return String(hdu.keywords.FILTER ?? '').trim();
}

function warningOf(tiles: readonly Tile[], which: string): Note[] {
  const measured = tiles.flatMap((tile) => measure(tile) ?? []);
  const scaled = measured.every(({ tile }) => typeof tile.hdu.keywords.FLXSCALE === 'number');
  const groups = grouped(measured);
  if (groups.length < 2 || scaled) return [];
  const [least, most] = [groups[0]?.[0], groups.at(-1)?.at(-1)];
  const factor = 10 ** (0.4 * ((most?.magnitude ?? 0) - (least?.magnitude ?? 0)));
  const list = groups.length > NAMED ? named(measured) : groups.map(named).join(', ');
  const by = factor > 100 ? factor.toPrecision(2) : factor.toFixed(2);
  const message = `zero points of ${which} differ, so the same star has up to ${Number(by)} times the value: ${list}; they are combined as they are; --match-gain evens them out, or give each tile FLXSCALE`;
  return [{ level: 'warning', code: 'mixed_zero_point', message }];
}

/** The zero point of a tile; null where its header says none, or its unit makes it needless. */
function measure(tile: Tile): Measured | null {
  const { keywords } = tile.hdu;
  if (isPhysical(String(keywords.BUNIT ?? ''))) return null;
  for (const keyword of MAGNITUDES) {
    const magnitude = keywords[keyword];
    // Some pipelines write 0 or -99 for one that is not known.
    if (typeof magnitude === 'number' && magnitude > 0 && magnitude < 90) return { tile, keyword, magnitude };
  }
  const [flux, offset] = FLUX.map((key) => keywords[key]);
  if (typeof flux !== 'number' || !(flux > 0)) return null;
  const magnitude = (typeof offset === 'number' ? offset : -21.1) - 2.5 * Math.log10(flux);
  return Number.isFinite(magnitude) ? { tile, keyword: 'PHOTFLAM', magnitude } : null;
}

/** From the smallest zero point on, with a new group wherever the next is no longer like the first of its group. */
function grouped(measured: readonly Measured[]): Measured[][] {
  const groups: Measured[][] = [];
  for (const one of [...measured].sort((a, b) => a.magnitude - b.magnitude)) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && one.magnitude - last[0].magnitude < ALIKE) last.push(one);
    else groups.push([one]);
  }
  return groups;
}

/** `MAGZP 25.1 to 26.4 (12: a.fits, b.fits ...)`; HST's fluxes as the magnitudes that they are. */
function named(group: readonly Measured[]): string {
  const sorted = [...group].sort((a, b) => a.magnitude - b.magnitude);
  const [least, most] = [sorted[0], sorted.at(-1)].map((one) => `${Number((one?.magnitude ?? 0).toFixed(3))}`);
  const keywords = [...new Set(group.map(({ keyword }) => (keyword === 'PHOTFLAM' ? 'PHOTFLAM as mag' : keyword)))];
  const names = group.slice(0, 2).map(({ tile }) => basename(tile.path));
  const range = least === most ? least : `${least} to ${most}`;
  return `${keywords.join('/')} ${range} (${group.length}: ${names.join(', ')}${group.length > names.length ? ' ...' : ''})`;
}

import { basename } from 'node:path';
import type { GridFacts } from '../device.ts';
import type { Note } from './mixed.ts';
import type { Tile } from './tile.ts';

/** What the values of a tile follow: `auto` goes by their unit. */
export type Flux = 'auto' | 'brightness' | 'total';

/** Units of what one pixel holds: Jy/pixel, counts per pixel, erg/s/pix, photon / (pixel s). */
const PER_PIXEL =
  /(\/|\bper)\s*(pix(el)?s?|px)\b|\/\s*\([^)]*\b(pix(el)?s?|px)\b(?!\s*(\*\*|\^)?\s*-)|\bpix(el)?\s*(\*\*|\^)?\s*\(?-1\)?/i;

/** Fluxes of surveys that are of a pixel without saying so: SDSS and legacypipe (nanomaggies), unWISE. */
const OF_PIXEL = /^(vega|ab)?\s*(nano|micro|n|u)?\s*(maggy|maggies|mgys?)$/i;

/** Units that are of a pixel by their name, but of brightness once the frame was divided by its flat. */
const COUNTS = /^(adu|dn|counts?|cts?|electrons?|e-?|photons?)\b/i;

/** Fluxes, and what makes them fluxes of a solid angle: without it they may be of a pixel, as LSST's nJy are. */
const FLUX = /^[\s\d.e+*^()-]*(([munpkµ]|micro|milli|nano)?(jy|janskys?)|erg|[munp]?W)\b/i;
const OF_SKY = /arcsec|arcmin|\bsr\b|steradian|\bdeg|\bbeams?\b|pix|\bpx\b|spax/i;

/** Pixels that differ by less than this, in area, are alike. */
const ALIKE = 0.02;

export interface Fluxed {
  tiles: Tile[];
  /** Whether any of them has another factor than before. */
  changed: boolean;
  notes: Note[];
}

/** Factors by which values that are per pixel follow the area of the grid's pixels, one number per tile. */
export function followArea(
  tiles: readonly Tile[],
  { scaleArcsec }: Pick<GridFacts, 'scaleArcsec'>,
  flux: Flux,
): Fluxed {
  const doubtful: Tile[] = [];
  const made = tiles.map((tile) => {
    const area = (scaleArcsec / (tile.hdu.wcs?.scaleArcsec ?? scaleArcsec)) ** 2;
    const unit = String(tile.hdu.keywords.BUNIT ?? '').trim();
    if (flux === 'total' || (flux === 'auto' && (PER_PIXEL.test(unit) || OF_PIXEL.test(unit))))
      return { ...tile, area, spec: followed(tile, area) };
    const doubted = COUNTS.test(unit) || (FLUX.test(unit) && !OF_SKY.test(unit));
    if (flux === 'auto' && doubted && Math.abs(area - 1) > ALIKE) doubtful.push(tile);
    return tile;
  });
  const changed = made.some((tile, at) => tile.spec.fluxScale !== tiles[at]?.spec.fluxScale);
  const notes = [...followedNotes(made), ...doubtNotes(doubtful)];
  return { tiles: made, changed, notes };
}

function followedNotes(tiles: readonly Tile[]): Note[] {
  const other = tiles.filter(({ area }) => area !== undefined && Math.abs(area - 1) > ALIKE);
  const [first] = other;
  if (first?.area === undefined) return [];
  const factor = `x ${Number(first.area.toPrecision(3))}`;
  const more = other.length === 1 ? '' : ` and ${other.length - 1} more`;
  const message = `values per pixel follow the area of the grid's pixels: ${factor} (${basename(first.path)}${more})`;
  return [{ level: 'info', code: 'flux_follows_area', message }];
}

function doubtNotes(doubtful: readonly Tile[]): Note[] {
  const [first] = doubtful;
  if (first === undefined) return [];
  const [tiles, its] = doubtful.length === 1 ? ['a tile', 'its'] : [`${doubtful.length} tiles`, 'their'];
  const unit = String(first.hdu.keywords.BUNIT).trim();
  const why = COUNTS.test(unit) ? 'as those of flat-fielded frames are brightness' : 'as if they were brightness';
  const message = `pixels of ${tiles} have another area than the grid's, and ${its} values (${unit}) are kept, ${why}; --flux total keeps sums instead (${basename(first.path)})`;
  return [{ level: 'warning', code: 'pixel_area', message }];
}

function followed({ spec }: Tile, area: number): Tile['spec'] {
  return { ...spec, fluxScale: spec.fluxScale * area };
}

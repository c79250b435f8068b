import { basename } from 'node:path';
import type { GridFacts } from '../device.ts';
import { AppError, Exit } from '../error.ts';
import { type Note, one } from './mixed.ts';
import type { Tile } from './tile.ts';

/** From where the Sun was seen (Thompson 2006, A&A 449, 791, section 4): degrees, and metres. */
export const OBSERVER: readonly (readonly [key: string, comment: string])[] = [
  ['HGLN_OBS', '[deg] Stonyhurst longitude of the observer'],
  ['HGLT_OBS', '[deg] Stonyhurst latitude of the observer'],
  ['DSUN_OBS', "[m] distance of the observer from the Sun's centre"],
  ['RSUN_OBS', '[arcsec] radius of the Sun as seen by the observer'],
  ['RSUN_REF', '[m] radius of the Sun that coordinates assume'],
];

/** Frames that are seen from the place of an observer. */
const SEEN = ['HPLN/HPLT'];
/** Observers that are further apart, degrees as seen from the Sun, do not see the same. */
const APART_DEG = 1;
/** Nor do those whose distances from the Sun differ by more than this share: its limb lies elsewhere. */
const UNLIKE = 0.02;

/** The sky, in whatever coordinates, or another body: `HPLN/HPLT` and the like. */
function bodyOf(frame: string): string {
  return frame.includes('/') ? frame : 'sky';
}

/**
 * Coordinates on the Sun or a planet have no known place among those of the sky, nor among each other's.
 * @throws AppError exit 3 when tiles, or tiles and the grid of `like`, are in unrelated frames.
 */
export function refuseUnrelatedFrames(tiles: readonly Tile[], grid: GridFacts | null, like: string | null): void {
  const frames = tiles.map(({ path, hdu }) => ({ path, frame: hdu.wcs?.frame ?? '' }));
  const all = grid === null || like === null ? frames : [...frames, { path: like, frame: grid.frame }];
  const [first] = all;
  const other = all.find(({ frame }) => first !== undefined && bodyOf(frame) !== bodyOf(first.frame));
  if (first === undefined || other === undefined) return;
  throw new AppError(
    Exit.input,
    'mixed_frames',
    `${first.path} is in the frame ${first.frame} and ${other.path} in ${other.frame}, which nothing relates; mosaic them separately`,
  );
}

/** Warnings where tiles show the Sun as it is seen from different places: no rotation brings these views together. */
export function observerNotes(tiles: readonly Tile[]): Note[] {
  const seen = tiles.filter(({ hdu }) => SEEN.includes(hdu.wcs?.frame ?? ''));
  return [...otherSide(seen), ...otherDistance(seen)];
}

function otherSide(tiles: readonly Tile[]): Note[] {
  const seen = tiles.flatMap(({ path, hdu: { keywords } }) => {
    const [lon, lat] = [keywords.HGLN_OBS, keywords.HGLT_OBS];
    return typeof lon === 'number' && typeof lat === 'number' ? [{ path, lon, lat }] : [];
  });
  const [first, ...others] = seen;
  if (first === undefined) return [];
  const other = others.find((one) => degreesApart(first, one) > APART_DEG);
  if (other === undefined) return [];
  const apart = degreesApart(first, other).toPrecision(3);
  const reason = `shows the Sun from a place ${apart} degrees from that of ${basename(first.path)} (HGLN_OBS, HGLT_OBS): what they show does not lie at the same coordinates; they are combined anyway`;
  return [one('mixed_observer', other.path, reason)];
}

/** By the distance itself, else by the radius of the Sun, which is the smaller the further away it is. */
function otherDistance(tiles: readonly Tile[]): Note[] {
  for (const key of ['DSUN_OBS', 'RSUN_OBS']) {
    const seen = tiles.flatMap(({ path, hdu: { keywords } }) => {
      const value = keywords[key];
      return typeof value === 'number' && value > 0 ? [{ path, value }] : [];
    });
    const [first, ...others] = seen;
    const other = others.find(({ value }) => first !== undefined && unlike(value, first.value));
    if (first === undefined || other === undefined) continue;
    const ratio = Number((other.value / first.value).toPrecision(3));
    const what = key === 'DSUN_OBS' ? 'from a distance' : 'with a radius';
    const reason = `shows the Sun ${what} ${ratio} times that of ${basename(first.path)} (${key}): what they show does not lie at the same coordinates; they are combined anyway`;
    return [one('mixed_observer', other.path, reason)];
  }
  return [];
}

function unlike(a: number, b: number): boolean {
  return Math.max(a, b) > (1 + UNLIKE) * Math.min(a, b);
}

interface Direction {
  lon: number;
  lat: number;
}

/** The angle between two directions, degrees (haversine). */
function degreesApart(a: Direction, b: Direction): number {
  const radians = Math.PI / 180;
  const half = (degrees: number) => Math.sin((degrees * radians) / 2) ** 2;
  const across = Math.cos(a.lat * radians) * Math.cos(b.lat * radians) * half(b.lon - a.lon);
  return (2 * Math.asin(Math.min(1, Math.sqrt(half(b.lat - a.lat) + across)))) / radians;
}

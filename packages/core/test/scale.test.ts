import { expect, test } from 'bun:test';
import type { HduFacts } from '../src/device.ts';
import { mayDifferInScale, unlikeScales } from '../src/tiles/scale.ts';
import type { Tile } from '../src/tiles/tile.ts';
import { hdu } from './fake-facts.ts';

const tile = (path: string, channel?: number, keywords: HduFacts['keywords'] = {}, weight = 1): Tile => ({
  path,
  hdu: hdu({ keywords }),
  spec: { path, hdu: 0, weight, fluxScale: 1, ...(channel === undefined ? {} : { channel }) },
  weightKeyword: null,
});

const said = (noises: Record<string, number>, channel?: (at: number) => number) =>
  unlikeScales(Object.entries(noises).map(([path, noise], at) => ({ tile: tile(path, channel?.(at)), noise }))).map(
    ({ message }) => message,
  );

test('values of another scale are told by their noise', () => {
  expect(said({ 'a.fits': 13, 'b.fits': 13 / 65535, 'c.fits': 40 })).toEqual([
    'values of the tiles are on unlike scales, by their noise: 1 (2: c.fits, a.fits), 1/66000 (1: b.fits); bring them to one scale first',
  ]);
  expect(said({ 'a.fits': 13, 'b.fits': 13 / 60 })).toHaveLength(1);
});

test('deeper tiles, and other channels are no reason', () => {
  expect(said({ 'a.fits': 13, 'b.fits': 2, 'c.fits': 0.2 })).toEqual([]);
  expect(said({ 'a.fits': 13, 'b.fits': 0.01 }, (at) => at)).toEqual([]);
});

test('a tile that says how deep it is may have as little noise as that', () => {
  const deep = { tile: tile('deep.fits', undefined, {}, 1000), noise: 13 / Math.sqrt(1000) };
  const one = { tile: tile('one.fits'), noise: 13 };
  expect(unlikeScales([deep, one])).toEqual([]);
  // The sum of a thousand frames is on another scale than one of them.
  expect(unlikeScales([{ ...deep, noise: 13 * Math.sqrt(1000) }, one])).toHaveLength(1);
});

test('only headers that leave it open ask for a look at pixels', () => {
  const of = (...keywords: HduFacts['keywords'][]) => mayDifferInScale(keywords.map((one) => tile('a.fits', 0, one)));
  const camera = { BUNIT: 'ADU', INSTRUME: 'DECam', EXPTIME: 90 };
  expect(of(camera, camera)).toBe(false);
  expect(of(camera, { ...camera, EXPTIME: 30 })).toBe(true);
  expect(of({ BUNIT: 'ADU' }, { BUNIT: 'ADU' })).toBe(true);
  expect(of({}, {})).toBe(true);
  expect(of({})).toBe(false);
});

import { expect, test } from 'bun:test';
import { weighByNoise } from '../src/tiles/noise.ts';
import type { Tile } from '../src/tiles/tile.ts';
import { hdu } from './fake-facts.ts';

const tile = (path: string, fluxScale = 1, more: Partial<Tile['spec']> = {}): Tile => ({
  path,
  hdu: hdu(),
  spec: { path, hdu: 0, weight: 1, fluxScale, ...more },
  weightKeyword: null,
});
const noises: Record<string, number> = { 'a.fits': 3, 'b.fits': 1 };
const weighed = (...tiles: Tile[]) => {
  const { tiles: all, notes } = weighByNoise(tiles, ({ path }) => noises[path]);
  return [all.map(({ spec }) => spec.noise), notes.map(({ code, message }) => `${code}: ${message}`)] as const;
};

test('each tile gets its own noise, and a map of weights counts before it', () => {
  const mapped = tile('b.fits', 1, { weightMap: { path: 'b.weight.fits', hdu: 0 } });
  expect(weighed(tile('a.fits'), tile('b.fits'), mapped)).toEqual([[3, 1, undefined], []]);
});

test('a tile that does not tell weighs as little as the noisiest, in its own numbers', () => {
  const [found, notes] = weighed(tile('a.fits', 2), tile('b.fits'), tile('flat.fits', 10));
  expect(found).toEqual([3, 1, 0.6]);
  expect(notes).toEqual([
    'no_noise: the noise of a tile cannot be measured, so it weighs as little as the noisiest; --exclude leaves tiles out (flat.fits)',
  ]);
  expect(weighed(tile('flat.fits'), tile('flat.fits'))).toEqual([
    [undefined, undefined],
    ['no_noise: the noise of 2 tiles cannot be measured, so tiles weigh alike; --exclude leaves tiles out (flat.fits)'],
  ]);
});

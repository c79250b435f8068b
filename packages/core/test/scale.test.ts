import { expect, test } from 'bun:test';
import { unlikeScales } from '../src/tiles/scale.ts';
import type { Tile } from '../src/tiles/tile.ts';
import { hdu } from './fake-facts.ts';

const tile = (path: string, channel?: number): Tile => ({
  path,
  hdu: hdu(),
  spec: { path, hdu: 0, weight: 1, fluxScale: 1, ...(channel === undefined ? {} : { channel }) },
  weightKeyword: null,
});

const said = async (noises: Record<string, number | null>, channel?: (at: number) => number) => {
  const engine = { sampleNoise: async (path: string) => noises[path] ?? null };
  const tiles = Object.keys(noises).map((path, at) => tile(path, channel?.(at)));
  return (await unlikeScales(engine, tiles, {} as never)).map(({ message }) => message);
};

test('values of another scale are told by their noise', async () => {
  expect(await said({ 'a.fits': 13, 'b.fits': 13 / 65535, 'c.fits': 40 })).toEqual([
    'values of the tiles are on unlike scales, by their noise: 1 (2: c.fits, a.fits), 1/66000 (1: b.fits); bring them to one scale first',
  ]);
  expect(await said({ 'a.fits': 13, 'b.fits': 13 / 60 })).toHaveLength(1);
});

test('deeper tiles, tiles without noise and other channels are no reason', async () => {
  expect(await said({ 'a.fits': 13, 'b.fits': 2, 'c.fits': 0.2 })).toEqual([]);
  expect(await said({ 'a.fits': 13, 'b.fits': null, 'c.fits': 0 })).toEqual([]);
  expect(await said({ 'a.fits': 13, 'b.fits': 0.01 }, (at) => at)).toEqual([]);
});

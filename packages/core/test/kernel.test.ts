import { expect, test } from 'bun:test';
import { chooseKernel } from '../src/plan/kernel.ts';
import type { Tile } from '../src/tiles/tile.ts';
import { hdu, wcs } from './fake-facts.ts';

const tile = (path: string, scaleArcsec: number): Tile => ({
  path,
  hdu: hdu({ wcs: wcs({ scaleArcsec }) }),
  spec: { path, hdu: 0, weight: 1, fluxScale: 1 },
  weightKeyword: null,
});
const tiles = [tile('coarse.fits', 2), tile('fine.fits', 0.4), tile('middle.fits', 1)];

test('a grid coarser than the tiles is told once, with the way out', () => {
  const { kernel, notes } = chooseKernel(tiles, { scaleArcsec: 2 }, { kernel: 'bilinear' });
  expect(kernel).toBe('bilinear');
  expect(notes).toEqual([
    {
      level: 'warning',
      code: 'coarse_grid',
      message:
        'the pixels of the grid are up to 5 times those of 2 tiles, and bilinear looks at a part of them only; --kernel exact takes them all (fine.fits)',
    },
  ]);
});

test('auto takes exact there, and bilinear elsewhere', () => {
  const coarse = chooseKernel(tiles, { scaleArcsec: 0.7 }, { kernel: 'auto' });
  expect([coarse.kernel, coarse.notes.map(({ level }) => level)]).toEqual(['exact', ['info']]);
  expect(chooseKernel(tiles, { scaleArcsec: 0.59 }, { kernel: 'auto' })).toEqual({ kernel: 'bilinear', notes: [] });
});

test('exact needs no remark, and neither do grids of the scale of the tiles', () => {
  expect(chooseKernel(tiles, { scaleArcsec: 2 }, { kernel: 'exact' })).toEqual({ kernel: 'exact', notes: [] });
  expect(chooseKernel([tile('a.fits', 2)], { scaleArcsec: 2.9 }, { kernel: 'lanczos3' }).notes).toEqual([]);
});

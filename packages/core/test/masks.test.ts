import { describe, expect, test } from 'bun:test';
import type { HduFacts, Mask } from '../src/device.ts';
import { maskOf } from '../src/tiles/mask-bits.ts';
import { judgeMasks } from '../src/tiles/masks.ts';
import type { Tile } from '../src/tiles/tile.ts';
import { file, hdu } from './fake-facts.ts';

describe('the bits that count', () => {
  const bits = (
    tile: HduFacts['keywords'],
    mask: HduFacts['keywords'] = {},
    survey = '',
    asked: number | 'all' | null = null,
  ) => {
    const name = survey === 'Euclid VIS' ? '1-1.E.FLG' : 'DQ';
    const facts = new Map([['a.fits', file('a.fits', [hdu(), hdu({ index: 1, name, keywords: mask })])]]);
    return maskOf({ path: 'a.fits', hdu: 1, role: 'mask', survey }, hdu({ keywords: tile }), facts, asked).bits;
  };

  test.each<[string, HduFacts['keywords'], HduFacts['keywords'], string, number | undefined]>([
    ['JWST: DO_NOT_USE', { TELESCOP: 'JWST', INSTRUME: 'NIRCAM' }, {}, '', 1],
    ['HST ACS', { TELESCOP: 'HST', INSTRUME: 'ACS' }, {}, '', 65199],
    ['HST WFC3/IR', { TELESCOP: 'HST', DETECTOR: 'IR' }, {}, '', 65007],
    ['LSST: its own planes', {}, { MP_BAD: 0, MP_SAT: 1, MP_DETECTED: 5, MP_NO_DATA: 8 }, '', 259],
    ['ZTF: not the stars', {}, {}, 'ZTF', 6141],
    ['Pan-STARRS: not what is only suspected', {}, {}, 'Pan-STARRS', 0x17f],
    ['PTF: not the stars', {}, {}, 'PTF', 8189],
    ['Euclid VIS: INVALID', {}, {}, 'Euclid VIS', 1],
    ['any other: any bit', { INSTRUME: 'DECam' }, {}, 'NOIRLab', undefined],
  ])('%s', (_, tile, mask, survey, expected) => {
    expect(bits(tile, mask, survey)).toBe(expected as never);
    expect(bits(tile, mask, survey, 'all')).toBeUndefined();
    expect(bits(tile, mask, survey, 6)).toBe(6);
  });
});

describe('what masks take away', () => {
  const tile = (path: string, mask?: Mask): Tile => ({
    path,
    hdu: hdu(),
    spec: { path, hdu: 0, weight: 1, fluxScale: 1, ...(mask === undefined ? {} : { mask }) },
    weightKeyword: null,
  });
  const shares: Record<string, number> = { 'none.fits': 0, 'some.fits': 0.1, 'much.fits': 0.4, 'all.fits': 1 };
  const tiles = ['', ...Object.keys(shares)].map((path) =>
    tile(`of-${path}`, path === '' ? undefined : { path, hdu: 0 }),
  );
  const judged = (asked: boolean) => judgeMasks(tiles, (at) => Object.values(shares)[at - 1] ?? 0, asked);

  test('much is said of each tile; what would leave nothing is not used', () => {
    const { tiles: left, lost, notes } = judged(false);
    expect(left.map(({ tile: { spec } }) => spec.mask?.path)).toEqual([
      undefined,
      'none.fits',
      'some.fits',
      'much.fits',
      undefined,
    ]);
    expect(lost).toEqual([]);
    expect(notes.map(({ code, path, reason }) => [code, path, reason?.split(';')[0]])).toEqual([
      ['mask_large', 'of-much.fits', 'its mask takes away 40 % of its pixels'],
      ['mask_unused', 'of-all.fits', 'its mask flags every pixel and is not used'],
    ]);
    expect(notes[1]?.message).toBe(
      'of-all.fits: its mask flags every pixel and is not used; --mask-bits says which bits are bad (all.fits)',
    );
  });

  test('by bits that were asked for, a tile without a pixel left is skipped', () => {
    const { tiles: left, lost } = judged(true);
    expect(left.map(({ at }) => at)).toEqual([0, 1, 2, 3]);
    expect(lost).toMatchObject([{ path: 'of-all.fits', code: 'all_masked', map: 'all.fits' }]);
  });
});

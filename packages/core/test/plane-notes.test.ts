import { expect, test } from 'bun:test';
import type { FileFacts } from '../src/device.ts';
import type { Companions } from '../src/inputs/companions.ts';
import { file, hdu, wcs } from './fake-facts.ts';
import { alone, beside, select, weights } from './selecting.ts';

const doubts = (files: FileFacts[], companions: Companions, beside: FileFacts[] = []) =>
  select(files, {}, companions, beside).notes.map(({ code, message }) => [code, message.replace(/; .*/, '')]);

test('planes of another shape: a tile with a warning where it is an input, else not used and told', () => {
  const companions = beside('a.fits', 'a_mask.fits', 'mask');
  const mask = file('a_mask.fits', [hdu({ width: 50 })]);
  expect(doubts([file('a.fits'), mask], companions)).toEqual([
    [
      'plane_shape',
      'a_mask.fits: called the mask of a.fits, but it is 50 x 80 pixels, the image 100 x 80 pixels: it is taken for a tile',
    ],
  ]);
  expect(doubts([file('a.fits')], companions, [mask])).toEqual([
    ['plane_shape', 'a.fits: its mask is 50 x 80 pixels, the image 100 x 80 pixels'],
  ]);
  expect(doubts([file('a.fits')], beside('a.fits', 'a_n.fits', 'aside'), [mask])).toEqual([]);
});

test('a mask in whole numbers is no sky, whatever its shape', () => {
  const mask = file('a_mask.fits', [hdu({ width: 50, bitpix: 8 })]);
  const companions = beside('a.fits', 'a_mask.fits', 'mask');
  const { tiles, notes } = select([file('a.fits'), mask], {}, companions);
  expect(tiles.map((tile) => [tile.path, tile.spec.mask])).toEqual([['a.fits', undefined]]);
  expect(notes.map(({ level, message }) => [level, message])).toEqual([
    ['info', '1 mask of another shape than its image, not used and not a tile (a_mask.fits)'],
    [
      'warning',
      'a.fits: its mask is 50 x 80 pixels, the image 100 x 80 pixels; it is not used, and a tile only without its image (a_mask.fits)',
    ],
  ]);
  expect(select([mask], {}, companions).tiles.length).toBe(1);
});

test('planes whose image is not there are tiles with a warning; light may be called alpha', () => {
  const alone_ = ['b_weight.fits', 'H_alpha.fits', 'M31_n.fits', 'weight.fits', 'x_err.fits'].map((path) => file(path));
  expect(doubts(alone_, alone)).toEqual([
    ['plane_alone', 'b_weight.fits: called a weight map, but its image is not there: it is taken for a tile'],
    ['plane_alone', 'x_err.fits: called an error map, but its image is not there: it is taken for a tile'],
  ]);
});

test('two planes of a kind, and one with another WCS, are told', () => {
  const both: Companions = new Map([
    [
      'a.fits',
      ['a.weight.fits', 'a.wht.fits', 'a.weight.fits.gz'].map((path) => ({
        path,
        role: 'weight' as const,
        survey: '',
      })),
    ],
  ]);
  const maps = ['a.weight.fits', 'a.wht.fits', 'a.weight.fits.gz'].map((path) => file(path));
  expect(doubts([file('a.fits')], both, maps)).toEqual([
    ['two_maps', 'a.fits: has another weight map, which is not used'],
  ]);
  const moved = file('a.weight.fits', [hdu({ wcs: wcs({ center: [10, 20 + 5 / 3600] }) })]);
  expect(doubts([file('a.fits')], weights('a.weight.fits'), [moved])).toEqual([
    ['plane_wcs', 'a.fits: its weight map has another WCS, by which it lies 5.00 px off'],
  ]);
  const turned = file('a.weight.fits', [hdu({ wcs: wcs({ rotationDeg: 180 }) })]);
  expect(doubts([file('a.fits')], weights('a.weight.fits'), [turned])[0]?.[0]).toBe('plane_wcs');
  const cube = file('a.weight.fits', [hdu({ planes: 3 })]);
  expect(doubts([file('a.fits', [hdu({ planes: 3 })])], weights('a.weight.fits'), [cube])).toEqual([]);
  expect(doubts([file('a.fits', [hdu({ planes: 2 })])], weights('a.weight.fits'), [cube])).toEqual([
    ['plane_count', 'a.fits: its weight map has 3 planes, the image 2: the first one counts for all channels'],
  ]);
  const solved = file('a.fits', [hdu({ solutions: [{ path: 'a.head', header: 0, all: true }] })]);
  expect(doubts([solved], weights('a.weight.fits'), [moved])).toEqual([]);
});

test('two masks in a file are told, unless they are of two images', () => {
  const planes = (...names: string[]) =>
    doubts(
      [
        file(
          'a.fits',
          names.map((name, index) => hdu({ index, name })),
        ),
      ],
      alone,
    ).filter(([code]) => code === 'two_maps');
  expect(planes('SCI', 'MASK', 'DQ')).toEqual([['two_maps', 'a.fits: has another mask (DQ), which is not used']]);
  expect(planes('SCI', 'MASK', 'ERR', 'VAR_RNOISE')).toEqual([]);
  expect(planes('N1', 'MASK', 'N2', 'MASK')).toEqual([]);
});

test('a weight map beside an error map is told, unless a survey hands out both', () => {
  const both = (survey: string): Companions =>
    new Map([
      [
        'a.fits',
        [
          { path: 'a.weight.fits', role: 'weight', survey },
          { path: 'a.rms.fits', role: 'error', survey: 'many' },
        ],
      ],
    ]);
  const maps = ['a.weight.fits', 'a.rms.fits'].map((path) => file(path));
  expect(doubts([file('a.fits')], both('zemosaic'), maps)).toEqual([
    ['two_maps', 'a.fits: has an error map as well, which is not used'],
  ]);
  expect(doubts([file('a.fits')], both('HST and JWST'), maps)).toEqual([]);
});

test('a CCD that its mask file lacks is told', () => {
  const ccds = (path: string, ...names: string[]) =>
    file(
      path,
      names.map((name, at) => hdu({ index: at + 1, name, wcs: wcs({ center: [10 + Number(name.slice(1)), 20] }) })),
    );
  const [image, mask] = [ccds('a.fits', 'N1', 'N2'), ccds('a_ood.fits', 'N2')];
  const said = (mask_: 'auto' | 'none') =>
    select([image], { hdu: 'all', mask: mask_ }, beside('a.fits', 'a_ood.fits', 'mask'), [mask]).notes.map(
      ({ message }) => message,
    );
  expect(said('auto')).toEqual([
    'a.fits: N1 has no mask in the file beside it, and all its pixels are used (a_ood.fits)',
  ]);
  expect(said('none')).toEqual([]);
});

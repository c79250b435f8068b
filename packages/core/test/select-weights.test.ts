import { describe, expect, test } from 'bun:test';
import type { FileFacts } from '../src/device.ts';
import { bare, file, hdu } from './fake-facts.ts';
import { select, weights } from './selecting.ts';

describe('weights', () => {
  test('first positive keyword of the list', () => {
    const tile = hdu({ keywords: { MT_NFRAMES: 0, NRAWPROC: 12, NCOMBINE: 3 } });
    expect(select([file('a.fits', [tile])]).tiles[0]?.spec.weight).toBe(12);
    expect(select([file('a.fits', [tile])], { weights: 'none' }).tiles[0]?.spec.weight).toBe(1);
  });

  test('one keyword by name; tiles without it have weight 1, which is reported', () => {
    const { tiles, notes } = select([file('a.fits', [hdu({ keywords: { SNR: 2.5 } })]), file('b.fits')], {
      weights: 'snr',
    });
    expect(tiles.map((tile) => tile.spec.weight)).toEqual([2.5, 1]);
    expect(notes.map((note) => note.code)).toContain('no_weight_keyword');
  });

  test('a map beside the tile replaces the keyword, and is not a tile itself', () => {
    const files = [file('a.fits', [hdu({ keywords: { NCOMBINE: 9 } })]), file('a.weight.fits', [bare()])];
    const { tiles, notes, skipped } = select(files, {}, weights('a.weight.fits'));
    expect(tiles.map((tile) => tile.spec)).toEqual([
      { path: 'a.fits', hdu: 0, weight: 1, fluxScale: 1, weightMap: { path: 'a.weight.fits', hdu: 0 } },
    ]);
    expect(skipped).toEqual([]);
    expect(notes.map((note) => note.code)).toEqual(['sidecar_inputs']);
  });

  test('errors and variances are weights where there is no weight map', () => {
    const spec = (...names: string[]) => {
      const planes = names.map((name, at) => hdu({ index: at + 1, name }));
      return select([file('a.fits', [hdu({ name: 'SCI' }), ...planes])]).tiles[0]?.spec;
    };
    expect(spec('ERR', 'DQ')).toMatchObject({ weightMap: { hdu: 1, holds: 'sigma' }, mask: { hdu: 2 } });
    expect(spec('MASK', 'VARIANCE')).toMatchObject({ weightMap: { hdu: 2, holds: 'variance' }, mask: { hdu: 1 } });
    expect(spec('ERR', 'WHT')?.weightMap).toEqual({ path: 'a.fits', hdu: 2 });
    expect(spec('CTX')?.weightMap).toBeUndefined();
    const tile = file('a.fits', [hdu({ name: 'SCI' }), hdu({ index: 1, name: 'ERR' }), hdu({ index: 2, name: 'DQ' })]);
    expect(select([tile], { weights: 'none', mask: 'none' }).tiles[0]?.spec).toEqual({
      path: 'a.fits',
      hdu: 0,
      weight: 1,
      fluxScale: 1,
    });
    expect(select([tile], { maskBits: 5 }).tiles[0]?.spec.mask).toEqual({ path: 'a.fits', hdu: 2, bits: 5 });
  });

  test('a map of another shape skips the tile, unless maps are not wanted', () => {
    const beside = file('a.weight.fits', [hdu({ width: 7 })]);
    const { skipped } = select([file('a.fits')], {}, weights('a.weight.fits'), [beside]);
    expect(skipped[0]).toMatchObject({ code: 'weight_shape' });
    expect(skipped[0]?.reason).toContain('7 x 80 pixels, the tile 100 x 80');
    expect(select([file('a.fits')], { weights: 'none' }, weights('a.weight.fits'), [beside]).tiles.length).toBe(1);
  });

  test('a map of one CCD is none of another', () => {
    const ccds = file('a.fits', [hdu({ index: 1, name: 'N1' }), hdu({ index: 2, name: 'S1' })]);
    const maps = (...names: string[]) => {
      const beside = file(
        'a.weight.fits',
        names.map((name, at) => hdu({ index: at + 1, name })),
      );
      const { tiles } = select([ccds], { hdu: 'all' }, weights('a.weight.fits'), [beside]);
      return tiles.map(({ spec }) => spec.weightMap?.hdu);
    };
    expect(maps('S1')).toEqual([undefined, 1]);
    expect(maps('S1', 'N1')).toEqual([2, 1]);
    // Other names say nothing of CCDs.
    expect(maps('WHT1', 'WHT2')).toEqual([1, 2]);
  });

  test('an extension is paired by EXTVER, else with the next of its shape', () => {
    const ccds = file('a.fits', [
      hdu({ index: 1, name: 'SCI', keywords: { EXTVER: 1 } }),
      hdu({ index: 2, name: 'WHT', keywords: { EXTVER: 2 } }),
      hdu({ index: 3, name: 'SCI', keywords: { EXTVER: 2 } }),
      hdu({ index: 4, name: 'WHT', keywords: { EXTVER: 1 } }),
    ]);
    const maps = (one: FileFacts) => select([one], { hdu: 'all' }).tiles.map((tile) => tile.spec.weightMap?.hdu);
    expect(maps(ccds)).toEqual([4, 2]);
    const plain = ccds.hdus.map((one) => ({ ...one, keywords: {} }));
    expect(maps(file('a.fits', plain))).toEqual([2, 4]);
  });

  test('some with a map, some without: a warning', () => {
    const beside = file('a.weight.fits');
    const { notes } = select([file('a.fits'), file('b.fits')], {}, weights('a.weight.fits'), [beside]);
    expect(notes.map((note) => note.code)).toEqual(['mixed_weight_maps']);
  });

  test('a soft edge applies to every tile, and only on request', () => {
    const tiles = [file('a.fits'), file('b.fits')];
    expect(select(tiles, { feather: 12.5 }).tiles.map((tile) => tile.spec.feather)).toEqual([12.5, 12.5]);
    expect(select(tiles).tiles.map((tile) => 'feather' in tile.spec)).toEqual([false, false]);
    expect(select(tiles, { blank: 0 }).tiles.map((tile) => tile.spec.blank)).toEqual([0, 0]);
    for (const blank of ['auto', 'none'] as const) {
      const specs = select(tiles, { blank }).tiles.map((tile) => tile.spec);
      expect(specs.map((spec) => 'blank' in spec)).toEqual([false, false]);
      expect(specs.map((spec) => spec.blankBorders ?? false)).toEqual([blank === 'auto', blank === 'auto']);
    }
    expect(select(tiles, { trim: 1.5 }).tiles.map((tile) => tile.spec.trim)).toEqual([1.5, 1.5]);
    expect(select(tiles).tiles.map((tile) => 'trim' in tile.spec)).toEqual([false, false]);
  });

  test('ALPHA is opacity', () => {
    const { tiles } = select([file('a.fits', [hdu(), hdu({ index: 1, name: 'ALPHA' })])]);
    expect(tiles[0]?.spec.alpha).toEqual({ path: 'a.fits', hdu: 1 });
  });

  test('FLXSCALE is applied', () => {
    expect(select([file('a.fits', [hdu({ keywords: { FLXSCALE: 0.5 } })])]).tiles[0]?.spec.fluxScale).toBe(0.5);
    expect(select([file('a.fits', [hdu({ keywords: { FLXSCALE: 0 } })])]).tiles[0]?.spec.fluxScale).toBe(1);
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Canvas } from './canvas.ts';
import { type Cards, readFits } from './fits.ts';
import { named, remove, temporary, zemosaic } from './program.ts';

let dir = '';
let canvas: Canvas;
beforeEach(() => {
  dir = temporary();
  canvas = new Canvas(dir, 60, 50);
});
afterEach(() => remove(dir));

const at: [number, number] = [5, 5];
const plane = (value: (x: number, y: number) => number, cards: Cards = {}, width = 40, height = 30) => ({
  width,
  height,
  value,
  cards,
});
const pixel = (x: number, y: number) => (y + 5) * 60 + x + 5;

/** The mosaic of these words, all that was said, and the weights. */
async function mosaic(...words: string[]) {
  const out = join(dir, 'mosaic', 'out.fits');
  await Bun.write(join(dir, 'mosaic', 'here'), '');
  const fixed = ['--like', canvas.like, '-o', out, '--match-background', 'none', '--kernel', 'nearest', '--force'];
  const ran = await zemosaic(['mosaic', ...words, ...fixed, '--json']);
  if (ran.exit !== 0) throw new Error(ran.err);
  const [image, coverage] = readFits(out);
  const said = (event: string) => named(ran, event).map(({ message }) => String(message));
  return {
    values: image?.values ?? [],
    weights: coverage?.values ?? [],
    tiles: Number(image?.cards.NCOMBINE),
    infos: said('info'),
    warnings: said('warning'),
    skipped: named(ran, 'tile.skipped').length,
  };
}

describe('ESO phase 3', () => {
  const eso = (cards: Cards): Cards => ({ PRODCATG: 'SCIENCE.IMAGE', ...cards });
  const map = (name: string) =>
    canvas.tile(
      name,
      at,
      plane((x) => (x === 7 ? 0 : 4), { PRODCATG: 'ANCILLARY.WEIGHTMAP' }),
    );

  test('the map that a header names counts, packed or renamed, an input or not', async () => {
    const names = { ASSON1: 'ADP.2016-05-20T12:10:03.124.fits.fz', ASSOC1: 'ANCILLARY.WEIGHTMAP' };
    const image = canvas.tile(
      'ADP.2016-05-20T12:10:03.123.fits',
      at,
      plane((x) => x, eso(names)),
    );
    const weights = map('ADP.2016-05-20T12_10_03.124.fits');
    for (const words of [[image], [image, weights], [join(dir, 'ADP*.fits')]]) {
      const made = await mosaic(...words);
      expect([made.tiles, made.weights[pixel(6, 10)], made.values[pixel(7, 10)]]).toEqual([1, 4, Number.NaN]);
    }
  });

  test('a map that no input names is told as what it is', async () => {
    canvas.tile(
      'ADP.1.fits',
      at,
      plane((x) => x, eso({ ASSON1: 'other.fits', ASSOC1: 'ANCILLARY.WEIGHTMAP' })),
    );
    map('ADP.2.fits');
    const { tiles, warnings, weights } = await mosaic(join(dir, 'ADP*.fits'));
    expect([tiles, weights[pixel(7, 10)]]).toEqual([1, 1]);
    expect(warnings).toEqual([
      '1 weight map by its header, not a tile, and not used: no input is its image (ADP.2.fits)',
    ]);
  });
});

describe('planes that are not those of an image, or not beside it', () => {
  const glob = (pattern: string) => join(dir, pattern);

  test('VISTA: a tile has no map of its pawprints, whatever their shapes', async () => {
    canvas.tile(
      'v1_st_tl.fit',
      at,
      plane(() => 1),
    );
    canvas.tile(
      'v1_st.fit',
      at,
      plane(() => 3, {}, 20, 10),
    );
    canvas.tile(
      'v1_st_conf.fit',
      at,
      plane(() => 90, {}, 20, 10),
    );
    const { skipped, tiles, weights } = await mosaic(glob('v1*'));
    expect([skipped, tiles, weights[pixel(30, 20)], weights[pixel(5, 5)]]).toEqual([0, 2, 1, 91]);
  });

  test('DECam: a mask that was made anew', async () => {
    canvas.tile(
      'c4d_1_2_ooi_r_v1.fits',
      at,
      plane(() => 1),
    );
    canvas.tile(
      'c4d_1_2_oow_r_v2.fits',
      at,
      plane(() => 4),
    );
    canvas.tile(
      'c4d_1_2_ood_r_v3.fits',
      at,
      plane((x) => (x === 7 ? 1 : 0)),
    );
    const { tiles, weights } = await mosaic(glob('c4d*'));
    expect([tiles, weights[pixel(6, 5)], weights[pixel(7, 5)]]).toEqual([1, 4, 0]);
  });

  test('unWISE: one mask of two bands; GALEX: flags with pixels of their own', async () => {
    for (const band of ['w1', 'w2'])
      canvas.tile(
        `unwise-1-${band}-img-m.fits`,
        at,
        plane(() => 1),
      );
    canvas.tile(
      'unwise-1-msk.fits',
      at,
      plane(() => 16),
    );
    const unwise = await mosaic(glob('unwise*'));
    expect([unwise.tiles, unwise.warnings, unwise.values[pixel(6, 5)]]).toEqual([2, [], 1]);
    canvas.tile(
      'M1-nd-int.fits',
      at,
      plane(() => 1),
    );
    canvas.tile(
      'M1-nd-rrhr.fits',
      at,
      plane(() => 4),
    );
    canvas.tile(
      'M1-nd-flags.fits',
      at,
      plane(() => 1, {}, 5, 4),
    );
    const galex = await mosaic(glob('M1*'));
    expect([galex.tiles, galex.warnings, galex.weights[pixel(1, 1)]]).toEqual([1, [], 4]);
    expect(galex.infos).toContain('1 mask of another shape than its image, not used and not a tile (M1-nd-flags.fits)');
  });

  test('maps in a folder that is named with that of the images', async () => {
    await Bun.write(join(dir, 'sky', 'here'), '');
    await Bun.write(join(dir, 'maps', 'here'), '');
    canvas.tile(
      'sky/a.fits',
      at,
      plane(() => 1),
    );
    canvas.tile(
      'maps/a.weight.fits',
      at,
      plane(() => 4),
    );
    canvas.tile(
      'maps/a.mask.fits',
      at,
      plane((x) => (x === 7 ? 1 : 0)),
    );
    const { tiles, warnings, weights } = await mosaic(join(dir, 'sky'), join(dir, 'maps'));
    expect([tiles, warnings, weights[pixel(6, 5)], weights[pixel(7, 5)]]).toEqual([1, [], 4, 0]);
  });
});

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

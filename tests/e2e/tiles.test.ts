import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Canvas } from './canvas.ts';
import { type Cards, readFits } from './fits.ts';
import { type Event, named, remove, temporary, zemosaic } from './program.ts';

let dir = '';
let canvas: Canvas;
beforeAll(() => {
  dir = temporary();
  canvas = new Canvas(dir, 60, 50);
});
afterAll(() => remove(dir));

const size = { width: 40, height: 30 };
const tile = (name: string, cards: Cards, value = 10, offset: [number, number] = [5, 5]) =>
  canvas.tile(name, offset, { ...size, cards, value: () => value });

async function run(words: string[], more: string[] = []): Promise<{ cards: Cards; centre: number; warnings: Event[] }> {
  const out = join(dir, 'out.fits');
  const fixed = ['--like', canvas.like, '-o', out, '--force', '--json', '--match-background', 'none'];
  const ran = await zemosaic(['mosaic', ...words, ...fixed, ...more]);
  if (ran.exit !== 0) throw new Error(ran.err);
  const [mosaic] = readFits(out);
  const centre = mosaic?.values[20 * 60 + 25] ?? Number.NaN;
  return { cards: mosaic?.cards ?? {}, centre, warnings: named(ran, 'warning') };
}

describe('what a tile says of itself', () => {
  test('FLXSCALE brings values to one scale', async () => {
    const tiles = [tile('f1.fits', { FLXSCALE: 0.5 }, 20), tile('f2.fits', { FLXSCALE: 2 }, 5), tile('f3.fits', {})];
    expect((await run(tiles)).centre).toBe(10);
    expect((await run(tiles, ['--kernel', 'exact'])).centre).toBe(10);
    expect((await run(tiles, ['--combine', 'sum'])).centre).toBe(30);
  });

  test('EXPTIME: the mean by weight, the sum where values add up; TEXPTIME and NCOMBINE', async () => {
    const tiles = [tile('e1.fits', { EXPTIME: 60, NCOMBINE: 3 }), tile('e2.fits', { EXPTIME: 20 })];
    expect((await run(tiles)).cards).toMatchObject({ EXPTIME: 50, TEXPTIME: 80, NCOMBINE: 2 });
    expect((await run(tiles, ['--weights', 'none'])).cards).toMatchObject({ EXPTIME: 40, TEXPTIME: 80 });
    expect((await run(tiles, ['--combine', 'sum'])).cards).toMatchObject({ EXPTIME: 80, TEXPTIME: 80 });
  });

  test('unequal FILTER, BUNIT and EXPTIME: one warning each, with counts', async () => {
    const tiles = [0, 1, 2].map((n) =>
      tile(`m${n}.fits`, { FILTER: n === 0 ? 'g' : 'r', BUNIT: n === 1 ? 'Jy' : 'adu', EXPTIME: 30 + n }),
    );
    const { cards, warnings } = await run(tiles);
    const said = (code: string) => warnings.filter((one) => one.code === code).map((one) => String(one.message));
    expect(said('mixed_filter')).toEqual([expect.stringContaining('FILTER: r (2), g (1)')]);
    expect(said('mixed_bunit')).toEqual([expect.stringContaining('BUNIT: adu (2), Jy (1)')]);
    expect(said('mixed_exptime')).toEqual([expect.stringContaining('30 (1), 31 (1), 32 (1)')]);
    expect(cards).not.toHaveProperty('BUNIT');
    expect((await run(tiles.slice(0, 1))).warnings).toEqual([]);
  });

  test('some tiles with a weight map and some without: one warning', async () => {
    const map = { ...size, name: 'WEIGHT', value: () => 2 };
    const tiles = [
      canvas.tile('w1.fits', [5, 5], { ...size, value: () => 1 }, map),
      canvas.tile('w2.fits', [5, 5], { ...size, value: () => 4 }),
    ];
    const { centre, warnings } = await run(tiles);
    expect(centre).toBe(2);
    expect(warnings.map((one) => one.code)).toEqual(['mixed_weight_maps']);
    expect(String(warnings[0]?.message)).toContain('1 of 2 tiles have a weight map');
    expect((await run(tiles, ['--weights', 'none'])).warnings).toEqual([]);
  });
});

describe('estimates of memory', () => {
  test.each([
    ['a soft edge', ['--feather', '9'], 1],
    ['neither', [], 0],
  ])('%s: what is held is what was estimated', async (_, words, maps) => {
    const out = join(dir, 'peak.fits');
    const path = tile('held.fits', {});
    const argv = ['mosaic', path, '--like', canvas.like, '-o', out, '--force', '--json', '--threads', '1', ...words];
    const done = named(await zemosaic([...argv, '--chunk-rows', '50']), 'channel.done')[0];
    const strips = 32 * 60 * 9;
    expect(Number(done?.estimated_bytes)).toBe(4 * 40 * 30 * (1 + maps) + strips);
    expect(Number(done?.peak_bytes)).toBe(Number(done?.estimated_bytes));
  });

  test('tiles without a pixel of data: an empty mosaic, and a warning', async () => {
    const { centre, warnings } = await run([tile('nothing.fits', {}, Number.NaN)]);
    expect(centre).toBeNaN();
    expect(warnings.map(({ code }) => code)).toEqual(['nothing_covered']);
    expect((await run([tile('some.fits', {})])).warnings).toEqual([]);
  });

  test('a large footprint is planned for', async () => {
    const fine = canvas.tile('fine.fits', [5, 5], { width: 400, height: 300, value: () => 1, cards: {} });
    const out = join(dir, 'large.fits');
    const argv = ['mosaic', fine, '--scale', '5', '--kernel', 'exact', '-o', out, '--force', '--json'];
    const ran = await zemosaic([...argv, '--threads', '1', '--chunk-rows', '32']);
    expect(ran.exit).toBe(0);
    const done = named(ran, 'channel.done')[0];
    expect(Number(done?.peak_bytes)).toBeGreaterThan(0);
    expect(Number(done?.peak_bytes)).toBeLessThanOrEqual(Number(done?.estimated_bytes));
  });
});

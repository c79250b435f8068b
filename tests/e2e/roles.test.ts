import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Canvas } from './canvas.ts';
import { type Cards, holdsTogether, readFits } from './fits.ts';
import { named, remove, temporary, zemosaic } from './program.ts';

let dir = '';
let canvas: Canvas;
beforeAll(() => {
  dir = temporary();
  canvas = new Canvas(dir, 60, 50);
});
afterAll(() => remove(dir));

const size = { width: 40, height: 30 };
const at: [number, number] = [5, 5];
const plane = (value: (x: number, y: number) => number, name?: string, cards: Cards = {}) => ({
  ...size,
  value,
  cards,
  ...(name === undefined ? {} : { name }),
});
const pixel = (x: number, y: number) => (y + 5) * 60 + x + 5;

describe('planes beside a tile', () => {
  test('weights: 1/σ² of errors, 1/variance, as they are; zero and less are no data', async () => {
    const tiles = [
      canvas.tile(
        'error.fits',
        at,
        plane(() => 1),
        plane((x) => (x === 3 ? 0 : 2), 'ERR'),
      ),
      canvas.tile(
        'variance.fits',
        at,
        plane(() => 2),
        plane((x) => (x === 4 ? -1 : 4), 'VAR'),
      ),
      canvas.tile(
        'weight.fits',
        at,
        plane(() => 6),
        plane(() => 0.25, 'WHT'),
      ),
    ];
    const [mosaic, coverage] = await canvas.mosaic(['--kernel', 'nearest', ...tiles]);
    expect(mosaic?.values[pixel(10, 10)]).toBeCloseTo(3, 5);
    expect(coverage?.values[pixel(10, 10)]).toBeCloseTo(0.75, 5);
    expect(mosaic?.values[pixel(3, 10)]).toBeCloseTo(4, 5);
    expect(mosaic?.values[pixel(4, 10)]).toBeCloseTo(3.5, 5);
  });

  test('masks: what is flagged is no data, by any bit or by those that are named', async () => {
    const tile = canvas.tile(
      'sci.fits',
      at,
      plane((x) => x),
      plane((x, y) => (y === 10 ? (x === 3 ? 1 : x === 4 ? 6 : 0) : 0), 'DQ'),
    );
    const finite = async (...words: string[]) => {
      const images = await canvas.mosaic(['--kernel', 'nearest', ...words, tile]);
      holdsTogether(images);
      return [3, 4, 5].map((x) => Number.isFinite(images[0]?.values[pixel(x, 10)]));
    };
    expect(await finite()).toEqual([false, false, true]);
    expect(await finite('--mask-bits', '0x2')).toEqual([true, false, true]);
    expect(await finite('--mask-bits', '1')).toEqual([false, true, true]);
    expect(await finite('--mask', 'none')).toEqual([true, true, true]);
  });

  test('a mask that flags all is not used, and that is said; by bits of yours it is', async () => {
    const tile = canvas.tile(
      'all.fits',
      at,
      plane(() => 7),
      plane(() => 64, 'MSK'),
    );
    const out = join(dir, 'all-out.fits');
    const words = ['mosaic', tile, '-o', out, '--force', '--json'];
    const ran = await zemosaic(words);
    expect(ran.exit).toBe(0);
    expect(named(ran, 'warning').map(({ code }) => code)).toEqual(['mask_unused']);
    const asked = await zemosaic([...words, '--mask-bits', '64']);
    expect(asked.exit).toBe(3);
    expect(named(asked, 'tile.skipped').map(({ code }) => code)).toEqual(['all_masked']);
  });
});

describe('a folder as an archive hands it out', () => {
  test('the right tiles, weights and masks, one line a kind, and nothing to be strict about', async () => {
    const folder = temporary();
    const night = new Canvas(folder, 60, 50);
    for (const n of [1, 2]) {
      const name = (kind: string) => `c4d_17091${n}_045042_${kind}_r_v1.fits`;
      const type = (text: string): Cards => ({ PRODTYPE: text });
      night.tile(
        name('ooi'),
        at,
        plane(() => 1000 * n, undefined, type('image')),
      );
      night.tile(
        name('oow'),
        at,
        plane(() => 0.04 * n, undefined, type('wtmap')),
      );
      night.tile(
        name('ood'),
        at,
        plane((x) => (n === 1 && x === 7 ? 1 : 0), undefined, type('dqmask')),
      );
    }
    await Bun.write(join(folder, '._c4d_170911_045042_ooi_r_v1.fits'), 'Mac OS X');
    const out = join(dir, 'night.fits');
    const fixed = ['--like', night.like, '-o', out, '--match-background', 'none', '--kernel', 'nearest'];
    const ran = await zemosaic(['mosaic', join(folder, 'c4d*.fits'), ...fixed, '--strict', '--json']);
    expect(ran.exit).toBe(0);
    expect(named(ran, 'run.done')[0]).toMatchObject({ tiles_used: 2, tiles_skipped: 0 });
    const lines = named(ran, 'info').map(({ message }) => String(message));
    expect(lines.filter((line) => line.includes('weight maps of other inputs'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('2 masks of other inputs'))).toHaveLength(1);
    const [mosaic] = readFits(out);
    expect(mosaic?.values[pixel(20, 20)]).toBeCloseTo(5000 / 3, 2);
    expect(mosaic?.values[pixel(7, 20)]).toBeCloseTo(2000, 2);
    remove(folder);
  });

  test('a mosaic of ours: left out beside its tiles, else a tile weighed by its coverage', async () => {
    const tiles = [1, 2, 3].map((n) =>
      canvas.tile(
        `t${n}.fits`,
        at,
        plane(() => n),
      ),
    );
    const [first = '', second = '', third = ''] = tiles;
    const made = await canvas.file('yesterday.fits', [first, second]);
    const again = await zemosaic(['mosaic', made, first, third, '-o', join(dir, 'again.fits'), '--json', '--force']);
    expect(named(again, 'warning').map(({ code }) => code)).toEqual(['own_output']);
    const [all] = await canvas.mosaic(tiles);
    const [added, coverage] = await canvas.mosaic([made, third]);
    expect(added?.values[pixel(10, 10)]).toBeCloseTo(all?.values[pixel(10, 10)] ?? 0, 5);
    expect(coverage?.values[pixel(10, 10)]).toBeCloseTo(3, 5);
    const regridded = await zemosaic(['reproject', made, '--like', canvas.like, '-o', join(dir, 're.fits'), '--force']);
    expect(regridded.exit).toBe(0);
  });
});

describe('what tiles say of their values', () => {
  test('the last of four planes is opacity where it can be nothing else', async () => {
    const rgba = {
      ...size,
      planes: 4,
      value: (x: number, _y: number, p: number) => (p === 3 ? (x < 30 ? 1 : 0) : x < 30 ? p + 1 : 6e4),
    };
    const tile = canvas.tile('rgba.fits', at, rgba);
    const [mosaic] = await canvas.mosaic(['--kernel', 'nearest', tile]);
    expect(mosaic?.planes).toBe(3);
    const plane60 = 60 * 50;
    expect([0, 1, 2].map((p) => mosaic?.values[p * plane60 + pixel(10, 10)])).toEqual([1, 2, 3]);
    expect(mosaic?.values[pixel(35, 10)]).toBeNaN();
    const bands = { ...size, planes: 4, value: (x: number, y: number) => (x + y) / 100 };
    const [four] = await canvas.mosaic([canvas.tile('ugri.fits', at, bands)]);
    expect(four?.planes).toBe(4);
  });

  test('values per pixel follow the area of pixels', async () => {
    const tile = canvas.tile(
      'jy.fits',
      at,
      plane(() => 1, undefined, { BUNIT: 'Jy/pixel' }),
    );
    const out = join(dir, 'jy-out.fits');
    const sum = async (...words: string[]) => {
      const ran = await zemosaic(['mosaic', tile, '--scale', '2', '--kernel', 'exact', '-o', out, '--force', ...words]);
      expect(ran.exit).toBe(0);
      return readFits(out)[0]?.values[0];
    };
    expect(await sum()).toBeCloseTo(4, 5);
    expect(await sum('--flux', 'brightness')).toBeCloseTo(1, 5);
  });

  test('another scale of values is told', async () => {
    const noise = (x: number, y: number) => 1000 + ((x * 7919 + y * 104729) % 97);
    const tiles = [
      canvas.tile('adu.fits', at, plane(noise)),
      canvas.tile(
        'unit.fits',
        at,
        plane((x, y) => noise(x, y) / 65535),
      ),
    ];
    const ran = await zemosaic(['mosaic', ...tiles, '-o', join(dir, 'units.fits'), '--force', '--json']);
    const said = named(ran, 'warning').find(({ code }) => code === 'mixed_scale');
    expect(String(said?.message)).toContain('1/66000 (1: unit.fits)');
  });
});

describe('files beside a tile, by their names', () => {
  const flat = plane(() => 1);
  const run = async (...words: string[]) => {
    const out = join(dir, 'names-out.fits');
    return zemosaic(['mosaic', ...words, '-o', out, '--force', '--like', canvas.like, '--match-background', 'none']);
  };

  test('a space before the suffix, in upper or lower case; no name alone', async () => {
    const tile = canvas.tile('spaced.fits', at, flat);
    for (const name of ['Spaced Weight.fits', 'spaced - IVAR.fits']) {
      const map = canvas.tile(name, at, flat);
      const ran = await run(tile, map);
      expect(ran.err).toContain(`1 weight map of another input, not a tile (${name})`);
      rmSync(map);
    }
    expect((await run(canvas.tile('other weight.fits', at, flat), tile)).err).toMatch(/tiles +2\n/);
  });

  test('a map that leaves nothing is named with its tile', async () => {
    const tiles = [canvas.tile('full.fits', at, flat), canvas.tile('dead.fits', at, flat)];
    canvas.tile(
      'dead.weight.fits',
      at,
      plane(() => 0),
    );
    const { err } = await run(...tiles);
    expect(err).toMatch(/dead\.fits: adds nothing: .* \(.*dead\.weight\.fits\)/);
  });

  test('an excluded map is not used, whether it is an input or not', async () => {
    const tile = canvas.tile('left.fits', at, flat);
    const map = canvas.tile(
      'left.weight.fits',
      at,
      plane(() => 4),
    );
    const used = async (...words: string[]) => {
      const [, coverage] = await canvas.mosaic(['--kernel', 'nearest', ...words]);
      return coverage?.values[pixel(10, 10)];
    };
    expect(await used(tile)).toBe(4);
    expect(await used(tile, '--exclude', 'left.weight.fits')).toBe(1);
    expect(await used(tile, map, '--exclude', 'left.weight.fits')).toBe(1);
  });

  test('a beam is carried as a whole or not at all', async () => {
    const beam = (BMAJ: number) => plane(() => 1, undefined, { BMAJ, BMIN: 0.01, BPA: 0 });
    const of = async (...majors: number[]) => {
      const tiles = majors.map((major, n) => canvas.tile(`beam${n}.fits`, at, beam(major)));
      const cards = (await canvas.mosaic(tiles))[0]?.cards ?? {};
      return [cards.BMAJ, cards.BMIN, cards.BPA];
    };
    expect(await of(0.02, 0.02)).toEqual([0.02, 0.01, 0]);
    expect(await of(0.02, 0.03)).toEqual([undefined, undefined, undefined]);
  });
});

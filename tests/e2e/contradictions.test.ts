import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Canvas } from './canvas.ts';
import { type Cards, type Plane, partOf, readFits, sky, writeFits } from './fits.ts';
import { named, type Ran, remove, sha256, temporary, zemosaic } from './program.ts';

/** Inputs and options that contradict each other: one line each, the right exit code, and nothing lost. */

let dir = '';
let canvas: Canvas;
beforeAll(() => {
  dir = temporary();
  canvas = new Canvas(dir, 60, 50);
});
afterAll(() => remove(dir));

const size = { width: 40, height: 30 };
const at: [number, number] = [5, 5];
const plane = (value: (x: number, y: number) => number, more: Partial<Plane> = {}): Plane => ({
  ...size,
  value,
  ...more,
});
const flat = (value: number, more: Partial<Plane> = {}) => plane(() => value, more);
const here = partOf(sky(60, 50, [150, 30]), at);

const run = (words: string[], environment: Record<string, string> = {}) =>
  zemosaic([...words, '--like', canvas.like, '-o', join(dir, 'out.fits'), '--force', '--json'], environment);
const lastLine = ({ err }: Ran) => err.trim().split('\n').at(-1) ?? '';
const codes = (ran: Ran) => named(ran, 'warning').map(({ code }) => code);

describe('outputs never replace what a run reads', () => {
  test('a weight map or a mask beside a tile: exit 2, and it is as it was', async () => {
    const tile = canvas.tile('precious.fits', at, flat(1));
    for (const name of ['precious.weight.fits', 'precious.mask.fits']) {
      const beside = canvas.tile(name, at, flat(name.includes('mask') ? 0 : 2));
      const before = await sha256(beside);
      const ran = await zemosaic(['mosaic', tile, '-o', beside, '--force']);
      expect([ran.exit, lastLine(ran)]).toEqual([
        2,
        `error  ${beside}: both output and read by this run; give -o another name`,
      ]);
      expect(await sha256(beside)).toBe(before);
    }
  });

  test('the weight map that --split would write is one of them', async () => {
    const tile = canvas.tile('split.fits', at, flat(1));
    const map = canvas.tile('splits.weight.fits', at, flat(2));
    canvas.tile('splits.fits', at, flat(3));
    const words = ['mosaic', tile, join(dir, 'split*s.fits'), '-o', join(dir, 'splits.fits'), '--split', '--force'];
    const before = await sha256(map);
    // OUT itself was found by a glob, so it is no input, and its weight map may go; named, the run reads both.
    const ran = await zemosaic(['mosaic', tile, join(dir, 'splits.fits'), ...words.slice(3)]);
    expect(ran.exit).toBe(2);
    expect(await sha256(map)).toBe(before);
  });
});

test('an image of others in the folder of the inputs is no output; a mosaic of ours may be made again', async () => {
  const folder = temporary();
  const night = new Canvas(folder, 60, 50);
  const tile = night.tile('a.fits', at, flat(1));
  const before = await sha256(tile);
  const ran = await zemosaic(['mosaic', folder, '-o', tile, '--force']);
  expect([ran.exit, lastLine(ran)]).toEqual([
    2,
    `error  ${tile}: both output and an image among the inputs, and no mosaic of zemosaic; give -o another name`,
  ]);
  expect(await sha256(tile)).toBe(before);
  const out = join(folder, 'm.fits');
  for (const again of [['--split'], ['--split', '--force'], ['--force']]) {
    expect((await zemosaic(['mosaic', folder, '-o', out, ...again])).exit).toBe(0);
  }
  remove(folder);
});

describe('reproject takes one image', () => {
  test.each([
    ['a folder', (folder: string) => [folder]],
    ['a glob', (folder: string) => [join(folder, '*.fits')]],
    ['all HDUs', (folder: string) => [join(folder, 'x.fits'), '--hdu', 'all']],
  ])('%s of several is exit 2, and mosaic is named', async (_, words) => {
    const folder = join(dir, 'several');
    mkdirSync(folder, { recursive: true });
    const cards: Cards = here;
    writeFits(join(folder, 'x.fits'), flat(1, { cards }), flat(2, { cards }));
    writeFits(join(folder, 'y.fits'), flat(3, { cards }));
    const ran = await run(['reproject', ...words(folder)]);
    expect(ran.exit).toBe(2);
    expect(lastLine(ran)).toContain('reproject takes one image, and these are 2 (');
    expect(lastLine(ran)).toEndWith('or use mosaic');
  });
});

describe('what tiles give', () => {
  test('one whose map is nowhere above 0, or that has no value, is named', async () => {
    const tiles = [
      canvas.tile('dead-map.fits', at, flat(5), flat(0, { name: 'WHT' })),
      canvas.tile('nan-map.fits', at, flat(5), flat(Number.NaN, { name: 'VAR' })),
      canvas.tile('no-values.fits', at, flat(Number.NaN)),
      canvas.tile(
        'one-pixel.fits',
        at,
        plane((x, y) => (x === 39 && y === 29 ? 7 : Number.NaN)),
      ),
      canvas.tile('good.fits', at, flat(5)),
    ];
    const ran = await run(['mosaic', ...tiles, '--match-background', 'none']);
    expect(ran.exit).toBe(0);
    const empty = named(ran, 'warning').filter(({ code }) => code === 'tile_empty');
    expect(empty.map(({ path, reason }) => [path, String(reason).split(';')[0]])).toEqual([
      [tiles[0], 'adds nothing: on this grid its weight map leaves no pixel'],
      [tiles[1], 'adds nothing: on this grid its weight map leaves no pixel'],
      [tiles[2], 'adds nothing: on this grid none of its pixels has a value'],
    ]);
  });

  test('one of a single value among others is named, matched or not', async () => {
    const slope = plane((x, y) => 5 + x / 7 + y / 11);
    const tiles = [canvas.tile('shutter.fits', at, flat(7)), canvas.tile('sky.fits', at, slope)];
    for (const model of ['none', 'plane']) {
      const ran = await run(['mosaic', ...tiles, '--match-background', model]);
      expect(ran.exit).toBe(0);
      const constant = named(ran, 'warning').filter(({ code }) => code === 'tile_constant');
      expect(constant.map(({ path }) => path)).toEqual(tiles.slice(0, 1));
    }
  });

  test('no tile that can be read: exit 3, and nothing is left', async () => {
    const tiles = ['a', 'b'].map((name) => {
      const path = canvas.compressed(`broken-${name}.fits`, at, { ...size, value: (x, y) => (x * y) % 97 }, 30);
      const bytes = readFileSync(path);
      const end = bytes.indexOf(Buffer.from('END'.padEnd(80)), 2880);
      // All rows are packed together, in no bytes at all.
      bytes.writeInt32BE(0, Math.ceil((end + 80) / 2880) * 2880);
      writeFileSync(path, bytes);
      return path;
    });
    const out = join(dir, 'nothing.fits');
    const ran = await zemosaic(['mosaic', ...tiles, '--like', canvas.like, '-o', out, '--json']);
    expect(ran.exit).toBe(3);
    expect(lastLine(ran)).toStartWith('error  none of the 2 tiles can be read; the first, ');
    expect([out, `${out}.part`, `${out}.journal`].map((path) => existsSync(path))).toEqual([false, false, false]);
  });

  test('opacities on another scale are told and not used; an index is none', async () => {
    const tile = canvas.tile(
      'percent.fits',
      at,
      flat(5),
      plane((x) => 2 * x, { name: 'ALPHA' }),
    );
    const ran = await run(['mosaic', tile]);
    expect(ran.exit).toBe(0);
    const [said] = named(ran, 'warning');
    expect(said?.message).toContain(
      'percent.fits[1]: called ALPHA, but it goes from 0 to 78, and opacities from 0 to 1',
    );
    const index = canvas.tile(
      'index.fits',
      at,
      flat(5),
      plane((x) => x - 20, { name: 'ALPHA' }),
    );
    expect(codes(await run(['mosaic', index]))).toEqual([]);
  });
});

describe('planes that contradict their image', () => {
  test('a mask of another shape among the inputs of a folder is told', async () => {
    const folder = temporary();
    const night = new Canvas(folder, 60, 50);
    night.tile('m31.fits', at, flat(1));
    night.tile('m31_mask.fits', at, { ...flat(1), width: 20 });
    night.tile(
      'lost_rms.fits',
      at,
      plane((x) => 1 + x / 1e4),
    );
    const ran = await run(['mosaic', join(folder, 'm*.fits'), join(folder, 'l*.fits')]);
    expect(ran.exit).toBe(0);
    // The others are of one value, which is told of blank frames.
    expect(codes(ran).sort()).toEqual(['plane_alone', 'plane_shape', 'tile_constant', 'tile_constant']);
    remove(folder);
  });

  test('each of many masks that take much is an event of its own, and one line', async () => {
    const tiles = [1, 2, 3].map((n) =>
      canvas.tile(
        `m${n}.fits`,
        at,
        flat(n),
        plane((x) => (x < 10 + 4 * n ? 1 : 0), { name: 'DQ' }),
      ),
    );
    const ran = await run(['mosaic', ...tiles]);
    const much = named(ran, 'warning').filter(({ code }) => code === 'mask_large');
    expect(much.map(({ path }) => path)).toEqual(tiles);
    expect(ran.err.split('\n').filter((line) => line.includes('takes away'))).toHaveLength(2);
  });
});

test('how much a large mask takes is learnt from some of its rows, and counted where it is much', async () => {
  const tall = (bad: (y: number) => boolean): [Plane, Plane] => [
    { ...flat(1), height: 200 },
    { ...plane((_, y) => (bad(y) ? 1 : 0), { name: 'DQ' }), height: 200 },
  ];
  const said = async (name: string, bad: (y: number) => boolean) =>
    named(await run(['mosaic', canvas.tile(name, at, ...tall(bad))]), 'warning').map(({ code, reason }) => [
      code,
      String(reason).split(' of')[0],
    ]);
  expect(await said('low.fits', (y) => y >= 120)).toEqual([['mask_large', 'its mask takes away 40 %']]);
  expect(await said('rows.fits', (y) => y % 2 === 0)).toEqual([['mask_large', 'its mask takes away 50 %']]);
  expect(await said('few.fits', (y) => y % 7 === 0)).toEqual([]);
  expect((await said('whole.fits', () => true)).map(([code]) => code)).toEqual(['mask_unused']);
});

describe('options', () => {
  test('bits of masks that are not used are a contradiction', async () => {
    const ran = await run(['mosaic', canvas.like, '--mask', 'none', '--mask-bits', '4']);
    expect([ran.exit, lastLine(ran)]).toEqual([2, 'error  --mask none uses no mask; drop --mask-bits or --mask none']);
    const over = await run(['mosaic', canvas.like, '--mask', 'none'], { ZEMOSAIC_MASK_BITS: '4' });
    expect(over.exit).toBe(0);
  });

  test('a debug lever that cannot be read is refused on the CPU, too', async () => {
    const ran = await run(['mosaic', canvas.like, '--backend', 'cpu'], { ZEMOSAIC_INJECT_OOM: 'once' });
    expect([ran.exit, lastLine(ran).includes('ZEMOSAIC_INJECT_OOM "once" is not valid')]).toEqual([2, true]);
  });

  test('a config file is called as it was named, and errors of the system are in words', async () => {
    const path = join(dir, 'none.json');
    const absent = await run(['mosaic', canvas.like], { ZEMOSAIC_CONFIG: path });
    expect(lastLine(absent)).toBe(`error  ZEMOSAIC_CONFIG ${path} cannot be read: no such file or directory`);
    const folder = await run(['mosaic', canvas.like, '--config', dir]);
    expect(lastLine(folder)).toBe(`error  --config ${dir} cannot be read: it is a folder`);
    writeFileSync(path, '{"threads": 0}');
    const bad = await run(['mosaic', canvas.like], { ZEMOSAIC_CONFIG: path });
    expect(lastLine(bad)).toStartWith(`error  ZEMOSAIC_CONFIG ${path}: key "threads"`);
  });

  test('inputs named more than once are counted once each', async () => {
    const [a, b] = ['twice.fits', 'thrice.fits'].map((name) => canvas.tile(name, at, flat(1)));
    const ran = await run(['mosaic', a ?? '', a ?? '', b ?? '', b ?? '', b ?? '']);
    const [said] = named(ran, 'warning').filter(({ code }) => code === 'duplicate');
    expect(said?.message).toStartWith('2 inputs are named more than once');
  });

  test('plan warns of memory as the run does', async () => {
    const words = [canvas.like, '--ram-mb', '16', '--backend', 'cpu', '--json'];
    const planned = await zemosaic(['plan', ...words]);
    const ran = await run(['mosaic', ...words.slice(0, -1)]);
    expect(codes(planned)).toEqual(['over_memory']);
    expect(codes(ran)).toEqual(['over_memory']);
  });

  test('--exclude of nothing and an alternate WCS that is not there', async () => {
    const tile = canvas.tile('plain.fits', at, flat(1));
    const excluded = await run(['mosaic', tile, '--exclude', 'planes.fits']);
    expect([excluded.exit, lastLine(excluded)]).toEqual([
      2,
      'error  --exclude planes.fits matches no input; check the name',
    ]);
    const other = await run(['mosaic', tile, '--wcs', 'B']);
    expect(other.exit).toBe(3);
    expect(lastLine(other)).toStartWith(`error  ${tile}`);
  });
});

test('what is left of a mosaic that has a good tile is whole', async () => {
  const good = canvas.tile('whole.fits', at, flat(4));
  const cut = join(dir, 'cut.fits.bz2');
  writeFileSync(cut, 'BZh91AY&SY');
  const ran = await run(['mosaic', good, cut, '--strict', '--kernel', 'nearest']);
  expect(ran.exit).toBe(7);
  expect(readFits(join(dir, 'out.fits'))[0]?.values[10 * 60 + 10]).toBe(4);
  expect(named(ran, 'tile.skipped').map(({ path, reason }) => [path, String(reason).split(',')[0]])).toEqual([
    [cut, 'the bzip2 stream is cut short'],
  ]);
});

import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Canvas } from './canvas.ts';
import { type Plane, readFits, writeFits } from './fits.ts';
import { named, remove, sha256, temporary, zemosaic } from './program.ts';
import { gpus } from './protocol/protocol.ts';

/** Colour images whose planes have maps of their own. */

const SIZE = 40;
const size = { width: SIZE, height: SIZE, planes: 3 };
const CENTRE = (SIZE / 2) * SIZE + SIZE / 2;
let dir = '';
let canvas: Canvas;
beforeAll(() => {
  dir = temporary();
  canvas = new Canvas(dir, SIZE, SIZE);
});
afterAll(() => remove(dir));

const cube = (name: string, value: Plane['value']): Plane => ({ ...size, name, value });

/** A tile of 10, 20, 30 with weights of 1, 2, 3, and one of 50 for each plane with weights of 3, 2, 1. */
function pair(): string[] {
  const tile = (name: string, value: Plane['value'], map: Plane['value']) =>
    canvas.tile(name, [0, 0], { ...size, value }, cube('WEIGHT', map));
  return [
    tile(
      'one.fits',
      (_x, _y, plane) => 10 * (plane + 1),
      (_x, _y, plane) => plane + 1,
    ),
    tile(
      'two.fits',
      () => 50,
      (_x, _y, plane) => 3 - plane,
    ),
  ];
}

describe('a map with a plane for each plane of its image', () => {
  test('weighs each channel by its own plane, without a word', async () => {
    const words = [
      '--like',
      canvas.like,
      '-o',
      join(dir, 'out.fits'),
      '--force',
      '--match-background',
      'none',
      '--json',
    ];
    const ran = await zemosaic(['mosaic', ...pair(), ...words]);
    expect(named(ran, 'warning').filter(({ code }) => code === 'plane_count')).toEqual([]);
    const [mosaic, coverage] = readFits(join(dir, 'out.fits'));
    const at = (plane: number) => mosaic?.values[plane * SIZE * SIZE + CENTRE];
    expect([0, 1, 2].map(at)).toEqual([(10 + 3 * 50) / 4, (2 * 20 + 2 * 50) / 4, (3 * 30 + 50) / 4]);
    expect(coverage?.values[CENTRE]).toBe(4);
  });

  test('the planes may be those of a file beside the image', async () => {
    canvas.tile('beside.fits', [0, 0], { ...size, value: () => 10 });
    writeFits(
      join(dir, 'beside.weight.fits'),
      cube('', (x, _y, plane) => (x === plane ? 0 : 1)),
    );
    const [mosaic] = await canvas.mosaic([join(dir, 'beside.fits')]);
    const lost = [0, 1, 2].map((plane) => {
      const row = mosaic?.values.slice(plane * SIZE * SIZE + CENTRE - SIZE / 2, plane * SIZE * SIZE + CENTRE);
      return row?.findIndex(Number.isNaN);
    });
    expect(lost).toEqual([0, 1, 2]);
  });

  test('a mask that takes one whole channel leaves the others', async () => {
    const tile = canvas.tile(
      'masked.fits',
      [0, 0],
      { ...size, value: () => 10 },
      cube('MASK', (x, _y, plane) => Number(plane === 1 || (plane === 2 && x < 5))),
    );
    const other = canvas.tile('whole.fits', [0, 0], { ...size, value: () => 20 });
    const [mosaic] = await canvas.mosaic([tile, other]);
    const mean = (plane: number, x: number) => mosaic?.values[plane * SIZE * SIZE + CENTRE - SIZE / 2 + x];
    expect([mean(0, 2), mean(1, 2), mean(2, 2), mean(2, 20)]).toEqual([15, 20, 20, 15]);
  });

  test('backgrounds are compared where the channel itself has data', async () => {
    const odd = (x: number, plane: number) => plane === 1 && x % 2 === 1;
    const tiles = [0, 20].map((shift) => {
      const bad = shift === 0 ? 0 : 5000;
      const value: Plane['value'] = (x, _y, plane) => (odd(x, plane) ? bad : 100 + x + shift);
      return canvas.tile(
        `level${shift}.fits`,
        [shift, 0],
        { ...size, value },
        cube('MASK', (x, _y, plane) => Number(odd(x, plane))),
      );
    });
    const out = await canvas.file('level.fits', [...tiles, '--kernel', 'nearest', '--match-background', 'offset']);
    const [mosaic] = readFits(out);
    // Where the first tile is alone.
    expect(mosaic?.values[SIZE * SIZE + CENTRE - SIZE / 2 + 4]).toBeCloseTo(104, 3);
  });

  test.each(gpus)('on $name bytes are those of the CPU', async ({ name, environment }) => {
    const tile = canvas.tile(
      'turned.fits',
      [0.3, 0.4],
      { ...size, value: (x, y, plane) => 10 + x * y + 7 * plane },
      cube('WEIGHT', (x, y, plane) => (x % 7 === plane && y % 5 === plane ? 0 : 1 + plane * x)),
      cube('MASK', (x, y, plane) => Number((x + y * 3) % 31 === plane)),
    );
    const made = async (out: string, words: string[]) =>
      sha256(await canvas.file(out, [tile, ...pair(), '--chunk-rows', '7', ...words], environment));
    const cpu = await made('cpu.fits', ['--backend', 'cpu']);
    expect(await made('gpu.fits', ['--backend', name])).toBe(cpu);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { Canvas } from './canvas.ts';
import { holdsTogether } from './fits.ts';
import { remove, sha256, temporary } from './program.ts';
import { gpus } from './protocol/protocol.ts';

let dir = '';
let canvas: Canvas;
let tiles: string[] = [];
beforeAll(() => {
  dir = temporary();
  canvas = new Canvas(dir, 150, 70);
  const size = { width: 90, height: 60 };
  tiles = [
    canvas.tile('left.fits', [3, 4], { ...size, value: () => 10 }),
    canvas.tile('right.fits', [53.4, 6.2], { ...size, value: () => 20 }),
  ];
});
afterAll(() => remove(dir));

describe('--feather', () => {
  test('seams fade: from one tile to the other without a step', async () => {
    const row = async (...words: string[]) => {
      const [mosaic] = await canvas.mosaic([...tiles, ...words]);
      return [...(mosaic?.values.slice(35 * 150 + 40, 35 * 150 + 110) ?? [])];
    };
    const step = (values: number[]) => Math.max(...values.slice(1).map((v, i) => Math.abs(v - (values[i] ?? 0))));
    expect(step(await row())).toBeGreaterThan(4.9);
    const faded = await row('--feather', '30');
    expect(step(faded)).toBeLessThan(0.5);
    expect(faded[0]).toBeCloseTo(10, 5);
    expect(faded.at(-1)).toBeCloseTo(20, 5);
    expect(faded.every((value, at) => at === 0 || value >= (faded[at - 1] ?? 0) - 1e-5)).toBe(true);
  });

  test('no pixel is lost or gained; coverage has the weights of the edges', async () => {
    const plain = await canvas.mosaic(tiles);
    for (const kernel of ['nearest', 'bilinear', 'lanczos3', 'exact']) {
      const without = await canvas.mosaic([...tiles, '--kernel', kernel]);
      const faded = await canvas.mosaic([...tiles, '--kernel', kernel, '--feather', '25.5']);
      expect(holdsTogether(faded)).toBe(holdsTogether(without));
      const [before, after] = [without[1]?.values ?? [], faded[1]?.values ?? []];
      for (const [i, weight] of after.entries()) {
        if (weight > 0 !== (before[i] ?? 0) > 0) throw new Error(`${kernel}: pixel ${i}`);
        // Lobes may see more weight than there is.
        if (weight > (before[i] ?? 0) + 1e-3) throw new Error(`${kernel}: weight ${weight} at ${i}`);
      }
    }
    expect(holdsTogether(plain)).toBeGreaterThan(90 * 60);
  });

  test('weights of the edge multiply those of a map and an opacity', async () => {
    const size = { width: 40, height: 40 };
    const small = new Canvas(dir, 40, 40);
    const own = small.tile(
      'maps.fits',
      [0, 0],
      { ...size, value: () => 5 },
      { ...size, name: 'WEIGHT', value: () => 4 },
      { ...size, name: 'ALPHA', value: (x) => (x < 20 ? 0.5 : 0) },
    );
    // Where the opacity is 0, the tile ends.
    const [mosaic, coverage, alpha] = await small.mosaic([own, '--feather', '10', '--kernel', 'nearest']);
    const at = (x: number, y: number) => y * 40 + x;
    const soft = (depth: number) => (depth / 10) ** 2 * (3 - (2 * depth) / 10);
    expect(coverage?.values[at(9, 20)]).toBeCloseTo(2 * soft(9.5), 5);
    expect(coverage?.values[at(15, 20)]).toBeCloseTo(2 * soft(4.5), 5);
    expect(coverage?.values[at(3, 20)]).toBeCloseTo(2 * soft(3.5), 5);
    expect(coverage?.values[at(9, 38)]).toBeCloseTo(2 * soft(1.5), 5);
    expect([alpha?.values[at(3, 20)], alpha?.values[at(25, 20)]]).toEqual([128, 0]);
    expect(mosaic?.values[at(3, 20)]).toBeCloseTo(5, 5);
    expect(mosaic?.values[at(25, 20)]).toBeNaN();
  });

  test('the same bytes however the work is cut; HISTORY mentions it, and 0 means off', async () => {
    const words = [...tiles, '--feather', '25'];
    const expected = await sha256(await canvas.file('whole.fits', words));
    for (const cut of [
      ['--chunk-rows', '1'],
      ['--chunk-rows', '7', '--threads', '3'],
      ['--ram-mb', '16'],
    ]) {
      expect(await sha256(await canvas.file('cut.fits', [...words, ...cut]))).toBe(expected);
    }
    expect(readFileSync(await canvas.file('cut.fits', words), 'latin1')).toContain('feather=25');
    const off = await sha256(await canvas.file('off.fits', [...tiles, '--feather', '0']));
    expect(await sha256(await canvas.file('without.fits', tiles))).toBe(off);
    expect(off).not.toBe(expected);
  });

  test.each(gpus)('the bytes of the CPU on $name', async ({ name, environment }) => {
    const words = [...tiles, '--feather', '25', '--no-cpu-fallback'];
    const expected = await sha256(await canvas.file('cpu.fits', [...words, '--backend', 'cpu']));
    const device = await canvas.file('device.fits', [...words, '--backend', name], environment);
    expect(await sha256(device)).toBe(expected);
  });
});

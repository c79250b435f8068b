import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { Canvas } from './canvas.ts';
import { holdsTogether } from './fits.ts';
import { remove, sha256, temporary, zemosaic } from './program.ts';
import { gpus } from './protocol/protocol.ts';

let dir = '';
let canvas: Canvas;
let tiles: string[] = [];
beforeAll(() => {
  dir = temporary();
  canvas = new Canvas(dir, 150, 70);
  // Registration rotated the frames; where they have no data, the value is 0.
  const size = { width: 100, height: 60 };
  const sky = (x: number, y: number) => 100 + ((x * 7 + y * 3) % 5);
  tiles = [
    canvas.tile('left.fits', [3, 4], { ...size, value: (x, y) => (x + y > 130 ? 0 : sky(x, y)) }),
    canvas.tile('right.fits', [43, 6], { ...size, value: (x, y) => (x < 20 + y / 4 ? 0 : sky(x, y)) }),
  ];
});
afterAll(() => remove(dir));

const known = (values: ArrayLike<number> = []) => Array.from(values).filter((value) => !Number.isNaN(value));
const least = (values?: ArrayLike<number>) => Math.min(...known(values));

describe('--blank', () => {
  test('borders of 0 are not data, with any rule; without it they darken the sky, and a warning says so', async () => {
    for (const rule of ['mean', 'median', 'min']) {
      const words = [...tiles, '--combine', rule, '--kernel', 'nearest'];
      const [mosaic, coverage, alpha] = await canvas.mosaic([...words, '--blank', '0']);
      expect(least(mosaic?.values)).toBeGreaterThan(90);
      holdsTogether([mosaic, coverage, alpha]);
      const [dark] = await canvas.mosaic(words);
      expect(least(dark?.values)).toBeLessThan(60);
    }
    const out = ['--like', canvas.like, '--force', '-o', `${dir}/told.fits`];
    const told = await zemosaic(['mosaic', ...tiles, ...out]);
    expect(told.err).toContain('count as dark sky in left.fits, right.fits; --blank 0 makes them no data');
    const right = await zemosaic(['mosaic', ...tiles, ...out, '--blank', '0']);
    expect(right.err).not.toContain('--blank');
  });

  test('the value is that in the file, before FLXSCALE', async () => {
    const scaled = canvas.tile('scaled.fits', [3, 4], {
      width: 30,
      height: 30,
      value: (x) => (x < 10 ? -7 : 50),
      cards: { FLXSCALE: 2 },
    });
    const [mosaic] = await canvas.mosaic([scaled, '--blank', '-7', '--kernel', 'nearest']);
    expect([...new Set(known(mosaic?.values))]).toEqual([100]);
  });

  test('HISTORY mentions it, and every backend makes the same bytes', async () => {
    const words = [...tiles, '--blank', '0', '--combine', 'median', '--kernel', 'lanczos3', '--no-cpu-fallback'];
    const expected = await canvas.file('cpu.fits', [...words, '--backend', 'cpu']);
    expect(readFileSync(expected, 'latin1')).toContain('blank=0');
    for (const { name, environment } of gpus) {
      const device = await canvas.file('device.fits', [...words, '--backend', name], environment);
      expect(await sha256(device)).toBe(await sha256(expected));
    }
  });
});
